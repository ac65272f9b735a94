"""Faults that a run has to survive, each really done: kills, full disks, flipped bytes, sources that change."""

import json
import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path

import pytest
from small_study import WORDS, finished_tiny_study, make_tiny_study, write_session

from pipeline.cli import app as cli
from pipeline.core import files, process
from pipeline.core.errors import DefectError, InputError, PipelineError, StorageError, TableError
from pipeline.core.schemas import SCHEMAS
from pipeline.core.study import open_study
from pipeline.run import history, runner
from pipeline.run.stages import JOBS, get_stage


def contents(folder: Path) -> dict[str, bytes]:
    found = [
        *(folder / "results").iterdir(),
        *(folder / name for name in ("report.html", "report.xlsx", "themes.json")),
    ]
    return {path.name: path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def undisturbed():
    return finished_tiny_study()


@pytest.fixture
def finished(undisturbed, tmp_path):
    return Path(shutil.copytree(undisturbed, tmp_path / "kring"))


def run_in_child(folder: Path, disturb) -> int:
    """Run the job in a process of its own, without starting Python anew; gives how it ended, as ``waitpid`` says."""
    child = os.fork()
    if not child:
        try:
            disturb()
            runner.execute(open_study(folder), "analyse")
        except BaseException:
            os._exit(3)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def kill_in(stage: str):
    """Let the process be killed when the first file of a stage is written, before it gets its name."""
    writes = {*(f"{table}.parquet" for table in get_stage(stage).outputs), *get_stage(stage).files}
    replace = Path.replace

    def disturb():
        def killing(path, target):
            if Path(target).name in writes:
                os.kill(os.getpid(), signal.SIGKILL)
            return replace(path, target)

        files.Path.replace = killing

    return disturb


def test_a_kill_in_any_stage_is_survived(undisturbed, tmp_path):
    folder = make_tiny_study(tmp_path / "kring", more=WORDS)
    stages = JOBS["analyse"]
    for i, stage in enumerate(stages):
        ended = run_in_child(folder, kill_in(stage))
        assert os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL, stage
        left = history.latest_run(open_study(folder))
        assert (left.state, left.manifest["stage"]) == ("running", stage)
        skipped = [done["stage"] for done in left.manifest["stages"] if done["skipped"]]
        # Those that were killed in turn ran again: all others had finished and were not repeated.
        assert skipped == list(stages[: max(i - 1, 0)])
        with pytest.raises(InputError, match=rf"run {left.run_id}: did not finish; it was stopped in stage '{stage}'"):
            history.require_finished(open_study(folder))
        assert list(folder.rglob(".*.tmp"))
    runner.execute(open_study(folder), "analyse")
    assert contents(folder) == contents(undisturbed)
    assert not list(folder.rglob(".*.tmp"))
    states = [run.state for run in history.list_runs(open_study(folder))]
    assert states == ["stopped"] * len(stages) + ["finished"]


@pytest.mark.parametrize(
    "words", [("export", "--to", "csv"), ("table", "topics"), ("next",)], ids=lambda words: words[0]
)
def test_half_new_tables_are_not_served(finished, words, monkeypatch, capsys):
    write_session(finished, 2)
    monkeypatch.setattr("pipeline.analysis.topics.stage.find_topics", lambda *_, **__: 1 / 0)
    with pytest.raises(DefectError):
        runner.execute(open_study(finished), "analyse")
    run = history.latest_run(open_study(finished))
    assert (run.state, run.manifest["stage"]) == ("failed", "topics")
    monkeypatch.setattr(sys, "argv", ["dialoogtafel", words[0], str(finished), *words[1:]])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert f"run {run.run_id}: is niet klaar geraakt: mislukt in stap ‘topics’" in err
    assert "dialoogtafel analyse" in err
    message = message_from_bytes((run.folder / "failure.txt").read_bytes(), policy=default)
    assert message["Subject"] == "dialoogtafel: analyse van Proef mislukt"
    assert message.get_content().startswith("stap: topics\n")


def test_a_run_that_failed_and_changed_nothing_hinders_nobody(finished, monkeypatch):
    monkeypatch.setattr("pipeline.corpus.fragments.cut", lambda *_, **__: 1 / 0)
    with pytest.raises(DefectError):
        runner.execute(open_study(finished), "analyse", force=True)
    assert history.latest_run(open_study(finished)).state == "failed"
    history.require_finished(open_study(finished))


def test_words_in_an_unforeseen_error_are_not_shown(finished, monkeypatch, capsys):
    def fail(*tables, **keywords):
        raise LookupError(WORDS) from ValueError(WORDS)

    monkeypatch.setattr("pipeline.analysis.topics.stage.find_topics", fail)
    monkeypatch.setattr(sys, "argv", ["dialoogtafel", "analyse", str(finished), "--plain", "--force"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert ended.value.code == 1
    assert "step 'topics' failed with LookupError at tests/run/test_faults.py:" in err
    assert "Traceback" not in err
    assert WORDS not in out + err
    run = history.latest_run(open_study(finished))
    assert all(WORDS not in path.read_text() for path in run.folder.glob("*.*"))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "needs more memory than there is"),
        (OSError(28, "No space left on device", "x"), "cannot write: no space left on device"),
    ],
)
def test_a_machine_without_room_is_one_message(finished, monkeypatch, error, message):
    monkeypatch.setattr("pipeline.analysis.codings.unite", lambda *_: (_ for _ in ()).throw(error))
    with pytest.raises(StorageError, match=f"step 'codings' {message}"):
        runner.run_stage(open_study(finished), "codings", force=True)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_a_flipped_byte_in_a_table_is_found_named_and_mended(finished, undisturbed):
    flip(finished / "results" / "codings.parquet")
    with pytest.raises(TableError, match=r"codings.parquet is not as it was made"):
        history.require_finished(open_study(finished))
    reports = runner.execute(open_study(finished), "analyse").reports
    assert {report.stage: report.reason for report in reports if not report.skipped} == {
        "codings": "codings is not as it was made"
    }
    assert contents(finished) == contents(undisturbed)


