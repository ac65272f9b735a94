"""The Python interface: what the commands do, for notebooks and other programs.

``pipeline`` exports what stands here under one name each; nothing heavy is imported before it is used.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError, as_typed
from pipeline.core.schemas import get_schema
from pipeline.core.study import Study, open_study
from pipeline.core.tables import read_table
from pipeline.core.vocabulary import Scheme
from pipeline.corpus.attributes import PREFIX, describe_fragments, join_attributes, keep_where

READ_TABLES = (
    "sources", "sessions", "speakers", "utterances", "fragments", "codebook", "human_codings", "seen", "coding_matches",
)  # fmt: skip
"""What ``read`` gives: all that is understood of the notes before any model sees it."""

_FRAGMENT_COLUMNS = (
    "fragment_id",
    "session",
    "speaker",
    "role",
    "organisation",
    "source",
    "line",
    "hat",
    "status",
    "text",
)


class FinishedStudy(Mapping[str, pd.DataFrame]):
    """A study with its tables, read from the study folder when they are asked for.

    ``study["topics"]`` is a data frame with the columns of its schema; ``study.tables()`` lists what is there.

    Attributes:
        root: the study folder.
        report: its page.
    """

    def __init__(self, study: Study) -> None:
        """Open the results of a study.

        Args:
            study: the study; it has been analysed.
        """
        self._study = study
        self.root = study.root
        self.report = study.root / "report.html"

    @property
    def name(self) -> str:
        """The name of the study."""
        return self._study.name

    def tables(self) -> tuple[str, ...]:
        """Name the tables that are there, in alphabetical order."""
        return tuple(sorted(path.stem for path in self._study.results.glob("*.parquet")))

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Read a table.

        Raises:
            InputError: there is no table of that name; the nearest is offered.
            TableError: it has not been made yet, or is damaged.
        """
        get_schema(name)
        return read_table(self._study.table(name), name)

    def __contains__(self, name: object) -> bool:
        """Tell whether a table is there."""
        return name in self.tables()

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the tables."""
        return iter(self.tables())

    def __len__(self) -> int:
        """Count the tables."""
        return len(self.tables())

    def __repr__(self) -> str:
        """Show the name, the folder and the number of tables."""
        return f"<study '{self.name}' in {self.root}: {len(self)} tables>"

    def fragments(
        self, *, coder: str | None = None, every_status: bool = False, where: Mapping[str, str] | None = None,
        **codes: str,
    ) -> pd.DataFrame:  # fmt: skip
        """Join codes, speaker, attributes, place and text of the fragments in one frame.

        Args:
            coder: count only what this coder says, for the filters.
            every_status: also the fragments that were kept aside, with their status.
            where: attributes to keep by, as ``{"age": "60+"}``; ``unknown`` keeps those that lack it. What ``table
                --where`` takes may stand here too: ``session``, ``hat`` and the like.
            codes: what to keep: ``theme``, ``subtheme``, ``polarity``, ``sentiment``, ``hat`` and the other schemes
                keep what any coder (or ``coder``) gave that code; ``session``, ``speaker``, ``role``,
                ``organisation`` and ``source`` keep what has that value. The hat written in the notes counts too.

        Returns:
            One row a fragment: ``fragment_id session speaker role organisation source line hat status text``, then a
            column ``attribute | age`` for each attribute of its speaker or of the remark itself, then a
            column ``scheme | coder`` for each scheme of each coder with the codes by rank, separated by ``; ``
            (empty: looked at, no code; missing: not looked at, or abstained).

        Raises:
            InputError: there is no such filter, or no fragment with that code, session, speaker or attribute.
        """
        frame = _placed(self)
        given = self["codings"].sort_values(["scheme", "coder", "rank"], kind="stable")
        attributes = join_attributes(self["fragments"], self["attributes"]).add_prefix(PREFIX)
        frame = frame.join(attributes.set_index(self["fragments"]["fragment_id"]), on="fragment_id")
        frame = frame.join(_by_coder(given, self["seen"]), on="fragment_id")
        if where:
            frame = frame[frame["fragment_id"].isin(keep_where(describe_fragments(self), where))]
        if not every_status:
            frame = frame[frame["status"] == "used"]
        for name, wanted in codes.items():
            frame = frame[_having(frame, given, name, wanted, coder)]
        return frame.reset_index(drop=True)


def analyse(
    given: str | Path, *, out: str | Path | None = None, settings: Mapping[str, Mapping[str, Any]] | None = None,
    force: bool = False, progress: bool = True,
) -> FinishedStudy:  # fmt: skip
    """Analyse notes: from sources to report, as ``dialoogtafel analyse --plain`` does.

    Args:
        given: a file, a folder of files, or a study folder.
        out: the study folder to make; a study is its own output.
        settings: section to key to value, as in ``study.toml``; they win over it and are not kept.
        force: run each stage, whatever its receipt says.
        progress: show a progress bar on standard error, in a notebook too.

    Returns:
        The finished study.

    Raises:
        InputError: everything that is wrong in the input, at once; nothing has been written.
        PipelineError: a model that is not here, or a table that is damaged.
    """
    from rich.console import Console
    from rich.progress import Progress

    from pipeline.run import runner
    from pipeline.run.history import StageReport
    from pipeline.run.job_process import Follower

    study = open_study(Path(given), Path(out) if out is not None else None, settings or {})
    with Progress(console=Console(stderr=True), transient=True, disable=not progress) as bar:
        task = bar.add_task("", total=len(runner.JOBS["analyse"]))

        class Advance(Follower):
            def finished(self, report: StageReport) -> None:
                bar.update(task, description=report.stage, advance=1)

        runner.execute(study, "analyse", force=force, follower=Advance())
    return FinishedStudy(study)


def open_finished(folder: str | Path) -> FinishedStudy:
    """Open a study that has been analysed.

    Raises:
        InputError: the folder is no study, has not been analysed yet, or its last run did not finish.
    """
    from pipeline.run.history import require_finished

    study = open_study(Path(folder))
    require_finished(study)
    if not study.table("fragments").exists():
        raise InputError.single(
            str(folder), "has not been analysed yet", f"Run: dialoogtafel analyse {as_typed(folder)}"
        )
    return FinishedStudy(study)


def read(given: str | Path) -> dict[str, pd.DataFrame]:
    """Read notes, codebook and codings, and say what is understood of them; no model is loaded, nothing is written.

    Args:
        given: a file, a folder of files, or a study folder.

    Returns:
        The tables ``READ_TABLES`` by name, each with the columns of its schema.

    Raises:
        InputError: everything that is wrong in the input, at once.
    """
    from pipeline.run import runner
    from pipeline.run.intake import read_study
    from pipeline.run.stages import get_stage

    path = Path(given)
    is_study = path.is_dir() and (path / "study.toml").is_file()
    study = open_study(path, None if is_study else (path if path.is_dir() else path.parent) / "out")
    tables = dict(read_study(study).tables)
    for name in ("fragments", "manual"):
        tables.update(runner.call_stage(get_stage(name), study, tables).tables)
    return {name: tables[name] for name in READ_TABLES}


def embed(texts: Sequence[str], *, encoder: str = "auto") -> NDArray[np.float32]:
    """Give each text a vector of unit length, shape (n, d), as the pipeline does for fragments.

    Args:
        texts: n texts.
        encoder: a recipe or a folder; ``dialoogtafel models list`` shows them.

    Raises:
        InputError: one text where a list of texts is meant, or something that is no text.
        ModelMissingError: the model is not on this machine.
    """
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise InputError.single("embed", "takes a list of texts", 'Write dt.embed(["elke ochtend bellen wij"])')

    from pipeline.loaders.choices import load_encoder

    loaded = load_encoder(encoder)
    return np.asarray(loaded.encode(list(texts), batch_size=32), dtype=np.float32)


def _placed(study: FinishedStudy) -> pd.DataFrame:
    """The fragments with speaker, role, organisation and place, one row each."""
    sources = study["sources"][["source_id", "name"]].rename(columns={"name": "source"})
    speakers = study["speakers"][["session", "speaker", "organisation"]]
    frame = study["fragments"].merge(sources, on="source_id", how="left").rename(columns={"hat_given": "hat"})
    frame = frame.merge(speakers, on=["session", "speaker"], how="left")
    return frame[list(_FRAGMENT_COLUMNS)]


def _by_coder(given: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """The codes of each coder in each scheme, one column each, indexed by fragment."""
    joined = given.groupby(["scheme", "coder", "fragment_id"], sort=True)["code"].agg("; ".join)
    looked = pd.Series("", index=pd.MultiIndex.from_frame(seen[["scheme", "coder", "fragment_id"]].drop_duplicates()))
    both = joined.reindex(joined.index.union(looked.index))
    both = both.where(both.notna() | ~both.index.isin(looked.index), "")
    wide = both.unstack(["scheme", "coder"])
    wide.columns = [" | ".join(column) for column in wide.columns]
    return wide[sorted(wide.columns)]


def _having(frame: pd.DataFrame, given: pd.DataFrame, name: str, wanted: str, coder: str | None) -> "pd.Series[bool]":
    """Which fragments have a value or a code."""
    schemes = [str(scheme) for scheme in Scheme]
    if name in ("session", "speaker", "role", "organisation", "source", "status"):
        known, found = sorted(frame[name].dropna().unique()), frame[name] == wanted
    elif name in schemes:
        rows = given[given["scheme"] == name]
        rows = rows if coder is None else rows[rows["coder"] == coder]
        known = sorted(rows["code"].unique())
        found = frame["fragment_id"].isin(rows.loc[rows["code"] == wanted, "fragment_id"])
        if name == Scheme.HAT and coder is None:
            known = sorted({*known, *frame["hat"].dropna()})
            found |= frame["hat"] == wanted
    else:
        fields = ", ".join((*schemes, "session", "speaker", "role", "organisation", "source"))
        raise InputError.single("fragments", f"cannot be filtered by '{name}'", f"Filter by {fields}")
    if wanted not in known:
        raise InputError.single("fragments", f"there is no {name} '{wanted}'", f"There is {', '.join(known) or 'none'}")
    return found
