// A fragment in its session: what was said before and after, and what every coder made of it.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import {
  at, codeLabel, coderLabel, coderShort, coders, coding, colourOf, count, decimals, fragments, schemeLabel, schemes,
  sessionLabel, study, t, themeLabel, themes, whereOf,
} from "./data";
import { codes, coder, decidable, giveCodes, keep } from "./decisions";
import { compose } from "./decide";
import { Hat, Meta, Text, codesOf } from "./list";
import { choose, first, opened, rows } from "./state";

const STEP = 6;
const around = signal({ row: -1, before: STEP, after: STEP });
const copied = signal("");

function contextOf(row: number): { list: number[]; before: number; after: number } {
  const same = (other: number) => other >= 0 && other < count && fragments.source.of[other] === fragments.source.of[row];
  const { before, after } = around.value.row === row ? around.value : { before: STEP, after: STEP };
  let from = row, to = row;
  while (row - from < before && same(from - 1)) from--;
  while (to - row < after && same(to + 1)) to++;
  let restBefore = 0, restAfter = 0;
  for (let other = from - 1; same(other); other--) restBefore++;
  for (let other = to + 1; same(other); other++) restAfter++;
  return { list: Array.from({ length: to - from + 1 }, (_, i) => from + i), before: restBefore, after: restAfter };
}
function widen(row: number, side: "before" | "after"): void {
  const now = around.value.row === row ? around.value : { row, before: STEP, after: STEP };
  around.value = { ...now, row, [side]: now[side] + 20 };
}

/** One stripe per coder; a stripe goes on while the code does. */
function Stripes({ row, previous, scheme, wide }: { row: number; previous: number | null; scheme: string; wide: boolean }) {
  return (
    <div class="stripes">
      {coders.map((each) => {
        const part = coding(each.id, scheme);
        if (!part) return null;
        const given = part.given[row];
        const goesOn = previous !== null && part.given[previous].join() === given.join() && given.length > 0;
        const label = codesOf(part, row);
        return (
          <div class={`stripe${goesOn ? " on" : ""}${each.machine ? " machine" : ""}`} title={`${coderLabel(each.id)}: ${label}`}>
            {given.map((code) => <i style={{ backgroundColor: colourOf(code, part.codes[code].code) }} />)}
            {given.length > 0 && wide && !goesOn && <span>{label}</span>}
          </div>
        );
      })}
    </div>
  );
}

