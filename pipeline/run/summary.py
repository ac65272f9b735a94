"""What a run found, for the terminal and the Prefect UI: numbers and ids only."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.core.study import Study
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import DECIDED_CODER, INDUCTIVE_CODER, OUTLIER_TOPIC, Status, is_machine
from pipeline.corpus.understanding import is_set_aside, read_counts
from pipeline.run.history import StageReport, name_models
from pipeline.run.plan import read_made

if TYPE_CHECKING:
    from pipeline.report.certainty import SchemeFigures
    from pipeline.report.inputs import ReportInputs
    from pipeline.report.words import Words

HEADLINE_STATISTICS = ("cohen_kappa", "adjusted_mutual_information")


def overview(study: Study) -> dict[str, str]:
    """Count what a finished study holds.

    Returns:
        Name of the count to a phrase, in order of showing.
    """
    from pipeline.report.words import Words
    from pipeline.run.check import describe_verdict, give_advice

    words = Words(study.config.study.language)
    fragments = read_table(study.table("fragments"), "fragments")
    statuses = fragments["status"].value_counts()
    used = int(statuses.get(Status.USED, 0))
    aside = int(is_set_aside(fragments["status"]).sum())
    others = len(fragments) - used - aside
    counts = read_counts(read_table(study.table("understanding"), "understanding"))
    topics = read_table(study.table("topics"), "topics")
    coders = sorted(read_table(study.table("codings"), "codings")["coder"].unique())
    people = [coder for coder in coders if not is_machine(coder)]
    machines = [coder for coder in coders if coder not in people]
    return {
        "sessions": str(len(read_table(study.table("sessions"), "sessions"))),
        "fragments": f"{used} used + {aside} kept aside with a reason + {others} headings, marks = {len(fragments)}",
        "topics": str(int((topics["topic_id"] != OUTLIER_TOPIC).sum())),
        "understood": describe_verdict(counts, words),
        **{f"improve {i}": line for i, line in enumerate(give_advice(counts, words), start=1)},
        "coders": "; ".join([", ".join(people) or "no manual coding", ", ".join(machines) or "no machine coding"]),
    }


def headlines(study: Study) -> list[dict[str, str | float | int | None]]:
    """Give the agreement on each scheme as a whole, one row a comparison, for the headline policy.

    Returns:
        Rows with comparison, scheme, statistic, estimate, low, high, chance, n and reason.
    """
    return list_headlines(read_table(study.table("agreement"), "agreement"))


def list_headlines(agreement: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the headlines of a table ``agreement``; see `headlines`."""
    is_headline = (agreement["code"] == "") & agreement["statistic"].isin(HEADLINE_STATISTICS)
    first = agreement[is_headline].drop_duplicates(["comparison", "scheme", "statistic"])
    columns = ["comparison", "scheme", "statistic", "estimate", "low", "high", "chance", "n", "reason"]
    # As plain Python values: what shows them, Prefect's table too, writes JSON.
    rows = first[columns].astype(object)
    return [
        dict(zip(columns, row, strict=True))
        for row in rows.where(rows.notna(), None).itertuples(index=False, name=None)
    ]


def as_markdown(study: Study, reports: Sequence[StageReport]) -> str:
    """Render counts and stages as Markdown."""
    lines = [f"# {study.name}", "", *(f"- {name}: {value}" for name, value in overview(study).items()), ""]
    lines += ["| stage | seconds | rows |", "|---|---|---|"]
    for report in reports:
        rows = ", ".join(f"{table} {n}" for table, n in report.rows.items())
        lines.append(f"| {report.stage} | {'unchanged' if report.skipped else f'{report.seconds:.1f}'} | {rows} |")
    return "\n".join(lines) + "\n"


NEEDED = (
    "agreement", "codebook", "codings", "coding_matches", "decisions", "decisions_applied", "fragments",
    "human_codings", "notices", "seen", "sessions", "sources", "speakers", "stances", "theme_assignments", "themes",
    "topics", "topic_assignments", "topic_numbers", "theme_quotes", "understanding",
)  # fmt: skip
SHOWN_WARNINGS = 3


def _describe_estimate(found: "SchemeFigures", words: "Words") -> str:
    """Give what the machine reaches: with one person and the interval, or from the least to the most of several."""
    from pipeline.report.certainty import describe_range
    from pipeline.report.sections.agreement import write_interval

    text = describe_range(found.strict, words)
    if len(found.strict) == 1:
        text += write_interval(found.strict[0], words)
    return text if found.above_chance else text + words("terminal.by_chance")


