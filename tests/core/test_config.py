import tomllib

import pytest

from pipeline.core.config import DEFAULTS_PATH, load_config
from pipeline.core.errors import InputError


def write(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_default_holds():
    config = load_config()
    assert config.model_dump() == tomllib.loads(DEFAULTS_PATH.read_text(encoding="utf-8"))


def test_a_study_repeats_only_what_it_changes(tmp_path):
    config = load_config(write(tmp_path, "[topics]\nseed = 7\n"))
    assert config.topics.seed == 7
    assert config.topics.n_keywords == load_config().topics.n_keywords


def test_the_command_line_wins(tmp_path):
    path = write(tmp_path, '[embeddings]\nencoder = "bundled"\n')
    assert load_config(path, {"embeddings": {"encoder": "tfidf-svd"}}).embeddings.encoder == "tfidf-svd"


def test_misspelt_keys_are_all_named_at_once_with_the_nearest_known_one(tmp_path):
    with pytest.raises(InputError) as caught:
        load_config(write(tmp_path, "[topics]\nsede = 1\nn_topic = 2\n[topic]\n"))
    message = str(caught.value)
    assert "unknown key 'sede' in [topics]. Did you mean 'seed'?" in message
    assert "unknown key 'n_topic' in [topics]. Did you mean 'n_topics'?" in message
    assert "unknown section [topic]. Did you mean 'topics'?" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[topics]\nseed = -1\n", "topics.seed"),
        ('[study]\nlanguage = "fr"\n', "study.language"),
        ('[topics]\nreassign = "perhaps"\n', "topics.reassign"),
        ("topics = 3\n", "must be a section"),
        ("[topics\n", "not valid TOML"),
    ],
)
def test_values_out_of_range_are_refused(tmp_path, text, expected):
    with pytest.raises(InputError, match=expected):
        load_config(write(tmp_path, text))


def test_a_config_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        load_config().topics.seed = 3


def test_settings_that_are_not_utf8_are_refused(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes('[study]\nname = "Één"\n'.encode("cp1252"))
    with pytest.raises(InputError, match="not UTF-8"):
        load_config(path)
