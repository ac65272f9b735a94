"""The command ``dialoogtafel pseudonymise``: a key of names to review, and the study that uses it."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import words_of
from pipeline.core.errors import InputError, as_typed

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.analysis.tokens import Tagger
    from pipeline.core.study import Study
    from pipeline.pseudonyms.detection import Spelling
    from pipeline.pseudonyms.key import KeyEntry

Given = Annotated[Path, typer.Argument(metavar="PATH", help="A study folder, or notes with --out.")]
Out = Annotated[Path | None, typer.Option("--out", help="The study folder to make of notes.")]
KeyFile = Annotated[Path | None, typer.Option("--key", help="The key; STUDY-sleutel.csv beside the study.")]
Apply = Annotated[bool, typer.Option("--apply", help="Use the key from now on: analyse replaces names by it.")]
Encrypt = Annotated[bool, typer.Option("--encrypt", help="Encrypt the key with a pass phrase, which is asked for.")]


def pseudonymise(
    given: Given, out: Out = None, key: KeyFile = None, apply: Apply = False, encrypt: Encrypt = False
) -> None:
    """List names, places, organisations and numbers that point to a person, and replace them by pseudonyms.

    Without --apply a key is written, or extended: a CSV file with every spelling that was found and its pseudonym, to
    be reviewed. It lies outside the study, and only its owner can read it. With --apply the study uses the key: the
    next analysis replaces names before any model or report sees them. Ids and places of fragments stay. Notes are
    never changed. This helps a person who checks, and does not replace that check.
    """
    from contextlib import nullcontext

    from pipeline.core.files import lock_study
    from pipeline.core.study import open_study, save_settings
    from pipeline.pseudonyms.applying import find_older
    from pipeline.pseudonyms.key import is_encrypted, read_key
    from pipeline.run.history import PATIENCE

    study = open_study(given, out)
    path = _place(study, key)
    asked = words_of(study)("cli.pseudonymise.pass_phrase", file=path.name)
    pass_phrase = _ask(asked, is_known=path.is_file() and is_encrypted(path), wanted=encrypt)
    # Notes that are no study yet have no folder to lock, and a review makes none.
    lock = lock_study(study.root, "pseudonymise", patience=PATIENCE) if study.root.is_dir() else nullcontext()
    with lock:
        entries = read_key(path, pass_phrase) if path.is_file() else []
        if not apply:
            _review(study, entries, path, pass_phrase)
            return
        if not entries:
            raise InputError.single(path.name, "there is no key to apply", "Run the command without --apply first")
        save_settings(study)
        _set_key(study, path)
    words = words_of(study)
    typer.echo(words("cli.pseudonymise.applied", file=path))
    older = find_older(study, entries)
    if older:
        files = ", ".join(map(str, older))
        typer.echo(words("cli.pseudonymise.older", files=files, study=as_typed(study.root)))
    typer.echo(words("cli.pseudonymise.analyse", study=as_typed(study.root)))


def _place(study: "Study", key: Path | None) -> Path:
    root = study.root.resolve()
    path = (key or study.key or root.parent / f"{root.name}-sleutel.csv").resolve()
    sources = study.sources.resolve()
    inside = [folder for folder in (root, sources if sources.is_dir() else root) if path.is_relative_to(folder)]
    if inside:
        raise InputError.single(path.name, "a key may not lie among notes or results", "Give --key another folder")
    return path


def _ask(question: str, *, is_known: bool, wanted: bool) -> str | None:
    from pipeline.pseudonyms.key import PASS_PHRASE

    if not (is_known or wanted):
        return None
    found = os.environ.get(PASS_PHRASE)
    return found or str(typer.prompt(question, hide_input=True, confirmation_prompt=not is_known))


def _review(study: "Study", entries: "list[KeyEntry]", path: Path, pass_phrase: str | None) -> None:
    from collections import Counter

    from pipeline import loaders
    from pipeline.pseudonyms.key import KeyDecision, extend_key, write_key
    from pipeline.run.intake import read_originals

    tables = read_originals(study).tables
    choice = loaders.choose("tagger", study.config)
    found = _gather(tables, choice.load())
    extended = extend_key(entries, found)
    write_key(extended, path, pass_phrase)
    counts = Counter(str(entry.kind) for entry in extended)
    still_open = sum(entry.decision is KeyDecision.OPEN for entry in extended)
    words = words_of(study)
    for kind, n in counts.most_common():
        typer.echo(f"  {kind:<22}{n:>5} {words('cli.pseudonymise.spellings')}")
    typer.echo(f"  {words('cli.pseudonymise.new'):<22}{len(extended) - len(entries):>5}")
    replaced = words("cli.pseudonymise.replaced")
    typer.echo(f"  {words('cli.pseudonymise.open'):<22}{still_open:>5}   {replaced}")
    typer.echo(words("cli.pseudonymise.key", file=path))
    typer.echo(words("cli.pseudonymise.review"))
    typer.echo(words("cli.pseudonymise.then", study=as_typed(study.root)))


def _gather(tables: "Mapping[str, pd.DataFrame]", tagger: "Tagger") -> "list[Spelling]":
    """List spellings of remarks, of what is written around them, and of labels of speakers."""
    from rich.console import Console
    from rich.progress import Progress

    from pipeline.corpus.fragments import write_place
    from pipeline.pseudonyms.detection import add_speaker_names, gather

    names = dict(zip(tables["sources"]["source_id"], tables["sources"]["name"], strict=True))
    utterances = tables["utterances"].sort_values(["source_id", "char_start"])
    texts = utterances["text"].tolist()
    wheres = [
        write_place(names[source], place, line)
        for source, place, line in utterances[["source_id", "place", "line"]].itertuples(index=False)
    ]
    extra = [
        *((quote, "codings") for quote in tables["given_codings"]["quote"].dropna().drop_duplicates()),
        *((text, "memos") for text in tables["memos"]["text"].drop_duplicates()),
        *((value, "attributes") for value in tables["attributes"]["value"].drop_duplicates()),
        *((example, "codebook") for examples in tables["codebook"]["examples"] for example in examples),
        *((title, "sessions") for title in tables["sessions"]["title"].dropna().drop_duplicates()),
        *((_read_name(name), "files") for name in tables["sources"]["name"].drop_duplicates()),
    ]
    texts += [text for text, _ in extra]
    wheres += [where for _, where in extra]
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=len(texts))
        found = gather(texts, wheres, tagger=tagger, on_progress=lambda done: bar.update(task, completed=done))
    return add_speaker_names(tables["speakers"], found)


def _read_name(file: str) -> str:
    """Write the name of a file as a text: without its ending, and with blanks."""
    return re.sub(r"[_/]+", " ", file.removesuffix(Path(file).suffix))


def _set_key(study: "Study", path: Path) -> None:
    """Write the place of the key into study.toml, and leave the rest as people wrote it."""
    from pipeline.core.config import STUDY_FILE, load_config
    from pipeline.core.files import write_bytes

    settings = study.root / STUDY_FILE
    relative = Path(os.path.relpath(path, study.root.resolve())).as_posix()
    line = f"key = {json.dumps(relative, ensure_ascii=False)}"
    text = settings.read_text(encoding="utf-8")
    section = re.search(r"^\[pseudonyms\][^\n]*\n(?P<body>(?:(?!\[)[^\n]*\n?)*)", text, re.M)
    if section is None:
        text = f"{text.rstrip()}\n\n[pseudonyms]\n{line}\n"
    else:
        body = re.sub(r"^\s*key\s*=[^\n]*\n?", "", section["body"], flags=re.M)
        text = text[: section.start("body")] + f"{line}\n{body}" + text[section.end() :]
    write_bytes(settings, text.encode())
    load_config(settings)
