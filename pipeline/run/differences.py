"""What changed between two runs: files, settings, codes of people, themes, agreement, saturation, decisions.

Numbers and ids only, but for the quotes that `describe_differences` prints.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.core.errors import InputError, as_typed
from pipeline.core.study import Study
from pipeline.core.tables import empty_table, read_table
from pipeline.core.vocabulary import OUTLIER_TOPIC, Action, Effect, Status
from pipeline.run.history import FINISHED, PastRun, find_earlier, list_runs
from pipeline.run.summary import list_headlines

if TYPE_CHECKING:
    from pipeline.report.sections.decisions import Merged
    from pipeline.report.words import Words

SHOWN_NAMES = 10
"""Names of files or settings in one line; of the others, how many there are."""

SHIFTED_BELOW = 0.7
"""A theme has shifted when less than this share of its fragments is in both runs, of those that both know."""

Figure = tuple[float | None, float | None, float | None]
"""Estimate, and the ends of its interval."""


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """What became of a theme.

    Attributes:
        theme_id: its id, which lasts over runs.
        label: its name now, or the last it had; of one that was renamed, both.
        state: ``new``, ``vanished``, ``shifted``, ``renamed`` or ``grown``.
        before: number of fragments in the earlier run.
        after: number of fragments in the later run.
        fragment_id: a fragment that shows it; of a theme that shifted, one that came or went.
        quote: the text of that fragment: the words of a participant.
        merged: of a theme that vanished: into which other people merged it, if so.
        dropped: of a theme that vanished: the decision by which people left it out and who took it, if so.
    """

    theme_id: str
    label: str
    state: str
    before: int
    after: int
    fragment_id: str | None
    quote: str | None
    merged: "Merged | None" = None
    dropped: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Differences:
    """What changed between two runs.

    Attributes:
        earlier: id of the earlier run.
        later: id of the later run.
        counts: what is counted, to its number in both runs.
        themes: themes that are not as they were.
        agreement: comparison, scheme and statistic to the figure in both runs, where either changed.
        saturation: coder and scheme to the share of its codes that was met one session before the last, in both runs.
        lost_decisions: decisions that found their fragments before and do not now.
        proposed: topics of the refit that the later run proposes: id, label, state, and size now and then.
        files: ``new``, ``gone``, ``changed`` or ``renamed`` to names of files with notes.
        codes: a person who coded to the number of codes that came and that went.
        gone_decisions: decisions of the earlier run that the later one does not know.
        settings: names of settings that are otherwise.
    """

    earlier: str
    later: str
    counts: Mapping[str, tuple[int, int]]
    themes: tuple[ThemeChange, ...]
    agreement: Mapping[tuple[str, str, str], tuple[Figure | None, Figure | None]]
    saturation: Mapping[tuple[str, str], tuple[float | None, float | None]]
    lost_decisions: tuple[str, ...]
    proposed: tuple[tuple[str, str, str, int, int], ...] = ()
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    codes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    gone_decisions: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the two runs gave the same."""
        same = all(before == after for before, after in self.counts.values())
        results = self.themes or self.agreement or self.saturation or self.lost_decisions
        return same and not (results or self.files or self.codes or self.gone_decisions or self.settings)


def choose_runs(study: Study, names: Sequence[str]) -> tuple[PastRun, PastRun]:
    """Choose the two runs to compare: those named, else the last good one and the last before it that was otherwise.

    Args:
        study: the study.
        names: none, one (compared with the last good run) or two ids of runs; the beginning of an id is enough.

    Raises:
        InputError: there are no two runs, or no run or several of that name.
    """
    runs = [run for run in list_runs(study) if run.state == FINISHED and run.table("themes").is_file()]
    if not runs:
        raise InputError.single("runs", "none has finished yet", f"Run: dialoogtafel analyse {as_typed(study.root)}")
    if names:
        chosen = [_find(runs, name) for name in names]
        earlier, later = (chosen[0], chosen[1]) if len(chosen) > 1 else (chosen[0], runs[-1])
        return earlier, later
    for run in reversed(runs[:-1]):
        if _contents(run) != _contents(runs[-1]):
            return run, runs[-1]
    if len(runs) < 2:
        raise InputError.single("runs", "only one has finished", "Compare after the next run")
    return runs[-2], runs[-1]


