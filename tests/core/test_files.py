"""Files that survive: locks that name their holder, copies, full and closed disks."""

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from pipeline.core.errors import InputError, StorageError
from pipeline.core.files import (
    copy_of,
    explain,
    lock_study,
    name_holder,
    private_folder,
    remove_temporary,
    write_bytes,
)

HOLD = """
import sys, time
from pathlib import Path
from pipeline.core.files import lock_study
with lock_study(Path(sys.argv[1]), "analyse"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_names_its_holder_and_dies_with_its_process(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            assert f"analyse (process {holder.pid} on " in name_holder(tmp_path)
            refused = pytest.raises(InputError, match=rf"is in use: analyse \(process {holder.pid} ")
            with refused, lock_study(tmp_path, "decide"):
                raise AssertionError("two hold it")
        finally:
            holder.send_signal(signal.SIGKILL)
    assert name_holder(tmp_path) is None
    with lock_study(tmp_path, "decide"), lock_study(tmp_path, "compare"):
        assert name_holder(tmp_path) is None  # none but this process


def test_a_lock_waits_as_long_as_it_is_told(tmp_path):
    command = [sys.executable, "-c", HOLD.replace("60", "1"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with lock_study(tmp_path, "decide", patience=20):
            pass


def test_what_cannot_be_made_again_leaves_a_copy(tmp_path):
    path = tmp_path / "decisions.yaml"
    write_bytes(path, b"first", keep_copy=True)
    assert not copy_of(path).exists()
    write_bytes(path, b"second", keep_copy=True)
    assert (path.read_bytes(), copy_of(path).read_bytes()) == (b"second", b"first")
    assert stat.S_IMODE(copy_of(path).stat().st_mode) == 0o600
    assert sorted(found.name for found in tmp_path.iterdir()) == [".decisions.yaml.bak", "decisions.yaml"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "kept.yaml").write_bytes(b"old")
    (tmp_path / "decisions.yaml").symlink_to("kept.yaml")
    write_bytes(tmp_path / "decisions.yaml", b"new")
    assert (tmp_path / "decisions.yaml").is_symlink()
    assert (tmp_path / "kept.yaml").read_bytes() == b"new"


def test_a_signal_to_end_leaves_no_half_file_whenever_it_comes(tmp_path, monkeypatch):
    made = os.open

    def end(*arguments, **keywords):
        os.close(made(*arguments, **keywords))
        raise SystemExit(143)

    monkeypatch.setattr(os, "open", end)
    with pytest.raises(SystemExit):
        write_bytes(tmp_path / "tabel.parquet", b"woorden")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_closed_for_others(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir(mode=0o755)
    assert stat.S_IMODE(private_folder(folder).stat().st_mode) == 0o700


def test_what_killed_writers_left_is_removed(tmp_path):
    code = """
        import os, signal, sys
        from pathlib import Path
        from pipeline.core import files
        files.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        files.write_bytes(Path(sys.argv[1]) / "codings.parquet", b"words of a participant")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    assert left.read_bytes() == b"words of a participant"
    write_bytes(tmp_path / ".kept.bak", b"")
    assert remove_temporary(tmp_path, tmp_path / "absent") == 1
    assert [path.name for path in tmp_path.iterdir()] == [".kept.bak"]


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of 64 KiB; gives its folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only an administrator can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_message_and_leaves_the_old_file(small_disk):
    path = small_disk / "results" / "topics.parquet"
    write_bytes(path, b"old")
    with pytest.raises(StorageError, match=r"results/topics.parquet cannot be written: no space left.*Free some space"):
        write_bytes(path, bytes(200_000))
    assert path.read_bytes() == b"old"
    assert [found.name for found in path.parent.iterdir()] == ["topics.parquet"]


def test_a_disk_that_cannot_be_written_to_is_one_message(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match="read-only file system"):
        write_bytes(small_disk / "report.html", b"")
    with pytest.raises(StorageError, match="read-only file system"), lock_study(small_disk, "analyse"):
        pass


def test_the_lock_is_no_hindrance_to_who_waits_for_nothing(tmp_path):
    started = time.monotonic()
    with lock_study(tmp_path, "decide", patience=60):
        pass
    assert time.monotonic() - started < 5
    assert (tmp_path / ".lock").read_bytes() == b""


def test_an_error_of_the_disk_names_no_option_that_a_command_may_lack():
    said = str(explain(OSError(errno.EROFS, "Read-only file system"), Path("studie/mapping.toml")))
    assert "read-only file system" in said and "--out" not in said
