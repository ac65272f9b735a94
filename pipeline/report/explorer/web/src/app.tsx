// The page: head, views, and the keys that work everywhere.
import { render } from "preact";
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { decidedCount } from "./decisions";
import { counted, fragments, language, study, t, usedCount } from "./data";
import { DecisionsView, Composer, compose } from "./decide";
import { Facets } from "./facets";
import { Chips, List, Meta, move } from "./list";
import { MapView } from "./map";
import { MatrixView } from "./matrix";
import { Reader } from "./reader";
import { prepare } from "./search";
import { VIEWS, choices, choose, filters, opened, rows, ticked, view } from "./state";

const MOST_PRINTED = 2000;
const drawer = signal(false);
const helped = signal(false);
// Drawn at once: a browser prints what is there when this event ends.
const paper = document.createElement("div");
addEventListener("beforeprint", () => { document.body.append(paper); render(<Paper />, paper); });
addEventListener("afterprint", () => { render(null, paper); paper.remove(); });

function Search() {
  const box = useRef<HTMLInputElement>(null);
  const asked = (choices.value.get("q") ?? []).join(",");
  return (
    <search>
      <label class="unseen" for="q">{t("search.label")}</label>
      <input id="q" ref={box} type="search" value={asked} placeholder={t("search.placeholder")} title={t("search.help")} autocomplete="off" spellcheck={false}
        onInput={(event) => choose({ q: event.currentTarget.value ? [event.currentTarget.value] : null }, false)}
        onKeyDown={(event) => { if (event.key === "Enter" || event.key === "ArrowDown") { document.querySelector<HTMLElement>(".rows [tabindex='0']")?.focus(); event.preventDefault(); } }} />
    </search>
  );
}

function Head() {
  return (
    <header class="bar">
      <h1>{study.study || t("page.kind")}</h1>
      <nav aria-label={t("page.views")}>
        {VIEWS.map((each) => <a href={`#view=${each}`} aria-current={view.value === each ? "page" : undefined} onClick={(event) => { event.preventDefault(); choose({ view: each === "fragments" ? null : [each] }); }}>{t(`view.${each}`)}{each === "decisions" && decidedCount.value > 0 && <span class="badge">{decidedCount.value}</span>}</a>)}
      </nav>
      <Search />
      <div class="side">
        {view.value !== "decisions" && <button class="only-narrow filter-button" aria-expanded={drawer.value} onClick={() => { drawer.value = !drawer.value; }}>{t("filter.name")}{filters.value.length > 0 && <span class="badge">{filters.value.length}</span>}</button>}
        <button class="only-wide" onClick={() => print()} title={t("page.print.what")}>{t("page.print")}</button>
        <button onClick={() => { helped.value = true; }}>{t("page.about")}</button>
        <button lang={language.value === "nl" ? "en" : "nl"} onClick={() => {
          const next = language.value === "nl" ? "en" : "nl";
          language.value = next;
          document.documentElement.lang = next;
          choose({ lang: [next] }, false);
        }} aria-label={language.value === "nl" ? "English" : "Nederlands"}>{language.value === "nl" ? "EN" : "NL"}</button>
      </div>
    </header>
  );
}

function About() {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => { if (helped.value) box.current!.showModal(); else box.current!.close(); }, [helped.value]);
  return (
    <dialog ref={box} class="about" aria-labelledby="about-title" onClose={() => { helped.value = false; }}>
      <h2 id="about-title">{t("page.about")}</h2>
      <p>{t(study.invented ? "about.invented" : study.pseudonyms ? "about.pseudonyms" : "about.names")}</p>
      <p>{t("about.offline")}</p>
      <h3>{t("about.search")}</h3><p>{t("search.help")}</p>
      <h3>{t("about.keys")}</h3>
      <dl class="keys">{["slash", "j", "enter", "x", "escape", "numbers", "map", "d"].map((key) => <><dt><kbd>{t(`key.${key}`)}</kbd></dt><dd>{t(`key.${key}.what`)}</dd></>)}</dl>
      <h3>{t("about.teach")}</h3><p>{t("about.teach.what")}</p>
      <form method="dialog"><button class="main">{t("page.close")}</button></form>
    </dialog>
  );
}

