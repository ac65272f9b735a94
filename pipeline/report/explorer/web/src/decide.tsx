// What somebody decides, what it would change, and the files it is saved as.
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import {
  ACTIONS, type Action, type Decision, asCsv, asYaml, codes, coder, decidable, decisions, download, keep, members,
  preview, problem, saved, themeById, who,
} from "./decisions";
import { coderLabel, codeLabel, coders, counted, fragments, number, schemeLabel, study, t, themeLabel } from "./data";
import { choices, choose, ticked } from "./state";

const EMPTY: Decision = { action: "rename", themes: [], fragments: [], name: "", into: null, note: "" };
const draft = signal<Decision | null>(null);

/** Open the form for a decision, filled in as far as what is chosen allows. */
export function compose(given: Partial<Decision>): void {
  const chosen = (choices.value.get("theme") ?? []).filter((id) => themeById(id) && id !== "outlier");
  draft.value = { ...EMPTY, themes: given.action === "move" ? [] : chosen, fragments: [...ticked.value].map((row) => fragments.id[row]), ...given };
}

const title = (id: string) => { const theme = themeById(id); return theme ? themeLabel(theme) : id; };
export function describe(each: Decision): string {
  const n = counted("fragment", each.fragments.length);
  const [one, ...others] = each.themes.map(title);
  const named = each.name ? ` “${each.name}”` : "";
  if (each.action === "rename") return t("did.rename", { theme: one, name: each.name });
  if (each.action === "merge") return t("did.merge", { theme: one, others: others.join(", ") }) + named;
  if (each.action === "split") return (each.fragments.length ? t("did.split", { theme: one, n }) : t("did.into", { theme: one, n: each.into ?? 2 })) + named;
  if (each.action === "move") return t("did.move", { theme: one, n });
  if (each.action === "drop") return t("did.drop", { theme: one });
  return one ? t("did.pin", { theme: one }) : t("did.form", { n }) + named;
}

const usesFragments = (action: Action, draft: Decision) => action === "move" || (action === "split" && draft.into === null) || (action === "pin" && !draft.themes.length);

