"""The published student codings give the published agreement; a damaged file is refused line by line."""

from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from tests.bench.ecosent import FILE, estimate_agreement, main, read_codings

ECOSENT = Path(__file__).parents[3] / "shared" / "data" / "polarity" / "ecosent"
needs_ecosent = pytest.mark.skipif(
    not (ECOSENT / FILE).is_file(), reason="the ECOSENT codings are not in ../shared/data/polarity/ecosent"
)


@needs_ecosent
def test_the_students_agree_as_published(capsys: pytest.CaptureFixture[str]) -> None:
    # the project's reference, section 3.3: ordinal .814 [.754, .860] by unit bootstrap, nominal .656, interval .817
    codings = read_codings(ECOSENT)
    assert (codings.codes.shape, codings.n_single) == ((131, 25), 149)
    ordinal = estimate_agreement(codings, "krippendorff_alpha_ordinal", n_resamples=1000, seed=2021)
    assert ordinal.estimate == pytest.approx(0.814, abs=5e-4)
    assert (ordinal.low, ordinal.high) == pytest.approx((0.754, 0.860), abs=0.004)
    assert main([str(ECOSENT), "--resamples", "200"]) == 0
    printed = capsys.readouterr().out
    assert "krippendorff_alpha_nominal 0.656 [" in printed
    assert "krippendorff_alpha_interval 0.817 [" in printed


def write(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder


def test_headlines_coded_once_are_left_out(tmp_path: Path) -> None:
    found = read_codings(write(tmp_path, "id,coder,value\n7,b,1\n7,a,-1\n8,a,0\n"))
    assert (found.codes.tolist(), found.n_single) == ([[0, 2]], 1)


def test_one_headline_has_no_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(tmp_path, "id,coder,value\n7,b,1\n7,a,-1\n8,a,0\n"))]) == 0
    assert "krippendorff_alpha_ordinal: no interval, there is one block only" in capsys.readouterr().out


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_codings(write(tmp_path, "id,coder,value\n7,a,2\n7,a,1\n,b,0\n"))
    message = str(error.value)
    assert "line 2: the tone is not -1, 0 or 1" in message
    assert "line 3: this coder coded this headline before" in message
    assert "line 4: no headline or no coder" in message


def test_missing_file_and_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "manual_coding.csv: not found in that folder" in capsys.readouterr().err
    with pytest.raises(InputError, match="no column coder"):
        read_codings(write(tmp_path, "id,value\n7,1\n"))
