"""What all questions stand on: the used fragments in one canonical order, and each coder's themes over them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.views import Floats, Ints, Mask, stack_vectors
from pipeline.core.vocabulary import (
    ADJUDICATED_CODER,
    BOTH_POLARITIES,
    NEUTRAL_POLARITY,
    TAUGHT_CODER,
    UNKNOWN,
    Kind,
    Polarity,
    Scheme,
    Status,
    is_machine,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class QuestionInputs:
    """The tables of a study, cut down to its used fragments.

    Attributes:
        fragments: used fragments, sorted by id; the row number stands for the fragment.
        all_fragments: with their status, for what was said just before.
        tokens: tokens of the used fragments, with column ``row``.
        codings: codings of the used fragments, with column ``row``.
        seen: what people looked at among the used fragments, with column ``row``.
        codebook: the table of that name.
        vectors: shape (fragments, dimensions); zero where a fragment has none.
        sessions: by date, then those without by name.
    """

    fragments: pd.DataFrame
    all_fragments: pd.DataFrame
    tokens: pd.DataFrame
    codings: pd.DataFrame
    seen: pd.DataFrame
    codebook: pd.DataFrame
    vectors: Floats
    sessions: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of used fragments."""
        return len(self.fragments)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Their ids, in order."""
        return tuple(self.fragments["fragment_id"])

    @cached_property
    def session(self) -> Ints:
        """The place of each fragment's session in ``sessions``."""
        place = {session: i for i, session in enumerate(self.sessions)}
        return np.array([place[session] for session in self.fragments["session"]], dtype=np.int64)

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """The speakers that are known, each with the session."""
        return tuple(sorted({speaker for speaker in self._speaker_names if speaker}))

    @cached_property
    def speaker(self) -> Ints:
        """The place of each fragment's speaker in ``speakers``; -1 where the speaker is unknown."""
        place = {speaker: i for i, speaker in enumerate(self.speakers)}
        return np.array([place.get(speaker, -1) for speaker in self._speaker_names], dtype=np.int64)

    @cached_property
    def _speaker_names(self) -> list[str]:
        pairs = zip(self.fragments["session"], self.fragments["speaker"], strict=True)
        return ["" if pd.isna(speaker) else f"{session}: {speaker}" for session, speaker in pairs]

    @cached_property
    def block(self) -> Ints:
        """A number for each fragment's block; a block lies within one session."""
        pairs = pd.MultiIndex.from_frame(self.fragments[["session", "block"]])
        return np.asarray(pd.factorize(pairs, sort=True)[0], dtype=np.int64)

    def in_text_order(self, mask: Mask) -> Ints:
        """Give the rows of a mask session by session, in the order of the text."""
        return np.asarray(self._text_order[mask[self._text_order]])

    @cached_property
    def _text_order(self) -> Ints:
        order = self.fragments.assign(session=self.session).sort_values(
            ["session", "source_id", "char_start", "fragment_id"], kind="stable"
        )
        return order.index.to_numpy(dtype=np.int64)

    def coded(self, scheme: str, coder: str | None = None) -> pd.DataFrame:
        """Codings of a scheme, of one coder or of all."""
        return self._coded.get((str(scheme), coder or ""), self.codings.iloc[:0])

    @cached_property
    def _coded(self) -> dict[tuple[str, str], pd.DataFrame]:
        found: dict[tuple[str, str], pd.DataFrame] = {}
        for scheme, rows in self.codings.groupby("scheme", sort=False):
            found[str(scheme), ""] = rows
            for coder, own in rows.groupby("coder", sort=False):
                found[str(scheme), str(coder)] = own
        return found

    def looked(self, scheme: str, coder: str) -> Mask:
        """Which fragments a coder looked at: a machine at all, people at what they have seen or coded."""
        if is_machine(coder):
            return np.ones(self.n, dtype=bool)
        mask = np.zeros(self.n, dtype=bool)
        saw = self.seen.loc[(self.seen["scheme"] == scheme) & (self.seen["coder"] == coder), "row"]
        mask[saw.to_numpy(dtype=np.int64)] = True
        mask[self.coded(scheme, coder)["row"].to_numpy(dtype=np.int64)] = True
        return mask

    def coders(self, scheme: str) -> tuple[str, ...]:
        """Who coded anything in a scheme: people first, both in alphabetical order."""
        return tuple(sorted(set(self.coded(scheme)["coder"]), key=lambda coder: (is_machine(coder), coder)))


