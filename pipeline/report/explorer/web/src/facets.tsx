// The filters: each value with how many fragments it would give beside what is chosen already.
import { signal } from "@preact/signals";
import { DIFFERENCES, PAIR_OUTCOMES, comparable } from "./agreement";
import {
  type Coding, abstained, coderLabel, coders, coding, codings, fragments, isUsed, number, schemeLabel, schemes,
  schemesOf, study, t,
} from "./data";
import { Dot, Hat, nameKey, nameValue } from "./list";
import { ABSTAINED, LOOKED, NONE, axes, choices, choose, codingOf, countValues, first, indexOf, differenceCounts, toggle } from "./state";

const MOST = 8;
const THEMATIC = ["theme", "subtheme"];
/** What somebody opened or closed by hand; the rest opens by itself where something in it is chosen. */
const folds = signal<ReadonlyMap<string, boolean>>(new Map());
const fold = (key: string, open: boolean) => { folds.value = new Map(folds.value).set(key, open); };

type Value = { value: string; n: number };

function valuesOf(key: string): Value[] {
  const index = indexOf(key), part = codingOf(key);
  const sums = new Map<string, number>();
  const add = (value: string) => sums.set(value, (sums.get(value) ?? 0) + 1);
  if (index) {
    for (const value of index.values) sums.set(value, 0);
    countValues(key, (row) => add(index.of[row] < 0 ? NONE : index.values[index.of[row]]));
  } else if (part) {
    for (const code of part.codes) sums.set(code.code, 0);
    countValues(key, (row) => {
      for (const code of part.given[row]) add(part.codes[code].code);
      if (part.given[row].length) return;
      add(part.abstained[row] ? ABSTAINED : part.seen[row] ? LOOKED : NONE);
    });
  }
  return [...sums].map(([value, n]) => ({ value, n }));
}

/** Themes are named with whose they are; other codes stand below the name of their coder. */
function nameFacet(key: string): string {
  const part = codingOf(key);
  if (!part) return nameKey(key);
  return THEMATIC.includes(part.scheme) ? t(`facet.${part.scheme}_of`, { coder: coderLabel(part.coder) }) : schemeLabel(part.scheme);
}

function Facet({ keyName, open = false, bySize = false }: { keyName: string; open?: boolean; bySize?: boolean }) {
  const chosen = choices.value.get(keyName) ?? [];
  const isOpen = folds.value.get(keyName) ?? (open || chosen.length > 0);
  return (
    <details class="facet" open={isOpen} onToggle={(event) => { if (event.currentTarget.open !== isOpen) fold(keyName, !isOpen); }}>
      <summary><span>{nameFacet(keyName)}</span>{chosen.length > 0 && <span class="badge">{chosen.length}</span>}</summary>
      {isOpen && <Values keyName={keyName} bySize={bySize} />}
    </details>
  );
}

function Values({ keyName, bySize }: { keyName: string; bySize: boolean }) {
  const chosen = choices.value.get(keyName) ?? [];
  const all = valuesOf(keyName);
  const named = all.filter((each) => each.n > 0 || chosen.includes(each.value) || all.length <= MOST);
  if (bySize) named.sort((one, other) => other.n - one.n);
  const key = `${keyName} all`;
  const whole = folds.value.get(key) ?? false;
  const shown = whole ? named : named.filter((each, i) => i < MOST || chosen.includes(each.value));
  const most = Math.max(1, ...named.map((each) => each.n));
  return (
    <>
      <ul class="values">
        {shown.map(({ value, n }) => (
          <li class={n ? "" : "zero"}>
            <label>
              <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(keyName, value)} />
              <span class="name">{keyName === "hat" && value !== NONE && <Hat value={value} />}{keyName === "theme" && value !== NONE && <Dot place={indexOf("theme")!.values.indexOf(value)} value={value} />}{nameValue(keyName, value)}</span>
              <span class="n">{number(n)}</span>
              <span class="share" style={{ width: `${(100 * n) / most}%` }} aria-hidden="true" />
            </label>
          </li>
        ))}
      </ul>
      {named.length > MOST && <button class="plain more" onClick={() => fold(key, !whole)}>{whole ? t("filter.fewer") : t("filter.more", { n: named.length - shown.length })}</button>}
    </>
  );
}

