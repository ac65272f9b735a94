import pytest
from small_report import DESCRIBED, make_config, make_empty_tables, make_tables

from pipeline.report.inputs import ReportInputs
from pipeline.report.words import Words


@pytest.fixture(scope="session")
def inputs():
    return ReportInputs(make_tables(), DESCRIBED, make_config(), Words("nl"))


@pytest.fixture(scope="session")
def empty():
    return ReportInputs(make_empty_tables(), {}, make_config(), Words("nl"))
