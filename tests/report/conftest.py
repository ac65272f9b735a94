import pytest
from small_report import DESCRIBED, make_config, make_empty_tables, make_tables

from pipeline.report.inputs import Material
from pipeline.report.words import Words


@pytest.fixture(scope="session")
def material():
    return Material(make_tables(), DESCRIBED, make_config(), Words("nl"))


@pytest.fixture(scope="session")
def empty():
    return Material(make_empty_tables(), {}, make_config(), Words("nl"))
