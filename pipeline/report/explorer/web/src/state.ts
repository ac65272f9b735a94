// What is chosen, kept in the address; which fragments that leaves; and how many each further choice would leave.
import { computed, effect, signal } from "@preact/signals";
import { DIFFERENCES, PAIR_OUTCOMES, defaultAxes, difference, outcomes, points } from "./agreement";
import {
  type Coding, type Index, at, coding, codings, count, fragments, hats, isUsed, language, rowOf, schemes, study, themes,
} from "./data";
import { search } from "./search";
import { polygonContains } from "d3-polygon";

export type Choices = ReadonlyMap<string, readonly string[]>;
export const VIEWS = ["fragments", "matrix", "map", "decisions"];
const SHOWN = new Set(["view", "open", "sort", "lang", "colour", "axes", "stripes", "wide"]);

function readAddress(): Choices {
  const found = new Map<string, string[]>();
  for (const part of location.hash.slice(1).split("&")) {
    const split = part.indexOf("=");
    if (split < 1) continue;
    try {
      const values = part.slice(split + 1).split(",").map(decodeURIComponent).filter(Boolean);
      if (values.length) found.set(decodeURIComponent(part.slice(0, split)), values);
    } catch { /* an address that was cut off in a mail: the rest still holds */ }
  }
  return found;
}
export function writeAddress(choices: Choices): string {
  const parts = [...choices].map(([key, values]) => `${encodeURIComponent(key)}=${values.map(encodeURIComponent).join(",")}`);
  return `#${parts.join("&")}`;
}

export const choices = signal<Choices>(readAddress());
if (choices.value.get("lang")?.[0] === "nl" || choices.value.get("lang")?.[0] === "en") {
  language.value = choices.value.get("lang")![0] as "nl" | "en";
}
addEventListener("hashchange", () => {
  if (location.hash !== writeAddress(choices.value)) choices.value = readAddress();
});

