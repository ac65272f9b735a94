"""What a run found, in numbers and ids: for the terminal and for the Prefect UI. No words of participants."""

from collections.abc import Sequence

import pandas as pd

from pipeline.core.study import Study
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import MACHINE_CODER_PREFIX, OUTLIER_TOPIC, Status
from pipeline.corpus.understanding import read_counts, say_advice, say_verdict
from pipeline.run.manifest import StageReport

HEADLINE_STATISTICS = ("cohen_kappa", "adjusted_mutual_information")


def overview(study: Study) -> dict[str, str]:
    """Count what a finished study holds.

    Returns:
        Name of the count to a phrase, in order of showing.
    """
    fragments = read_table(study.table("fragments"), "fragments")
    statuses = fragments["status"].value_counts()
    used = int(statuses.get(Status.USED, 0))
    furniture = int(sum(statuses.get(status, 0) for status in (Status.HEADING, Status.LAYOUT, Status.FOOTNOTE)))
    aside = len(fragments) - used - furniture
    counts = read_counts(read_table(study.table("understanding"), "understanding"))
    topics = read_table(study.table("topics"), "topics")
    coders = sorted(read_table(study.table("codings"), "codings")["coder"].unique())
    people = [coder for coder in coders if not coder.startswith(MACHINE_CODER_PREFIX)]
    machines = [coder for coder in coders if coder not in people]
    return {
        "sessions": str(len(read_table(study.table("sessions"), "sessions"))),
        "fragments": f"{used} used + {aside} kept aside with a reason + {furniture} headings, marks = {len(fragments)}",
        "topics": str(int((topics["topic_id"] != OUTLIER_TOPIC).sum())),
        "understood": say_verdict(counts),
        **{f"improve {i}": line for i, line in enumerate(say_advice(counts), start=1)},
        "coders": "; ".join([", ".join(people) or "no manual coding", ", ".join(machines) or "no machine coding"]),
    }


def is_headline(agreement: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which rows of table ``agreement`` say how far coders agree on a scheme as a whole."""
    return (agreement["code"] == "") & agreement["statistic"].isin(HEADLINE_STATISTICS)


def headlines(study: Study) -> list[dict[str, str | float | int | None]]:
    """Give the agreement on each scheme as a whole, one row a comparison, for the headline policy.

    Returns:
        Rows with comparison, scheme, statistic, estimate, low, high, chance, n and reason.
    """
    figures = read_table(study.table("agreement"), "agreement")
    overall = figures[is_headline(figures)]
    first = overall.drop_duplicates(["comparison", "scheme", "statistic"])
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
    "human_codings", "seen", "sessions", "sources", "speakers", "stances", "theme_assignments", "themes", "topics",
    "topic_assignments", "theme_quotes", "understanding",
)  # fmt: skip
SHOWN_WARNINGS = 3


def summarise(study: Study) -> list[tuple[str, str]]:
    """Say in the language of the study what a run found, short enough for one screen.

    Returns:
        Names and texts in order: what was understood, the themes, people among themselves, the machine nearest to them
        on each scheme, and what to know first. A repeated name is an item of the same list.
    """
    from pipeline.report.certainty import SCHEMES, figures_of, name_in_sentence, say_topics
    from pipeline.report.inputs import ReportInputs, is_machine
    from pipeline.report.sections.agreement import name_coder
    from pipeline.report.sections.coded_themes import choose_coder, list_themes
    from pipeline.report.sections.head import list_warnings
    from pipeline.report.words import Words
    from pipeline.run.manifest import name_models

    words = Words(study.config.study.language)
    tables = {name: read_table(study.table(name), name) for name in NEEDED}
    inputs = ReportInputs(tables, {"models": name_models(study)}, study.config, words)
    speakers = len(set(inputs.speakers.values()))
    understood = words(
        "terminal.understood", sessions=words.count("table", len(tables["sessions"])),
        speakers=words.count("participant", speakers) if speakers else words("page.unknown_speakers"),
        used=words.count("fragment", len(inputs.used)),
        aside=words.number(len(inputs.fragments) - len(inputs.used)),
    )  # fmt: skip
    lines = [(words("terminal.understood_name"), understood)]
    coder = choose_coder(inputs)
    themes = words("terminal.themes", n=words.number(len(list_themes(inputs, coder))),
                   coder=name_in_sentence(coder, words), topics=words.number(len(inputs.topics)))  # fmt: skip
    lines.append((words("terminal.themes_name"), themes))
    figures = [figures_of(tables["agreement"], scheme) for scheme in SCHEMES]
    people, by_machine = list[str](), dict[str, list[str]]()
    for found in figures:
        name = words(f"scheme.{found.scheme}").lower()
        if found.people:
            people.append(f"{name} {words.figure(found.people[0]['estimate'])}")
        if found.strict:
            low, high = (words.figure(f(row["estimate"] for row in found.strict)) for f in (min, max))
            estimate = low if low == high else words("certain.range", low=low, high=high)
            by_machine.setdefault(found.machine, []).append(f"{name} {estimate}")
    if not any(not is_machine(c) for c in tables["codings"]["coder"].unique()):
        people, by_machine = [words("terminal.no_coding")], {}
    lines.append((words("terminal.people_name"), ", ".join(people) or words("terminal.one_coder")))
    for name, found_figures in by_machine.items():
        lines.append((words("terminal.machine_name"), f"{name_coder(name, words)}: {', '.join(found_figures)}"))
    if by_machine:
        lines.append((words("terminal.machine_name"), words("terminal.kappa")))
    warnings = list_warnings(inputs)
    if topics := say_topics(inputs):
        warnings.append(topics)
    lines += [(words("page.warnings"), text) for text in warnings[:SHOWN_WARNINGS]]
    return lines
