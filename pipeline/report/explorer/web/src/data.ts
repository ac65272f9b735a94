// The study as the page holds it: columns of numbers over fragments, and how things are called.
import { signal } from "@preact/signals";

export type Index = { values: string[]; of: number[] };
export type Theme = { id: string; label: string; keywords: string[]; anchors: string[]; pinned: boolean };
export type Code = { code: string; label: string; parent?: string; definition?: string };
type RawCoding = { coder: string; scheme: string; codes: Code[]; of: number[]; code: number[]; score: number[] | null };

type Raw = {
  study: string; language: string; invented: boolean; pseudonyms: boolean;
  words: Record<string, [string, string]>; labels: Record<string, [string, string]>;
  fragments: {
    id: string[]; text: string[]; line: number[]; place: (string | null)[]; theme: number[];
    x: (number | null)[]; y: (number | null)[];
    source: Index; session: Index; speaker: Index; role: Index; organisation: Index; kind: Index; status: Index;
  };
  sessions: { id: string; title?: string; date?: string; place?: string; province?: string }[];
  themes: Theme[];
  codebook: Record<string, Code[]>;
  coders: { id: string; machine: boolean }[];
  codings: RawCoding[];
  seen: { coder: string; scheme: string; of: number[] }[];
  stances: {
    hat: Index & { rows: number[] }; noted: boolean[]; coder: string;
    abstained: Record<string, number[]>; margin: Record<string, { of: number[]; margin: number[] }>;
  };
  conflicts: { of: number; hat: string; scheme: string; value: string }[];
  attributes: ({ name: string } & Index)[];
  forms: Record<string, number[]>;
  decisions: string[];
};

const raw: Raw = JSON.parse(document.getElementById("data")!.textContent!);
export const study = raw;
export const fragments = raw.fragments;
export const themes = raw.themes;
export const coders = raw.coders;
export const count = fragments.id.length;
export const rowOf = new Map(fragments.id.map((id, row) => [id, row]));
export const OUTLIER = "outlier";

export const language = signal<"nl" | "en">(raw.language === "en" ? "en" : "nl");
const side = () => (language.value === "nl" ? 0 : 1);

/** A text of the page; `{name}` is filled in, and `{n:one|many}` is the word that goes with a number. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = raw.words[key]?.[side()] ?? key;
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name, one, many) => {
    if (!(name in values)) return whole;
    const value = String(values[name]);
    return one === undefined ? value : /^1(\s|$)/.test(value) ? one : many;
  });
}
export const has = (key: string) => key in raw.words;
export const number = (value: number) => value.toLocaleString(language.value === "nl" ? "nl-BE" : "en-GB");
export const decimals = (value: number) =>
  value.toLocaleString(language.value === "nl" ? "nl-BE" : "en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** A number with its noun, in the right number. */
export const counted = (noun: string, n: number) => t(`count.${noun}`, { n: number(n) });

/** What one coder gave in one scheme: per fragment its codes, and what is known of having looked. */
export type Coding = {
  coder: string; machine: boolean; scheme: string; codes: Code[]; shared: boolean;
  given: (readonly number[])[]; score: Float64Array | null; seen: Uint8Array; abstained: Uint8Array;
};

const NONE: readonly number[] = Object.freeze([]);
const used = fragments.status.values.indexOf("used");
export const usedCount = fragments.status.of.reduce((sum, status) => sum + (status === used ? 1 : 0), 0);
export const isUsed = (row: number) => fragments.status.of[row] === used;

function mark(rows: readonly number[] | undefined): Uint8Array {
  const made = new Uint8Array(count);
  for (const row of rows ?? []) made[row] = 1;
  return made;
}
const usedMask = mark(fragments.status.of.flatMap((status, row) => (status === used ? [row] : [])));
export const abstained: Record<string, Uint8Array> = Object.fromEntries(
  Object.entries(raw.stances.abstained).map(([scheme, rows]) => [scheme, mark(rows)]),
);

// Codes of the codebook come in its order, then what else people and machines gave, the same list for all coders of a
// scheme: so that matrices have the same axes and codes compare as numbers. What a machine found by itself is apart.
const isOwn = (part: RawCoding) => /-inductive$/.test(part.coder);
const sharedCodes = new Map<string, Code[]>();
for (const part of raw.codings) {
  if (isOwn(part)) continue;
  const list = sharedCodes.get(part.scheme) ?? [...(raw.codebook[part.scheme] ?? [])];
  for (const code of part.codes) if (!list.some((each) => each.code === code.code)) list.push(code);
  sharedCodes.set(part.scheme, list);
}

function expand(part: RawCoding): Coding {
  const machine = coders.find((each) => each.id === part.coder)!.machine;
  const shared = !isOwn(part);
  const codes = shared ? sharedCodes.get(part.scheme)! : part.codes;
  const at = part.codes.map((code) => codes.findIndex((each) => each.code === code.code));
  // Most fragments have one code: those share one list per code.
  const alone = codes.map((_, i) => [i]);
  const given: (readonly number[])[] = new Array(count).fill(NONE);
  const score = part.score ? new Float64Array(count).fill(NaN) : null;
  for (let i = 0; i < part.of.length; i++) {
    const row = part.of[i], code = at[part.code[i]];
    if (given[row] === NONE) {
      given[row] = alone[code];
      if (score) score[row] = part.score![i];
    } else given[row] = [...given[row], code];
  }
  const looked = raw.seen.find((each) => each.coder === part.coder && each.scheme === part.scheme);
  const seen = machine ? usedMask.slice() : mark(looked?.of);
  for (const row of part.of) seen[row] = 1;
  const declined = machine && part.coder === raw.stances.coder ? abstained[part.scheme] : undefined;
  return {
    coder: part.coder, machine, scheme: part.scheme, codes, shared, given, score, seen,
    abstained: declined ?? new Uint8Array(count),
  };
}