function CodeTable({ row }: { row: number }) {
  const shown = schemes.filter((scheme) => coders.some((each) => coding(each.id, scheme)?.seen[row]));
  if (!shown.length) return null;
  return (
    <div class="scroll">
      <table class="said">
        <caption>{t("reader.codes")}</caption>
        <thead><tr><td />{shown.map((scheme) => <th scope="col">{schemeLabel(scheme)}</th>)}</tr></thead>
        <tbody>
          {coders.map((each) => (
            <tr>
              <th scope="row" title={coderLabel(each.id)}>{each.machine ? <><span class="unseen">machine, </span>{coderShort(each.id)}</> : each.id === coderLabel(each.id) ? <b>{each.id}</b> : coderLabel(each.id)}</th>
              {shown.map((scheme) => {
                const part = coding(each.id, scheme);
                if (!part) return <td class="none" aria-label={t("value.not_in_scheme")}>·</td>;
                const score = part.score?.[row];
                return (
                  <td>
                    {part.given[row].map((code) => (
                      <button class="plain code" onClick={() => choose({ [`${each.id}.${scheme}`]: [part.codes[code].code] })} title={part.codes[code].definition}>
                        <span class="dot" style={{ backgroundColor: colourOf(code, part.codes[code].code) }} aria-hidden="true" />{codeLabel(scheme, part.codes[code])}
                      </button>
                    ))}
                    {!part.given[row].length && <span class="none">{codesOf(part, row)}</span>}
                    {score !== undefined && !Number.isNaN(score) && part.given[row].length > 0 && <small>{decimals(score)}</small>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OwnCodes({ row }: { row: number }) {
  const known = Object.entries(study.codebook).filter(([, list]) => list.length);
  if (!known.length) return null;
  return (
    <details class="own">
      <summary>{t("reader.own")}</summary>
      <label>{t("reader.own.coder")} <input value={coder.value} maxLength={40} onInput={(event) => { coder.value = event.currentTarget.value; keep(); }} /></label>
      {known.map(([scheme, list]) => {
        const given = codes.value.find((each) => each.row === row && each.scheme === scheme)?.codes ?? null;
        const parents = codes.value.find((each) => each.row === row && each.scheme === "theme")?.codes ?? [];
        const offered = scheme === "subtheme" && parents.length ? list.filter((code) => !code.parent || parents.includes(code.parent)) : list;
        return (
          <fieldset>
            <legend>{schemeLabel(scheme)}</legend>
            {offered.map((code) => (
              <label title={code.definition}><input type="checkbox" checked={given?.includes(code.code) ?? false} onChange={(event) => {
                const next = event.currentTarget.checked ? [...(given ?? []), code.code] : (given ?? []).filter((each) => each !== code.code);
                giveCodes(row, scheme, next.length ? next : null);
              }} /> {scheme === "hat" && <Hat value={code.code} />}{codeLabel(scheme, code)}</label>
            ))}
            <label><input type="checkbox" checked={given !== null && !given.length} onChange={(event) => giveCodes(row, scheme, event.currentTarget.checked ? [] : null)} /> {t("value.no_code")}</label>
          </fieldset>
        );
      })}
      <p class="note">{t("reader.own.note")}</p>
    </details>
  );
}

async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    copied.value = t("reader.copied", { what });
  } catch {
    copied.value = text;
  }
}

export function Reader() {
  const row = opened.value;
  const pane = useRef<HTMLElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    copied.value = "";
    const mark = pane.current?.querySelector<HTMLElement>(".now");
    const box = pane.current?.querySelector<HTMLElement>(".context");
    if (mark && box) box.scrollTop = mark.offsetTop - Math.min(120, box.clientHeight / 4);
    if (pane.current) pane.current.scrollTop = 0;
  }, [row]);
  useEffect(() => { if (row !== undefined && matchMedia("(max-width: 60rem)").matches) title.current?.focus(); }, [row]);
  if (row === undefined) {
    return <aside class="reader empty" aria-label={t("reader.name")}><p>{t("reader.empty")}</p><dl class="keys">{["j", "enter", "x", "slash", "escape", "numbers"].map((key) => <><dt><kbd>{t(`key.${key}`)}</kbd></dt><dd>{t(`key.${key}.what`)}</dd></>)}</dl></aside>;
  }
  const { list, before, after } = contextOf(row);
  const wide = first("wide") === "1";
  const ready = schemes.filter((scheme) => coders.some((each) => coding(each.id, scheme)));
  const scheme = ready.includes(first("stripes") ?? "") ? first("stripes")! : ready[0];
  const theme = themes[fragments.theme[row]];
  const place = rows.value.indexOf(row);
  const near = (step: number) => rows.value[place + step];
  return (
    <aside class="reader" ref={pane} aria-label={t("reader.name")}>
      <header>
        <button class="icon" onClick={() => choose({ open: null, wide: null })} aria-label={t("reader.close")}><span aria-hidden="true">×</span></button>
        <h2 ref={title} tabIndex={-1}>{sessionLabel(at(fragments.session, row) ?? t("value.unknown"))}</h2>
        <p class="note">{whereOf(row)} · <code>{fragments.id[row]}</code></p>
        <p class="actions">
          <button disabled={near(-1) === undefined} onClick={() => choose({ open: [fragments.id[near(-1)]] })}>{t("reader.previous")}</button>
          <button disabled={place < 0 || near(1) === undefined} onClick={() => choose({ open: [fragments.id[near(1)]] })}>{t("reader.next")}</button>
          <button class="only-wide" aria-pressed={wide} onClick={() => choose({ wide: wide ? null : ["1"] })}>{t("reader.wide")}</button>
          <button onClick={() => copy(location.href, t("reader.link"))}>{t("reader.copy_link")}</button>
        </p>
        {copied.value && <p class="note copied" role="status">{copied.value}</p>}
      </header>
      {scheme && <div class="stripe-head">
        <label>{t("reader.stripes")} <select value={scheme} onChange={(event) => choose({ stripes: [event.currentTarget.value] }, false)}>{ready.map((each) => <option value={each}>{schemeLabel(each)}</option>)}</select></label>
        <div class="stripes heads" aria-hidden="true">{coders.filter((each) => coding(each.id, scheme)).map((each) => <div class="stripe"><span>{wide ? coderLabel(each.id) : coderShort(each.id)}</span></div>)}</div>
      </div>}
      <div class="context" tabIndex={0} role="group" aria-label={t("reader.context")}>
        {before > 0 && <button class="plain more" onClick={() => widen(row, "before")}>{t("reader.before", { n: before })}</button>}
        {list.map((other, i) => {
          const status = at(fragments.status, other) ?? "", unspoken = ["heading", "author"].includes(status);
          return (
            <div class={`said-here${other === row ? " now" : ""}${unspoken ? ` ${status}` : ""}`} aria-current={other === row ? "true" : undefined}>
              <div>
                {!unspoken && <Meta row={other} session={false} />}
                {other === row
                  ? <blockquote lang="nl"><Text row={other} /></blockquote>
                  : <button class="plain" lang="nl" onClick={() => choose({ open: [fragments.id[other]] })}><Text row={other} /></button>}
              </div>
              {scheme && <Stripes row={other} previous={i ? list[i - 1] : null} scheme={scheme} wide={wide} />}
            </div>
          );
        })}
        {after > 0 && <button class="plain more" onClick={() => widen(row, "after")}>{t("reader.after", { n: after })}</button>}
      </div>
      <CodeTable row={row} />
      {theme && <p class="theme-line"><span class="dot" style={{ backgroundColor: colourOf(fragments.theme[row], theme.id) }} /> {t("facet.theme")}: <button class="plain" onClick={() => choose({ theme: [theme.id], view: null })}>{themeLabel(theme)}</button></p>}
      <p class="actions">
        {decidable.length > 0 && <button onClick={() => compose({ action: "move", fragments: [fragments.id[row]] })}>{t("reader.move")}</button>}
        <a href="report.html">{t("reader.report")}</a>
      </p>
      <OwnCodes row={row} />
    </aside>
  );
}