def summarise(study: Study) -> list[tuple[str, str]]:
    """Say in the language of the study what a run found, short enough for one screen.

    Returns:
        Names and texts in order: what was understood, the themes, people among themselves, the machine nearest to them
        on each scheme, and what to know first. A repeated name is an item of the same list.
    """
    from pipeline.report.certainty import SCHEMES, describe_range, describe_topics, list_figures, warn_of_topics
    from pipeline.report.inputs import ReportInputs
    from pipeline.report.sections.agreement import describe_flattered, name_coder, write_interval
    from pipeline.report.sections.head import describe_speakers, is_one_document, list_warnings
    from pipeline.report.words import Words

    words = Words(study.config.study.language)
    tables = {name: read_made(study, name) for name in NEEDED}
    inputs = ReportInputs(tables, {"models": name_models(study)}, study.config, words)
    n = len(tables["sessions"])
    sessions = words.count("document", n) if is_one_document(inputs) else inputs.count_sessions(n)
    understood = words(
        "terminal.understood", sessions=sessions,
        speakers=describe_speakers(inputs),
        used=words.count("fragment", len(inputs.used)),
        aside=words.count("remark", inputs.n_set_aside),
    )  # fmt: skip
    lines = [(words("terminal.understood_name"), understood)]
    lines.append((words("terminal.themes_name"), _describe_themes(inputs)))
    figures = [found for scheme in SCHEMES for found in list_figures(inputs, scheme)]
    people, by_machine = list[str](), dict[str, list[str]]()
    flattered: dict[str, dict[str, list[str]]] = {}
    for found in figures:
        name = words(f"scheme.{found.scheme}").lower()
        if found.people:
            first = found.people[0]
            people.append(f"{name} {words.figure(first['estimate'])}{write_interval(first, words)}")
        if found.strict:
            estimate = _describe_estimate(found, words)
            if why := describe_flattered(inputs, found.strict[0]):
                flattered.setdefault(found.machine, {}).setdefault(why, []).append(name)
            pairs = zip(found.strict, found.answered, strict=True)
            answered = [(one, other) for other, one in pairs if one is not None and one is not other]
            if answered:
                share = sum(one["n"] for one, _ in answered) / sum(other["n"] for _, other in answered)
                figure = describe_range([one for one, _ in answered], words)
                estimate += words("terminal.answered", share=words.percent(share), figure=figure)
            by_machine.setdefault(found.machine, []).append(f"{name} {estimate}")
    if not any(not is_machine(c) for c in tables["codings"]["coder"].unique()):
        people, by_machine = [words("terminal.no_coding")], {}
    no_figure = words("terminal.one_coder" if len(inputs.human_coders) == 1 else "terminal.not_compared")
    lines.append((words("terminal.people_name"), ", ".join(people) or no_figure))
    for name, found_figures in by_machine.items():
        lines.append((words("terminal.machine_name"), f"{name_coder(name, words)}: {', '.join(found_figures)}"))
        lines += [
            (words("terminal.machine_name"), f"{words.join(schemes)}: {why}")
            for why, schemes in flattered.get(name, {}).items()
        ]
    if by_machine:
        lines.append((words("terminal.machine_name"), words("terminal.kappa")))
    warnings = list_warnings(inputs)
    topics = describe_topics(inputs)
    if topics and not warn_of_topics(inputs):
        warnings.append(topics)
    lines += [(words("page.warnings"), text) for text in warnings[:SHOWN_WARNINGS]]
    return lines


def _describe_themes(inputs: "ReportInputs") -> str:
    """Count the themes that are reported, and those of the machine before and after people decided."""
    from pipeline.report.certainty import name_in_sentence
    from pipeline.report.sections.coded_themes import choose_coder, list_themes
    from pipeline.report.sections.decisions import count_in_force

    words, coder = inputs.words, choose_coder(inputs)
    text = words("terminal.topics", n=words.number(len(inputs.topics)))
    if n_decided := count_in_force(inputs):
        decisions = words.count("decision", n_decided)
        text += words("terminal.decided", n=words.number(len(inputs.themes)), decisions=decisions)
    if coder in (DECIDED_CODER, INDUCTIVE_CODER):
        return text
    n = words.number(len(list_themes(inputs, coder)))
    return words("terminal.themes", n=n, coder=name_in_sentence(coder, words), topics=text)
