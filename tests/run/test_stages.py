import inspect
from dataclasses import replace

import pytest

from pipeline.core.schemas import SCHEMAS
from pipeline.run.stages import STAGES, check_order, get_stage


def test_the_order_holds():
    check_order(STAGES)


def test_every_table_with_a_schema_has_one_writer():
    written = [table for stage in STAGES for table in stage.outputs]
    assert sorted(written) == sorted(SCHEMAS)


def test_a_stage_that_reads_ahead_is_refused():
    with pytest.raises(ValueError, match="'topics' reads 'tokens', which no earlier stage writes"):
        check_order(stage for stage in STAGES if stage.name != "tokens")


def test_a_second_writer_is_refused():
    with pytest.raises(ValueError, match="'tokens' and 'again' both write 'tokens'"):
        check_order([*STAGES, replace(get_stage("tokens"), name="again")])


def test_a_table_without_a_schema_is_refused():
    with pytest.raises(ValueError, match="'dreams', which has no schema"):
        check_order([*STAGES, replace(get_stage("tokens"), name="sleep", outputs=("dreams",))])


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