export function Composer() {
  const box = useRef<HTMLDialogElement>(null);
  const now = draft.value;
  useLayoutEffect(() => {
    if (now && !box.current!.open) box.current!.showModal();
    if (!now && box.current!.open) box.current!.close();
  }, [now]);
  const set = (changed: Partial<Decision>) => { draft.value = { ...draft.value!, ...changed }; };
  const clean = (each: Decision): Decision => {
    const wholes = each.action === "pin" && each.themes.length === 1;
    return {
      ...each,
      fragments: wholes ? members(each.themes[0]).map((row) => fragments.id[row]).sort() : usesFragments(each.action, each) ? each.fragments : [],
      into: each.action === "split" ? each.into : null,
      name: ["drop", "move"].includes(each.action) || (each.action === "split" && (each.into ?? 2) > 2) ? "" : each.name,
    };
  };
  const ready = now ? clean(now) : null;
  const wrong = ready ? problem(ready) : null;
  const change = ready && !wrong ? preview([...decisions.value, ready]) : null;
  const was = change ? preview(decisions.value) : null;
  const differs = change?.sizes.filter((each) => {
    const old = was!.sizes.find((other) => other.id === each.id);
    return !old || old.after !== each.after || old.label !== each.label;
  });
  return (
    <dialog ref={box} class="composer" aria-labelledby="composer-title" onClose={() => { draft.value = null; }}>
      {now && ready && <form method="dialog" onSubmit={(event) => {
        event.preventDefault();
        if (wrong) return;
        decisions.value = [...decisions.value, ready];
        keep();
        draft.value = null;
      }}>
        <h2 id="composer-title">{t("decide.title")}</h2>
        <div class="segments" role="group" aria-label={t("decide.action")}>
          {ACTIONS.map((each) => <button type="button" aria-pressed={now.action === each} onClick={() => set({ action: each, themes: each === "merge" ? now.themes : now.themes.slice(0, 1) })}>{t(`action.${each}`)}</button>)}
        </div>
        <p class="note">{t(`action.${now.action}.what`)}</p>
        {now.action === "merge" ? (
          <fieldset class="choices"><legend>{t("decide.themes")}</legend>
            {decidable.map((theme) => <label><input type="checkbox" checked={now.themes.includes(theme.id)} onChange={(event) => set({ themes: event.currentTarget.checked ? [...now.themes, theme.id] : now.themes.filter((id) => id !== theme.id) })} /> {themeLabel(theme)} <span class="n">{members(theme.id).length}</span></label>)}
          </fieldset>
        ) : (
          <label class="field"><span>{t(now.action === "move" ? "decide.to" : "decide.theme")}</span>
            <select value={now.themes[0] ?? ""} onChange={(event) => set({ themes: event.currentTarget.value ? [event.currentTarget.value] : [] })}>
              <option value="">{t(now.action === "pin" ? "decide.new_theme" : "decide.choose")}</option>
              {decidable.map((theme) => <option value={theme.id}>{themeLabel(theme)}</option>)}
            </select></label>
        )}
        {now.action === "split" && <label class="field"><span>{t("decide.how")}</span>
          <select value={now.into ?? ""} onChange={(event) => set({ into: event.currentTarget.value ? Number(event.currentTarget.value) : null })}>
            <option value="">{t("decide.apart", { n: counted("fragment", now.fragments.length) })}</option>
            {[2, 3, 4, 5, 6].map((n) => <option value={n}>{t("decide.into", { n })}</option>)}
          </select></label>}
        {usesFragments(now.action, now) && <p class="note">{now.fragments.length ? t("decide.these", { n: counted("fragment", now.fragments.length) }) : t("decide.tick_first")}</p>}
        {!["drop", "move"].includes(now.action) && <label class="field"><span>{t("decide.name")}</span><input value={now.name} maxLength={120} onInput={(event) => set({ name: event.currentTarget.value })} /></label>}
        <label class="field"><span>{t("decide.note")}</span><input value={now.note} onInput={(event) => set({ note: event.currentTarget.value })} /></label>
        {wrong ? <p class="wrong" role="status">{t(wrong)}</p> : (
          <div class="preview" role="status">
            <h3>{t("decide.preview")}</h3>
            <p>{describe(ready)}</p>
            {differs!.length > 0 && <Sizes list={differs!} />}
            {change!.dropped > was!.dropped && <p class="note">{t("decide.dropped", { n: counted("fragment", change!.dropped - was!.dropped) })}</p>}
          </div>
        )}
        <p class="actions"><button type="button" onClick={() => { draft.value = null; }}>{t("decide.cancel")}</button> <button class="main" disabled={!!wrong}>{t("decide.add")}</button></p>
      </form>}
    </dialog>
  );
}

function Sizes({ list }: { list: ReturnType<typeof preview>["sizes"] }) {
  return (
    <table class="sizes">
      <thead><tr><th scope="col">{t("facet.theme")}</th><th scope="col">{t("decide.before")}</th><th scope="col">{t("decide.after")}</th></tr></thead>
      <tbody>{list.map((each) => (
        <tr><th scope="row">{each.made ? t("decide.new_theme") : each.id === "outlier" ? "" : each.id} {each.id === "outlier" ? t("theme.outlier") : each.label}{each.renamed && !each.made && <small> {t("decide.was", { name: themeById(each.id)?.label ?? "" })}</small>}</th>
          <td>{number(each.before)}</td><td>{each.after === null ? t("decide.unknown") : number(each.after)}</td></tr>
      ))}</tbody>
    </table>
  );
}

