"""Shards on a real Dask cluster: a scheduler and two workers in processes of their own, one of which is killed."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from small_study import make_tiny_study

from pipeline.analysis.stances.opinions import read_cues
from pipeline.core.errors import InputError, PipelineError
from pipeline.core.study import open_study
from pipeline.loaders import cluster
from pipeline.run import runner

WITH_MODELS = """
[tokens]
tagger = "simplemma"
[embeddings]
encoder = "bundled-static"
[run]
shard_fragments = 2
"""
STAGES = ("ingest", "decisions", "fragments", "manual", "tokens", "embeddings", "stances")
LITTLE = "220MiB"
"""Enough to start a worker, not to load a tagger."""
TABLES = ("tokens", "embeddings", "stances")


def make(folder: Path, scheduler: str = "") -> Path:
    make_tiny_study(folder, sessions=2)
    settings = WITH_MODELS + (f'scheduler = "{scheduler}"\n' if scheduler else "")
    (folder / "study.toml").write_text(settings, encoding="utf-8")
    return folder


@contextmanager
def cluster_of(tmp_path, *workers, **settings):
    """Start a scheduler and a worker for each list of options; gives its address and the processes of the workers."""
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    place, started = tmp_path / "scheduler.json", []
    log = (tmp_path / "cluster.log").open("w")
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | settings

    def start(*words):
        command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
        started.append(subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=tmp_path))
        return started[-1]

    quiet = ("--no-dashboard", "--scheduler-file", str(place))
    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", *quiet)
    try:
        wait_for(place.is_file)
        address = json.loads(place.read_bytes())["address"]
        alone = ("--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard")
        processes = [start("dask_worker", address, *alone, *options) for options in workers]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(len(workers), timeout=240)
        yield address, processes
    finally:
        for process in reversed(started):
            process.terminate()  # a nanny ends its worker
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
        log.close()


def wait_for(what, seconds=240.0):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_cluster_gives_the_same_bytes_also_when_a_worker_is_killed(tmp_path):
    with cluster_of(tmp_path, ["--no-nanny"], ["--no-nanny"]) as (address, workers):
        here, there = open_study(make(tmp_path / "hier")), open_study(make(tmp_path / "daar", address))
        for stage in STAGES:
            runner.run_stage(here, stage)
            if stage == "embeddings":
                workers[0].kill()
            runner.run_stage(there, stage)
        for table in TABLES:
            assert there.table(table).read_bytes() == here.table(table).read_bytes()
        assert workers[0].wait() != 0
        assert workers[1].poll() is None
    text = (tmp_path / "cluster.log").read_text()
    assert "wachtlijst" not in text


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_worker_without_enough_memory_is_one_message_and_nothing_is_written(tmp_path):
    """Its nanny ends it as soon as it loads the tagger."""
    once = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with cluster_of(tmp_path, ["--nanny", "--memory-limit", LITTLE], **once) as (address, _):
        study = open_study(make(tmp_path / "daar", address))
        for stage in STAGES[:4]:
            runner.run_stage(study, stage)
        with pytest.raises(PipelineError, match="workers of the cluster keep dying; give them more memory"):
            runner.run_stage(study, "tokens")
    assert not study.table("tokens").exists()
    text = (tmp_path / "cluster.log").read_text()
    assert "memory budget" in text
    assert "wachtlijst" not in text


def test_a_scheduler_that_does_not_answer_is_one_message(tmp_path, monkeypatch):
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    study = open_study(make(tmp_path / "s", "tcp://127.0.0.1:9"))
    for stage in STAGES[:4]:
        runner.run_stage(study, stage)
    with pytest.raises(InputError, match=r"\[run\] scheduler: no scheduler answers at tcp://127.0.0.1:9"):
        runner.run_stage(study, "tokens")


def test_shards_give_what_the_whole_gives(tmp_path):
    """The size of a shard changes nothing where the encoder looks at each text by itself."""
    whole = open_study(make(tmp_path / "s"))
    for stage in STAGES:
        runner.run_stage(whole, stage)
    before = {table: whole.table(table).read_bytes() for table in TABLES}
    shutil.copytree(whole.root, tmp_path / "t")
    settings = (tmp_path / "t" / "study.toml").read_text()
    (tmp_path / "t" / "study.toml").write_text(settings.replace("shard_fragments = 2", "shard_fragments = 1000"))
    for table in TABLES:
        assert not runner.run_stage(open_study(tmp_path / "t"), table, force=True).skipped
        assert open_study(tmp_path / "t").table(table).read_bytes() == before[table]


def test_what_a_worker_cannot_do_is_told_without_its_texts():
    wanted = cluster.Wanted("encoder", "bundled-static", "of another version")
    found = cluster._encode(["Godelieve zei iets"], wanted=wanted, batch_size=1)
    assert found.message == "a worker has another encoder 'bundled-static': install the same version everywhere"
    other = cluster._work([["Godelieve zei iets"]], work=read_cues, code="of another version")
    assert other.message == "a worker has another version of this program: install the same version everywhere"
    broken = cluster._use_model(wanted._replace(fingerprint=cluster._load(wanted).fingerprint), lambda _: 1 / 0)
    assert "ZeroDivisionError" in broken.message
