import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def empty_database():
    """Give an empty database of Prefect, made once for all processes of the tests: making it takes 15 s of work."""
    folder = Path(os.environ["DIALOOGTAFEL_TESTS"]) / "prefect"
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.fstat(lock.fileno()).st_size:
            kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API")}
            command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
            env = kept | {"PREFECT_HOME": str(folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
            subprocess.run(command, env=env, check=True, capture_output=True)
            lock.write("made")
    return folder / "prefect.db"


@pytest.fixture(scope="module")
def used_home(empty_database, tmp_path_factory):
    """Give a home of Prefect as it is after a first start."""
    home = tmp_path_factory.mktemp("used")
    shutil.copy(empty_database, home)
    return home