@dataclass(frozen=True, eq=False, kw_only=True)
class Themes:
    """The codes that one coder gave in one scheme.

    Attributes:
        coder: who.
        codes: those used, in the order of the codebook and then by name.
        member: shape (fragments, codes), whether a fragment carries a code.
        first: shape (fragments,), place of the coder's first code; -1 without one.
        looked: shape (fragments,), whether the coder looked at it.
    """

    coder: str
    codes: tuple[str, ...]
    member: Mask
    first: Ints
    looked: Mask

    def walk(self) -> Iterator[tuple[int, str, Ints]]:
        """Walk through the codes: place, code, and the rows that carry it."""
        for place, code in enumerate(self.codes):
            yield place, code, np.flatnonzero(self.member[:, place])


def make_inputs(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    codings: pd.DataFrame,
    seen: pd.DataFrame,
    codebook: pd.DataFrame,
    sessions: pd.DataFrame,
) -> QuestionInputs:
    """Cut the tables down to the used fragments and number these; the order of the rows given does not matter."""
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id").reset_index(drop=True)
    places = {fragment: row for row, fragment in enumerate(used["fragment_id"])}
    return QuestionInputs(
        fragments=used,
        all_fragments=fragments,
        tokens=_place(tokens, places).sort_values(["row", "i"]),
        codings=_place(codings, places).sort_values(["coder", "scheme", "row", "rank", "code"]),
        seen=_place(seen, places),
        codebook=codebook,
        vectors=stack_vectors(embeddings, list(places))[0],
        sessions=_order_sessions(set(used["session"]), sessions),
    )


def themes_of(inputs: QuestionInputs, coder: str, scheme: str = Scheme.THEME) -> Themes:
    """Gather what a coder gave in a scheme."""
    rows = inputs.coded(scheme, coder)
    codes = _order_codes(set(rows["code"]), inputs.codebook, scheme)
    place = {code: i for i, code in enumerate(codes)}
    member = np.zeros((inputs.n, len(codes)), dtype=bool)
    at, which = rows["row"].to_numpy(dtype=np.int64), np.array([place[code] for code in rows["code"]], dtype=np.int64)
    member[at, which] = True
    first = np.full(inputs.n, -1, dtype=np.int64)
    # Codings are sorted by rank within a fragment: written backwards, the first code stays.
    first[at[::-1]] = which[::-1]
    return Themes(coder=coder, codes=codes, member=member, first=first, looked=inputs.looked(scheme, coder))


def _place(table: pd.DataFrame, places: Mapping[str, int]) -> pd.DataFrame:
    kept = table.loc[table["fragment_id"].isin(places.keys())]
    return kept.assign(row=kept["fragment_id"].map(places).astype("int64"))


def _order_sessions(used: set[str], sessions: pd.DataFrame) -> tuple[str, ...]:
    dates = {
        session: str(date)
        for session, date in zip(sessions["session"], sessions["date"], strict=True)
        if pd.notna(date)
    }
    return tuple(sorted(used, key=lambda session: (session not in dates, dates.get(session, ""), session)))


def _order_codes(used: set[str], codebook: pd.DataFrame, scheme: str) -> tuple[str, ...]:
    book = codebook.loc[codebook["scheme"] == scheme].sort_values("position")["code"]
    known = [code for code in book if code in used]
    return (*known, *sorted(used.difference(known)))


Names = NDArray[np.object_]
GIVEN, PREDICTED, OWN, MACHINE, NOTES, NONE = "given", "predicted", "own", "machine", "notes", "none"


@dataclass(frozen=True, eq=False, kw_only=True)
class Values:
    """One value for each fragment, and where it comes from (``none`` where it is unknown).

    Who looked and gave no polarity did not say that a fragment is neutral: that is unknown too. A machine does say so.
    """

    value: Names
    source: Names


def blank(n: int) -> Values:
    """Nothing known of any fragment."""
    return Values(value=np.full(n, UNKNOWN, dtype=object), source=np.full(n, NONE, dtype=object))


def polarities_of(inputs: QuestionInputs, coder: str) -> Values:
    """How the fragments lean by this coder; by the machine where this coder coded no polarity at all."""
    own = _polarity_of(inputs, coder, OWN)
    return own if own is not None else _polarity_of(inputs, TAUGHT_CODER, MACHINE) or blank(inputs.n)


def sentiments_of(inputs: QuestionInputs, coder: str) -> Values:
    """The sentiment of the fragments by this coder; by the machine where this coder coded none."""
    for who, source in ((coder, OWN), (TAUGHT_CODER, MACHINE)):
        found = blank(inputs.n)
        _write_first(found, inputs.coded(Scheme.SENTIMENT, who), source)
        if (found.source != NONE).any():
            return found
    return blank(inputs.n)


def hats_of(inputs: QuestionInputs, coder: str) -> Values:
    """The hat written in the source; else the coder's own, else the machine's, each marked."""
    found = blank(inputs.n)
    _write_first(found, inputs.coded(Scheme.HAT, TAUGHT_CODER), PREDICTED)
    if coder != TAUGHT_CODER:
        _write_first(found, inputs.coded(Scheme.HAT, coder), OWN)
    given = inputs.fragments["hat_given"]
    worn = given.notna().to_numpy()
    found.value[worn] = given[worn].to_numpy(dtype=object)
    found.source[worn] = GIVEN
    return found


