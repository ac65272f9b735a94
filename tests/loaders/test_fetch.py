import ast
import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from loopback import COMMIT, Hub, make_wheel, serve
from tiny_models import save_transformer

import pipeline
from models import registry
from models.checksums import find_damage, read_checksums
from models.registry import Recipe
from pipeline.core.errors import InputError
from pipeline.loaders import choices, fetching, load_encoder
from pipeline.loaders.choices import locate, verify
from pipeline.loaders.fetching import CLIENT, OFFLINE

pytestmark = pytest.mark.timeout(120)

WEIGHTS = random.Random(1).randbytes(6_000_000)


def toy_recipe(**facts: object) -> Recipe:
    return Recipe(**{"name": "toy", "kind": "encoder", "origin": "hub", "source": "team/toy", **facts})


@pytest.fixture
def hub(monkeypatch, tmp_path):
    files = {
        "modules.json": b"[]",
        "1_Pooling/config.json": b"{}",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"the same for others",
        "onnx/model.onnx": b"the same for others",
        ".gitattributes": b"",
    }
    with serve(Hub(files=files)) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        # As the rest of the program leaves it.
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")
        yield running


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_an_encoder_is_fetched_although_the_program_is_offline(hub, tmp_path):
    folder = fetching.fetch(toy_recipe(revision=COMMIT), to=tmp_path / "toy")
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert found == ["1_Pooling/config.json", "SHA256SUMS", "model.safetensors", "modules.json"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert read_checksums(folder)["model.safetensors"] == hashlib.sha256(WEIGHTS).hexdigest()
    assert (folder / "SHA256SUMS").read_text(encoding="utf-8").startswith(f"# team/toy {COMMIT}\n")
    assert not (tmp_path / "toy.partial").exists()


def test_the_revision_of_the_recipe_is_asked_for(hub, tmp_path):
    fetching.fetch(toy_recipe(revision="v2"), to=tmp_path / "toy")
    assert ("GET", "/api/models/team/toy/revision/v2", None) in hub.requests
    assert all(COMMIT in path for _, path, _ in hub.requests if "/resolve/" in path)


def test_a_connection_that_breaks_goes_on_where_it_stopped(hub, tmp_path):
    # The client writes in pieces of 10 MB; what was received of a piece is lost with the connection.
    large = WEIGHTS * 4
    hub.files["model.safetensors"] = large
    hub.cut_after = [15_000_000]
    folder = fetching.fetch(toy_recipe(), to=tmp_path / "toy")
    first, second = hub.asked("model.safetensors")
    assert first is None
    assert 0 < int(second.removeprefix("bytes=").rstrip("-")) <= 15_000_000
    assert (folder / "model.safetensors").read_bytes() == large


def test_a_fetch_that_was_killed_goes_on_in_the_next_one(hub, tmp_path):
    large = WEIGHTS * 4
    hub.files["model.safetensors"] = large
    hub.stall_after = 15_000_000
    part = tmp_path / "toy.partial" / "model.safetensors.part"
    environment = {name: value for name, value in os.environ.items() if name not in OFFLINE}
    client = subprocess.Popen([sys.executable, "-m", CLIENT], stdin=subprocess.PIPE, env=environment)
    request = {"source": "team/toy", "revision": None, "folder": str(part.parent)}
    client.stdin.write(json.dumps(request).encode())
    client.stdin.close()
    while not (part.is_file() and part.stat().st_size):
        assert client.poll() is None
        time.sleep(0.05)
    client.kill()
    client.wait()
    begun = part.stat().st_size
    hub.stall_after = None
    folder = fetching.fetch(toy_recipe(), to=tmp_path / "toy")
    assert hub.asked("model.safetensors") == [None, f"bytes={begun}-"]
    assert (folder / "model.safetensors").read_bytes() == large


def test_what_is_there_and_intact_is_not_fetched_again(hub, tmp_path):
    folder = fetching.fetch(toy_recipe(), to=tmp_path / "toy")
    hub.requests.clear()
    assert fetching.fetch(toy_recipe(), to=folder) == folder
    assert hub.requests == []
    (folder / "model.safetensors").write_bytes(b"damaged")
    fetching.fetch(toy_recipe(), to=folder)
    assert find_damage(folder) == {}


def test_a_file_that_arrives_garbled_is_refused_and_thrown_away(hub, tmp_path):
    hub.garbled = {"model.safetensors"}
    with pytest.raises(InputError, match=r"model 'toy': arrived damaged.*\(model.safetensors\)"):
        fetching.fetch(toy_recipe(), to=tmp_path / "toy")
    assert not (tmp_path / "toy").exists()
    assert not (tmp_path / "toy.partial" / "model.safetensors").exists()
    hub.garbled = set()
    assert find_damage(fetching.fetch(toy_recipe(), to=tmp_path / "toy")) == {}


def test_a_small_file_that_arrives_garbled_is_refused(hub, tmp_path):
    hub.garbled = {"modules.json"}
    with pytest.raises(InputError, match="arrived damaged"):
        fetching.fetch(toy_recipe(), to=tmp_path / "toy")


def test_a_hash_of_the_recipe_wins_over_the_server(hub, tmp_path):
    recipe = toy_recipe(sha256={"model.safetensors": "0" * 64})
    with pytest.raises(
        InputError, match="model 'toy', model.safetensors: is damaged: its hash is not the one in the rec"
    ):
        fetching.fetch(recipe, to=tmp_path / "toy")
    assert not (tmp_path / "toy").exists()


def test_no_network_is_said_within_seconds(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    started = time.monotonic()
    with pytest.raises(InputError, match=r"model 'toy': cannot be reached: there is no network") as caught:
        fetching.fetch(toy_recipe(), to=tmp_path / "toy")
    assert "carry the folder over" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert time.monotonic() - started < 20
    assert not (tmp_path / "toy").exists()


def test_a_server_that_never_answers_is_no_network(hub, tmp_path, monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "1")
        with pytest.raises(InputError, match="there is no network, or a firewall is in between"):
            fetching.fetch(toy_recipe(), to=tmp_path / "toy")


def test_what_was_fetched_is_found_and_loaded_without_network(hub, tmp_path, monkeypatch):
    encoder = save_transformer(tmp_path / "made")
    paths = [path for path in encoder.rglob("*") if path.is_file()]
    hub.files = {path.relative_to(encoder).as_posix(): path.read_bytes() for path in paths}
    recipe = toy_recipe(prefix="de ")
    monkeypatch.setattr(registry, "STORE_FOLDER", tmp_path / "store")
    for module in (registry, choices):
        monkeypatch.setattr(module, "load_recipes", lambda: {"toy": recipe})
    assert fetching.fetch(choices.find_recipe("toy")) == tmp_path / "store" / "team" / "toy"
    hub.requests.clear()
    assert verify(recipe) == "intact"
    toy, whole = load_encoder("toy"), load_encoder(str(encoder))
    assert toy.encode(["boot"], batch_size=1).tobytes() == whole.encode(["de boot"], batch_size=1).tobytes()
    assert hub.requests == []


def test_a_model_that_the_hub_does_not_know(hub, tmp_path):
    with pytest.raises(InputError, match="model 'toy': is not known to the hub, or asks for a login"):
        fetching.fetch(toy_recipe(source="team/other"), to=tmp_path / "toy")


def test_a_folder_that_holds_something_else_is_left_alone(hub, tmp_path):
    (tmp_path / "notes.txt").write_text("van mij", encoding="utf-8")
    with pytest.raises(InputError, match="holds something that is no model"):
        fetching.fetch(toy_recipe(), to=tmp_path)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "van mij"
    assert hub.requests == []


@pytest.mark.parametrize(("origin", "why"), [("built-in", "needs no weights"), ("bundled", "lies on no server")])
def test_there_is_nothing_to_fetch(origin, why):
    with pytest.raises(InputError, match=why):
        fetching.fetch(toy_recipe(origin=origin))


PACKAGE = "nl_toy_tagger"


@pytest.fixture
def index(monkeypatch, tmp_path):
    name, content = make_wheel(PACKAGE, "1.2", {"__init__.py": b"", "meta.json": b"{}"})
    for variable in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with serve(Hub(wheels={name: content})) as running:
        # No index but this one, so that nothing can leave the machine.
        monkeypatch.setenv("PIP_INDEX_URL", f"{running.url}/simple/")
        monkeypatch.setenv("PIP_TARGET", str(tmp_path / "site"))
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        yield running
    sys.modules.pop(PACKAGE, None)


def package_recipe(hub: Hub, **facts: object) -> Recipe:
    (name,) = hub.wheels
    given = {"wheel": f"{hub.url}/wheels/{name}", "revision": "1.2", **facts}
    return toy_recipe(name=PACKAGE, kind="tagger", origin="package", source=PACKAGE, **given)


def test_a_package_is_installed_from_the_address_of_its_recipe(index):
    recipe = package_recipe(index)
    assert fetching.fetch(recipe) is None
    assert [path for _, path, _ in index.requests] == [f"/wheels/{PACKAGE}-1.2-py3-none-any.whl"]
    assert locate(recipe).folder.name == PACKAGE
    assert verify(recipe).startswith("intact: ")
    index.requests.clear()
    assert fetching.fetch(recipe) is None
    assert index.requests == []
    (locate(recipe).folder / "meta.json").write_bytes(b"[]")
    (problem,) = verify(recipe)
    assert problem.where == f"model '{PACKAGE}', {PACKAGE}/meta.json"
    assert "is damaged" in problem.what


def test_a_package_is_taken_by_name_from_the_index_that_pip_is_set_to(index):
    recipe = package_recipe(index, wheel="http://127.0.0.1:9/never.whl")
    assert fetching.fetch(recipe, from_index=True) is None
    assert index.requests[0][1] == "/simple/nl-toy-tagger/"
    assert locate(recipe) is not None


def test_a_wheel_is_fetched_to_be_carried_elsewhere(index, tmp_path):
    wheel = fetching.fetch(package_recipe(index), to=tmp_path / "carry")
    assert wheel.read_bytes() == next(iter(index.wheels.values()))
    assert locate(package_recipe(index)) is None


def test_a_wheel_with_another_hash_is_not_installed(index):
    (name,) = index.wheels
    right = hashlib.sha256(index.wheels[name]).hexdigest()
    with pytest.raises(InputError, match="came with another hash than its recipe states; it was not installed"):
        fetching.fetch(package_recipe(index, sha256={name: "0" * 64}))
    assert locate(package_recipe(index)) is None
    assert fetching.fetch(package_recipe(index, sha256={name: right})) is None


def test_a_package_without_network(index):
    recipe = package_recipe(index, wheel=f"http://127.0.0.1:{free_port()}/{PACKAGE}-1.2-py3-none-any.whl")
    started = time.monotonic()
    with pytest.raises(InputError, match="cannot be reached: there is no network"):
        fetching.fetch(recipe)
    assert time.monotonic() - started < 20


def test_a_version_that_the_index_does_not_have(index):
    with pytest.raises(
        InputError, match=r"pip could not fetch it \(No matching distribution found for nl_toy_tagger==9"
    ):
        fetching.fetch(package_recipe(index, revision="9.9"), from_index=True)


NETWORK = {"urllib.request", "http.client", "requests", "httpx", "socket", "ftplib", "aiohttp", "huggingface_hub"}


def test_only_fetching_can_use_the_network():
    root = Path(pipeline.__file__).parent
    users = {}
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            if any(name == known or name.startswith(f"{known}.") for name in names for known in NETWORK):
                users.setdefault(path.relative_to(root).as_posix(), path)
    # The client of a language model speaks to addresses on this machine only; its own tests hold that.
    assert set(users) == {"loaders/fetching.py", "loaders/language_models.py", "loaders/choices.py"}
    calls = [node for node in ast.walk(ast.parse(users["loaders/choices.py"].read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "snapshot_download"]  # fmt: skip
    assert [ast.unparse(key.value) for call in calls for key in call.keywords if key.arg == "local_files_only"] == [
        "True"
    ]