/** Change choices; an empty list takes one away. A step in reading can be gone back on, typing cannot. */
export function choose(changes: Record<string, readonly string[] | null>, step = true): void {
  const next = new Map(choices.value);
  for (const [key, values] of Object.entries(changes)) {
    if (!values || !values.length) next.delete(key);
    else next.set(key, values);
  }
  choices.value = next;
  const address = writeAddress(next);
  if (location.hash === address) return;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
addEventListener("popstate", () => { choices.value = readAddress(); });

export const first = (key: string) => choices.value.get(key)?.[0];
export const view = computed(() => (VIEWS.includes(first("view") ?? "") ? first("view")! : "fragments"));
export const opened = computed(() => rowOf.get(first("open") ?? ""));
export const isFilter = (key: string) => !SHOWN.has(key);
export function toggle(key: string, value: string): void {
  const now = choices.value.get(key) ?? [];
  choose({ [key]: now.includes(value) ? now.filter((each) => each !== value) : [...now, value] });
}
export const withoutFilters = () => Object.fromEntries([...choices.value.keys()].filter(isFilter).map((key) => [key, null]));

const chosenAxes = computed(() => (choices.value.get("axes") ?? []).join("\n"));
/** The two coders and the scheme that are compared. */
export const axes = computed(() => {
  const [scheme, left, right] = chosenAxes.value ? chosenAxes.value.split("\n") : [];
  const known = defaultAxes(scheme && schemes.includes(scheme) ? scheme : undefined);
  const a = left ? coding(left, known.scheme) : undefined;
  const b = right ? coding(right, known.scheme) : undefined;
  return { scheme: known.scheme, left: a ?? known.left, right: b ?? known.right };
});

export const found = computed(() => search((choices.value.get("q") ?? []).join(",")));

const INDEXES: Record<string, Index> = {
  hat: hats, session: fragments.session, speaker: fragments.speaker, role: fragments.role,
  organisation: fragments.organisation, kind: fragments.kind, status: fragments.status,
  theme: { values: themes.map((theme) => theme.id), of: fragments.theme },
  ...Object.fromEntries(study.attributes.map((each) => [`is.${each.name}`, each])),
};
export const indexOf = (key: string): Index | undefined => INDEXES[key];
export const codingOf = (key: string): Coding | undefined => {
  const dot = key.lastIndexOf(".");
  return dot > 0 ? coding(key.slice(0, dot), key.slice(dot + 1)) : undefined;
};
export const NONE = "?", LOOKED = "-", ABSTAINED = "!";

function byIndex(index: Index, values: readonly string[]): Uint8Array {
  const made = new Uint8Array(count);
  const wanted = new Set(values.map((value) => (value === NONE ? -1 : index.values.indexOf(value))).filter((place, i) => place >= 0 || values[i] === NONE));
  for (let row = 0; row < count; row++) if (wanted.has(index.of[row])) made[row] = 1;
  return made;
}
function byCoding(part: Coding, values: readonly string[]): Uint8Array {
  const made = new Uint8Array(count);
  const wanted = new Set(part.codes.flatMap((code, i) => (values.includes(code.code) ? [i] : [])));
  const none = values.includes(NONE), looked = values.includes(LOOKED), declined = values.includes(ABSTAINED);
  for (let row = 0; row < count; row++) {
    if (part.given[row].some((code) => wanted.has(code))) made[row] = 1;
    else if (none && !part.seen[row]) made[row] = 1;
    else if (declined && part.abstained[row]) made[row] = 1;
    else if (looked && part.seen[row] && !part.given[row].length && !part.abstained[row]) made[row] = 1;
  }
  return made;
}
function byCell([scheme, left, one, right, other]: readonly string[]): Uint8Array | null {
  const a = coding(left, scheme), b = coding(right, scheme);
  if (!a || !b) return null;
  const rows = byCoding(a, [one]), columns = byCoding(b, [other]);
  return rows.map((hit, row) => hit & columns[row] & a.seen[row] & b.seen[row]);
}
/** Fragments to which a coder gave these codes and no other, or this code first. */
function byGiven([coder, scheme, ...wanted]: readonly string[], first: boolean): Uint8Array | null {
  const part = coding(coder, scheme);
  if (!part) return null;
  const codes = part.codes.flatMap((code, i) => (wanted.includes(code.code) ? [i] : []));
  if (codes.length < wanted.length) return null;
  return Uint8Array.from(part.given, (given) => (
    first ? Number(codes.includes(given[0])) : Number(given.length === codes.length && codes.every((code) => given.includes(code)))
  ));
}
function byScore([coder, scheme, low, high]: readonly string[]): Uint8Array | null {
  const part = coding(coder, scheme);
  if (!part?.score) return null;
  const from = Number(low), to = Number(high);
  return Uint8Array.from(part.score, (score) => (score >= from && score <= to ? 1 : 0));
}
function byLasso(corners: readonly string[]): Uint8Array {
  const area: [number, number][] = [];
  for (let i = 0; i + 1 < corners.length; i += 2) area.push([Number(corners[i]), Number(corners[i + 1])]);
  const made = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const x = fragments.x[row], y = fragments.y[row];
    if (x !== null && y !== null && polygonContains(area, [x, y])) made[row] = 1;
  }
  return made;
}

function makeMask(key: string, values: readonly string[]): Uint8Array | null {
  const index = indexOf(key), part = codingOf(key);
  if (key === "q") return found.value?.mask ?? null;
  if (key === "ids") {
    const made = new Uint8Array(count);
    for (const id of values) if (rowOf.has(id)) made[rowOf.get(id)!] = 1;
    return made;
  }
  if (index) return byIndex(index, values);
  if (part) return byCoding(part, values);
  if (key === "cell") return byCell(values) ?? new Uint8Array(count);
  if (key === "only" || key === "first") return byGiven(values, key === "first") ?? new Uint8Array(count);
  if (key === "score") return byScore(values) ?? new Uint8Array(count);
  if (key === "lasso") return byLasso(values);
  if (key === "pair") {
    const a = coding(values[1], values[0]), b = coding(values[2], values[0]);
    const wanted = new Set(values.slice(3).map((each) => PAIR_OUTCOMES.indexOf(each)));
    return a && b ? outcomes(a, b).map((each) => (wanted.has(each) ? 1 : 0)) : new Uint8Array(count);
  }
  if (key === "difference") return difference(values[0], axes.value) ?? new Uint8Array(count);
  return new Uint8Array(count);
}

