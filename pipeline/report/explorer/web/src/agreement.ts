// Coders side by side: outcome of a pair on every fragment, the matrix of a scheme, and what a difference would teach.
import { type Coding, coders, coding, conflicts, count, hats, isUsed, margins, schemes, study } from "./data";

export const PAIR_OUTCOMES = ["same", "partly", "different", "abstained", "unseen"];
const [SAME, PARTLY, DIFFERENT, ABSTAINED, UNSEEN] = PAIR_OUTCOMES.map((_, i) => i);
export const DIFFERENCES = ["reversal", "conflict", "united", "unsure"];

export type Axes = { scheme: string; left?: Coding; right?: Coding };

/** A person against the machine that was taught, if there are such; else the first two coders of the scheme. */
export function defaultAxes(scheme?: string): Axes {
  const ready = schemes.filter((each) => coders.filter((coder) => coding(coder.id, each)).length > 1);
  const wanted = scheme ?? (ready.includes("theme") ? "theme" : ready[0] ?? schemes[0] ?? "theme");
  const all = coders.map((coder) => coding(coder.id, wanted)).filter((each): each is Coding => !!each);
  const left = all.find((each) => !each.machine) ?? all[0];
  const right = all.find((each) => each.machine && each !== left) ?? all.find((each) => each !== left) ?? left;
  return { scheme: wanted, left, right };
}

export const comparable = (a: Coding, b: Coding) => a.shared === b.shared && a.scheme === b.scheme;

/** What came of a pair on each fragment, as a place in PAIR_OUTCOMES. Missing is not no: who did not look is apart. */
export function outcomes(a: Coding, b: Coding): Uint8Array {
  const made = new Uint8Array(count).fill(UNSEEN);
  for (let row = 0; row < count; row++) made[row] = outcome(a, b, row);
  return made;
}
export function outcome(a: Coding, b: Coding, row: number): number {
  if (!a.seen[row] || !b.seen[row]) return UNSEEN;
  if (a.abstained[row] || b.abstained[row]) return ABSTAINED;
  const one = a.given[row], other = b.given[row];
  if (a.shared !== b.shared) return DIFFERENT;
  let both = 0;
  for (const code of one) if (other.includes(code)) both++;
  if (both === one.length && both === other.length) return SAME;
  return both ? PARTLY : DIFFERENT;
}

const single = (part: Coding | undefined, row: number) => {
  const given = part?.given[row] ?? [];
  return given.length === 1 ? part!.codes[given[0]].code : null;
};
const AGAINST: Record<string, string> = { kans: "knelpunt", knelpunt: "kans" };
const POINTS_TO: Record<string, string> = { geel: "kans", zwart: "knelpunt" };
const SURE = 0.3, UNSURE = 0.2, RARE = 1 / 20;

export function reversed(row: number, left: string, right: string): boolean {
  const one = single(coding(left, "polarity"), row), other = single(coding(right, "polarity"), row);
  return one !== null && other !== null && AGAINST[one] === other;
}
const unsure = (row: number) => !!coding(study.stances.coder, "polarity")?.abstained[row] || (margins.polarity?.[row] ?? 1) < UNSURE;

/** People who looked agree among themselves, and the machine of the pair says another thing. */
function united(axes: Axes): (row: number) => boolean {
  const machine = [axes.left, axes.right].find((each) => each?.machine && each.shared);
  const people = coders.filter((coder) => !coder.machine && coder.id !== "adjudicated")
    .map((coder) => coding(coder.id, axes.scheme)).filter((each): each is Coding => !!each);
  if (!machine || people.length < 2) return () => false;
  return (row) => {
    if (!machine.seen[row]) return false;
    let first: Coding | null = null, looked = 0;
    for (const each of people) {
      if (!each.seen[row]) continue;
      looked++;
      if (first && outcome(first, each, row) !== SAME) return false;
      first ??= each;
    }
    if (looked < 2) return false;
    const out = outcome(first!, machine, row);
    return out === DIFFERENT || out === ABSTAINED;
  };
}

