// Every fragment as a point where its meaning lies; drawn on canvas, found by a quadtree, moved by d3-zoom.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { quadtree } from "d3-quadtree";
import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import { type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import {
  type Index, at, codings, coderLabel, colourOf, count, counted, formOf, fragments, hats, isUsed, schemeLabel, sessionLabel,
  speakerOf, study, t,
} from "./data";
import { List, nameValue } from "./list";
import { choices, choose, codingOf, first, indexOf, opened, rows } from "./state";

const placed: number[] = [];
for (let row = 0; row < count; row++) if (isUsed(row) && fragments.x[row] !== null && fragments.y[row] !== null) placed.push(row);
const span = (axis: (number | null)[]): [number, number] => {
  const values = placed.map((row) => axis[row]!);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity), high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const edge = (high - low || 1) * 0.04;
  return [low - edge, high + edge];
};
const spanX = placed.length ? span(fragments.x) : [0, 1], spanY = placed.length ? span(fragments.y) : [0, 1];

const lassoing = signal(false);
const pointed = signal(-1);

type Colouring = { key: string; index: Index };
function colouring(): Colouring {
  const key = first("colour") ?? "theme";
  const index = key === "hat" ? hats : indexOf(key);
  if (index) return { key, index };
  const part = codingOf(key);
  if (!part) return { key: "theme", index: indexOf("theme")! };
  const values = part.codes.map((code) => code.code);
  const both = part.scheme === "polarity" ? values.push("beide") - 1 : -1;
  return { key, index: { values, of: part.given.map((given) => (given.length ? (given.length > 1 && both >= 0 ? both : given[0]) : -1)) } };
}
const polarityOf = codings.filter((part) => part.scheme === "polarity" || part.scheme === "sentiment" || part.scheme === "theme");