def _find(runs: Sequence[PastRun], name: str) -> PastRun:
    found = [run for run in runs if run.run_id.startswith(name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(run.run_id for run in runs[-3:])
    raise InputError.single(f"run '{name}'", f"{len(found)} runs begin so", f"The last that finished: {known}")


def _contents(run: PastRun) -> list[tuple[str, int, int]]:
    # Tables that did not change are the same file under another name.
    return [(path.name, path.stat().st_ino, path.stat().st_size) for path in sorted((run.folder / "tables").iterdir())]


def compare_runs(earlier: PastRun, later: PastRun) -> Differences:
    """Compare the tables that two runs left.

    Raises:
        TableError: a table is damaged.
    """
    settings = _changed_settings(earlier.manifest.get("config", {}), later.manifest.get("config", {}))
    return _compare(_Tables(earlier.table), _Tables(later.table), (earlier.run_id, later.run_id), settings)


def _compare(before: "_Tables", after: "_Tables", runs: tuple[str, str], settings: tuple[str, ...] = ()) -> Differences:
    counts = {
        "sources": (len(before["sources"]), len(after["sources"])),
        "sessions": (before["fragments"]["session"].nunique(), after["fragments"]["session"].nunique()),
        "fragments": (len(before.used), len(after.used)),
        "themes": (len(before.members), len(after.members)),
    }
    figures = _pair(_figures(before["agreement"]), _figures(after["agreement"]))
    shares = _pair(_saturation(before["saturation"]), _saturation(after["saturation"]))
    applied = [set(_applied(each["decisions_applied"])) for each in (before, after)]
    now = after["decisions_applied"]
    known = set(now.loc[now["outcome"] != Effect.UNDONE, "decision_id"])
    lost = tuple(sorted((applied[0] & known) - applied[1]))
    gone = tuple(sorted({*before["decisions_applied"]["decision_id"]} - {*now["decision_id"]}))
    columns = ["topic_id", "label", "state", "previous_size", "size"]
    proposed = tuple(after["proposed_topics"][columns].itertuples(index=False, name=None))
    themes = tuple(_theme_changes(before, after))
    files, codes = _changed_files(before["sources"], after["sources"]), _changed_codes(before, after)
    return Differences(*runs, counts, themes, figures, shares, lost, proposed, files, codes, gone, settings)


def _changed_settings(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    """Name the settings that are otherwise, of sections that both versions know."""
    return tuple(
        f"{section}.{key}"
        for section in sorted(before.keys() & after.keys())
        for key in sorted(before[section].keys() & after[section].keys())
        if before[section][key] != after[section][key]
    )


def _changed_files(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    old, new = (dict(zip(each["name"], each["sha256"], strict=True)) for each in (before, after))
    gone, came = (
        {name: each[name] for name in sorted(each.keys() - other.keys())} for each, other in ((old, new), (new, old))
    )
    moved = {
        name: others[0]
        for name, content in gone.items()
        if len(others := [other for other in came if came[other] == content]) == 1
        and list(gone.values()).count(content) == 1
    }
    found = {
        "new": tuple(name for name in came if name not in moved.values()),
        "gone": tuple(name for name in gone if name not in moved),
        "changed": tuple(name for name in sorted(old.keys() & new.keys()) if old[name] != new[name]),
        "renamed": tuple(f"{name} -> {other}" for name, other in moved.items()),
    }
    return {kind: names for kind, names in found.items() if names}


def _changed_codes(before: "_Tables", after: "_Tables") -> dict[str, tuple[int, int]]:
    if not (before.has("human_codings") and after.has("human_codings")):
        return {}
    columns = ["coder", "fragment_id", "scheme", "code"]
    old, new = ({*each["human_codings"][columns].itertuples(index=False, name=None)} for each in (before, after))
    coders = sorted({row[0] for row in old ^ new})
    return {
        coder: (sum(row[0] == coder for row in new - old), sum(row[0] == coder for row in old - new))
        for coder in coders
    }


class _Tables:
    """The tables of a run; those of an earlier version that kept fewer are empty."""

    def __init__(self, find: Callable[[str], Path], read: "Mapping[str, pd.DataFrame] | None" = None) -> None:
        self._find = find
        self._read: dict[str, pd.DataFrame] = dict(read or {})
        fragments = self["fragments"]
        used = fragments[fragments["status"] == Status.USED]
        self.used: dict[str, str] = dict(zip(used["fragment_id"], used["text"], strict=True))
        assigned = self["theme_assignments"]
        inside = assigned["theme_id"].notna() & (assigned["theme_id"] != OUTLIER_TOPIC)
        grouped = assigned[inside].groupby("theme_id")["fragment_id"]
        self.members = {str(theme): frozenset(found) for theme, found in grouped}
        themes = self["themes"]
        self.labels = dict(zip(themes["theme_id"], themes["label"], strict=True))
        self.shown = dict(zip(themes["theme_id"], themes["representative_fragment_ids"], strict=True))

    def has(self, name: str) -> bool:
        """Tell whether the run kept a table."""
        return name in self._read or self._find(name).is_file()

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            path = self._find(name)
            self._read[name] = read_table(path, name) if path.is_file() else empty_table(name)
        return self._read[name]


def _theme_changes(before: _Tables, after: _Tables) -> Iterator[ThemeChange]:
    from pipeline.report.sections.decisions import find_merged

    both = before.used.keys() & after.used.keys()
    merged = find_merged(after["decisions_applied"], after["decision_themes"])
    dropped = _find_dropped(after["decisions_applied"], after["decision_themes"])
    for theme in sorted({*before.members, *after.members}):
        old, new = before.members.get(theme, frozenset()), after.members.get(theme, frozenset())
        place = after if new else before
        state = _state(theme, before, after, both)
        if state is None:
            continue
        moved = sorted((old ^ new) & both) if state == "shifted" else []
        came = sorted(new - old) if state == "grown" else []
        shown = moved or came or list(place.shown.get(theme, ()))
        fragment = shown[0] if shown else None
        quote = place.used.get(fragment) if fragment else None
        gone = state == "vanished"
        went, left_out = merged.get(theme) if gone else None, dropped.get(theme) if gone else None
        label = place.labels.get(theme, "")
        if state == "renamed":
            label = f"{before.labels.get(theme, '')} -> {label}"
        yield ThemeChange(theme, label, state, len(old), len(new), fragment, quote, went, left_out)


def _find_dropped(applied: pd.DataFrame, named: pd.DataFrame) -> dict[str, tuple[str, str]]:
    done = applied[(applied["action"] == Action.DROP) & applied["outcome"].isin([Effect.APPLIED, Effect.PARTLY])]
    who = dict(zip(done["decision_id"], done["who"], strict=True))
    pairs = zip(named["decision_id"], named["theme_id"], strict=True)
    return {theme: (decision, who[decision]) for decision, theme in pairs if decision in who}


def _state(theme: str, before: _Tables, after: _Tables, both: Set[str]) -> str | None:
    old, new = before.members.get(theme, frozenset()), after.members.get(theme, frozenset())
    if not old:
        return "new"
    if not new:
        return "vanished"
    either = (old | new) & both
    if either and len(old & new & both) / len(either) < SHIFTED_BELOW:
        return "shifted"
    if before.labels.get(theme) != after.labels.get(theme):
        return "renamed"
    return "grown" if old != new else None


def _figures(agreement: pd.DataFrame) -> dict[tuple[str, str, str], Figure]:
    return {
        (row["comparison"], row["scheme"], row["statistic"]): (row["estimate"], row["low"], row["high"])
        for row in list_headlines(agreement)
    }


def _saturation(saturation: pd.DataFrame) -> dict[tuple[str, str], float | None]:
    drawn = saturation[saturation["step"] > 0]
    last = drawn.groupby(["coder", "scheme"])["step"].transform("max")
    before_last = drawn[drawn["step"] == (last - 1).clip(lower=1)]
    shares = before_last["share"].astype(object).where(before_last["share"].notna(), None)
    return dict(zip(zip(before_last["coder"], before_last["scheme"], strict=True), shares, strict=True))


def _applied(decisions: pd.DataFrame) -> list[str]:
    return [str(i) for i in decisions.loc[decisions["outcome"].isin([Effect.APPLIED, Effect.PARTLY]), "decision_id"]]


def _pair(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    keys = sorted({*before, *after})
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def describe_differences(found: Differences, words: "Words", *, quotes: bool = True) -> list[str]:
    """Put in lines what changed.

    Args:
        found: what changed.
        words: the texts of a language.
        quotes: show the words of participants, of which names of themes are made; never for Prefect.
    """
    from pipeline.report.sections.agreement import name_coder, name_comparison, name_statistic

    lines = [words("cli.diff.head", earlier=found.earlier, later=found.later)]
    if found.nothing:
        return [*lines, words("cli.diff.nothing"), *_describe_proposal(found, words, quotes=quotes)]
    for count, (before, after) in found.counts.items():
        name = words(f"cli.diff.counted.{count}")
        lines.append(f"{name}: {after}" if before == after else f"{name}: {before} -> {after} ({after - before:+d})")
    lines += [*_describe_inputs(found, words), *_describe_themes(found, words, quotes=quotes)]
    for (comparison, scheme, statistic), (old, new) in found.agreement.items():
        compared = name_comparison(comparison, words)
        name = f"{compared}, {words(f'scheme.{scheme}').lower()}: {name_statistic(statistic, words)}"
        lines.append(f"{name} {_figure(old, words)} -> {_figure(new, words)}")
    for (coder, scheme), (share, later) in found.saturation.items():
        lines.append(words(
            "cli.diff.saturation", coder=name_coder(coder, words), scheme=words(f"scheme.{scheme}").lower(),
            before=_share(share, words), after=_share(later, words),
        ))  # fmt: skip
    if found.lost_decisions:
        lines.append(words("cli.diff.lost", decisions=", ".join(found.lost_decisions)))
    if found.gone_decisions:
        lines.append(words("cli.diff.gone_decisions", decisions=", ".join(found.gone_decisions)))
    return [*lines, *_describe_proposal(found, words, quotes=quotes)]


def _describe_inputs(found: Differences, words: "Words") -> Iterator[str]:
    for kind, names in found.files.items():
        yield words(f"cli.diff.files.{kind}", names=_few(names))
    for coder, (added, gone) in found.codes.items():
        yield words("cli.diff.codes", coder=coder, added=added, gone=gone)
    if found.settings:
        yield words("cli.diff.settings", names=_few(found.settings))


def _describe_themes(found: Differences, words: "Words", *, quotes: bool) -> Iterator[str]:
    for theme in found.themes:
        label = f" ({theme.label})" if theme.label and quotes else ""
        named = f"{theme.theme_id}{label}"
        if went := theme.merged:
            yield words("cli.diff.merged", theme=named, into=went.into, decision=went.decision_id, who=went.who,
                        before=theme.before)  # fmt: skip
        elif theme.dropped:
            decision, who = theme.dropped
            yield words("cli.diff.dropped", theme=named, decision=decision, who=who, before=theme.before)
        else:
            state = words(f"cli.diff.state.{theme.state}")
            yield words("cli.diff.theme", theme=named, state=state, before=theme.before, after=theme.after)
            if quotes and theme.quote:
                yield f"    {theme.fragment_id}: {theme.quote}"


def _few(names: Sequence[str]) -> str:
    others = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" (+{others})" if others > 0 else "")


def _describe_proposal(found: Differences, words: "Words", *, quotes: bool) -> Iterator[str]:
    if found.proposed:
        yield words("cli.diff.proposed")
    for topic, label, state, before, after in found.proposed:
        named = f" ({label})" if quotes and label else ""
        yield f"    {topic}{named}: {words(f'cli.diff.state.{state}')}, {before} -> {words.count('fragment', after)}"


def describe_last_change(study: Study) -> list[str]:
    """Say what the last run that changed something changed, without words of participants; nothing after one run."""
    from pipeline.report.words import Words

    try:
        earlier, later = choose_runs(study, ())
    except InputError:
        return []
    return describe_differences(compare_runs(earlier, later), Words(study.config.study.language), quotes=False)


def describe_change(study: Study, tables: "Mapping[str, pd.DataFrame]") -> list[str]:
    """Say what changed since the last run that left other tables than the present ones, with quotes, for the report.

    Args:
        study: the study.
        tables: the present ones, as they were read.
    """
    from pipeline.report.words import Words

    earlier = find_earlier(study)
    if earlier is None:
        return []
    # Tables that did not change are the same file under another name.
    kept = {name: table for name, table in tables.items() if _is_same(earlier.table(name), study.table(name))}
    # As a manifest holds them.
    config = json.loads(json.dumps(study.config.model_dump(), default=str))
    settings = _changed_settings(earlier.manifest.get("config", {}), config)
    found = _compare(_Tables(earlier.table, kept), _Tables(study.table, tables), (earlier.run_id, ""), settings)
    # The first line names the runs, whose names are times.
    return [] if found.nothing else describe_differences(found, Words(study.config.study.language))[1:]


def _is_same(one: Path, other: Path) -> bool:
    return one.is_file() and one.samefile(other)


def _figure(figure: Figure | None, words: "Words") -> str:
    if figure is None or figure[0] is None:
        return words("cli.diff.undefined")
    estimate, low, high = figure
    known = low is not None and high is not None
    return words.figure(estimate) + (f" [{words.figure(low)}; {words.figure(high)}]" if known else "")


def _share(share: float | None, words: "Words") -> str:
    return words("unknown") if share is None else words.percent(share)
