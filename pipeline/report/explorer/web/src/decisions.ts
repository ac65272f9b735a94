// What is going to be decided and coded: kept in this tab only, until it is saved as a file.
import { computed, signal } from "@preact/signals";
import { type Theme, OUTLIER, at, count, fragments, rowOf, study, themes } from "./data";

export const ACTIONS = ["rename", "merge", "split", "move", "drop", "pin"] as const;
export type Action = (typeof ACTIONS)[number];
export type Decision = { action: Action; themes: string[]; fragments: string[]; name: string; into: number | null; note: string };
export type GivenCode = { row: number; scheme: string; codes: string[] };

const KEPT = `dialoogtafel ${study.study} ${count}`;
type Kept = { who: string; coder: string; decisions: Decision[]; codes: GivenCode[] };
function restore(): Kept {
  const empty = { who: "", coder: "", decisions: [], codes: [] };
  try {
    const found: Kept = { ...empty, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") };
    return { ...found, codes: found.codes.filter((each) => each.row < count) };
  } catch {
    return empty;
  }
}
const before = restore();
export const who = signal(before.who);
export const coder = signal(before.coder);
export const decisions = signal<readonly Decision[]>(before.decisions);
export const codes = signal<readonly GivenCode[]>(before.codes);
export const saved = signal(true);
export function keep(): void {
  saved.value = !decisions.value.length && !codes.value.length;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ who: who.value, coder: coder.value, decisions: decisions.value, codes: codes.value }));
  } catch { /* a browser that keeps nothing: the page still asks before it is left */ }
}
addEventListener("beforeunload", (event) => { if (!saved.value) event.preventDefault(); });

export const themeById = (id: string): Theme | undefined => themes.find((theme) => theme.id === id);
export const decidable = themes.filter((theme) => theme.id !== OUTLIER);

/** What stops a decision; null if nothing does. The same rules as those of the reader of decisions.yaml. */
export function problem(decision: Decision): string | null {
  const n = decision.themes.length;
  if (decision.action === "merge" && n < 2) return "need.two";
  if (["rename", "split", "drop", "move"].includes(decision.action) && n !== 1) return "need.one";
  if (decision.action === "rename" && !decision.name.trim()) return "need.name";
  if (decision.action === "move" && !decision.fragments.length) return "need.fragments";
  if (decision.action === "split" && !decision.fragments.length && !decision.into) return "need.how";
  if (decision.action === "split" && decision.fragments.length) {
    const size = members(decision.themes[0]).length;
    const inside = decision.fragments.filter((id) => themes[fragments.theme[rowOf.get(id)!]]?.id === decision.themes[0]).length;
    if (!inside || inside === size) return "need.part";
  }
  if (decision.action === "pin" && n !== 1 && !decision.fragments.length) return "need.what";
  if (decision.name.length > 120) return "need.shorter";
  return null;
}

export function members(id: string): number[] {
  const place = themes.findIndex((theme) => theme.id === id);
  const found: number[] = [];
  for (let row = 0; row < count; row++) if (fragments.theme[row] === place) found.push(row);
  return found;
}

