"""What the sections of a report read: the tables, and the look-ups that several of them need."""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, TypeVar
from urllib.parse import quote

import pandas as pd

from pipeline.core.config import Config
from pipeline.core.tables import empty_table
from pipeline.core.views import labels_are_headings
from pipeline.core.vocabulary import (
    ADJUDICATED_CODER,
    OUTLIER_TOPIC,
    SYNTHESIS_CODER,
    Kind,
    Role,
    Scheme,
    StanceSource,
    Status,
)
from pipeline.corpus.fragments import write_place
from pipeline.corpus.understanding import is_set_aside
from pipeline.report.words import Words

T = TypeVar("T")

SESSION_NOUNS = {
    "table": ("tafel", "tafel"), "focus_group": ("focusgroep", r"focus ?-?groep|\bfg ?\d"),
    "interview": ("interview", "interview"), "session": ("gesprek", ""),
}  # fmt: skip
"""Noun in ``words.toml`` to its name in ``study.toml`` and what shows it in the name of a session."""
_ORDER = {str(scheme): place for place, scheme in enumerate(Scheme)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one human coder gave one fragment, as labels."""

    coder: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A fragment as it is shown: its words, its place in the source, its hat and its manual codes."""

    fragment_id: str
    text: str
    file: str
    line: int
    place: str | None
    speaker: str | None
    hat: str | None
    hat_source: str | None
    given: tuple[Given, ...]
    times: str = ""
    """How often and where the same words were said, where that is more than once."""


@dataclass(frozen=True)
class ReportInputs:
    """The tables of a study with what they were made from, and the words to say it in.

    Attributes:
        base: the study folder as seen from where this is put, for links to sources; None for no links, since the report
            of a study does not say where the study lies.
        blanks: source to its text with everything but blanks struck out, where its file is still there.
    """

    tables: Mapping[str, pd.DataFrame]
    described: Mapping[str, Any]
    config: Config
    words: Words
    base: str | None = None
    blanks: Mapping[str, str] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """Give a table; an absent one is empty."""
        found = self.tables.get(name)
        return empty_table(name) if found is None else found

    @cached_property
    def fragments(self) -> pd.DataFrame:
        """All fragments, indexed by id."""
        return self.table("fragments").set_index("fragment_id", drop=False)

    @cached_property
    def finds_headings_again(self) -> bool:
        """Whether the codebook was written over these fragments, so that whoever reads it finds their codes again."""
        return labels_are_headings(self.table("fragments"), self.table("codebook"), (Scheme.THEME, Scheme.SUBTHEME))

    @cached_property
    def used(self) -> pd.DataFrame:
        """The fragments that are analysed, indexed by id."""
        return self.fragments.loc[self.fragments["status"] == Status.USED]

    @cached_property
    def speakers(self) -> Mapping[str, tuple[str, str]]:
        """Fragment to session and speaker, for used fragments whose speaker is known."""
        known = self.used.loc[self.used["speaker"].notna()]
        pairs = zip(known["session"], known["speaker"], strict=True)
        return dict(zip(known["fragment_id"], pairs, strict=True))

    @cached_property
    def n_speakers(self) -> int:
        """Number of participants who are known to have spoken."""
        return len(set(self.speakers.values()))

    @cached_property
    def n_names_again(self) -> int:
        """Number of names that speak in more than one session."""
        sessions = Counter(name for _, name in set(self.speakers.values()))
        return sum(n > 1 for n in sessions.values())

    @cached_property
    def sessions_unnamed(self) -> frozenset[str]:
        """Sessions with used fragments that name no speaker at all."""
        return frozenset(self.used["session"]) - {session for session, _ in self.speakers.values()}

    @cached_property
    def _session_titles(self) -> Mapping[str, str]:
        sessions = self.table("sessions")
        return title_sessions(dict(zip(sessions["session"], sessions["title"], strict=True)))

    def session_title(self, session: str) -> str:
        """Give the title that the notes of a session state, else what its file says; the latter where titles repeat."""
        return self._session_titles.get(session, session)

    @cached_property
    def session_noun(self) -> str:
        """Noun of a session in ``words.toml``: what the study says, else what most sessions are called, else session.

        One of ``table``, ``focus_group``, ``interview`` and ``session``.
        """
        given = self.config.study.session_noun
        if given:
            return next(noun for noun, (dutch, _) in SESSION_NOUNS.items() if dutch == given)
        sessions = self.table("sessions")
        names = [
            f"{session} {title or ''}".casefold()
            for session, title in zip(sessions["session"], sessions["title"], strict=True)
        ]
        for noun, (_, sign) in SESSION_NOUNS.items():
            if sign and 2 * sum(bool(re.search(sign, name)) for name in names) > len(names):
                return noun
        return "session"

    def count_sessions(self, n: int) -> str:
        """Write a number of sessions, by the noun of this study."""
        return self.words.count(self.session_noun, n)

    def place_sessions(self, n: int) -> str:
        """Write where something was said: ``aan 12 tafels``, ``in 6 focusgroepen``."""
        return self.words(f"at.{self.session_noun}", n=self.count_sessions(n))

    @cached_property
    def is_report(self) -> bool:
        """Whether all is from a report, and nothing is from notes of what was said."""
        return not self.used.empty and not {Kind.TURN, Kind.NOTE} & set(self.used["kind"])

    @cached_property
    def n_set_aside(self) -> int:
        """Number of remarks that are not analysed, without headings, feet and layout, which nobody said."""
        return int(is_set_aside(self.fragments["status"]).sum())

    @cached_property
    def n_present_unnamed(self) -> int:
        """Number of participants whom the notes list in the sessions that name no speaker."""
        listed = self.table("speakers")
        return int(((listed["role"] == Role.DEELNEMER) & listed["session"].isin(self.sessions_unnamed)).sum())

    @cached_property
    def topics(self) -> pd.DataFrame:
        """Topics as the machine found them, without the outlier row."""
        topics = self.table("topics")
        return topics.loc[topics["topic_id"] != OUTLIER_TOPIC]

    @cached_property
    def themes(self) -> pd.DataFrame:
        """Themes, after what people decided, without the outlier row."""
        themes = self.table("themes")
        return themes.loc[themes["theme_id"] != OUTLIER_TOPIC]

    @cached_property
    def placed(self) -> pd.DataFrame:
        """The theme of every fragment, empty where people dropped it, with its place on the map."""
        places = self.table("topic_assignments")[["fragment_id", "original", "x", "y"]]
        return self.table("theme_assignments").merge(places, on="fragment_id", validate="one_to_one")

    @cached_property
    def theme_labels(self) -> Mapping[str, str]:
        """Theme to the label a reader sees; outliers in the language of the report."""
        themes = self.table("themes")
        labels = dict(zip(themes["theme_id"], themes["label"], strict=True))
        return labels | {OUTLIER_TOPIC: self.words("outliers")}

    def theme_name(self, theme: str) -> str:
        """Id and label of a theme; outliers have a label only."""
        if theme == OUTLIER_TOPIC:
            return self.theme_labels[theme]
        return f"{theme} {self.theme_labels[theme]}" if theme in self.theme_labels else theme

    @cached_property
    def theme_of_topic(self) -> Mapping[str, str]:
        """Topic to the theme that has exactly its fragments; a topic that people changed has none."""
        sizes = dict(zip(self.table("topics")["topic_id"], self.table("topics")["size"], strict=True))
        same = {OUTLIER_TOPIC: OUTLIER_TOPIC}
        for theme, topics, size in zip(*(self.themes[name] for name in ("theme_id", "topics", "size")), strict=True):
            if len(topics) == 1 and sizes.get(topics[0]) == size:
                same[topics[0]] = theme
        return same

    def topic_name(self, topic: str) -> str:
        """Name a topic as the theme that it became, else as a topic, since a theme may bear the same number."""
        if topic in self.theme_of_topic:
            return self.theme_name(self.theme_of_topic[topic])
        labels = dict(zip(self.topics["topic_id"], self.topics["label"], strict=True))
        return f"topic {topic} {labels[topic]}" if topic in labels else topic

    @cached_property
    def human_coders(self) -> tuple[str, ...]:
        """The people who coded, in alphabetical order; what they settled together is nobody's own coding."""
        coders = {*self.table("human_codings")["coder"], *self.table("seen")["coder"]}
        return tuple(sorted(coders - {ADJUDICATED_CODER}))

    @property
    def manual_coders(self) -> tuple[str, ...]:
        """Those whose codings are shown: what people settled together, where they did, and each of them."""
        settled = (self.table("seen")["coder"] == ADJUDICATED_CODER).any()
        return (ADJUDICATED_CODER, *self.human_coders) if settled else self.human_coders

    @property
    def has_structure_only(self) -> bool:
        """Whether nobody coded, and codes are the headings of a synthesis."""
        return self.human_coders == (SYNTHESIS_CODER,)

    @cached_property
    def hats(self) -> Mapping[str, tuple[str, str]]:
        """Fragment to its first hat and where that comes from; no hat where the machine abstained."""
        stances = self.table("stances")
        rows = stances.loc[(stances["scheme"] == Scheme.HAT) & (stances["rank"] == 1) & stances["value"].notna()]
        pairs = zip(rows["value"], rows["source"], strict=True)
        return dict(zip(rows["fragment_id"], pairs, strict=True))

    @cached_property
    def _code_labels(self) -> Mapping[tuple[str, str], str]:
        book = self.table("codebook")
        return dict(zip(zip(book["scheme"], book["code"], strict=True), book["label"], strict=True))

    def code_label(self, scheme: str, code: str) -> str:
        """Name a code as the codebook does; kans, hats and the like in the language of the report."""
        if scheme in (Scheme.POLARITY, Scheme.HAT, Scheme.SENTIMENT):
            return self.words.short(code)
        return self._code_labels.get((scheme, code), code)

    def _name_coder(self, coder: str) -> str:
        return self.words(f"coder.{coder}") if self.words.has(f"coder.{coder}") else coder

    @cached_property
    def _given(self) -> Mapping[str, tuple[Given, ...]]:
        codings = self.table("human_codings")
        found: dict[str, dict[str, list[tuple[int, int, str]]]] = {}
        for fragment, coder, scheme, code, rank in zip(
            *(codings[name] for name in ("fragment_id", "coder", "scheme", "code", "rank")), strict=True
        ):
            label = self.code_label(scheme, code)
            found.setdefault(fragment, {}).setdefault(coder, []).append((_ORDER[scheme], int(rank), label))
        return {
            fragment: tuple(
                Given(coder=self._name_coder(coder), codes=tuple(dict.fromkeys(label for _, _, label in sorted(codes))))
                for coder, codes in sorted(coders.items(), key=lambda item: (item[0] != ADJUDICATED_CODER, item[0]))
            )
            for fragment, coders in found.items()
        }

    @cached_property
    def _rows(self) -> Mapping[str, dict[str, Any]]:
        return {row["fragment_id"]: row for row in records(self.table("fragments"))}

    @cached_property
    def _files(self) -> Mapping[str, str]:
        sources = self.table("sources")
        return dict(zip(sources["source_id"], sources["name"], strict=True))

    @cached_property
    def source_links(self) -> Mapping[str, str]:
        """Source to the link of its file, as seen from where this is put; none where no base is known."""
        if self.base is None:
            return {}
        given = PurePosixPath(self.config.study.sources)
        links = {}
        for source_id, name in self._files.items():
            parts = PurePosixPath(name).parts
            # A file given as the source is named by itself; what lies in a project is shown by the project.
            inside = next((i for i, part in enumerate(parts) if part.lower().endswith(".qdpx")), len(parts))
            alone = len(self._files) == 1 or inside < len(parts)
            path = given if alone and given.name == parts[0] else given.joinpath(*parts[: inside + 1])
            links[source_id] = quote(posixpath.normpath(posixpath.join(self.base, str(path))))
        return links

    def quote(self, fragment_id: str) -> Quote:
        """Show one fragment.

        Raises:
            KeyError: there is no such fragment.
        """
        row = self._rows[fragment_id]
        hat, source = self.hats.get(fragment_id, (None, None))
        if source == StanceSource.DERIVED:
            hat = source = None
        return Quote(
            fragment_id=fragment_id,
            text=row["text"],
            file=self._files.get(row["source_id"], row["source_id"]),
            line=int(row["line"]),
            place=row["place"] if isinstance(row["place"], str) else None,
            speaker=row["speaker"],
            hat=hat,
            hat_source=source,
            given=self._given.get(fragment_id, ()),
        )

    def row(self, fragment_id: str) -> dict[str, Any]:
        """Give the row of a fragment; an absent value is None."""
        return self._rows[fragment_id]

    def text(self, fragment_id: str) -> str:
        """Words of a fragment."""
        return str(self._rows[fragment_id]["text"])

    def place(self, fragment_id: str) -> str:
        """File of a fragment, and its page, cell, time or line there."""
        row = self._rows[fragment_id]
        return write_place(self._files.get(row["source_id"], row["source_id"]), row["place"], row["line"])

    def codes_of(self, coder: str, scheme: str) -> Mapping[str, tuple[str, ...]]:
        """Fragment to the codes that a human coder gave it, first choice first; empty where none after looking."""
        return self._codes.get((coder, scheme), {})

    @cached_property
    def _codes(self) -> Mapping[tuple[str, str], dict[str, tuple[str, ...]]]:
        found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        for coder, scheme, fragment in _walk(self.table("seen"), "coder", "scheme", "fragment_id"):
            found.setdefault((coder, scheme), {})[fragment] = ()
        codings = self.table("human_codings").sort_values(["fragment_id", "rank"])
        for coder, scheme, fragment, code in _walk(codings, "coder", "scheme", "fragment_id", "code"):
            codes = found.setdefault((coder, scheme), {})
            codes[fragment] = (*codes.get(fragment, ()), code)
        return found

    @cached_property
    def _made(self) -> dict[object, Any]:
        return {}

    def once(self, make: "Callable[[ReportInputs], T]") -> T:
        """Give what a function makes of this study, made once."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made


def name_study(described: Mapping[str, Any], config: Config) -> str:
    """Name a study; a name without capitals or blanks, as that of a folder, is written as a title.

    >>> from pipeline.core.config import load_config
    >>> name_study({"study": "focusgroepen_2024"}, load_config()), name_study({}, load_config())
    ('Focusgroepen 2024', '')
    """
    name = str(described.get("study") or config.study.name or "").strip()
    if " " in name or name != name.lower():
        return name
    plain = name.replace("_", " ").replace("-", " ").strip()
    return plain[:1].upper() + plain[1:]


def title_sessions(stated: Mapping[str, Any]) -> dict[str, str]:
    """Give the sessions that state a title of their own; a title of two sessions names neither.

    >>> title_sessions({"fg-1": "Focusgroep Noord", "fg-2": None, "fg-3": "Verslag", "fg-4": "Verslag"})
    {'fg-1': 'Focusgroep Noord'}
    """
    titles = {
        session: title.strip()[:1].upper() + title.strip()[1:]
        for session, title in stated.items()
        if isinstance(title, str) and title.strip()
    }
    times = Counter(titles.values())
    return {session: title for session, title in titles.items() if times[title] == 1}


def count_values(values: Iterable[str]) -> dict[str, int]:
    """Count values, commonest first and then by name."""
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Walk through the rows of a table; an absent value is None.

    >>> list(records(pd.DataFrame({"n": [1.5, None], "of": [["a"], []]})))
    [{'n': 1.5, 'of': ['a']}, {'n': None, 'of': []}]
    """
    names = [str(name) for name in frame.columns]
    for row in zip(*(_values(frame[name]) for name in frame.columns), strict=True):
        yield dict(zip(names, row, strict=True))


def _walk(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[str, ...]]:
    return zip(*(frame[name].tolist() for name in columns), strict=True)


def _values(column: "pd.Series[Any]") -> list[Any]:
    """Give a column as plain values, what is absent as None; lists are never absent."""
    values = column.tolist()
    if not column.hasnans:
        return values
    return [None if absent else value for value, absent in zip(values, column.isna(), strict=True)]
