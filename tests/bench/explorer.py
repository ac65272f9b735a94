"""Times the explorer at ten thousand fragments in headless Chromium: first paint, filters, search, opening.

    python -m tests.bench.explorer [N]

Printed: the median of five loads and of nine changes each, with the lowest and the highest, in milliseconds.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "support")]

from browser import DESK, find_chromium, open_browser  # noqa: E402
from generated_study import make_study  # noqa: E402

from pipeline.core.config import load_config  # noqa: E402
from pipeline.report.explorer import build_explorer  # noqa: E402

MOST_PAINT, MOST_FILTER = 1000, 100
LOADS, CHANGES = 5, 9

# The page forbids evaluated code: changes are functions that are already there, chosen by name.
TIME = """async ([kind, i]) => {
  const fire = (where, name, value) => {
    const box = document.querySelector(where);
    box.value = value;
    box.dispatchEvent(new Event(name, { bubbles: true }));
  };
  const change = {
    theme: () => document.querySelectorAll(".facet[open] .values")[0].querySelectorAll("input")[i % 6].click(),
    hat: () => document.querySelectorAll(".facet[open] .values")[1].querySelectorAll("input")[i % 4].click(),
    search: () => fire("#q", "input", ["zoek", "huis*", "ka", "-bo", '"ro"', "*plaat*", "len", "kelt*", "vin"][i % 9]),
    sort: () => fire(".tools select", "change", ["teach", "score", "theme", "order"][i % 4]),
    open: () => document.querySelectorAll(".rows article")[i % 6].click(),
    matrix: () => document.querySelectorAll(".bar nav a")[i % 2 ? 0 : 1].click(),
    map: () => document.querySelectorAll(".bar nav a")[i % 2 ? 0 : 2].click(),
  }[kind];
  const started = performance.now();
  change();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - started;
}"""


def write(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def describe(name: str, times: list[float], most: float | None = None) -> bool:
    """Print one line; tells whether the median is within what is allowed."""
    good = most is None or median(times) < most
    allowed = "" if most is None else f"   allowed {most} {'ok' if good else 'TOO SLOW'}"
    write(f"{name:14} median {median(times):7.0f}   lowest {min(times):6.0f}   highest {max(times):6.0f}{allowed}")
    return good


def main(n: int) -> int:
    """Build the page, time it, and give the exit code."""
    if find_chromium() is None:
        write("chromium is not installed: apt-get install chromium")
        return 2
    page = build_explorer(make_study(n), {"study": f"{n} fragments"}, load_config())
    write(f"{n} fragments, {len(page) / 1e6:.1f} MB")
    good = True
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        file = Path(folder) / "explorer.html"
        file.write_bytes(page)
        paints, drawn = [], []
        for _ in range(LOADS):
            tab: Any = browser.new_page(viewport=DESK)
            tab.goto(file.as_uri())
            tab.wait_for_selector(".rows article")
            paints.append(tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            drawn.append(tab.evaluate("performance.getEntriesByName('drawn')[0].startTime"))
            tab.close()
        good &= describe("first paint", paints, MOST_PAINT)
        describe("list drawn", drawn)
        tab = browser.new_page(viewport=DESK)
        tab.goto(file.as_uri())
        tab.wait_for_selector(".rows article")
        tab.wait_for_timeout(1500)
        for kind in ("theme", "hat", "search", "sort", "open", "matrix", "map"):
            times = [tab.evaluate(TIME, [kind, i]) for i in range(CHANGES)]
            good &= describe(kind, times, MOST_FILTER if kind in ("theme", "hat", "search") else None)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