function Ticked() {
  if (!ticked.value.size || view.value === "decisions") return null;
  return (
    <div class="ticked" role="region" aria-label={t("list.ticked", { n: ticked.value.size })}>
      <b>{t("list.ticked", { n: ticked.value.size })}</b>
      <button onClick={() => compose({ action: "move" })}>{t("action.move")}</button>
      <button onClick={() => compose({ action: "split" })}>{t("action.split")}</button>
      <button onClick={() => compose({ action: "pin", themes: [] })}>{t("action.pin")}</button>
      <button onClick={() => choose({ ids: [...ticked.value].sort((a, b) => a - b).map((row) => fragments.id[row]), view: null })}>{t("list.only")}</button>
      <button onClick={() => { ticked.value = new Set(); }}>{t("list.untick")}</button>
    </div>
  );
}

/** On paper: what is selected now, whole, since a list that is on screen in part would be printed in part. */
function Paper() {
  const list = ticked.value.size ? rows.value.filter((row) => ticked.value.has(row)) : rows.value;
  return (
    <div class="paper">
      <h1>{study.study}</h1>
      <p>{counted("fragment", list.length)}{list.length > MOST_PRINTED && ` · ${t("print.most", { n: MOST_PRINTED })}`}</p>
      <Chips />
      {list.slice(0, MOST_PRINTED).map((row) => <article><Meta row={row} /><blockquote lang="nl">{fragments.text[row]}</blockquote><p class="note"><code>{fragments.id[row]}</code></p></article>)}
      <p class="note">{t(study.invented ? "about.invented" : study.pseudonyms ? "about.pseudonyms" : "about.names")}</p>
    </div>
  );
}

function keys(event: KeyboardEvent): void {
  const inField = (event.target as Element).closest?.("input, select, textarea, dialog[open]");
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (drawer.value) drawer.value = false;
    else if (event.target instanceof HTMLInputElement) event.target.blur();
    else if (opened.value !== undefined) choose({ open: null, wide: null });
    return;
  }
  if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") document.getElementById("q")?.focus();
  else if (event.key === "?") helped.value = true;
  else if (event.key === "d") compose({});
  else if (/^[1-4]$/.test(event.key)) choose({ view: event.key === "1" ? null : [VIEWS[Number(event.key) - 1]] });
  else if ((event.key === "j" || event.key === "k") && !(event.target as Element).closest?.(".rows")) {
    move(event.key === "j" ? 1 : -1);
    document.querySelector<HTMLElement>(".rows [tabindex='0']")?.focus();
  } else return;
  event.preventDefault();
}

function App() {
  const now = view.value;
  useEffect(() => { addEventListener("keydown", keys); }, []);
  const reading = opened.value !== undefined;
  return (
    <>
      <a class="skip" href="#" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>(".rows [tabindex='0'], main button")?.focus(); }}>{t("page.skip")}</a>
      <Head />
      <div class={`body view-${now}${reading ? " reading" : ""}${drawer.value ? " drawer" : ""}${reading && choices.value.get("wide") ? " wide" : ""}`}>
        {now !== "decisions" && <nav class="filters" aria-label={t("filter.name")}>
          <p class="only-narrow drawer-head"><button class="main" onClick={() => { drawer.value = false; }}>{t("filter.show", { n: counted("fragment", rows.value.length) })}</button></p>
          <Facets />
        </nav>}
        <main>{usedCount === 0 ? <p class="nothing">{t("page.nothing")}</p> : now === "matrix" ? <MatrixView /> : now === "map" ? <MapView /> : now === "decisions" ? <DecisionsView /> : <List />}</main>
        {(now === "fragments" || reading) && <Reader />}
      </div>
      <Ticked />
      <Composer />
      <About />
    </>
  );
}

document.documentElement.lang = language.value;
const root = document.getElementById("app")!;
root.replaceChildren();
render(<App />, root);
performance.mark("drawn");
setTimeout(prepare, 60);
