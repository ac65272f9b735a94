// Codes of two coders crossed; a cell shows its fragments.
import { comparable, cross } from "./agreement";
import { coderLabel, counted, number, schemeLabel, t } from "./data";
import { Differences, PairChoice } from "./facets";
import { List, nameValue } from "./list";
import { axes, choices, choose, countValues } from "./state";

const TINTS = [["#eef3f5", "#1c232b"], ["#d5e1e6", "#1c232b"], ["#b4c9d2", "#1c232b"], ["#8dadbb", "#1c232b"], ["#3f7690", "#fff"], ["#1b4f66", "#fff"]];

export function MatrixView() {
  const { scheme, left, right } = axes.value;
  if (!left || !right || left === right) return <section class="matrix"><PairChoice /><p class="nothing">{t("matrix.none")}</p></section>;
  const passing = new Set<number>();
  countValues("cell", (row) => passing.add(row));
  const made = cross(left, right, (row) => passing.has(row));
  const most = Math.max(1, ...made.cells.flat());
  const chosen = choices.value.get("cell");
  const shared = comparable(left, right);
  const at = (i: number, j: number) => chosen?.[0] === scheme && chosen[1] === left.coder && chosen[2] === made.rows[i] && chosen[3] === right.coder && chosen[4] === made.columns[j];
  const keys = (event: KeyboardEvent) => {
    const cell = (event.target as Element).closest("td");
    if (!cell) return;
    const steps: Record<string, [number, number]> = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const line = cell.parentElement as HTMLTableRowElement, body = line.parentElement!;
    const next = body.children[[...body.children].indexOf(line) + step[0]]?.children[[...line.children].indexOf(cell) + step[1]];
    next?.querySelector("button")?.focus();
  };
  return (
    <div class="with-list">
      <section class="matrix" aria-label={t("view.matrix")}>
        <PairChoice />
        <Differences />
        <p class="note">{t(shared ? "matrix.read" : "matrix.read_own", { left: coderLabel(left.coder), right: coderLabel(right.coder), n: counted("fragment", made.n) })}{made.same !== null && made.n > 0 && <> {t("matrix.same", { same: counted("fragment", made.same), share: Math.round((100 * made.same) / made.n) })}</>}</p>
        <div class="scroll">
          <table class={`heat${made.columns.length > 12 ? " dense" : ""}`} onKeyDown={keys}>
            <caption class="unseen">{schemeLabel(scheme)}: {coderLabel(left.coder)} × {coderLabel(right.coder)}</caption>
            <thead>
              <tr><td class="corner"><span>{coderLabel(left.coder)} ↓</span><span>{coderLabel(right.coder)} →</span></td>
                {made.columns.map((code) => <th scope="col" title={nameValue(`${right.coder}.${scheme}`, code)}><span>{nameValue(`${right.coder}.${scheme}`, code)}</span></th>)}</tr>
            </thead>
            <tbody>
              {made.rows.map((code, i) => (
                <tr>
                  <th scope="row" title={nameValue(`${left.coder}.${scheme}`, code)}><span>{nameValue(`${left.coder}.${scheme}`, code)}</span></th>
                  {made.columns.map((other, j) => {
                    const n = made.cells[i][j];
                    // Six steps; where white on a tint would not be read, the step is dark enough or the figure is black.
                    const tint = TINTS[Math.min(5, Math.floor(6 * Math.sqrt((n - 0.5) / most)))];
                    const name = `${nameValue(`${left.coder}.${scheme}`, code)} × ${nameValue(`${right.coder}.${scheme}`, other)}: ${n}`;
                    return (
                      <td class={shared && code === other ? "same" : ""}>
                        <button aria-label={name} title={name} aria-pressed={at(i, j)} disabled={!n} style={{ backgroundColor: n ? tint[0] : "transparent", color: n ? tint[1] : "inherit" }}
                          onClick={() => choose({ cell: at(i, j) ? null : [scheme, left.coder, code, right.coder, other], sort: at(i, j) ? null : ["teach"] })}>
                          {n ? number(n) : ""}
                        </button>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <List />
    </div>
  );
}
