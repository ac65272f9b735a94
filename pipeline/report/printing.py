"""Pages on paper: a PDF through a browser that is on the machine; nothing is sent anywhere."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.core.files import write_bytes

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
MOST_SECONDS = 180
_OFFLINE = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)


def find_browser() -> str | None:
    """Find a browser that can print; ``BROWSER_PATH`` goes before those on the path."""
    named = os.environ.get("BROWSER_PATH")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def print_page(page: Path, out: Path) -> Path:
    """Print a page to PDF.

    Args:
        page: a self-contained page.
        out: the file to write; only its owner may read it, as the page.

    Raises:
        InputError: there is no browser, or it made no PDF.
    """
    browser = find_browser()
    if browser is None:
        raise InputError.single(
            "--print",
            "needs Chromium, Chrome or Edge on this machine",
            f"Open {page} in your browser and print it there",
        )
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "page.pdf"
        # A browser that is run by the administrator starts without its sandbox only.
        plain = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        command = [
            browser,
            *_OFFLINE,
            *plain,
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}",
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=MOST_SECONDS)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise InputError.single("--print", f"{browser} made no PDF", f"Open {page} and print it there") from error
        if not made.is_file():
            raise InputError.single("--print", f"{browser} made no PDF", f"Open {page} and print it there")
        write_bytes(out, made.read_bytes())
    return out
