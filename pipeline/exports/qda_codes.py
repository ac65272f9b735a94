"""Notes of a project: what a machine said of a fragment and how sure it was, and what people still have to settle."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.agreement.comparison.inputs import make_inputs
from pipeline.core.vocabulary import (
    ADJUDICATED_CODER,
    NEUTRAL_POLARITY,
    OUTLIER_TOPIC,
    SYNTHESIS_CODER,
    Scheme,
    is_machine,
)
from pipeline.readers.qda_codes import CLOSED_SCHEMES, LABEL_END, category_suffix
from pipeline.refi.project import Code, walk_codes
from pipeline.refi.writing import make_guid
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.sections.head import study_name
from pipeline.review.coding_files import Choices
from pipeline.review.disagreements import DisagreementInputs, Meeting, meet, rank
from pipeline.text.normalisation import fold_name

BRANCHES: Mapping[str, tuple[str, str]] = {
    str(Scheme.THEME): ("thema", "theme"),
    str(Scheme.SUBTHEME): ("subthema", "subtheme"),
    str(Scheme.POLARITY): ("polariteit", "polarity"),
    str(Scheme.HAT): ("hoed", "hat"),
    str(Scheme.SENTIMENT): ("sentiment", "sentiment"),
    str(Scheme.FUNCTION): ("functie", "function"),
    str(Scheme.EXPECTATION): ("verwachting", "expectation"),
}
"""Names of the top codes in Dutch and English; the reader of projects knows them again."""

NO_CODE = ("geen code", "no code")
COLORS: Mapping[tuple[str, str], str] = {
    ("hat", "wit"): "#BFBFBF", ("hat", "zwart"): "#333333", ("hat", "geel"): "#E0B000", ("hat", "groen"): "#2E8B57",
    ("hat", "rood"): "#C0392B", ("polarity", "kans"): "#2E8B57", ("polarity", "knelpunt"): "#C0392B",
    ("polarity", "neutraal"): "#8C8C8C", ("sentiment", "positief"): "#2E8B57", ("sentiment", "negatief"): "#C0392B",
    ("sentiment", "neutraal"): "#8C8C8C",
}  # fmt: skip
_PLAIN, _MACHINE = "#1B4F66", "#7A5195"

Wanted = tuple[str, str, str | None]
"""Coder, scheme and code; no code for *looked at, none given*."""


@dataclass(frozen=True, slots=True)
class CodeTree:
    """The codes of a project, and which of them says what a coder said."""

    codes: tuple[Code, ...]
    guids: Mapping[tuple[str, str, str | None], str]

    def guid(self, wanted: Wanted) -> str:
        """Give the guid of a code: one of the codebook is shared by all coders, others are the machine's own.

        Raises:
            KeyError: the tree was made without it.
        """
        coder, scheme, code = wanted
        return self.guids.get(("", scheme, code)) or self.guids[coder, scheme, code]


def make_codes(inputs: ReportInputs, wanted: set[Wanted]) -> CodeTree:
    """Lay out the codes that a study has and that its coders gave.

    Args:
        inputs: the tables of the study.
        wanted: what the coders said.
    """
    study, language = study_name(inputs), 0 if inputs.words.language == "nl" else 1
    book = list(records(inputs.table("codebook")))
    known = {(row["scheme"], row["code"]) for row in book}
    known |= {(scheme, str(value)) for scheme, values in CLOSED_SCHEMES.items() for value in values}
    known.add((str(Scheme.POLARITY), NEUTRAL_POLARITY))
    schemes = {row["scheme"] for row in book} | {
        scheme for _, scheme, code in wanted if code is None or (scheme, code) in known
    }
    guids: dict[tuple[str, str, str | None], str] = {}
    tops = []
    for scheme in (str(each) for each in Scheme if str(each) in schemes):
        rows = [row for row in book if row["scheme"] == scheme]
        rows += _absent_values(scheme, rows)
        none = any(each[1] == scheme and each[2] is None for each in wanted)
        codes = _branch(study, scheme, rows, none=NO_CODE[language] if none else None, guids=guids)
        guid = make_guid(study, "scheme", scheme)
        tops.append(Code(guid=guid, name=BRANCHES[scheme][language], is_codable=False, codes=tuple(codes)))
    tops += _machine_branches(inputs, study, {w for w in wanted if (w[1], w[2]) not in known}, guids)
    return CodeTree(tuple(with_distinct_names(tops)), guids)


def with_distinct_names(tops: list[Code]) -> Iterator[Code]:
    """Put the top code in brackets behind names that stand more than once: some programs want each name once.

    A name that ends that way already gets it too, so that a reader can take off exactly what was added.
    """
    times = Counter((code.is_codable, fold_name(code.name)) for code, _ in walk_codes(tops))
    taken: Counter[str] = Counter()

    def name(code: Code, top: str) -> Code:
        below = tuple(name(each, top) for each in code.codes)
        added = category_suffix(top)
        shown = code.name
        if times[code.is_codable, fold_name(shown)] > 1 or shown.endswith(added):
            shown += added
        taken[fold_name(shown)] += 1
        n = taken[fold_name(shown)]
        # Two codes of one machine may bear one label; nobody reads them back.
        shown = f"{shown} {n}" if n > 1 and is_machine(top) else shown
        return replace(code, name=shown, codes=below)

    for top in tops:
        yield replace(top, codes=tuple(name(code, top.name) for code in top.codes))


def _absent_values(scheme: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """List the values of a closed scheme that the codebook leaves out, with *neutraal* as a polarity."""
    values = [str(value) for value in CLOSED_SCHEMES.get(scheme, ())]
    values += [NEUTRAL_POLARITY] if scheme == Scheme.POLARITY else []
    present = {row["code"] for row in rows}
    return [
        {"code": value, "parent": None, "definition": None, "label": value} for value in values if value not in present
    ]


def _branch(
    study: str,
    scheme: str,
    rows: list[dict[str, Any]],
    *,
    none: str | None,
    guids: dict[tuple[str, str, str | None], str],
) -> list[Code]:
    below: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        # Below a theme stand its subthemes: a theme below another would be read as one.
        below[None if scheme == Scheme.THEME else row["parent"]].append(row)
    done: set[str] = set()

    def grow(parent: str | None) -> Iterator[Code]:
        for row in below.get(parent, []):
            code = str(row["code"])
            if code not in done:
                done.add(code)
                guid = guids["", scheme, code] = make_guid(study, "code", scheme, code)
                color = COLORS.get((scheme, code), _PLAIN)
                yield Code(guid=guid, name=code, color=color, description=_describe(row), codes=tuple(grow(code)))

    flat = list(grow(None))
    own = {row["code"] for row in rows}
    for parent in [each for each in below if each is not None and each not in own]:
        guid = make_guid(study, "folder", scheme, parent)
        flat.append(Code(guid=guid, name=parent, is_codable=False, codes=tuple(grow(parent))))
    # Codes that are above each other in a circle hang nowhere.
    flat += [code for parent in list(below) for code in grow(parent)]
    if none is not None and scheme != Scheme.POLARITY:
        guid = guids["", scheme, None] = make_guid(study, "none", scheme)
        flat.append(Code(guid=guid, name=none, color=COLORS["polarity", "neutraal"]))
    if scheme == Scheme.POLARITY:
        guids["", scheme, None] = guids["", scheme, NEUTRAL_POLARITY]
    return flat


def _describe(row: Mapping[str, Any]) -> str | None:
    if row["label"] == row["code"] and not row["definition"]:
        return None
    return f"{row['label']}{LABEL_END}{row['definition']}" if row["definition"] else str(row["label"])


def _machine_branches(
    inputs: ReportInputs, study: str, wanted: set[Wanted], guids: dict[tuple[str, str, str | None], str]
) -> list[Code]:
    """Give each machine a branch with the codes that nobody else has, as its topics."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for coder, scheme, code in wanted:
        if code is not None and is_machine(coder):
            found[coder].add((scheme, code))
    groups = _groups(inputs)
    tops = []
    for coder, codes in sorted(found.items()):
        made = []
        for scheme, code in sorted(codes, key=lambda each: (groups.get(each[1], (len(groups), "", ""))[0], each)):
            _, label, description = groups.get(code, (0, "", ""))
            guid = guids[coder, scheme, code] = make_guid(study, "machine code", coder, scheme, code)
            name = f"{code} {label}".strip()
            made.append(Code(guid=guid, name=name, color=_MACHINE, description=description or None))
        guid = make_guid(study, "machine", coder)
        tops.append(Code(guid=guid, name=coder, is_codable=False, codes=tuple(made)))
    return tops