const kept = new Map<string, Uint8Array | null>();
function maskOf(key: string, values: readonly string[]): Uint8Array | null {
  const { scheme, left, right } = axes.value;
  const name = JSON.stringify([key, values, key === "difference" ? [scheme, left?.coder, right?.coder] : null]);
  if (!kept.has(name)) {
    if (kept.size > 100) kept.clear();
    kept.set(name, makeMask(key, values));
  }
  return kept.get(name)!;
}

/** The filters that are set, each with the fragments it lets through; only used fragments if status is not chosen. */
export const filters = computed(() => {
  const set: { key: string; values: readonly string[]; mask: Uint8Array }[] = [];
  for (const [key, values] of choices.value) {
    const mask = isFilter(key) ? maskOf(key, values) : null;
    if (mask) set.push({ key, values, mask });
  }
  return set;
});
/** Per fragment, how many filters keep it out. */
const fails = computed(() => {
  const made = new Uint8Array(count);
  for (const { mask } of filters.value) for (let row = 0; row < count; row++) made[row] += 1 - mask[row];
  if (!choices.value.has("status") && !choices.value.has("ids")) {
    // Unused fragments must never pass, also when one filter is left aside to count its values.
    for (let row = 0; row < count; row++) if (!isUsed(row)) made[row] = 200;
  }
  return made;
});

/** How many fragments each value of a facet would give, the other filters as they are. */
export function countValues(key: string, add: (row: number) => void): void {
  const own = filters.value.find((each) => each.key === key)?.mask;
  const failing = fails.value;
  for (let row = 0; row < count; row++) {
    if (failing[row] === 0 || (failing[row] === 1 && own && own[row] === 0)) add(row);
  }
}

export const SORTS = ["order", "teach", "score", "theme"];
export const sort = computed(() => (SORTS.includes(first("sort") ?? "") ? first("sort")! : "order"));

const scored = computed(() => {
  const [coder, scheme] = choices.value.get("score") ?? [];
  const wanted = coder ? coding(coder, scheme) : undefined;
  return wanted?.score ? wanted : codings.find((each) => each.coder === study.stances.coder && each.score) ?? codings.find((each) => each.score);
});

/** How many fragments each question would leave; null until there was time to count. */
export const differenceCounts = signal<Record<string, number> | null>(null);
let counting = 0;
effect(() => {
  const now = axes.value;
  clearTimeout(counting);
  counting = setTimeout(() => {
    differenceCounts.value = Object.fromEntries(DIFFERENCES.map((name) => [name, difference(name, now)!.reduce((sum, hit) => sum + hit, 0)]));
  }, 120);
});

/** The fragments that are left, in the order that was chosen. */
export const rows = computed<number[]>(() => {
  const left: number[] = [];
  const failing = fails.value;
  for (let row = 0; row < count; row++) if (failing[row] === 0) left.push(row);
  if (sort.value === "teach") {
    const { left: a, right: b } = axes.value;
    if (!a || !b) return left;
    const worth = new Map(left.map((row) => [row, points(row, a.coder, b.coder).total]));
    left.sort((one, two) => worth.get(two)! - worth.get(one)! || one - two);
  } else if (sort.value === "score" && scored.value) {
    const score = scored.value.score!;
    const value = (row: number) => (Number.isNaN(score[row]) ? -1 : score[row]);
    left.sort((one, two) => value(two) - value(one) || one - two);
  } else if (sort.value === "theme") {
    const place = (row: number) => (fragments.theme[row] < 0 ? themes.length : fragments.theme[row]);
    left.sort((one, two) => place(one) - place(two) || one - two);
  }
  return left;
});
export const scoredBy = scored;

/** Fragments that were ticked, for decisions and coding. */
export const ticked = signal<ReadonlySet<number>>(new Set());
export function tick(these: Iterable<number>, on: boolean): void {
  const next = new Set(ticked.value);
  for (const row of these) if (on) next.add(row); else next.delete(row);
  ticked.value = next;
}
export const sessionOf = (row: number) => at(fragments.session, row) ?? "";
