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


def sentence(row: dict[str, str | float | int | None]) -> str:
    """Put one headline in words.

    >>> sentence({"comparison": "A | B", "scheme": "hat", "statistic": "cohen_kappa", "estimate": 0.5, "low": 0.4,
    ...           "high": 0.6, "chance": 0.0, "n": 20, "reason": None})
    'A | B, hat: cohen_kappa 0.50 [0.40, 0.60], chance 0.00, n 20'
    """
    name = f"{row['comparison']}, {row['scheme']}: {row['statistic']}"
    if row["estimate"] is None:
        return f"{name} undefined ({row['reason']}), n {row['n']}"
    interval = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    chance = "" if row["chance"] is None else f", chance {row['chance']:.2f}"
    return f"{name} {row['estimate']:.2f}{interval}{chance}, n {row['n']}"


def as_markdown(study: Study, reports: Sequence[StageReport]) -> str:
    """Render counts and stages as Markdown."""
    lines = [f"# {study.name}", "", *(f"- {name}: {value}" for name, value in overview(study).items()), ""]
    lines += ["| stage | seconds | rows |", "|---|---|---|"]
    for report in reports:
        rows = ", ".join(f"{table} {n}" for table, n in report.rows.items())
        lines.append(f"| {report.stage} | {'unchanged' if report.skipped else f'{report.seconds:.1f}'} | {rows} |")
    return "\n".join(lines) + "\n"