/** The fragments that a question leaves; null for a question that is not known. */
export function difference(name: string, axes: Axes): Uint8Array | null {
  const tests: Record<string, (row: number) => boolean> = {
    reversal: (row) => !!axes.left && !!axes.right && reversed(row, axes.left.coder, axes.right.coder),
    conflict: (row) => conflicts.has(row),
    united: united(axes),
    unsure,
  };
  const test = tests[name];
  if (!test) return null;
  const made = new Uint8Array(count);
  for (let row = 0; row < count; row++) if (isUsed(row) && test(row)) made[row] = 1;
  return made;
}

const rare = new Map<Coding, boolean[]>();
function isRare(part: Coding, code: number): boolean {
  if (!rare.has(part)) {
    const sums = part.codes.map(() => 0);
    for (const codes of part.given) for (const each of codes) sums[each]++;
    const all = sums.reduce((one, other) => one + other, 0);
    rare.set(part, sums.map((each) => each < all * RARE));
  }
  return rare.get(part)![code];
}

/** What looking at a fragment again would teach: the weights of `dialoogtafel adjudicate`, which are a choice. */
export function points(row: number, left: string, right: string): { total: number; reasons: string[] } {
  const reasons: [string, number][] = [];
  if (reversed(row, left, right)) {
    const judged = [left, right].includes(study.stances.coder);
    const sure = !judged || (margins.polarity?.[row] ?? 1) >= SURE;
    reasons.push(["reversal", sure ? 8 : 4]);
  }
  const towards = POINTS_TO[hats.of[row] < 0 ? "" : hats.values[hats.of[row]]];
  if (towards && [left, right].some((coder) => single(coding(coder, "polarity"), row) === AGAINST[towards])) reasons.push(["hat", 4]);
  if ([left, right].includes(study.stances.coder) && unsure(row)) reasons.push(["unsure", 2]);
  const a = coding(left, "theme"), b = coding(right, "theme");
  if (a && b && comparable(a, b) && a.seen[row] && b.seen[row]) {
    const out = outcome(a, b, row);
    if (out === DIFFERENT) reasons.push(["apart", 1]);
    if (out !== SAME && [a, b].some((part) => part.given[row].some((code) => isRare(part, code)))) reasons.push(["rare", 1]);
  }
  return { total: reasons.reduce((sum, [, worth]) => sum + worth, 0), reasons: reasons.map(([name]) => name) };
}

export type Matrix = { rows: string[]; columns: string[]; cells: number[][]; n: number; same: number | null };

/** Cross the codes of two coders over the fragments that pass; who gave several codes counts in several cells. */
export function cross(a: Coding, b: Coding, passes: (row: number) => boolean): Matrix {
  const rows = [...a.codes.map((code) => code.code), "-", "!"], columns = [...b.codes.map((code) => code.code), "-", "!"];
  const cells = rows.map(() => columns.map(() => 0));
  let n = 0, same = 0;
  for (let row = 0; row < count; row++) {
    if (!passes(row) || !a.seen[row] || !b.seen[row]) continue;
    n++;
    if (outcome(a, b, row) === SAME) same++;
    for (const i of places(a, row)) for (const j of places(b, row)) cells[i][j]++;
  }
  const full = (line: number[]) => line.some(Boolean);
  const keepRows = rows.map((_, i) => full(cells[i])), keepColumns = columns.map((_, j) => full(cells.map((line) => line[j])));
  const order = columns.map((_, j) => j).filter((j) => keepColumns[j]);
  const own = rows.map((_, i) => i).filter((i) => keepRows[i]);
  if (!comparable(a, b)) {
    // Codes that the machine made itself stand under the code they hold most of, so that the eye finds a diagonal.
    const peak = (j: number) => own.reduce((best, i) => (cells[i][j] > cells[best][j] ? i : best), own[0]);
    order.sort((one, other) => Number(columns[one].length === 1) - Number(columns[other].length === 1) || peak(one) - peak(other) || one - other);
  }
  return {
    rows: own.map((i) => rows[i]), columns: order.map((j) => columns[j]), n, same: comparable(a, b) ? same : null,
    cells: own.map((i) => order.map((j) => cells[i][j])),
  };
}
function places(part: Coding, row: number): readonly number[] {
  if (part.abstained[row]) return [part.codes.length + 1];
  return part.given[row].length ? part.given[row] : [part.codes.length];
}
