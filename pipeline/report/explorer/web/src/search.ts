// Search in full text: words with all their forms, phrases between quotes, beginnings with *, and -without.
import { count, fragments, study } from "./data";

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu;
/** Without case and accents: "Financiën" is found as "financien". */
export const fold = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("’", "'");

let words: Map<string, number[]> | null = null;
let folded: string[] | null = null;
let formsOf: Map<string, Set<string>> | null = null;

/** Build the index of words; called when the page has been drawn, or by the first search. */
export function prepare(): void {
  if (words) return;
  folded = fragments.text.map(fold);
  words = new Map();
  for (let row = 0; row < count; row++) {
    for (const [word] of folded[row].matchAll(WORD)) {
      const rows = words.get(word);
      if (!rows) words.set(word, [row]);
      else if (rows[rows.length - 1] !== row) rows.push(row);
    }
  }
  const groups = new Map<number, Set<string>>();
  for (const [form, numbers] of Object.entries(study.forms)) {
    for (const each of numbers) groups.set(each, (groups.get(each) ?? new Set()).add(fold(form)));
  }
  formsOf = new Map();
  for (const [form, numbers] of Object.entries(study.forms)) {
    const all = formsOf.get(fold(form)) ?? new Set<string>();
    for (const each of numbers) for (const other of groups.get(each)!) all.add(other);
    formsOf.set(fold(form), all);
  }
}

type Term = { without: boolean; phrase: string | null; forms: Set<string> };
export type Found = { mask: Uint8Array; marks: Set<string>; phrases: string[] };

function read(query: string): Term[] {
  const terms: Term[] = [];
  for (const [, minus, phrase, word] of fold(query).matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)) {
    const without = minus === "-";
    if (phrase !== undefined) {
      if (phrase.trim()) terms.push({ without, phrase: phrase.trim(), forms: new Set() });
      continue;
    }
    for (const [each] of word.matchAll(/\*?[\p{L}\p{N}']+\*?/gu)) terms.push({ without, phrase: null, forms: spread(each) });
  }
  return terms;
}

function spread(word: string): Set<string> {
  const bare = word.replaceAll("*", "");
  const known = words!.has(bare) && !word.includes("*");
  if (known) return new Set([bare, ...(formsOf!.get(bare) ?? [])]);
  const inside = word.startsWith("*");
  const whole = inside && !word.endsWith("*");
  const found = new Set<string>();
  for (const each of words!.keys()) {
    if (whole ? each.endsWith(bare) : inside ? each.includes(bare) : each.startsWith(bare)) found.add(each);
  }
  return found;
}

/** Find the fragments that hold all that is asked; null for an empty query. */
export function search(query: string): Found | null {
  if (!query.trim()) return null;
  prepare();
  const terms = read(query);
  if (!terms.length) return null;
  const mask = new Uint8Array(count).fill(1);
  const marks = new Set<string>();
  const phrases: string[] = [];
  for (const term of terms) {
    const hit = new Uint8Array(count);
    if (term.phrase !== null) {
      for (let row = 0; row < count; row++) if (folded![row].includes(term.phrase)) hit[row] = 1;
      if (!term.without) phrases.push(term.phrase);
    } else {
      for (const form of term.forms) {
        for (const row of words!.get(form) ?? []) hit[row] = 1;
        if (!term.without) marks.add(form);
      }
    }
    for (let row = 0; row < count; row++) if (hit[row] === (term.without ? 1 : 0)) mask[row] = 0;
  }
  return { mask, marks, phrases };
}

/** Cut a text into pieces, those that were searched for marked. */
export function highlight(text: string, found: Found | null): { text: string; hit: boolean }[] {
  if (!found) return [{ text, hit: false }];
  const spans: [number, number][] = [];
  for (const match of text.matchAll(WORD)) {
    if (found.marks.has(fold(match[0]))) spans.push([match.index, match.index + match[0].length]);
  }
  // Folding keeps the number of signs, save for letters that are written in several: those texts go unmarked.
  const flat = found.phrases.length ? fold(text) : "";
  if (flat.length === text.length) {
    for (const phrase of found.phrases) {
      for (let from = flat.indexOf(phrase); from >= 0; from = flat.indexOf(phrase, from + 1)) spans.push([from, from + phrase.length]);
    }
  }
  spans.sort((a, b) => a[0] - b[0]);
  const pieces: { text: string; hit: boolean }[] = [];
  let end = 0;
  for (const [from, to] of spans) {
    if (from < end) continue;
    if (from > end) pieces.push({ text: text.slice(end, from), hit: false });
    pieces.push({ text: text.slice(from, to), hit: true });
    end = to;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), hit: false });
  return pieces;
}