def test_a_flipped_byte_in_a_receipt_is_found_and_mended(finished, undisturbed):
    flip(finished / "results" / "tokens.receipt.json")
    reports = runner.execute(open_study(finished), "analyse").reports
    assert [report.stage for report in reports if not report.skipped] == ["tokens"]
    assert contents(finished) == contents(undisturbed)


def test_a_receipt_that_was_made_to_hold_nothing_does_not_hide_a_damaged_table(finished, undisturbed):
    flip(finished / "results" / "codings.parquet")
    path = finished / "results" / "codings.receipt.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"made": {}}))
    with pytest.raises(TableError):
        history.require_finished(open_study(finished))
    runner.execute(open_study(finished), "analyse")
    assert contents(finished) == contents(undisturbed)


@pytest.mark.parametrize("place", [3, 2])
def test_a_flipped_byte_in_the_memory_of_themes_is_refused_by_name(finished, place):
    path = finished / "themes.json"
    content = bytearray(path.read_bytes())
    content[len(content) // place] ^= 1
    path.write_bytes(bytes(content))
    (finished / "sources" / "kring-1.md").write_text("D1: iets heel anders over de tuin\n")
    with pytest.raises(
        InputError, match=r"themes.json: is damaged. Put back a copy \(the last one is .themes.json.bak"
    ):
        runner.execute(open_study(finished), "analyse")


def test_folders_with_words_are_closed_for_others(finished):
    run = history.latest_run(open_study(finished))
    for folder in (finished / "results", finished / "runs", run.folder, run.folder / "tables"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    runs = [path for path in finished.rglob("*") if path.is_file() and path.parent != finished / "sources"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in runs if path.name != "study.toml"} == {0o600}


def test_a_note_that_is_saved_during_a_run_belongs_to_the_next(finished, monkeypatch):
    """Ids of themes last: what was made of the old notes is not taken for what is made of the new ones."""
    from pipeline.core.tables import read_table

    first = set(read_table(open_study(finished).table("themes"), "themes")["theme_id"])
    enter = history.Run.enter

    def save_meanwhile(run, stage):
        if stage == "embeddings":
            write_session(finished, 2)
        enter(run, stage)

    write_session(finished, 3)
    monkeypatch.setattr(history.Run, "enter", save_meanwhile)
    runner.execute(open_study(finished), "analyse")
    monkeypatch.setattr(history.Run, "enter", enter)
    runner.execute(open_study(finished), "analyse")
    previous = read_table(open_study(finished).table("previous_themes"), "previous_themes")
    last = json.loads((finished / "themes.json").read_bytes())["generations"]
    assert len(last) == 3
    assert set(previous["theme_id"]) >= first
    assert first <= set(read_table(open_study(finished).table("themes"), "themes")["theme_id"])
    members = [fragment for ids in previous["fragment_ids"] for fragment in ids]
    assert len(members) == len({*members}) == 13  # of sessions 1 and 3, as they were when they were read


def test_a_source_that_is_emptied_is_named_and_nothing_is_written(finished, undisturbed):
    path = finished / "sources" / "kring-1.md"
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"kring-1.md"):
        runner.execute(open_study(finished), "analyse")
    assert contents(finished) == contents(undisturbed)


def test_a_source_that_is_deleted_during_a_run_is_gone_at_the_next(finished, undisturbed, monkeypatch):
    path, enter = write_session(finished, 2), history.Run.enter

    def delete_meanwhile(run, stage):
        if stage == "tokens":
            path.unlink()
        enter(run, stage)

    monkeypatch.setattr(history.Run, "enter", delete_meanwhile)
    manifest = runner.execute(open_study(finished), "analyse").manifest
    assert [source["name"] for source in json.loads(manifest.read_bytes())["sources"]] == ["kring-1.md", "kring-2.md"]
    monkeypatch.setattr(history.Run, "enter", enter)
    runner.execute(open_study(finished), "analyse")
    of_notes = ("utterances.parquet", "fragments.parquet", "topics.parquet")
    assert [contents(finished)[name] for name in of_notes] == [contents(undisturbed)[name] for name in of_notes]


def test_a_source_that_is_replaced_during_a_run_is_read_as_it_was_and_again_at_the_next(
    finished, undisturbed, monkeypatch
):
    path, enter = finished / "sources" / "kring-1.md", history.Run.enter
    before = path.read_bytes()

    def replace_meanwhile(run, stage):
        if stage == "tokens":
            path.write_text("D1: Iets heel anders over de tuin en het hek.\n")
        enter(run, stage)

    monkeypatch.setattr(history.Run, "enter", replace_meanwhile)
    runner.execute(open_study(finished), "analyse", force=True)
    of_notes = ("sources.parquet", "utterances.parquet", "fragments.parquet", "tokens.parquet", "topics.parquet")
    assert [contents(finished)[name] for name in of_notes] == [contents(undisturbed)[name] for name in of_notes]
    monkeypatch.setattr(history.Run, "enter", enter)
    reports = runner.execute(open_study(finished), "analyse").reports
    assert not next(report for report in reports if report.stage == "ingest").skipped
    assert path.read_bytes() != before
    assert contents(finished)["fragments.parquet"] != contents(undisturbed)["fragments.parquet"]


ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=400k none "$1"
cp -r "$2" "$1/kring"
code=0
"$3" -m pipeline analyse "$1/kring" --plain || code=$?
find "$1" -name '.*.tmp' >&2
mount -o remount,size=64m "$1"
"$3" -m pipeline analyse "$1/kring" --plain >&2
cp -r "$1/kring" "$4"
exit $code
"""


def test_a_full_disk_is_one_message_and_the_next_run_completes(undisturbed, tmp_path):
    """On a file system of 400 kB that only the processes of this test see."""
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets no user mount a file system")
    (tmp_path / "disk").mkdir()
    given = make_tiny_study(tmp_path / "kring", more=WORDS)
    words = ["sh", "-c", ON_A_SMALL_DISK, "sh", tmp_path / "disk", given, sys.executable, tmp_path / "left"]
    done = subprocess.run(["unshare", "-rm", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    message = next(line for line in done.stderr.splitlines() if line.startswith("dialoogtafel:"))
    assert "geen plaats meer op de schijf. Maak plaats vrij, en doe het opnieuw." in message
    assert "Traceback" not in done.stderr
    assert ".tmp" not in done.stderr
    assert contents(tmp_path / "left") == contents(undisturbed)


def test_comparing_refuses_changed_notes_before_anything_is_written(finished, undisturbed):
    write_session(finished, 2)
    with pytest.raises(InputError, match=r"table 'fragments'.*changed since"):
        runner.execute(open_study(finished), "compare")
    assert contents(finished) == contents(undisturbed)
    history.require_finished(open_study(finished))


def test_runs_stay_in_order_when_the_clock_is_set_back(finished, monkeypatch):
    study = open_study(finished)
    first = history.latest_run(study)
    (first.folder).rename(study.runs / "29991231T235959000000Z")
    runner.execute(study, "analyse")
    assert history.latest_run(study).run_id == "29991231T235959000001Z"


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "results").glob("*.parquet")}


def run_behind(*words: object) -> tuple[int, str]:
    """Run a command whose clock is 400 days behind ours."""
    command = ["faketime", "-f", "-400d", sys.executable, "-m", "pipeline", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed: apt-get install faketime")
def test_after_the_clock_was_set_back_a_run_makes_the_same_and_monitoring_says_so(finished, undisturbed, tmp_path):
    steady = Path(shutil.copytree(finished, tmp_path / "steady" / "kring"))
    status = ("status", finished, "--max-age", "24")
    code, shown = run_behind(*status)
    assert (code, "de klok is teruggezet" in shown) == (1, True), shown
    code, shown = run_behind("analyse", finished, "--plain")
    assert (code, "niets gewijzigd" in shown) == (0, True), shown
    assert contents(finished) == contents(undisturbed)
    assert run_behind(*status)[0] == 0
    for folder in (finished, steady):
        write_session(folder, 2)
    code, shown = run_behind("analyse", finished, "--plain")
    assert code == 0, shown
    runner.execute(open_study(steady), "analyse")
    # Receipts and report name the run before.
    assert tables(finished) == tables(steady)
    first, *_, last = history.list_runs(open_study(finished))
    assert last.run_id > first.run_id
    assert last.finished < first.finished


def test_sources_are_read_once_a_run(finished, monkeypatch):
    from pipeline.run import intake

    read, read_source = [], intake.read_source
    monkeypatch.setattr(
        intake, "read_source", lambda path, *rest: (read.append(path.name), read_source(path, *rest))[1]
    )
    runner.execute(open_study(finished), "analyse")
    assert read == []
    write_session(finished, 2)
    runner.execute(open_study(finished), "analyse")
    assert read == ["kring-1.md", "kring-2.md"]


def test_old_runs_go_and_the_last_good_one_stays(finished, monkeypatch):
    monkeypatch.setattr(history, "KEPT_RUNS", 2)
    study = open_study(finished)
    good = history.latest_run(study)
    for i in range(4):
        with pytest.raises(ZeroDivisionError), history.recorded(study, "analyse"):
            raise ZeroDivisionError(i)
    with history.recorded(study, "analyse"):
        pass
    kept = [run.run_id for run in history.list_runs(study)]
    assert len(kept) == 3
    assert kept[0] == good.run_id
    assert history.last_good_run(study).run_id == kept[-1]


def test_a_run_that_is_asked_to_stop_says_so_and_leaves_nothing_half_written(tmp_path):
    folder = make_tiny_study(tmp_path / "kring")
    code = (
        "import os, signal, sys\n"
        "from pipeline.cli import app\n"
        "from pipeline.run import history\n"
        "enter = history.Run.enter\n"
        "def stop(run, stage):\n"
        "    enter(run, stage)\n"
        "    if stage == 'fragments':\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "history.Run.enter = stop\n"
        f"sys.argv = ['dialoogtafel', 'analyse', {str(folder)!r}, '--plain']\n"
        "app.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 143, done.stderr
    assert "Traceback" not in done.stderr
    run = history.latest_run(open_study(folder))
    assert (run.state, run.manifest["stage"]) == ("stopped", "fragments")
    assert not list(folder.rglob(".*.tmp"))


def test_a_flipped_byte_in_the_decisions_is_refused_by_name_and_line(finished, undisturbed):
    path = finished / "decisions.yaml"
    path.write_text("- id: d1\n  who: An\n  when: 2026-11-30\n  action: rename\n  themes: [T01]\n  name: Eerste\n")
    path.write_bytes(path.read_bytes().replace(b"action", b"actinn"))
    with pytest.raises(InputError, match=r"decisions.yaml, line \d") as refused:
        runner.execute(open_study(finished), "analyse")
    assert "Eerste" not in str(refused.value)
    assert contents(finished) == contents(undisturbed)


def test_a_model_that_is_damaged_between_two_runs_is_named_and_what_was_kept_of_it_is_not_used(tmp_path):
    folder, model = make_tiny_study(tmp_path / "kring"), tmp_path / "model"
    shutil.copytree(Path(__file__).parents[2] / "models" / "bundled" / "encoder-static", model)
    settings = folder / "study.toml"
    settings.write_text(settings.read_text().replace('"tfidf-svd"', f'"{model}"'))
    for name in ("ingest", "decisions", "fragments", "embeddings"):
        runner.run_stage(open_study(folder), name)
    kept = {path.name: path.read_bytes() for path in (folder / "results").iterdir()}
    assert (folder / "cache" / "embeddings.bin").is_file()
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(PipelineError, match=r"model") as refused:
        runner.run_stage(open_study(folder), "embeddings")
    assert "damaged" in str(refused.value)
    assert {path.name: path.read_bytes() for path in (folder / "results").iterdir()} == kept


def made_beside(monkeypatch) -> list[str]:
    """Have a second process allowed; gives what is done in it: the names of stages, and of other functions."""
    names = []
    begin = process.Beside.__init__

    def note(self, work, *, load=None):
        names.append(" ".join(work.args[1]) if work.func is runner._run_chain else work.func.__name__)
        begin(self, work, load=load)

    monkeypatch.setattr(process.Beside, "__init__", note)
    monkeypatch.setattr(process, "_can_fork", lambda: True)
    return names


@pytest.mark.skipif(sys.platform != "linux", reason="a second process is forked on Linux only")
@pytest.mark.parametrize("load", [int, partial(time.sleep, 600)], ids=["that waits", "that works"])
def test_a_second_process_that_swallows_the_request_to_end_is_ended(load, monkeypatch):
    monkeypatch.setattr(process, "_can_fork", lambda: True)
    monkeypatch.setattr(process, "SECONDS_TO_END", 1.0)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with process.second_process():
            beside = process.Beside(int, load=load)
        beside.stop()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform != "linux", reason="a second process is forked on Linux only")
def test_stages_made_two_at_a_time_make_the_same_tables(undisturbed, tmp_path, monkeypatch):
    beside = made_beside(monkeypatch)
    folder = make_tiny_study(tmp_path / "kring", more=WORDS)
    reports, _ = runner.execute(open_study(folder), "analyse", two_at_a_time=True)
    assert beside == ["tokens", "stances", "diagnosis questions", "render_workbook"]
    assert [report.stage for report in reports] == list(JOBS["analyse"])
    for name in SCHEMAS:
        assert open_study(folder).table(name).read_bytes() == open_study(undisturbed).table(name).read_bytes(), name
    assert (folder / "report.xlsx").read_bytes() == (undisturbed / "report.xlsx").read_bytes()
    assert not multiprocessing.active_children()

    beside.clear()
    runner.execute(open_study(folder), "analyse", two_at_a_time=True)
    assert "tokens" in beside  # and its model is not loaded ahead, since its tokens are known
    assert runner._begin_early(open_study(folder), "analyse", force=False) is None


@pytest.mark.skipif(sys.platform != "linux", reason="a second process is forked on Linux only")
def test_a_second_process_that_loads_a_model_ends_where_the_input_is_refused(tmp_path, monkeypatch):
    beside = made_beside(monkeypatch)
    folder = make_tiny_study(tmp_path / "kring", more=WORDS)
    (folder / "codebook.csv").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(InputError):
        runner.execute(open_study(folder), "analyse", two_at_a_time=True)
    assert beside == ["tokens"]
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform != "linux", reason="a second process is forked on Linux only")
def test_a_stage_that_fails_or_is_killed_in_the_second_process_is_made_again_and_says_why(finished, monkeypatch):
    made_beside(monkeypatch)
    work, first = runner.call_stage, os.getpid()

    def die(stage, *given):
        if stage.name == "stances" and os.getpid() != first:
            os.kill(os.getpid(), signal.SIGKILL)
        if stage.name == "diagnosis":
            raise InputError.single("here", "cannot be", "Mend it")
        return work(stage, *given)

    monkeypatch.setattr(runner, "call_stage", die)
    with pytest.raises(InputError, match="cannot be"):
        runner.execute(open_study(finished), "analyse", force=True, two_at_a_time=True)
    assert open_study(finished).receipt("stances").is_file()
    assert not multiprocessing.active_children()