def judge_polarity(inputs: QuestionInputs) -> Values:
    """One polarity for each fragment, whoever coded it.

    What people settled together comes first; then each polarity that at least half of the people gave who looked; the
    machine's only where nobody looked, and never where the question does not arise: what people coded with a function
    or an expectation, and the introductions of a report, which name a subject and take no side.
    """
    found = blank(inputs.n)
    machine = _polarity_of(inputs, TAUGHT_CODER, MACHINE)
    if machine is not None:
        asked_else = [inputs.coded(scheme) for scheme in (Scheme.FUNCTION, Scheme.EXPECTATION)]
        free = inputs.fragments["kind"].ne(str(Kind.PARAGRAPH)).to_numpy(dtype=bool, copy=True)
        for rows in asked_else:
            free[rows["row"].to_numpy(dtype=np.int64)] = False
        _copy(machine, found, free)
    people = [coder for coder in inputs.coders(Scheme.POLARITY) if not is_machine(coder)]
    coders = {*people, *(coder for coder in set(inputs.seen["coder"]) if not is_machine(coder))} - {ADJUDICATED_CODER}
    _write_people(inputs, sorted(coders), found)
    if ADJUDICATED_CODER in people:
        settled = _polarity_of(inputs, ADJUDICATED_CODER, OWN)
        if settled is not None:
            _copy(settled, found, inputs.looked(Scheme.POLARITY, ADJUDICATED_CODER))
    return found


def holds(values: Values, polarity: Polarity) -> Mask:
    """Which fragments name a polarity, alone or beside the other."""
    return np.asarray(np.isin(values.value, [str(polarity), BOTH_POLARITIES]), dtype=bool)


def only(values: Values, polarity: Polarity) -> Mask:
    """Which fragments name a polarity and not the other."""
    return np.asarray(values.value == str(polarity), dtype=bool)


def _copy(origin: Values, target: Values, where: Mask) -> None:
    target.value[where] = origin.value[where]
    target.source[where] = origin.source[where]


def _write_first(found: Values, rows: pd.DataFrame, source: str) -> None:
    first = rows.drop_duplicates("row")
    at = first["row"].to_numpy(dtype=np.int64)
    found.value[at] = first["code"].to_numpy(dtype=object)
    found.source[at] = source


def _flags(inputs: QuestionInputs, coder: str) -> Mask:
    """Whether a coder gave kans and knelpunt, shape (fragments, 2)."""
    rows = inputs.coded(Scheme.POLARITY, coder)
    flags = np.zeros((inputs.n, len(Polarity)), dtype=bool)
    for place, polarity in enumerate(Polarity):
        flags[rows.loc[rows["code"] == str(polarity), "row"].to_numpy(dtype=np.int64), place] = True
    return flags


def _name(flags: Mask, neither: str = UNKNOWN) -> Names:
    names = np.array([neither, *(str(polarity) for polarity in Polarity), BOTH_POLARITIES], dtype=object)
    return np.asarray(names[flags[:, 0] + 2 * flags[:, 1].astype(np.int64)], dtype=object)


def _polarity_of(inputs: QuestionInputs, coder: str, source: str) -> Values | None:
    """Polarity by one coder; None where that coder never looked for any."""
    rows = inputs.coded(Scheme.POLARITY, coder)
    known = np.zeros(inputs.n, dtype=bool)
    if is_machine(coder):
        # A machine that declines has no row; one that is sure of neither writes it down.
        known[rows["row"].to_numpy(dtype=np.int64)] = True
    else:
        known = inputs.looked(Scheme.POLARITY, coder)
    if not known.any():
        return None
    found = blank(inputs.n)
    named = _name(_flags(inputs, coder), NEUTRAL_POLARITY if is_machine(coder) else UNKNOWN)
    found.value[known] = named[known]
    found.source[known & (named != UNKNOWN)] = source
    return found


def _write_people(inputs: QuestionInputs, coders: list[str], found: Values) -> None:
    votes, lookers = np.zeros((inputs.n, len(Polarity)), dtype=np.int64), np.zeros(inputs.n, dtype=np.int64)
    for coder in coders:
        votes += _flags(inputs, coder)
        lookers += inputs.looked(Scheme.POLARITY, coder)
    looked = lookers > 0
    held = (2 * votes >= lookers[:, np.newaxis]) & (votes > 0)
    named = _name(held)
    found.value[looked] = named[looked]
    found.source[looked] = np.where(named[looked] == UNKNOWN, NONE, OWN)