/** The themes and sub-themes of everybody who gave any, people first; what the machine found by itself has parts of its own. */
const thematicKeys = coders.flatMap((each) => THEMATIC.filter((scheme) => coding(each.id, scheme)).map((scheme) => `${each.id}.${scheme}`));

const otherSchemes = (coder: string) => schemesOf(coder).filter((scheme) => !THEMATIC.includes(scheme));
const otherCoders = coders.map((each) => each.id).filter((each) => otherSchemes(each).length);
const chosenCoder = signal<string | null>(null);
function CoderFacets() {
  const chosen = [...choices.value.keys()].map(codingOf).filter((part): part is Coding => !!part && !THEMATIC.includes(part.scheme));
  const coder = [chosenCoder.value, chosen[0]?.coder, axes.value.left?.coder].find((each) => each && otherCoders.includes(each)) ?? otherCoders[0];
  const others = chosen.filter((part) => part.coder !== coder).map((part) => `${part.coder}.${part.scheme}`);
  return (
    <section class="group">
      <h3>{t("filter.coder")}</h3>
      <div class="segments" role="group" aria-label={t("filter.coder")}>
        {otherCoders.map((each) => <button aria-pressed={each === coder} onClick={() => { chosenCoder.value = each; }}>{coderLabel(each)}</button>)}
      </div>
      {otherSchemes(coder).map((scheme) => <Facet key={`${coder}.${scheme}`} keyName={`${coder}.${scheme}`} />)}
      {others.map((key) => <p class="note">{nameKey(key)}: {choices.value.get(key)!.map((value) => nameValue(key, value)).join(", ")}</p>)}
    </section>
  );
}

export function PairChoice({ compact = false }: { compact?: boolean }) {
  const { scheme, left, right } = axes.value;
  const ready = schemes.filter((each) => coders.filter((coder) => coding(coder.id, each)).length > 1);
  const set = (next: { scheme?: string; left?: string; right?: string }) =>
    choose({ axes: [next.scheme ?? scheme, next.left ?? left!.coder, next.right ?? right!.coder], pair: null, cell: null });
  const options = coders.filter((each) => coding(each.id, scheme)).map((each) => <option value={each.id}>{coderLabel(each.id)}</option>);
  return (
    <div class={compact ? "pair compact" : "pair"}>
      <label><span>{t("pair.scheme")}</span><select value={scheme} onChange={(event) => set({ scheme: event.currentTarget.value })}>{ready.map((each) => <option value={each}>{schemeLabel(each)}</option>)}</select></label>
      <label><span>{t("pair.left")}</span><select value={left?.coder} onChange={(event) => set({ left: event.currentTarget.value })}>{options}</select></label>
      <label><span>{t("pair.right")}</span><select value={right?.coder} onChange={(event) => set({ right: event.currentTarget.value })}>{options}</select></label>
    </div>
  );
}

function Agreement() {
  const { scheme, left, right } = axes.value;
  if (!left || !right || left === right) return null;
  const chosen = choices.value.get("pair")?.slice(3) ?? [];
  const pick = (outcome: string) => {
    const next = chosen.includes(outcome) ? chosen.filter((each) => each !== outcome) : [...chosen, outcome];
    choose({ pair: next.length ? [scheme, left.coder, right.coder, ...next] : null });
  };
  return (
    <section class="group">
      <h3>{t("filter.agreement")}</h3>
      <PairChoice compact />
      {comparable(left, right)
        ? <ul class="values">{PAIR_OUTCOMES.map((each) => <li><label><input type="checkbox" checked={chosen.includes(each)} onChange={() => pick(each)} /><span class="name">{t(`outcome.${each}`)}</span></label></li>)}</ul>
        : <p class="note">{t("pair.own_codes")}</p>}
      <Differences />
    </section>
  );
}

