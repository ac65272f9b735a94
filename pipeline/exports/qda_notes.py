"""Notes of a project: what a machine said of a fragment and how sure it was, and what people still have to settle."""

from collections import defaultdict
from collections.abc import Mapping

from pipeline.agreement.study_material import make_material
from pipeline.codebook_choices import Choices
from pipeline.disagreements import Evidence, Meeting, meet, rank
from pipeline.exports.qda_codes import BRANCHES
from pipeline.report.material import Material, is_machine, records
from pipeline.vocabulary import ADJUDICATED_CODER, SYNTHESIS_CODER


def machine_notes(material: Material) -> dict[str, str]:
    """Write what the machines said of each fragment: scheme, code, score and fold, a line for each.

    Returns:
        Fragment to the text of its note.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    for row in records(material.table("codings")):
        if is_machine(row["coder"]):
            score = "" if row["score"] is None else f" · score {material.words.number(row['score'], 2)}"
            fold = "" if row["fold"] is None else f" · {_word(material, 'vouw', 'fold')} {row['fold']}"
            named = material.topic_name(row["code"])
            lines[row["fragment_id"]].append(
                f"{row['coder']} · {_scheme(material, row['scheme'])}: {named}{score}{fold}"
            )
    for row in records(material.table("stances")):
        if row["abstained"]:
            what = _word(material, "onthouding", "abstained")
            lines[row["fragment_id"]].append(f"machine · {_scheme(material, row['scheme'])}: {what}")
    return {fragment: "\n".join(sorted(said)) for fragment, said in lines.items()}


def worklist(material: Material) -> list[Meeting]:
    """List the disagreements that are not settled yet, those that teach most first; none where no person coded."""
    people = set(material.table("human_codings")["coder"]) - {ADJUDICATED_CODER}
    names = ("codings", "seen", "fragments", "codebook", "topic_assignments", "stances")
    codings, seen, fragments, codebook, topics, stances = (material.table(name) for name in names)
    if not people:
        return []
    evidence = Evidence(make_material(codings, seen, fragments, codebook), fragments, topics, stances)
    return rank(evidence, meet(evidence))


def say_meeting(material: Material, meeting: Meeting, place: int) -> str:
    """Write one disagreement: what each side said, and why it matters."""
    choices = Choices(material.table("codebook"))
    sides = [
        f"{coder}: {', '.join(answer) or choices.none(meeting.scheme)}"
        for coder, answer in zip(meeting.coders, meeting.answers, strict=True)
    ]
    reasons = "; ".join(reason.words for reason in meeting.reasons)
    head = f"{place}. {_scheme(material, meeting.scheme)} · {meeting.score} {_word(material, 'punten', 'points')}"
    return "\n".join((head, *sides, reasons))


def describe_project(material: Material) -> str:
    """Write with what the machines worked, for whoever opens the project without the study."""
    described = material.described
    models = ", ".join(f"{stage} {model}" for stage, model in sorted(dict(described.get("models", {})).items()))
    parts = [f"dialoogtafel {described.get('dialoogtafel', '')}".strip(), models]
    if SYNTHESIS_CODER in set(material.table("human_codings")["coder"]):
        parts.append(
            _word(material, "synthese = de indeling van het rapport zelf", "synthese = structure of the report")
        )
    return "\n".join(part for part in parts if part)


def title_of_worklist(material: Material, n: int) -> str:
    """Name the set of disagreements."""
    return _word(material, f"Te beslissen ({n})", f"To be settled ({n})")


def title_of_note(material: Material, kind: str, place: str) -> str:
    """Name a note by what it is and where its fragment stands."""
    titles: Mapping[str, tuple[str, str]] = {"machine": ("Machine", "Machine"), "settle": ("Te beslissen", "To settle")}
    return f"{_word(material, *titles[kind])}: {place}"


def _scheme(material: Material, scheme: str) -> str:
    return _word(material, *BRANCHES[scheme])


def _word(material: Material, dutch: str, english: str) -> str:
    return dutch if material.words.language == "nl" else english