export function MapView() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const state = useRef<{ transform: ZoomTransform; zooming: ZoomBehavior<HTMLCanvasElement, unknown> | null; lasso: [number, number][] }>({ transform: zoomIdentity, zooming: null, lasso: [] });
  const { key, index } = colouring();
  const left = rows.value;

  const scales = () => {
    const node = canvas.current!;
    const x = scaleLinear(spanX as [number, number], [12, node.clientWidth - 12]), y = scaleLinear(spanY as [number, number], [node.clientHeight - 12, 12]);
    return { x: state.current.transform.rescaleX(x), y: state.current.transform.rescaleY(y) };
  };

  const draw = () => {
    const node = canvas.current;
    if (!node?.clientWidth) return;
    const ratio = devicePixelRatio || 1;
    if (node.width !== Math.round(node.clientWidth * ratio) || node.height !== Math.round(node.clientHeight * ratio)) {
      node.width = Math.round(node.clientWidth * ratio);
      node.height = Math.round(node.clientHeight * ratio);
    }
    const pen = node.getContext("2d")!;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, node.clientWidth, node.clientHeight);
    const { x, y } = scales();
    const shown = new Set(left);
    const size = (placed.length > 3000 ? 2.6 : placed.length > 1000 ? 3.6 : 4.6) * Math.min(1.8, Math.sqrt(state.current.transform.k));
    const sign = (row: number, grow = 1) => {
      const cx = x(fragments.x[row]!), cy = y(fragments.y[row]!), place = index.of[row], r = size * grow;
      const value = place < 0 ? "" : index.values[place];
      pen.beginPath();
      if (place < 0 || value === "outlier") {
        pen.moveTo(cx - r * 0.8, cy - r * 0.8); pen.lineTo(cx + r * 0.8, cy + r * 0.8);
        pen.moveTo(cx - r * 0.8, cy + r * 0.8); pen.lineTo(cx + r * 0.8, cy - r * 0.8);
        pen.strokeStyle = "#7b8792"; pen.lineWidth = 1.3; pen.stroke();
        return;
      }
      const form = formOf(place, value);
      if (form === 0) pen.arc(cx, cy, r, 0, 2 * Math.PI);
      else if (form === 1) pen.rect(cx - r * 0.9, cy - r * 0.9, r * 1.8, r * 1.8);
      else { pen.moveTo(cx, cy - r * 1.2); pen.lineTo(cx + r * 1.1, cy + r * 0.85); pen.lineTo(cx - r * 1.1, cy + r * 0.85); pen.closePath(); }
      pen.fillStyle = colourOf(place, value); pen.fill();
      pen.strokeStyle = value === "wit" ? "#3a3f45" : "#fff"; pen.lineWidth = 0.8; pen.stroke();
    };
    pen.globalAlpha = 0.13;
    for (const row of placed) if (!shown.has(row)) sign(row);
    pen.globalAlpha = 1;
    for (const row of placed) if (shown.has(row)) sign(row);
    const ring = (row: number, colour: string) => {
      if (row < 0 || fragments.x[row] === null) return;
      sign(row, 1.5);
      pen.beginPath(); pen.arc(x(fragments.x[row]!), y(fragments.y[row]!), size * 1.5 + 4, 0, 2 * Math.PI);
      pen.strokeStyle = colour; pen.lineWidth = 2.5; pen.stroke();
    };
    ring(opened.peek() ?? -1, "#1c232b");
    ring(pointed.peek(), "#e0a100");
    const corners = state.current.lasso.length ? state.current.lasso : keptLasso();
    if (corners.length > 1) {
      pen.beginPath();
      corners.forEach(([a, b], i) => (i ? pen.lineTo(x(a), y(b)) : pen.moveTo(x(a), y(b))));
      pen.closePath();
      pen.fillStyle = "rgba(27, 79, 102, .08)"; pen.fill();
      pen.strokeStyle = "#1b4f66"; pen.lineWidth = 1.5; pen.setLineDash([5, 4]); pen.stroke(); pen.setLineDash([]);
    }
  };
  const keptLasso = (): [number, number][] => {
    const corners = (choices.value.get("lasso") ?? []).map(Number);
    return Array.from({ length: Math.floor(corners.length / 2) }, (_, i) => [corners[2 * i], corners[2 * i + 1]]);
  };
  const drawing = useRef(draw);
  drawing.current = draw;

  const nearest = (px: number, py: number, most = 18): number => {
    const { x, y } = scales();
    const shown = new Set(rows.peek());
    const tree = quadtree<number>().x((row) => x(fragments.x[row]!)).y((row) => y(fragments.y[row]!)).addAll(placed.filter((row) => shown.has(row)));
    return tree.find(px, py, most) ?? -1;
  };

  useLayoutEffect(() => {
    const node = canvas.current!;
    const zooming = zoom<HTMLCanvasElement, unknown>().scaleExtent([1, 40]).filter((event: Event) => {
      if (lassoing.peek()) return event.type === "wheel";
      return !(event instanceof MouseEvent && event.button !== 0) && event.type !== "dblclick";
    }).on("zoom", (event: { transform: ZoomTransform }) => { state.current.transform = event.transform; drawing.current(); });
    state.current.zooming = zooming;
    select(node).call(zooming);
    const seen = new ResizeObserver(() => {
      zooming.extent([[0, 0], [node.clientWidth, node.clientHeight]]).translateExtent([[0, 0], [node.clientWidth, node.clientHeight]]);
      drawing.current();
    });
    seen.observe(node);
    return () => { seen.disconnect(); select(node).on(".zoom", null); pointed.value = -1; };
  }, []);
  useEffect(() => draw(), [left, key, opened.value, pointed.value, choices.value]);

  const place = (event: PointerEvent): [number, number] => {
    const box = canvas.current!.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const down = useRef<[number, number] | null>(null);
  const onDown = (event: PointerEvent) => {
    down.current = place(event);
    if (!lassoing.value) return;
    canvas.current!.setPointerCapture(event.pointerId);
    const { x, y } = scales();
    state.current.lasso = [[x.invert(down.current[0]), y.invert(down.current[1])]];
  };
  const onMove = (event: PointerEvent) => {
    const [px, py] = place(event);
    if (lassoing.value && state.current.lasso.length) {
      const { x, y } = scales(), last = state.current.lasso[state.current.lasso.length - 1];
      if (Math.hypot(x(last[0]) - px, y(last[1]) - py) > 6) state.current.lasso.push([x.invert(px), y.invert(py)]);
      draw();
    } else if (event.pointerType === "mouse") pointed.value = nearest(px, py);
  };
  const onUp = (event: PointerEvent) => {
    const [px, py] = place(event), from = down.current;
    down.current = null;
    if (lassoing.value) {
      const corners = state.current.lasso;
      state.current.lasso = [];
      lassoing.value = false;
      if (corners.length > 2) choose({ lasso: corners.flat().map((value) => value.toFixed(3)) });
      else draw();
      return;
    }
    if (!from || Math.hypot(px - from[0], py - from[1]) > 5) return;
    const row = nearest(px, py, event.pointerType === "mouse" ? 14 : 26);
    pointed.value = row;
    if (row >= 0) choose({ open: [fragments.id[row]] });
  };
  const keys = (event: KeyboardEvent) => {
    const ways: Record<string, [number, number]> = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.key === "+" || event.key === "-") select(canvas.current!).call(state.current.zooming!.scaleBy, event.key === "+" ? 1.4 : 1 / 1.4);
    else if (event.key === "0") select(canvas.current!).call(state.current.zooming!.transform, zoomIdentity);
    else if (event.key === "Enter" && pointed.value >= 0) choose({ open: [fragments.id[pointed.value]] });
    else if (event.key in ways) {
      const [dx, dy] = ways[event.key];
      const from = pointed.value >= 0 ? pointed.value : opened.value ?? left.find((row) => fragments.x[row] !== null) ?? -1;
      if (from < 0) return;
      if (pointed.value < 0) pointed.value = from;
      else pointed.value = towards(from, dx, dy, left);
    } else return;
    event.preventDefault();
  };
  const shownRow = pointed.value;
  const spot = shownRow >= 0 && canvas.current ? [scales().x(fragments.x[shownRow]!), scales().y(fragments.y[shownRow]!)] : null;
  const inLegend = index.values.map((value, i) => ({ value, i, n: left.reduce((sum, row) => sum + (index.of[row] === i ? 1 : 0), 0) })).filter((each) => each.n);
  const unplaced = left.reduce((sum, row) => sum + (index.of[row] < 0 ? 1 : 0), 0);
  const without = key.endsWith(".polarity") ? t("value.no_polarity") : t("value.unknown");
  if (!placed.length) return <div class="with-list"><section class="map"><p class="nothing">{t("map.none")}</p></section><List /></div>;
  return (
    <div class="with-list">
      <section class="map" aria-label={t("view.map")}>
        <div class="tools">
          <label>{t("map.colour")} <select value={key} onChange={(event) => choose({ colour: [event.currentTarget.value] }, false)}>
            {["theme", "hat", "session"].map((each) => <option value={each}>{t(`facet.${each}`)}</option>)}
            {polarityOf.map((part) => <option value={`${part.coder}.${part.scheme}`}>{schemeLabel(part.scheme)}: {coderLabel(part.coder)}</option>)}
            {study.attributes.map((each) => <option value={`is.${each.name}`}>{each.name}</option>)}
          </select></label>
          <button aria-pressed={lassoing.value} onClick={() => { lassoing.value = !lassoing.value; }}>{t("map.lasso")}</button>
          {choices.value.has("lasso") && <button onClick={() => choose({ lasso: null })}>{t("map.lasso_off")}</button>}
          <span class="zoom" role="group" aria-label={t("map.zoom")}>
            <button aria-label={t("map.in")} onClick={() => select(canvas.current!).call(state.current.zooming!.scaleBy, 1.5)}>+</button>
            <button aria-label={t("map.out")} onClick={() => select(canvas.current!).call(state.current.zooming!.scaleBy, 1 / 1.5)}>−</button>
            <button onClick={() => select(canvas.current!).call(state.current.zooming!.transform, zoomIdentity)}>{t("map.whole")}</button>
          </span>
        </div>
        <div class={`sheet${lassoing.value ? " lassoing" : ""}`}>
          <canvas ref={canvas} tabIndex={0} role="application" aria-label={t("map.label", { n: counted("fragment", left.length) })} aria-describedby="map-help"
            onPointerDown={onDown} onPointerMove={onMove} onPointerUp={onUp} onPointerLeave={() => { if (!lassoing.value) pointed.value = -1; }} onKeyDown={keys} />
          {spot && <div class={`tip${spot[0] > canvas.current!.clientWidth / 2 ? " flip" : ""}`} style={{ left: `${spot[0]}px`, top: `${spot[1]}px` }} aria-live="polite">
            <b>{index.of[shownRow] < 0 ? without : nameValue(key, index.values[index.of[shownRow]])}</b>
            <span>{fragments.text[shownRow].slice(0, 160)}{fragments.text[shownRow].length > 160 ? "…" : ""}</span>
            <small>{sessionLabel(at(fragments.session, shownRow) ?? "")}{speakerOf(shownRow) && ` · ${speakerOf(shownRow)}`}</small>
          </div>}
        </div>
        <p class="note" id="map-help">{t(lassoing.value ? "map.lassoing" : "map.help")}</p>
        <ul class="legend">
          {inLegend.map(({ value, i, n }) => (
            <li><button aria-pressed={choices.value.get(key)?.includes(value) ?? false} onClick={() => choose({ [key]: choices.value.get(key)?.includes(value) ? null : [value] })}>
              <svg viewBox="-6 -6 12 12" aria-hidden="true" class={value === "wit" ? "edged" : ""}>{value === "outlier" ? <path d="M-3-3 3 3M-3 3 3-3" stroke="#7b8792" stroke-width="1.6" /> : formOf(i, value) === 0 ? <circle r="4" fill={colourOf(i, value)} /> : formOf(i, value) === 1 ? <rect x="-3.6" y="-3.6" width="7.2" height="7.2" fill={colourOf(i, value)} /> : <path d="M0-4.8 4.4 3.4H-4.4Z" fill={colourOf(i, value)} />}</svg>
              {nameValue(key, value)} <span class="n">{n}</span></button></li>
          ))}
          {unplaced > 0 && <li class="none"><svg viewBox="-6 -6 12 12" aria-hidden="true"><path d="M-3-3 3 3M-3 3 3-3" stroke="#7b8792" stroke-width="1.6" /></svg> {without} <span class="n">{unplaced}</span></li>}
        </ul>
      </section>
      <List />
    </div>
  );
}

/** The nearest point in a direction: near, and not far aside. */
function towards(from: number, dx: number, dy: number, list: readonly number[]): number {
  let best = from, least = Infinity;
  const x0 = fragments.x[from]!, y0 = fragments.y[from]!;
  for (const row of list) {
    if (row === from || fragments.x[row] === null) continue;
    const a = fragments.x[row]! - x0, b = fragments.y[row]! - y0;
    const along = a * dx + b * dy, aside = Math.abs(a * dy) + Math.abs(b * dx);
    if (along <= 0) continue;
    const cost = along + 2.5 * aside;
    if (cost < least) { least = cost; best = row; }
  }
  return best;
}
