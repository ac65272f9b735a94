import inspect

import pytest

from pipeline.core.schemas import SCHEMAS
from pipeline.run.stages import STAGES


def test_a_stage_reads_what_earlier_stages_wrote():
    written = set()
    for stage in STAGES:
        assert set(stage.inputs) <= written, stage.name
        written |= set(stage.outputs)


def test_every_table_with_a_schema_has_one_writer():
    written = [table for stage in STAGES for table in stage.outputs]
    assert sorted(written) == sorted(SCHEMAS)


@pytest.mark.parametrize("stage", [stage for stage in STAGES if not stage.given], ids=lambda stage: stage.name)
def test_a_stage_takes_its_tables_by_name_and_the_rest_by_keyword(stage):
    parameters = inspect.signature(stage.load()).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    keyword_only = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    expected = [
        "config" if stage.section else None,
        stage.model,
        "kept" if stage.keeps else None,
        "shards" if stage.in_shards else None,
    ]
    assert positional == list(stage.inputs)
    assert sorted(keyword_only) == sorted(name for name in expected if name)