export type Size = { id: string; label: string; before: number; after: number | null; renamed: boolean; made: boolean };
/** What the themes would be: sizes before and after, in order. An unknown size is null. */
export function preview(list: readonly Decision[]): { sizes: Size[]; dropped: number } {
  const theme = fragments.theme.map((place) => (place < 0 ? "" : themes[place].id));
  const labels = new Map(themes.map((each) => [each.id, each.label]));
  const unknown = new Set<string>();
  const made: string[] = [];
  let next = 0;
  const create = (name: string) => {
    const id = `+${++next}`;
    labels.set(id, name);
    made.push(id);
    return id;
  };
  const put = (ids: readonly string[], where: string) => { for (const id of ids) theme[rowOf.get(id)!] = where; };
  for (const each of list) {
    const [one, ...others] = each.themes;
    if (each.action === "rename") labels.set(one, each.name);
    if (each.action === "merge") {
      theme.forEach((id, row) => { if (others.includes(id)) theme[row] = one; });
      if (each.name) labels.set(one, each.name);
    }
    if (each.action === "drop") theme.forEach((id, row) => { if (id === one) theme[row] = ""; });
    if (each.action === "move") put(each.fragments, one);
    if (each.action === "split") {
      if (each.fragments.length) put(each.fragments, create(each.name));
      else unknown.add(one);
    }
    if (each.action === "pin") {
      if (!one) put(each.fragments, create(each.name));
      else if (each.name) labels.set(one, each.name);
    }
  }
  const tally = (list: readonly string[]) => list.reduce((sum, id) => sum.set(id, (sum.get(id) ?? 0) + 1), new Map<string, number>());
  const was = tally(fragments.theme.map((place) => (place < 0 ? "" : themes[place].id))), now = tally(theme);
  const sizes = [...themes.map((each) => each.id), ...made].map((id) => ({
    id, label: labels.get(id) ?? "", before: was.get(id) ?? 0, after: unknown.has(id) ? null : now.get(id) ?? 0,
    renamed: labels.get(id) !== themeById(id)?.label, made: id.startsWith("+"),
  }));
  return { sizes, dropped: (now.get("") ?? 0) - (was.get("") ?? 0) };
}

const text = (value: string) => JSON.stringify(value.trim());
const list = (ids: readonly string[]) => `[${ids.join(", ")}]`;
const day = (date: Date) => {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

/** Write decisions as decisions.yaml, numbered on from the decisions that the study holds. */
export function asYaml(all: readonly Decision[], by: string, today = new Date()): string {
  const last = Math.max(0, ...study.decisions.map((id) => Number(/^D(\d+)$/.exec(id)?.[1] ?? 0)));
  const lines = [
    "# Decisions of themes, made in the explorer. Nothing has changed yet. To take them up:",
    "#   dialoogtafel decide STUDY --from decisions.yaml",
    "#   dialoogtafel compare STUDY",
    "",
  ];
  all.forEach((each, i) => {
    lines.push(`- id: D${String(last + i + 1).padStart(3, "0")}`, `  who: ${text(by)}`, `  when: ${day(today)}`, `  action: ${each.action}`);
    if (each.themes.length) {
      lines.push("  themes:");
      for (const id of each.themes) {
        const theme = themeById(id)!;
        lines.push(`    - theme: ${id}`, `      label: ${text(theme.label)}`, `      anchors: ${list(theme.anchors)}`);
      }
    }
    if (each.fragments.length) lines.push(`  fragments: ${list(each.fragments)}`);
    if (each.into) lines.push(`  into: ${each.into}`);
    if (each.name.trim()) lines.push(`  name: ${text(each.name)}`);
    if (each.note.trim()) lines.push(`  note: ${text(each.note)}`);
    lines.push("");
  });
  return lines.join("\n");
}

/** What a spreadsheet would run as a formula gets an apostrophe before it, as in every CSV that is written. */
const guard = (value: string) => (/^[=+\-@\t\r]/.test(value) && !/^[-+]?[\d.,]*$/.test(value) ? `'${value}` : value);
const cell = (value: string) => (/[",;\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
/** Write the codes that were given as a long table: a row per fragment, scheme and code; no code is "-". */
export function asCsv(all: readonly GivenCode[], by: string): string {
  const ordered = [...all].sort((one, other) => one.row - other.row || one.scheme.localeCompare(other.scheme));
  const lines = ordered.flatMap(({ row, scheme, codes: given }) =>
    (given.length ? given : ["-"]).map((code) =>
      [fragments.id[row], at(fragments.session, row) ?? "", fragments.text[row], by, scheme, code].map((each) => cell(guard(each))).join(","),
    ),
  );
  return ["fragment_id,session,quote,coder,scheme,code", ...lines, ""].join("\n");
}

export function download(name: string, content: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export const decidedCount = computed(() => decisions.value.length + codes.value.length);
export function giveCodes(row: number, scheme: string, given: string[] | null): void {
  const others = codes.value.filter((each) => each.row !== row || each.scheme !== scheme);
  codes.value = given === null ? others : [...others, { row, scheme, codes: given }];
  keep();
}
