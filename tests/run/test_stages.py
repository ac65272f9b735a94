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
def test_a_stage_takes_its_tables_by_name_then_config_then_model(stage):
    parameters = inspect.signature(stage.load()).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    keyword_only = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    expected = [name for name in ("config" if stage.section else None, stage.model) if name]
    assert positional == list(stage.inputs)
    assert keyword_only == expected