export function Differences() {
  const set = first("difference");
  return (
    <ul class="differences">
      {DIFFERENCES.map((name) => {
        const n = differenceCounts.value?.[name];
        return <li><button aria-pressed={set === name} disabled={n === 0 && set !== name} title={t(`difference.${name}.why`)} onClick={() => choose({ difference: set === name ? null : [name], sort: set === name ? null : ["teach"] })}>{t(`difference.${name}`)} <span class="n">{n === undefined ? "…" : number(n)}</span></button></li>;
      })}
    </ul>
  );
}

function Score() {
  const ready = codings.filter((part) => part.score);
  if (!ready.length) return null;
  const now = choices.value.get("score");
  const part: Coding = (now && coding(now[0], now[1])) || ready.find((each) => each.coder === study.stances.coder) || ready[0];
  const low = now?.[2] ?? "0", high = now?.[3] ?? "1";
  const set = (changed: Partial<{ part: Coding; low: string; high: string }>) => {
    const next = { part, low, high, ...changed };
    choose({ score: [next.part.coder, next.part.scheme, next.low || "0", next.high || "1"] });
  };
  return (
    <details class="facet" open={!!now}>
      <summary><span>{t("facet.score")}</span></summary>
      <div class="score-form">
        <label><span>{t("score.of")}</span><select value={`${part.coder}.${part.scheme}`} onChange={(event) => set({ part: codingOf(event.currentTarget.value)! })}>
          {ready.map((each) => <option value={`${each.coder}.${each.scheme}`}>{coderLabel(each.coder)}: {schemeLabel(each.scheme)}</option>)}
        </select></label>
        <label><span>{t("score.from")}</span><input type="number" min="0" max="1" step="0.05" value={low} onChange={(event) => set({ low: event.currentTarget.value })} /></label>
        <label><span>{t("score.to")}</span><input type="number" min="0" max="1" step="0.05" value={high} onChange={(event) => set({ high: event.currentTarget.value })} /></label>
      </div>
    </details>
  );
}

function Abstained() {
  const ready = Object.entries(abstained).filter(([scheme, mask]) => coding(study.stances.coder, scheme) && mask.some(Boolean));
  if (!ready.length) return null;
  return (
    <details class="facet">
      <summary><span>{t("facet.abstained")}</span></summary>
      <ul class="values">{ready.map(([scheme, mask]) => {
        const key = `${study.stances.coder}.${scheme}`;
        const n = mask.reduce((sum, hit, row) => sum + (hit && isUsed(row) ? 1 : 0), 0);
        return <li><label><input type="checkbox" checked={choices.value.get(key)?.includes(ABSTAINED) ?? false} onChange={() => toggle(key, ABSTAINED)} /><span class="name">{schemeLabel(scheme)}</span><span class="n">{number(n)}</span></label></li>;
      })}</ul>
    </details>
  );
}

export function Facets() {
  const filled = (key: string) => (indexOf(key)?.values.length ?? 0) > (["session", "kind"].includes(key) ? 1 : 0);
  return (
    <>
      <section class="group">
        {filled("theme") && fragments.theme.some((theme) => theme >= 0) && <Facet keyName="theme" open />}
        {filled("hat") && <Facet keyName="hat" open />}
        {filled("session") && <Facet keyName="session" />}
        {filled("speaker") && <Facet keyName="speaker" bySize />}
        {filled("role") && <Facet keyName="role" />}
        {filled("organisation") && <Facet keyName="organisation" bySize />}
        {study.attributes.map((each) => <Facet keyName={`is.${each.name}`} />)}
        {filled("kind") && <Facet keyName="kind" />}
        <Facet keyName="status" bySize />
        <Abstained />
        <Score />
      </section>
      {thematicKeys.length > 0 && <section class="group"><h3>{t("filter.themes")}</h3>{thematicKeys.map((key) => <Facet key={key} keyName={key} />)}</section>}
      {otherCoders.length > 0 && <CoderFacets />}
      {codings.length > 0 && <Agreement />}
    </>
  );
}
