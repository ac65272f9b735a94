"""The notebooks run from top to bottom on a finished study, and their two forms say the same."""

import re
import shutil
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from small_study import finished_small_study

from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.run.summary import headlines

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return open_study(shutil.copytree(finished_small_study("tafel-02"), tmp_path_factory.mktemp("notebook") / "proef"))


def run(name: str, study, *, decide: bool = False):
    """Run a notebook as Jupyter would; gives what its cells show."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    if decide:
        (cell,) = [cell for cell in notebook.cells if "decide" in cell.metadata.get("tags", [])]
        cell.source = "DECIDE = True"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALOOGTAFEL_STUDY", str(study.root))
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.fixture(scope="module")
def outputs(study):
    """What every notebook shows, by its name; the last one also keeps a decision."""
    return {path.stem: run(path.stem, study, decide=path.stem == "04_next_steps") for path in NOTEBOOKS}


def shown(outputs) -> str:
    return "\n".join(
        output.data.get("text/html", "") + output.data.get("text/markdown", "")
        for output in outputs
        if "data" in output
    )


def plots(outputs):
    return [output.data[PLOTLY] for output in outputs if PLOTLY in output.get("data", {})]


@pytest.mark.slow
def test_there_are_four_and_each_draws(outputs):
    assert list(outputs) == ["01_topics", "02_groups", "03_agreement", "04_next_steps"]
    for name, found in outputs.items():
        assert {output.output_type for output in found} <= {"execute_result", "display_data", "stream"}, name
        assert not [output for output in found if output.get("name") == "stderr"], name
        assert shown(found), name
    assert [len(plots(outputs[name])) >= n for name, n in (("01_topics", 4), ("02_groups", 3), ("03_agreement", 2))]


@pytest.mark.slow
def test_every_topic_has_its_quotes_and_the_map_every_fragment(outputs, study):
    fragments = read_table(study.table("fragments"), "fragments")
    texts = fragments.set_index("fragment_id")["text"]
    page = shown(outputs["01_topics"])
    for topic in read_table(study.table("topics"), "topics").itertuples():
        assert topic.label in page
        assert not topic.size or any(
            texts[each].replace("&", "&amp;") in page for each in topic.representative_fragment_ids
        )
    drawn = [
        row[0].replace("<br>", " ") for trace in plots(outputs["01_topics"])[0]["data"] for row in trace["customdata"]
    ]
    used = fragments[fragments["status"] == "used"]["text"]
    assert sorted(re.sub(r"\W", "", text) for text in drawn) == sorted(re.sub(r"\W", "", text) for text in used)


@pytest.mark.slow
def test_no_figure_asks_for_a_script_from_elsewhere(outputs):
    for found in outputs.values():
        assert not re.search(r"<script[^>]+src=", shown(found))


@pytest.mark.slow
def test_agreement_stands_there_with_interval_and_chance(outputs, study):
    (first,) = (
        row
        for row in headlines(study)
        if (row["comparison"], row["scheme"], row["statistic"]) == ("A | B", "theme", "cohen_kappa")
    )
    page = shown(outputs["03_agreement"])
    cells = "".join(f"\\s*<td>{first[name]:.2f}</td>" for name in ("estimate", "low", "high", "chance"))
    assert re.search(f"<td>theme</td>\\s*<td>A \\| B</td>{cells}\\s*<td>{first['n']}</td>", page)


@pytest.mark.slow
def test_a_decision_of_the_notebook_is_kept(outputs, study):
    assert outputs["04_next_steps"]
    assert "Een eigen naam" in (study.root / "decisions.yaml").read_text(encoding="utf-8")


def cells_of(notebook) -> list[tuple[str, str, list[str]]]:
    return [(cell.cell_type, cell.source.strip(), cell.metadata.get("tags", [])) for cell in notebook.cells]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_two_forms_of_a_notebook_are_in_sync(path):
    notebook = jupytext.read(path)
    assert notebook.metadata["jupytext"]["formats"] == "ipynb,py:percent"
    assert cells_of(notebook) == cells_of(jupytext.read(path.with_suffix(".py")))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_holds_no_output(path):
    code = [cell for cell in jupytext.read(path).cells if cell.cell_type == "code"]
    assert code
    assert not any(cell.outputs or cell.execution_count for cell in code)


def test_the_notebooks_are_listed():
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.stem for path in NOTEBOOKS] == re.findall(r"^\| `(\w+)` \|", listed, re.M)