def _groups(inputs: ReportInputs) -> dict[str, tuple[int, str, str]]:
    """Topics and themes of the machine: place in the order, label, and the words that set them apart."""
    found: dict[str, tuple[int, str, str]] = {}
    for table, column in (("topics", "topic_id"), ("themes", "theme_id")):
        for row in records(inputs.table(table)):
            if row[column] != OUTLIER_TOPIC:
                found[str(row[column])] = (int(row["position"]), str(row["label"]), ", ".join(row["keywords"]))
    return found


def machine_notes(inputs: ReportInputs) -> dict[str, str]:
    """Write what the machines said of each fragment: scheme, code, score and fold, a line for each.

    Returns:
        Fragment to the text of its note.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    for row in records(inputs.table("codings")):
        if is_machine(row["coder"]):
            score = "" if row["score"] is None else f" · score {inputs.words.number(row['score'], 2)}"
            fold = "" if row["fold"] is None else f" · {_word(inputs, 'vouw', 'fold')} {row['fold']}"
            named = inputs.topic_name(row["code"])
            lines[row["fragment_id"]].append(f"{row['coder']} · {_scheme(inputs, row['scheme'])}: {named}{score}{fold}")
    for row in records(inputs.table("stances")):
        if row["abstained"]:
            what = _word(inputs, "onthouding", "abstained")
            lines[row["fragment_id"]].append(f"machine · {_scheme(inputs, row['scheme'])}: {what}")
    return {fragment: "\n".join(sorted(notes)) for fragment, notes in lines.items()}


def worklist(inputs: ReportInputs) -> list[Meeting]:
    """List the disagreements that are not settled yet, those that teach most first; none where no person coded."""
    people = set(inputs.table("human_codings")["coder"]) - {ADJUDICATED_CODER}
    names = ("codings", "seen", "fragments", "codebook", "topic_assignments", "stances")
    codings, seen, fragments, codebook, topics, stances = (inputs.table(name) for name in names)
    if not people:
        return []
    evidence = DisagreementInputs(make_inputs(codings, seen, fragments, codebook), fragments, topics, stances)
    return rank(evidence, meet(evidence))


def describe_meeting(inputs: ReportInputs, meeting: Meeting, place: int) -> str:
    """Write one disagreement: what each side said, and why it matters."""
    choices = Choices(inputs.table("codebook"))
    sides = [
        f"{coder}: {', '.join(answer) or choices.none(meeting.scheme)}"
        for coder, answer in zip(meeting.coders, meeting.answers, strict=True)
    ]
    reasons = "; ".join(reason.words for reason in meeting.reasons)
    head = f"{place}. {_scheme(inputs, meeting.scheme)} · {meeting.score} {_word(inputs, 'punten', 'points')}"
    return "\n".join((head, *sides, reasons))


def describe_project(inputs: ReportInputs) -> str:
    """Write with what the machines worked, for whoever opens the project without the study."""
    described = inputs.described
    models = ", ".join(f"{stage} {model}" for stage, model in sorted(dict(described.get("models", {})).items()))
    parts = [f"dialoogtafel {described.get('dialoogtafel', '')}".strip(), models]
    if SYNTHESIS_CODER in set(inputs.table("human_codings")["coder"]):
        parts.append(_word(inputs, "synthese = de indeling van het rapport zelf", "synthese = structure of the report"))
    return "\n".join(part for part in parts if part)


def title_of_worklist(inputs: ReportInputs, n: int) -> str:
    """Name the set of disagreements."""
    return _word(inputs, f"Te beslissen ({n})", f"To be settled ({n})")


def title_of_note(inputs: ReportInputs, kind: str, place: str) -> str:
    """Name a note by what it is and where its fragment stands."""
    titles: Mapping[str, tuple[str, str]] = {"machine": ("Machine", "Machine"), "settle": ("Te beslissen", "To settle")}
    return f"{_word(inputs, *titles[kind])}: {place}"


def _scheme(inputs: ReportInputs, scheme: str) -> str:
    return _word(inputs, *BRANCHES[scheme])


def _word(inputs: ReportInputs, dutch: str, english: str) -> str:
    return dutch if inputs.words.language == "nl" else english