export const codings: Coding[] = raw.codings.map(expand);
const byName = new Map(codings.map((coding) => [`${coding.coder}.${coding.scheme}`, coding]));
export const coding = (coder: string, scheme: string) => byName.get(`${coder}.${scheme}`);
const ORDER = ["theme", "subtheme", "polarity", "hat", "sentiment", "function", "expectation"];
export const schemes = [...new Set(codings.map((each) => each.scheme))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
export const schemesOf = (coder: string) => schemes.filter((scheme) => coding(coder, scheme));

/** Hat of a fragment as noted in the source, else as the machine heard it; never as derived from a structure. */
export const hats: Index & { noted: Uint8Array } = (() => {
  const of = new Array<number>(count).fill(-1);
  const noted = new Uint8Array(count);
  raw.stances.hat.rows.forEach((row, i) => {
    of[row] = raw.stances.hat.of[i];
    noted[row] = raw.stances.noted[i] ? 1 : 0;
  });
  return { values: raw.stances.hat.values, of, noted };
})();

export const margins: Record<string, Float32Array> = Object.fromEntries(
  Object.entries(raw.stances.margin).map(([scheme, part]) => {
    const made = new Float32Array(count).fill(NaN);
    part.of.forEach((row, i) => { made[row] = part.margin[i]; });
    return [scheme, made];
  }),
);
export const conflicts = new Map<number, { hat: string; scheme: string; value: string }[]>();
for (const each of raw.conflicts) conflicts.set(each.of, [...(conflicts.get(each.of) ?? []), each]);

const codeLabels = new Map(
  Object.entries(raw.codebook).flatMap(([scheme, codes]) => codes.map((code) => [`${scheme}.${code.code}`, code.label])),
);
/** Name a code as the codebook does; hats and the like in the language of the page. */
export function codeLabel(scheme: string, code: Code): string {
  if (raw.labels[code.code] && !["theme", "subtheme"].includes(scheme)) return raw.labels[code.code][side()];
  return codeLabels.get(`${scheme}.${code.code}`) || (code.label ? `${code.code} ${code.label}` : code.code);
}
export const valueLabel = (value: string) => raw.labels[value]?.[side()] ?? value;
export const schemeLabel = (scheme: string) => (has(`scheme.${scheme}`) ? t(`scheme.${scheme}`) : scheme);
/** A name for a narrow column: without what all machines share. */
export const coderShort = (coder: string) => coderLabel(coder).replace(/^machine \((.*)\)$/, "$1");
export const coderLabel = (coder: string) => (has(`coder.${coder}`) ? t(`coder.${coder}`) : coder);
/** Say that somebody looked and gave no code; of a polarity that is not the same as neutral. */
export const noCode = (scheme: string) => t(scheme === "polarity" ? "value.no_polarity" : "value.no_code");
export const themeLabel = (theme: Theme) => (theme.id === OUTLIER ? t("theme.outlier") : `${theme.id} ${theme.label}`);
export const statusLabel = (value: string) => (has(`status.${value}`) ? t(`status.${value}`) : value);
export const kindLabel = (value: string) => (has(`kind.${value}`) ? t(`kind.${value}`) : value);
export const roleLabel = (value: string) => (has(`role.${value}`) ? t(`role.${value}`) : value);
export function sessionLabel(id: string): string {
  const known = raw.sessions.find((each) => each.id === id);
  return known?.title ?? id;
}
export const speakerOf = (row: number) => {
  const at = fragments.speaker.of[row];
  return at < 0 ? "" : fragments.speaker.values[at].slice(fragments.session.values[fragments.session.of[row]].length + 1);
};
export const at = (index: Index, row: number): string | null => (index.of[row] < 0 ? null : index.values[index.of[row]]);
export const whereOf = (row: number) => {
  const source = at(fragments.source, row) ?? "";
  return fragments.place[row] ? `${source}, ${fragments.place[row]}` : t("place.line", { source, line: fragments.line[row] });
};

// Seven colours that colour-blind readers tell apart and three forms, as in the report.
export const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#b5518c", "#e69f00", "#56b4e9", "#4d4d4d"];
const FIXED: Record<string, string> = {
  wit: "#ffffff", zwart: "#26292d", geel: "#f4c531", groen: "#3f9c62", rood: "#cb3a2f",
  kans: "#1b6a85", knelpunt: "#e0913f", beide: "#9a88bd", neutraal: "#c9cfd6", positief: "#3f62a8", negatief: "#dd8a9d",
  outlier: "#7b8792",
};
export const colourOf = (place: number, value = "") => FIXED[value] ?? PALETTE[place % PALETTE.length];
export const formOf = (place: number, value = "") => (value in FIXED ? 0 : Math.floor(place / PALETTE.length) % 3);
