import pytest

from pipeline.core.config import load_config
from pipeline.core.errors import InputError
from pipeline.core.study import open_study, save_settings


def notes(folder):
    folder.mkdir(parents=True)
    (folder / "tafel-01.txt").write_text("Witte hoed\n- het huis is om negen uur open\n", encoding="utf-8")
    return folder


def test_a_study_is_its_own_output(tmp_path):
    notes(tmp_path / "sources")
    (tmp_path / "study.toml").write_text('[study]\nname = "Proef"\n')
    study = open_study(tmp_path)
    assert (study.root, study.name, study.sources) == (tmp_path, "Proef", tmp_path / "sources")


def test_notes_become_a_study_that_refers_to_them_and_copies_nothing(tmp_path):
    folder = notes(tmp_path / "veld" / "notas")
    (folder / "codebook.csv").write_text("scheme,code\ntheme,a\n")
    study = open_study(folder, tmp_path / "out" / "proef")
    assert not (tmp_path / "out").exists()
    save_settings(study)
    assert [path.name for path in study.root.iterdir()] == ["study.toml"]
    again = open_study(study.root)
    assert again.sources == folder
    assert again.codebook == folder / "codebook.csv"
    assert again.name == "Veld"


def test_one_file_can_be_a_study(tmp_path):
    file = notes(tmp_path / "notas") / "tafel-01.txt"
    study = open_study(file, tmp_path / "out")
    assert study.sources == file
    assert study.name == "Tafel 01"


def test_a_study_with_another_output_keeps_its_settings_and_refers_to_its_parts(tmp_path):
    notes(tmp_path / "a" / "sources")
    (tmp_path / "a" / "codings").mkdir()
    (tmp_path / "a" / "codings" / "coder-a.csv").write_text("session,quote,theme\n")
    (tmp_path / "a" / "study.toml").write_text('[study]\nname = "Proef \\"één\\""\n[topics]\nseed = 9\n')
    save_settings(open_study(tmp_path / "a", tmp_path / "b"))
    study = open_study(tmp_path / "b")
    assert study.name == 'Proef "één"'
    assert study.config.topics.seed == 9
    assert study.sources == tmp_path / "a" / "sources"
    assert [path.name for path in study.codings()] == ["coder-a.csv"]


def test_what_the_command_line_changes_is_not_kept(tmp_path):
    folder = notes(tmp_path / "notas")
    study = open_study(folder, tmp_path / "out", {"study": {"language": "en"}})
    assert study.config.study.language == "en"
    save_settings(study)
    assert load_config(tmp_path / "out" / "study.toml").study.language == "nl"


def test_settings_of_a_user_are_never_overwritten(tmp_path):
    folder = notes(tmp_path / "notas")
    study = open_study(folder, tmp_path / "out")
    save_settings(study)
    text = (tmp_path / "out" / "study.toml").read_text() + "# mine\n"
    (tmp_path / "out" / "study.toml").write_text(text)
    save_settings(open_study(folder, tmp_path / "out"))
    assert (tmp_path / "out" / "study.toml").read_text() == text


def test_an_output_of_other_notes_is_refused(tmp_path):
    save_settings(open_study(notes(tmp_path / "een"), tmp_path / "out"))
    with pytest.raises(InputError, match="already a study of other sources"):
        open_study(notes(tmp_path / "twee"), tmp_path / "out")


def test_what_cannot_be_opened_says_how_to_mend_it(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        open_study(tmp_path / "nowhere")
    with pytest.raises(InputError, match="--out FOLDER"):
        open_study(notes(tmp_path / "notas"))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        open_study(tmp_path / "notas", tmp_path / "file")
