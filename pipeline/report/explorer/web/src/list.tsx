// The list of fragments that are left: only what is on screen is in the document, also at ten thousand.
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from "@tanstack/virtual-core";
import { signal } from "@preact/signals";
import { points } from "./agreement";
import {
  type Coding, at, codeLabel, coderLabel, coders, coding, colourOf, count, counted, decimals, fragments, hats, isUsed,
  kindLabel, noCode, number, roleLabel, sessionLabel, speakerOf, statusLabel, t, themeLabel, themes, usedCount, valueLabel,
} from "./data";
import { highlight } from "./search";
import { SORTS, axes, choices, choose, filters, found, opened, rows, scoredBy, sort, tick, ticked } from "./state";

/** Where the keyboard is in the list; moves with the reading pane. */
export const here = signal(0);

const BRIM = "M.8 9.8Q5 8 5 8 10 10 15 8 15 8 19.2 9.8 10 14.6 .8 9.8Z", CROWN = "M5 9.6 6.2 2.4Q10 .8 13.8 2.4L15 9.6Q10 11.4 5 9.6Z";
export function Hat({ value }: { value: string }) {
  return <svg class={`hat hat-${value}`} viewBox="0 0 20 15" aria-hidden="true"><path d={CROWN} /><path d={BRIM} /></svg>;
}
/** Words of a fragment; a heading without the signs that mark it as one in a plain text. */
export function Text({ row }: { row: number }) {
  const text = at(fragments.status, row) === "heading" ? fragments.text[row].replace(/^#+\s*|\*\*|__/g, "") : fragments.text[row];
  return <>{highlight(text, found.value).map((piece) => (piece.hit ? <mark>{piece.text}</mark> : piece.text))}</>;
}
export function Dot({ place, value = "" }: { place: number; value?: string }) {
  return <span class="dot" style={{ backgroundColor: colourOf(place, value) }} aria-hidden="true" />;
}
export function codesOf(part: Coding, row: number): string {
  if (part.given[row].length) return part.given[row].map((code) => codeLabel(part.scheme, part.codes[code])).join(" · ");
  if (part.abstained[row]) return t("value.abstained");
  return part.seen[row] ? noCode(part.scheme) : t("value.unseen");
}

export function Meta({ row, session = true }: { row: number; session?: boolean }) {
  const hat = at(hats, row), role = at(fragments.role, row), speaker = speakerOf(row);
  return (
    <p class="meta">
      {session && <span class="session">{sessionLabel(at(fragments.session, row) ?? t("value.unknown"))}</span>}
      <span class={speaker ? "who" : "nobody"}>{speaker || t("value.no_speaker")}{role && role !== "deelnemer" && role !== speaker.toLowerCase() ? `, ${roleLabel(role)}` : ""}</span>
      {hat && <span class="hat-name"><Hat value={hat} /> {valueLabel(hat)}{hats.noted[row] ? "" : ` (${t("value.heard")})`}</span>}
      {!isUsed(row) && <span class="tag">{statusLabel(at(fragments.status, row) ?? "")}</span>}
      {isUsed(row) && at(fragments.kind, row) !== "turn" && <span class="kind">{kindLabel(at(fragments.kind, row) ?? "")}</span>}
    </p>
  );
}

function Row({ row, index, top, measure }: { row: number; index: number; top: number; measure: (node: Element | null) => void }) {
  const { scheme, left, right } = axes.value;
  const people = coders.filter((each) => !each.machine).map((each) => coding(each.id, scheme));
  const shown = [...new Set([...people, left, right])].filter((each): each is Coding => !!each && each.seen[row] === 1);
  const theme = themes[fragments.theme[row]];
  const why = sort.value === "teach" && left && right ? points(row, left.coder, right.coder) : null;
  const score = sort.value === "score" ? scoredBy.value?.score?.[row] : undefined;
  return (
    <article
      ref={measure} data-index={index} data-id={fragments.id[row]} class={`row${opened.value === row ? " open" : ""}`}
      style={{ transform: `translateY(${top}px)` }} tabIndex={here.value === index ? 0 : -1}
      aria-posinset={index + 1} aria-setsize={rows.value.length} aria-label={fragments.text[row].slice(0, 80)}
      aria-current={opened.value === row ? "true" : undefined}
      onFocus={() => { here.value = index; }}
      onClick={(event) => {
        if ((event.target as Element).closest("input, label, a, button") || String(getSelection())) return;
        here.value = index;
        choose({ open: [fragments.id[row]] });
      }}
    >
      <label class="tick"><input type="checkbox" tabIndex={-1} checked={ticked.value.has(row)} onChange={(event) => tick([row], event.currentTarget.checked)} /><span class="unseen">{t("list.tick")}</span></label>
      <div>
        <Meta row={row} />
        <blockquote lang="nl"><Text row={row} /></blockquote>
        <ul class="codes">
          {theme && <li><Dot place={fragments.theme[row]} value={theme.id} /><span class="unseen">{t("facet.theme")} </span>{themeLabel(theme)}</li>}
          {shown.map((part) => <li><b>{coderLabel(part.coder)}</b> {codesOf(part, row)}</li>)}
          {score !== undefined && !Number.isNaN(score) && <li class="score">{t("list.score", { score: decimals(score), coder: coderLabel(scoredBy.value!.coder) })}</li>}
          {why && why.total > 0 && <li class="why">{t("list.points", { n: why.total })} {why.reasons.map((each) => t(`why.${each}`)).join(" · ")}</li>}
        </ul>
      </div>
    </article>
  );
}

/** A list whose rows have their own heights; the library measures them and says which are on screen. */
function useVirtual(box: { current: HTMLDivElement | null }, length: number) {
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
  const kept = useRef<Virtualizer<HTMLDivElement, Element> | null>(null);
  const options = {
    count: length, getScrollElement: () => box.current, estimateSize: () => 132, overscan: 6,
    observeElementRect, observeElementOffset, scrollToFn: elementScroll, onChange: () => redraw(),
    getItemKey: (index: number) => rows.peek()[index] ?? index,
  };
  kept.current ??= new Virtualizer(options);
  kept.current.setOptions(options);
  useLayoutEffect(() => kept.current!._didMount(), []);
  useLayoutEffect(() => kept.current!._willUpdate());
  return kept.current;
}

export function move(step: number): void {
  here.value = Math.max(0, Math.min(rows.value.length - 1, here.value + step));
}

export function List() {
  const box = useRef<HTMLDivElement>(null);
  const list = rows.value;
  const virtual = useVirtual(box, list.length);
  const focusWanted = useRef(false);
  useEffect(() => { if (here.peek() >= list.length) here.value = 0; }, [list]);
  useEffect(() => { box.current?.scrollTo(0, 0); here.value = Math.max(0, list.indexOf(opened.peek() ?? -1)); }, [filters.value, sort.value]);
  useEffect(() => {
    virtual.scrollToIndex(here.value, { align: "auto" });
    if (!focusWanted.current) return;
    focusWanted.current = false;
    requestAnimationFrame(() => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-index="${here.peek()}"]`)?.focus({ preventScroll: true })));
  }, [here.value]);
  const keys = (event: KeyboardEvent) => {
    if ((event.target as Element).closest("input, select, a, button")) return;
    const steps: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 8, PageUp: -8, Home: -count, End: count };
    if (event.key in steps) {
      focusWanted.current = true;
      move(steps[event.key]);
      event.preventDefault();
    } else if (event.key === "Enter" && list[here.value] !== undefined) {
      choose({ open: [fragments.id[list[here.value]]] });
      event.preventDefault();
    } else if (event.key === " " || event.key === "x") {
      const row = list[here.value];
      if (row !== undefined) tick([row], !ticked.value.has(row));
      event.preventDefault();
    }
  };
  const all = list.length > 0 && list.every((row) => ticked.value.has(row));
  return (
    <section class="list" aria-label={t("list.name")}>
      <div class="tools">
        <p class="sum" role="status" aria-live="polite"><b>{counted("fragment", list.length)}</b> {t("list.of", { n: number(usedCount) })}</p>
        <label class="tick"><input type="checkbox" checked={all} disabled={!list.length} onChange={(event) => tick(list, event.currentTarget.checked)} /> {ticked.value.size ? t("list.ticked", { n: ticked.value.size }) : t("list.all")}</label>
        <label>{t("list.sort")} <select value={sort.value} onChange={(event) => choose({ sort: [event.currentTarget.value] })}>
          {SORTS.map((each) => <option value={each}>{t(`sort.${each}`)}</option>)}
        </select></label>
      </div>
      <Chips />
      {list.length === 0 && <p class="nothing">{t("list.none")} <button class="plain" onClick={() => choose(Object.fromEntries([...choices.value.keys()].filter((key) => !["view", "lang"].includes(key)).map((key) => [key, null])))}>{t("filter.clear")}</button></p>}
      <div class="rows" ref={box} role="feed" aria-label={t("list.name")} onKeyDown={keys}>
        <div style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map((item) => list[item.index] !== undefined && (
            <Row key={item.key} row={list[item.index]} index={item.index} top={item.start} measure={virtual.measureElement} />
          ))}
        </div>
      </div>
    </section>
  );
}

/** The filters that are set, each to be taken away. */
export function Chips() {
  const set = filters.value;
  if (!set.length) return null;
  return (
    <ul class="chips" aria-label={t("filter.set")}>
      {set.map(({ key, values }) => (
        <li><button onClick={() => choose({ [key]: null })} aria-label={t("filter.remove", { name: describe(key, values) })}>{describe(key, values)} <span aria-hidden="true">×</span></button></li>
      ))}
      {set.length > 1 && <li><button class="clear" onClick={() => choose(Object.fromEntries(set.map(({ key }) => [key, null])))}>{t("filter.clear")}</button></li>}
    </ul>
  );
}

export function nameValue(key: string, value: string): string {
  if (value === "?") return t(key.includes(".") && !key.startsWith("is.") ? "value.unseen" : "value.unknown");
  if (value === "-") return noCode(key.split(".").pop()!);
  if (value === "!") return t("value.abstained");
  if (key === "theme") {
    const theme = themes.find((each) => each.id === value);
    return theme ? themeLabel(theme) : value;
  }
  if (key === "session") return sessionLabel(value);
  if (key === "role") return roleLabel(value);
  if (key === "speaker") {
    const slash = value.lastIndexOf("/");
    return slash < 0 ? value : `${value.slice(slash + 1)} · ${sessionLabel(value.slice(0, slash))}`;
  }
  if (key === "status") return statusLabel(value);
  if (key === "kind") return kindLabel(value);
  if (key === "hat") return valueLabel(value);
  const part = coding(key.slice(0, key.lastIndexOf(".")), key.slice(key.lastIndexOf(".") + 1));
  const code = part?.codes.find((each) => each.code === value);
  return part && code ? codeLabel(part.scheme, code) : value;
}
export function nameKey(key: string): string {
  if (key.startsWith("is.")) return key.slice(3);
  const dot = key.lastIndexOf(".");
  if (dot > 0) return `${coderLabel(key.slice(0, dot))}, ${t(`scheme.${key.slice(dot + 1)}`)}`;
  return t(`facet.${key}`);
}
function describe(key: string, values: readonly string[]): string {
  if (key === "q") return `“${values.join(",")}”`;
  if (key === "ids") return counted("fragment", values.length);
  if (key === "lasso") return t("facet.lasso");
  if (key === "difference") return t(`difference.${values[0]}`);
  if (key === "score") return `${coderLabel(values[0])}, ${t(`scheme.${values[1]}`)}: ${values[2]}–${values[3]}`;
  if (key === "pair") return `${coderLabel(values[1])} | ${coderLabel(values[2])}, ${t(`scheme.${values[0]}`)}: ${values.slice(3).map((each) => t(`outcome.${each}`)).join(", ")}`;
  if (key === "only" || key === "first") {
    const [coder, scheme, ...codes] = values, name = `${coder}.${scheme}`;
    return `${nameKey(name)}: ${t(`given.${key}`, { codes: codes.map((code) => nameValue(name, code)).join(" + ") })}`;
  }
  if (key === "cell") {
    const [scheme, left, one, right, other] = values;
    return `${coderLabel(left)}: ${nameValue(`${left}.${scheme}`, one)} × ${coderLabel(right)}: ${nameValue(`${right}.${scheme}`, other)}`;
  }
  return `${nameKey(key)}: ${values.map((value) => nameValue(key, value)).join(", ")}`;
}
