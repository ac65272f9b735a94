"""The notebooks run from top to bottom on a finished study, and their two forms say the same."""

import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from small_study import make_small_study

from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.run import runner
from pipeline.run.summary import headlines

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = make_small_study(tmp_path_factory.mktemp("notebook") / "proef", ("tafel-02",))
    opened = open_study(folder)
    runner.prepare(opened)
    runner.run_job(opened, "analyse")
    return opened


@pytest.fixture(scope="module")
def outputs(study):
    """Run the notebook as Jupyter would; gives what its cells show."""
    notebook = nbformat.read(FOLDER / "01_topics.ipynb", as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALOOGTAFEL_STUDY", str(study.root))
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def shown(outputs) -> str:
    return "\n".join(output.data.get("text/html", "") for output in outputs if "text/plain" in output.get("data", {}))


@pytest.mark.slow
def test_it_writes_nothing_but_results(outputs):
    assert {output.output_type for output in outputs} == {"execute_result", "display_data"}


@pytest.mark.slow
def test_every_topic_has_its_quotes(outputs, study):
    texts = read_table(study.table("fragments"), "fragments").set_index("fragment_id")["text"]
    page = shown(outputs)
    topics = read_table(study.table("topics"), "topics")
    assert topics["size"].sum() > 20
    for topic in topics.itertuples():
        assert topic.label in page
        for fragment_id in topic.representative_fragment_ids:
            assert texts[fragment_id].replace("&", "&amp;") in page


@pytest.mark.slow
def test_the_map_has_a_point_for_every_fragment_that_is_used(outputs, study):
    figures = [output.data[PLOTLY] for output in outputs if PLOTLY in output.get("data", {})]
    assert len(figures) == 2
    texts = [row[0].replace("<br>", " ") for trace in figures[0]["data"] for row in trace["customdata"]]
    fragments = read_table(study.table("fragments"), "fragments")
    used = fragments[fragments["status"] == "used"]["text"]
    assert sorted(re.sub(r"\W", "", text) for text in texts) == sorted(re.sub(r"\W", "", text) for text in used)


@pytest.mark.slow
def test_no_figure_asks_for_a_script_from_elsewhere(outputs):
    pages = [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]
    assert not [page for page in pages if re.search(r"<script[^>]+src=", page)]


@pytest.mark.slow
def test_agreement_stands_there_with_interval_and_chance(outputs, study):
    (first,) = (
        row
        for row in headlines(study)
        if (row["comparison"], row["scheme"], row["statistic"]) == ("A | B", "theme", "cohen_kappa")
    )
    page = shown(outputs)
    cells = "".join(f"\\s*<td>{first[name]:.2f}</td>" for name in ("estimate", "low", "high", "chance"))
    assert re.search(f"<th>cohen_kappa</th>{cells}\\s*<td>{first['n']}</td>", page)
    pairs = read_table(study.table("crosstabs"), "crosstabs")
    row = pairs.query("comparison == 'A | machine-inductive' and scheme == 'theme'").iloc[0]
    codebook = read_table(study.table("codebook"), "codebook").query("scheme == 'theme'").set_index("code")
    label = codebook["label"].get(row["code_a"], row["code_a"])
    assert f"<th>{row['code_b']}</th>" in page
    assert re.search(f"<th>{re.escape(label)}</th>[^T]*<td>{row['n']}</td>", page)


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
