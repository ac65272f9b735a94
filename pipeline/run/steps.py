"""Stages that read or write files of a study beside its tables: notes, decisions, memory of themes, report."""

from collections.abc import Mapping

import pandas as pd

from pipeline.core import receipts
from pipeline.core.errors import Output
from pipeline.core.study import Study
from pipeline.core.tables import table_from_rows
from pipeline.run.history import describe
from pipeline.run.plan import read_previous, remember_present, sources_as_read
from pipeline.run.stages import STAGES

Tables = Mapping[str, pd.DataFrame]


def read_notes(study: Study, tables: Tables) -> Output:
    """Read the notes, the codebook and the manual codings into the first tables.

    Raises:
        InputError: everything that is wrong in any of the files, at once.
    """
    from pipeline.run.intake import read_study  # with every reader: a decision alone needs none

    del tables
    return read_study(study)


def read_decisions(study: Study, tables: Tables) -> Output:
    """Read what people decided of the themes, and which themes an earlier run had.

    Raises:
        InputError: the decisions cannot be read or lie behind a link out of their folder, or the memory of themes is
            damaged.
    """
    from pipeline.analysis.themes.decisions import tabulate_decisions
    from pipeline.readers.given import decisions
    from pipeline.readers.sources import refuse_link

    del tables
    refuse_link(study.decisions)
    found = tabulate_decisions(decisions.read_decisions(study.decisions, study.decisions.name))
    named = set(found["decision_themes"]["theme_id"])
    return Output({**found, **read_previous(study, sources_as_read(study), named)})


def read_sampling(study: Study, tables: Tables) -> Output:
    """Read how the fragments that people coded were drawn.

    Raises:
        InputError: the record is damaged.
    """
    from pipeline.corpus import sampling

    del tables
    return sampling.read_sampling(study)


def remember_themes(study: Study, tables: Tables) -> Output:
    """Add the present themes to the memory of the study.

    Raises:
        InputError: the memory is damaged.
    """
    return Output({}, files={study.memory.name: remember_present(study, sources_as_read(study), tables)})


def write_report(study: Study, tables: Tables) -> Output:
    """Gather the notices of all stages and what changed since an earlier run, and make pages and workbook."""
    from pipeline.report import build
    from pipeline.run.differences import describe_change

    notices = _gather_notices(study)
    described = describe(study) | {"changes": describe_change(study, tables)}
    return Output({"notices": notices}, files=build({**tables, "notices": notices}, described, study.config))


def _gather_notices(study: Study) -> pd.DataFrame:
    rows = []
    for position, stage in enumerate(stage for stage in STAGES if "notices" not in stage.outputs):
        receipt = receipts.read_receipt(study.receipt(stage.name))
        for i, notice in enumerate(receipt.notices if receipt else ()):
            rows.append(
                {"position": position, "stage": stage.name, "i": i} | {"where": notice.where, "message": notice.message}
            )
    return table_from_rows(rows, "notices")
