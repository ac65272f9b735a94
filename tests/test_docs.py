"""What the documentation says is so: the table of stages, the commands, the verbs and the links.

``python tests/test_docs.py`` writes the table of stages into README.md.
"""

import re
import shutil
from pathlib import Path

import click
import pytest
import typer

from pipeline.cli.app import app
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.run.runner import run_stage
from pipeline.run.stages import STAGES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md")), *ROOT.glob("*/README.md")]
BEGIN, END = "<!-- stages: written by tests/test_docs.py -->", "<!-- end of stages -->"


def stage_table() -> str:
    def listed(names: tuple[str, ...]) -> str:
        return " ".join(f"`{name}`" for name in names)

    lines = ["| stage | reads | writes | what it does |", "|---|---|---|---|"]
    for stage in STAGES:
        reads = "all tables" if stage is STAGES[-1] else listed(stage.inputs) or "the files of the study"
        writes = listed((*stage.outputs, *stage.files))
        lines.append(f"| {stage.name} | {reads} | {writes} | {stage.meaning} |")
    return "\n".join(lines)


def with_table(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{stage_table()}\n{END}{after}"


def commands(group: click.Command, *names: str) -> dict[str, click.Command]:
    if not hasattr(group, "commands"):
        return {" ".join(names): group}
    return {
        name: command
        for word, below in group.commands.items()
        for name, command in commands(below, *names, word).items()
    }


QUESTION = "**Does this change numbers already reported?**"
COMMANDS = commands(typer.main.get_command(app))


def test_the_table_of_stages_in_the_readme_is_current():
    page = README.read_text(encoding="utf-8")
    assert BEGIN in page
    assert with_table(page) == page, "run: python tests/test_docs.py"


def test_every_command_is_in_the_readme_and_the_readme_names_no_other():
    page = README.read_text(encoding="utf-8")
    bare = re.sub(r" [A-Z]{2,}\b", "", page)
    assert {name for name in COMMANDS if f"`dialoogtafel {name}" not in bare} == set()
    named = {match.strip() for match in re.findall(r"dialoogtafel((?: [a-z]+\b(?![/.]))+)", page)}
    known = {" ".join(name.split()[:n]) for name in COMMANDS for n in (1, 2)}
    assert {name for name in named if name.split()[0] not in {command.split()[0] for command in known}} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name):
    command = COMMANDS[name]
    assert command.help
    assert [option.name for option in command.params if not option.help] == []


def test_the_verbs_named_in_the_documentation_are_in_the_makefile():
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {verb for page in PAGES for verb in re.findall(r"\bmake ([a-z]+)\b`?", code_of(page))}
    assert {"demo", "test", "check"} <= named <= verbs


def code_of(page: Path) -> str:
    """Give what stands between backticks or in an indented block."""
    text = page.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"`[^`\n]+`|^ {4}.+$|^```[\s\S]*?^```", text, re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.fixture
def written_as_shown(tmp_path):
    """Make a study of the notes and the two codings that the README shows."""
    notes, long, wide = re.findall(r"^```(?:text|csv)\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)
    (tmp_path / "sources").mkdir()
    (tmp_path / "codings").mkdir()
    (tmp_path / "study.toml").touch()
    (tmp_path / "sources" / "tafel-04.txt").write_text(notes, encoding="utf-8")
    (tmp_path / "codings" / "coder-b.csv").write_text(long, encoding="utf-8")
    (tmp_path / "codings" / "coder-a.csv").write_text(wide, encoding="utf-8")
    shutil.copy(ROOT / "data" / "example" / "codebook.csv", tmp_path)
    study = open_study(tmp_path)
    for stage in ("ingest", "fragments", "manual"):
        run_stage(study, stage)
    return study


def test_notes_written_as_the_readme_shows_are_read(written_as_shown):
    fragments = read_table(written_as_shown.table("fragments"), "fragments")
    said = fragments[fragments["status"].isin(["used", "moderator"])]
    assert said[["speaker", "hat_given", "status"]].astype(object).where(said.notna(), None).values.tolist() == [
        ["Gespreksleider", "wit", "moderator"],
        ["D1", "wit", "used"],
        [None, "wit", "used"],
        ["D1", None, "used"],
    ]


def test_codings_written_as_the_readme_shows_are_matched(written_as_shown):
    matches = read_table(written_as_shown.table("coding_matches"), "coding_matches")
    assert set(matches["outcome"]) == {"matched"}
    codings = read_table(written_as_shown.table("human_codings"), "human_codings")
    themes = codings[codings["scheme"] == "theme"].sort_values(["coder", "fragment_id", "rank"])
    assert sorted(themes["coder"] + " " + themes["code"]) == ["A grenzen", "A nabijheid", "A vertrouwen", "B nabijheid"]


def test_every_version_says_whether_numbers_change():
    versions = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M)[1:]
    assert versions
    for version in versions:
        assert re.search(r"^\*\*Does this change numbers already reported\?\*\* \w+", version, re.M), version.split(
            "\n"
        )[0]


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