export function DecisionsView() {
  const list = decisions.value, given = codes.value;
  const change = preview(list);
  const differs = change.sizes.filter((each) => each.after !== each.before || each.renamed);
  const remove = (i: number) => { decisions.value = list.filter((_, j) => j !== i); keep(); };
  const goes = (i: number) => { const next = [...list]; [next[i - 1], next[i]] = [next[i], next[i - 1]]; decisions.value = next; keep(); };
  const taken = coders.some((each) => each.id === coder.value.trim());
  const reserved = coder.value.trim().startsWith("machine-") || coder.value.trim() === "synthese";
  return (
    <div class="decisions">
      <section>
        <h2>{t("decisions.title")}</h2>
        <p class="note">{t("decisions.what")}</p>
        <p><button class="main" disabled={!decidable.length} onClick={() => compose({})}>{t("decisions.new")}</button></p>
        {list.length > 0 && <>
          <ol class="decided">{list.map((each, i) => <li><span>{describe(each)}{each.note && <small> {each.note}</small>}</span>
            {i > 0 && <button class="plain" onClick={() => goes(i)} aria-label={t("decisions.up", { name: describe(each) })}>↑</button>}
            <button class="plain" onClick={() => remove(i)} aria-label={t("decisions.remove", { name: describe(each) })}>×</button></li>)}</ol>
          <h3>{t("decisions.change")}</h3>
          {differs.length ? <Sizes list={differs} /> : <p class="note">{t("decisions.nothing")}</p>}
          {change.dropped > 0 && <p class="note">{t("decide.dropped", { n: counted("fragment", change.dropped) })}</p>}
          <label class="field"><span>{t("decisions.who")}</span><input value={who.value} maxLength={60} autocomplete="name" onInput={(event) => { who.value = event.currentTarget.value; keep(); }} /></label>
          <p class="actions"><button class="main" disabled={!who.value.trim()} onClick={() => { download("decisions.yaml", asYaml(list, who.value), "application/yaml"); saved.value = true; }}>{t("decisions.save")}</button></p>
          <p class="note">{t("decisions.then")}</p>
          <pre><code>dialoogtafel decide STUDY --from decisions.yaml{"\n"}dialoogtafel compare STUDY</code></pre>
        </>}
        {study.decisions.length > 0 && <p class="note">{t("decisions.before", { n: study.decisions.length })}</p>}
      </section>
      <section>
        <h2>{t("decisions.codes")}</h2>
        <p class="note">{t("decisions.codes.what")}</p>
        {given.length > 0 ? <>
          <p><b>{t("decisions.codes.sum", { n: counted("fragment", new Set(given.map((each) => each.row)).size) })}</b></p>
          <ul class="given">{[...new Set(given.map((each) => each.row))].map((row) => <li>
            <button class="plain" lang="nl" onClick={() => choose({ open: [fragments.id[row]] })}>{fragments.text[row].slice(0, 90)}{fragments.text[row].length > 90 ? "…" : ""}</button>
            <small>{given.filter((each) => each.row === row).map((each) => `${schemeLabel(each.scheme)}: ${each.codes.map((code) => codeLabel(each.scheme, study.codebook[each.scheme].find((known) => known.code === code) ?? { code, label: "" })).join(", ") || t("value.no_code")}`).join(" · ")}</small>
            <button class="plain" onClick={() => { codes.value = given.filter((each) => each.row !== row); keep(); }} aria-label={t("decisions.remove", { name: fragments.id[row] })}>×</button></li>)}</ul>
          <label class="field"><span>{t("reader.own.coder")}</span><input value={coder.value} maxLength={40} onInput={(event) => { coder.value = event.currentTarget.value; keep(); }} /></label>
          {(taken || reserved) && <p class="wrong">{t("decisions.taken", { name: coderLabel(coder.value.trim()) })}</p>}
          <p class="actions"><button class="main" disabled={!coder.value.trim() || taken || reserved} onClick={() => { download(`${coder.value.trim().replace(/[^\p{L}\p{N}_-]+/gu, "-")}.csv`, asCsv(given, coder.value.trim()), "text/csv"); saved.value = true; }}>{t("decisions.save_codes")}</button></p>
          <p class="note">{t("decisions.codes.then")}</p>
        </> : <p class="nothing">{t("decisions.codes.none")}</p>}
      </section>
    </div>
  );
}
