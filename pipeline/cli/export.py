"""The command ``dialoogtafel export``: a finished study in the form that another program reads."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.core.study import Study
    from pipeline.exports.registry import Target
    from pipeline.report.inputs import ReportInputs

MANIFEST = "manifest.json"

StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="A study folder that has been analysed.")]
To = Annotated[str, typer.Option("--to", metavar="FORM", help="qdpx, qdc, xlsx, docx, csv or parquet.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="The file to write, a folder for csv and parquet; in export/ of the study.")
]


Every = Annotated[bool, typer.Option("--all", help="xlsx only: every table of the study on a sheet of its own, too.")]


def export(study: StudyFolder, to: To, out: Out = None, every: Every = False) -> None:
    """Export a study: for other programs, for a spreadsheet, or as a working paper.

    qdpx holds sources, codebook, the codings of people as they came, the machines as users of their own with notes of
    their scores, and the open disagreements as a set. It holds the words of participants, as all exports do but qdc.
    """
    from pipeline.core.files import write_bytes
    from pipeline.core.study import open_study
    from pipeline.exports.registry import get_target
    from pipeline.run.history import hold_finished

    target = get_target(to)
    opened = open_study(study)
    with hold_finished(opened, "export"):
        path = _place(opened, target, out)
        inputs = gather(opened, path, needs_blanks=target.needs_blanks)
    made = target.make(inputs, every=every)
    files = {path.name: made} if isinstance(made, bytes) else dict(made)
    folder = path.parent if isinstance(made, bytes) else path
    for name, content in files.items():
        write_bytes(folder / name, content)
    manifest = path.with_name(f"{path.name}.{MANIFEST}") if isinstance(made, bytes) else path / MANIFEST
    write_bytes(manifest, _describe(inputs, target, files))
    typer.echo(f"{target.name}: {path}")
    typer.echo(f"  {target.meaning}; {len(files)} {'file' if len(files) == 1 else 'files'}")
    if target.holds_words:
        named = "with pseudonyms" if opened.key else "without pseudonyms"
        typer.echo(f"  it holds the words of participants, {named}: share it as you would share the notes")
    typer.echo(f"  what it was made from: {manifest}")


def _place(study: "Study", target: "Target", out: Path | None) -> Path:
    """Choose where it goes, and refuse to write over what is something else."""
    stem = re.sub(r"[^\w-]+", "-", study.name.casefold()).strip("-")[:60] or "study"
    path = out or study.exports / (target.name if target.is_folder else f"{stem}.{target.name}")
    if target.is_folder:
        strange = path.is_dir() and any(path.iterdir()) and not (path / MANIFEST).is_file()
        if (path.exists() and not path.is_dir()) or strange:
            raise InputError.single(str(path), "holds something else than an export", "Give --out a new folder")
    elif path.is_dir():
        raise InputError.single(str(path), "is a folder", f"Give --out the name of a file, as in {stem}.{target.name}")
    elif path.suffix.lower() != f".{target.name}":
        raise InputError.single(str(path), f"does not end in .{target.name}", "Give --out a name with that ending")
    return path


def gather(study: "Study", path: Path, *, needs_blanks: bool = False) -> "ReportInputs":
    """Read all that an export is made of.

    Args:
        study: a study that has been analysed.
        path: where the export goes; links to sources are as seen from there.
        needs_blanks: whether it holds whole texts.
    """
    import os

    from pipeline.core.tables import read_table
    from pipeline.report.inputs import ReportInputs
    from pipeline.report.words import Words
    from pipeline.run.manifest import describe
    from pipeline.run.stages import STAGES

    names = [table for stage in STAGES for table in stage.outputs]
    tables = {name: read_table(study.table(name), name) for name in names}
    base = Path(os.path.relpath(study.root.resolve(), path.parent.resolve())).as_posix()
    words = Words(study.config.study.language)
    blanks = _read_blanks(study, tables["sources"]) if needs_blanks else {}
    return ReportInputs(tables, describe(study), study.config, words, base, blanks)


def _read_blanks(study: "Study", sources: "pd.DataFrame") -> dict[str, str]:
    """Read the blanks between remarks of files that are still as they were; everything else is struck out at once."""
    from pipeline.readers import read_source
    from pipeline.run.inputs import find_sources

    hashes = dict(zip(sources["source_id"], sources["sha256"], strict=True))
    blanks = {}
    try:
        files, _ = find_sources(study)
    except InputError:
        return {}
    for name, path in files:
        try:
            readings = read_source(path, name, study.config.columns.model_dump())
        except InputError:
            continue
        for source in (reading.source for reading in readings):
            if hashes.get(source.source_id) == source.sha256:
                blanks[source.source_id] = re.sub(r"\S", " ", source.text)
    return blanks


def _describe(inputs: "ReportInputs", target: "Target", files: Mapping[str, bytes]) -> bytes:
    content: dict[str, Any] = {
        **inputs.described,
        "to": target.name,
        "files": [
            {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(files.items())
        ],
        "tables": {name: len(table) for name, table in sorted(inputs.tables.items())},
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
