import json
import sys

import numpy as np
import pandas as pd
import pytest
from tiny_models import MAX_TOKENS, save_tagger, save_transformer

from models import registry
from models.checksums import find_damage, main, read_checksums, write_checksums
from models.registry import Recipe
from pipeline.analysis.embeddings import embed
from pipeline.cli import app as cli
from pipeline.core.config import load_config
from pipeline.core.errors import InputError, ModelMissingError
from pipeline.core.receipts import read_receipt
from pipeline.core.study import open_study
from pipeline.loaders import choices, choose, load_encoder, load_tagger
from pipeline.run import runner


@pytest.fixture(scope="module")
def tiny_encoder(tmp_path_factory):
    return save_transformer(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def models_folder(tmp_path, monkeypatch):
    """An empty place for bundled and fetched models."""
    monkeypatch.setattr(registry, "MODELS_FOLDER", tmp_path / "models")
    monkeypatch.setattr(registry, "STORE_FOLDER", tmp_path / "models" / "store")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "no-cache"))
    return tmp_path / "models"


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dialoogtafel", "models", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return call


def bundle(models_folder, encoder, name="encoder"):
    target = models_folder / "bundled" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    import shutil

    shutil.copytree(encoder, target)
    return target


def test_the_list_says_what_is_here_and_what_could_be(run, models_folder):
    code, out, _ = run("list")
    lines = out.splitlines()
    assert code == 0
    named = {line.split()[0]: line for line in lines if not line.startswith(" ")}
    assert {"bundled", "nl_core_news_md", "intfloat/multilingual-e5-small", "tfidf-svd"} <= set(named)
    assert "no, not shipped" in named["bundled"]
    assert "no, fetch it      about 471 MB  MIT" in named["intfloat/multilingual-e5-small"]
    assert "yes" in named["tfidf-svd"]
    place = lines.index(named["intfloat/multilingual-e5-small"])
    assert lines[place + 1] == "    SICK-NL Spearman .719 (published)"
    code, out, _ = run("list", "--csv")
    assert (code, out.splitlines()[0]) == (0, "name,kind,here,size,licence,scores")


def test_the_list_gives_the_size_of_what_is_here(run, models_folder, tiny_encoder):
    bundle(models_folder, tiny_encoder)
    (models_folder / "bundled" / "encoder" / "ballast").write_bytes(bytes(3_000_000))
    _, out, _ = run("list", "--csv")
    row = next(line for line in out.splitlines() if line.startswith("bundled,"))
    assert row.startswith("bundled,encoder,yes,3 MB,")


def test_show_gives_all_facts_of_a_recipe(run, models_folder):
    code, out, _ = run("show", "intfloat/multilingual-e5-small")
    facts = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert code == 0
    assert facts["revision"] == "fd1525a9fd15316a2d503bf26ab031a61d056e98"
    assert facts["dims"] == "384"
    assert facts["sha256"].endswith(" model.safetensors")
    assert facts["here"] == "no, fetch it"
    assert "fingerprint" not in facts


def test_show_gives_the_place_and_the_fingerprint_of_what_is_here(run, models_folder, tiny_encoder):
    folder = bundle(models_folder, tiny_encoder)
    _, out, _ = run("show", "bundled")
    facts = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert facts["folder"] == str(folder)
    assert facts["fingerprint"] == choose("encoder", load_config()).fingerprint


def test_an_unknown_name_is_one_clear_error(run, models_folder):
    code, _, err = run("show", "bundelled")
    assert code == 2
    assert err.startswith("dialoogtafel: model 'bundelled': heeft geen recept. Bekend zijn: bundled, ")


def test_verify_finds_a_damaged_and_a_missing_file(run, models_folder, tiny_encoder):
    folder = bundle(models_folder, tiny_encoder)
    code, _, err = run("verify", "bundled")
    assert (code, "SHA256SUMS: ontbreekt" in err) == (2, True)
    write_checksums(folder)
    (folder / "README.md").write_text("een kaart", encoding="utf-8")
    assert run("verify", "bundled")[:2] == (0, "bundled: intact\n")
    code, out, _ = run("verify")
    assert code == 0
    assert "bundled: intact" in out.splitlines()
    assert "tfidf-svd: needs no weights" in out.splitlines()
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    (folder / "modules.json").unlink()
    code, _, err = run("verify")
    assert code == 2
    assert err.count("Installeer deze versie van dialoogtafel opnieuw.") == 2
    assert "model 'bundled', model.safetensors: is beschadigd: de hash is niet die in SHA256SUMS" in err
    assert "model 'bundled', modules.json: ontbreekt" in err


def test_verify_a_folder_and_what_is_not_here(run, models_folder, tiny_encoder, tmp_path):
    assert run("verify", str(tiny_encoder))[:2] == (0, f"encoder: {choices.UNPROVEN}\n")
    code, _, err = run("verify", str(tmp_path))
    assert (code, "bevat geen model" in err) == (2, True)
    code, _, err = run("verify", "nl_core_news_lg")
    assert (code, "models fetch nl_core_news_lg" in err) == (2, True)


def test_the_hashes_of_a_final_folder_are_written(tmp_path, capsys):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "weights").write_bytes(b"1")
    (tmp_path / ".hidden").write_bytes(b"1")
    (tmp_path / "README.md").write_bytes(b"1")
    main([str(tmp_path)])
    assert capsys.readouterr().out == f"{tmp_path / 'SHA256SUMS'}\n"
    assert read_checksums(tmp_path) == {
        "deep/weights": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    }


def test_lists_of_hashes_that_are_damaged_or_point_elsewhere(tmp_path):
    (tmp_path / "weights").write_bytes(b"1")
    write_checksums(tmp_path)
    assert find_damage(tmp_path) == {}
    for line in ("garbage", "0" * 64 + "  ../outside", "0" * 64 + "  /etc/hostname"):
        (tmp_path / "SHA256SUMS").write_text(line, encoding="utf-8")
        assert find_damage(tmp_path) == {"SHA256SUMS": "is damaged: it is no list of hashes"}
    (tmp_path / "SHA256SUMS").unlink()
    assert find_damage(tmp_path, {"weights": "0" * 64}) == {
        "weights": "is damaged: its hash is not the one in the recipe"
    }
    (tmp_path / "weights").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    assert "git-lfs" in find_damage(tmp_path, {"weights": "0" * 64})["weights"]


def test_fetching_what_cannot_be_fetched(run, models_folder):
    code, _, err = run("fetch", "tfidf-svd")
    assert code == 2
    assert "tfidf-svd: vraagt geen gewichten. Er is niets op te halen." in err
    code, _, err = run("fetch", "bundled")
    assert (code, "staat op geen server" in err) == (2, True)


@pytest.fixture
def benchmarks(tmp_path):
    folder = tmp_path / "data"
    (folder / "sts").mkdir(parents=True)
    rows = ["de boot vaart\tde boot vaart weg\t5", "de boot\tde kas\t2", "zee\ttuin\t1", "kas\tkas\t4"]
    (folder / "sts" / "eigen.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "tagging").mkdir()
    (folder / "tagging" / "eigen.tsv").write_text(
        "De\tde\tDET\nboot\tboot\tNOUN\nvaart\tvaren\tVERB\n", encoding="utf-8"
    )
    return folder


def test_evaluate_prints_a_row_for_every_figure(run, models_folder, benchmarks, tiny_encoder, tmp_path):
    tagger = save_tagger(tmp_path / "tagger")
    code, out, err = run("evaluate", str(tiny_encoder), str(tagger), "tfidf-svd", "--data", str(benchmarks), "--csv")
    rows = [line.split(",") for line in out.splitlines()]
    assert code == 0
    assert rows[0][:5] == ["model", "benchmark", "measure", "n", "figure"]
    assert [(row[0], row[2]) for row in rows[1:]] == [
        (str(tiny_encoder), "Spearman"),
        *((str(tagger), measure) for measure in ("words F", "POS F", "lemma F", "sentence F")),
        ("tfidf-svd", "Spearman"),
    ]
    figures = {row[2]: row[4] for row in rows if row[0] == str(tagger) and row[2] != "lemma F"}
    assert figures == {"words F": "1.000", "POS F": "0.667", "sentence F": "1.000"}
    assert "texts a second" in err
    assert "words a second" in err


def test_evaluate_says_what_is_absent(run, models_folder, benchmarks):
    code, _, err = run("evaluate", "bundled", "--data", str(benchmarks))
    assert (code, "hoort niet bij deze versie" in err) == (2, True)
    code, out, err = run("evaluate", "bundled", "tfidf-svd", "--data", str(benchmarks), "--skip-absent")
    assert code == 0
    assert err.startswith("bundled: left out: encoder 'bundled' is not on this machine")
    assert out.startswith("benchmark  measure ")
    assert out.splitlines()[2] == "tfidf-svd"
    assert out.splitlines()[3].startswith("eigen      Spearman  4  ")
    code, _, err = run("evaluate", "bundeld", "--data", str(benchmarks), "--skip-absent")
    assert (code, "Bedoelde u ‘bundled’?" in err) == (2, True)


def test_two_recipes_of_one_name_are_one_clear_error(run, monkeypatch, tmp_path):
    text = 'name = "x"\nkind = "encoder"\norigin = "hub"\nsource = "a/b"\n'
    for file in ("a.toml", "b.toml"):
        (tmp_path / file).write_text(text, encoding="utf-8")
    monkeypatch.setattr(choices, "load_recipes", lambda: registry.load_recipes(tmp_path))
    code, _, err = run("list")
    assert code == 2
    assert err == (
        "dialoogtafel: models/recipes: b.toml: ‘x’ is ook de naam van een ander recept. "
        "Herstel of verwijder dat recept.\n"
    )
    with pytest.raises(InputError, match="name of another recipe"):
        load_encoder("auto")


def test_a_damaged_encoder_is_refused_before_and_without_hashes(models_folder, tiny_encoder):
    folder = bundle(models_folder, tiny_encoder)
    write_checksums(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match="model 'bundled', model.safetensors: is damaged"):
        load_encoder("bundled")
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(ModelMissingError, match="encoder 'bundled' cannot be loaded: its files are damaged"):
        load_encoder("bundled")
    weights.unlink()
    with pytest.raises(ModelMissingError, match="encoder 'encoder' cannot be loaded"):
        load_encoder(str(folder))


def test_a_recipe_with_a_wrong_hash_is_refused(models_folder, tiny_encoder):
    folder = models_folder / "store" / "team" / "toy"
    bundle(models_folder, tiny_encoder).rename(folder.parent.parent.parent / "moved")
    folder.parent.mkdir(parents=True)
    (models_folder / "moved").rename(folder)
    stated = {"model.safetensors": "0" * 64}
    recipe = Recipe(name="toy", kind="encoder", origin="hub", source="team/toy", sha256=stated)
    with pytest.raises(InputError, match=r"not the one in the recipe\. Fetch it again: dialoogtafel models fetch toy"):
        choices.require_intact(folder, "toy", recipe)
    (problem,) = choices.verify(recipe)
    assert problem.where == "model 'toy', model.safetensors"


def test_a_damaged_tagger_is_refused(tmp_path):
    folder = save_tagger(tmp_path / "tagger")
    assert load_tagger(str(folder)).name == "tagger"
    write_checksums(folder)
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    (folder / "meta.json").write_text(json.dumps({**meta, "lang": "xx"}), encoding="utf-8")
    with pytest.raises(InputError, match="model 'tagger', meta.json: is damaged"):
        load_tagger(str(folder))
    (folder / "SHA256SUMS").unlink()
    (folder / "config.cfg").write_text("[nlp", encoding="utf-8")
    with pytest.raises(ModelMissingError, match="tagger 'tagger' cannot be loaded"):
        load_tagger(str(folder))


def fragments_of(*texts: str) -> pd.DataFrame:
    return pd.DataFrame({"fragment_id": [f"f-{i:012d}" for i in range(len(texts))], "text": texts, "status": "used"})


def embed_with(encoder, *texts: str):
    return embed(fragments_of(*texts), config=load_config().embeddings, encoder=encoder)


def vectors_of(output) -> np.ndarray:
    return np.stack(list(output.tables["embeddings"].sort_values("fragment_id")["vector"]))


def test_what_is_too_long_is_split_and_averaged_never_cut(tiny_encoder):
    encoder = load_encoder(str(tiny_encoder))
    assert encoder.fits("de boot vaart " * 2)
    assert not encoder.fits("boot " * (MAX_TOKENS - 1))
    start = "de boot vaart de boot vaart"
    output = embed_with(encoder, f"{start} een kas bloeit", f"{start} naar zee vandaag", start)
    vectors = vectors_of(output)
    assert output.notices[0].message.startswith("2 of 3 fragments are longer than the encoder takes whole")
    # With the ends cut off, the three would be one.
    assert min(np.abs(vectors[a] - vectors[b]).max() for a, b in ((0, 1), (0, 2), (1, 2))) > 0.01
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("text", ["", " ", "😀👍🏽", "\u200b", "a" * 500, "Ils n'ont pas de bateau", "\ud7ff"])
def test_odd_texts_have_a_vector(tiny_encoder, text):
    vectors = vectors_of(embed_with(load_encoder(str(tiny_encoder)), text, "de boot"))
    assert vectors.shape == (2, 16)
    assert np.isfinite(vectors).all()


@pytest.mark.parametrize("text", ["", " ", "😀👍🏽", "\u200b", "a" * 500, "Ils n'ont pas de bateau"])
def test_odd_texts_are_tagged(tmp_path, text):
    for tagger in (load_tagger("simplemma"), load_tagger(str(save_tagger(tmp_path / "tagger")))):
        first, second = tagger.tag([text, "De boot"])
        assert "".join(token.text for token in first).replace(" ", "") in (text.replace(" ", ""), "")
        assert [token.text for token in second] == ["De", "boot"]


def test_auto_takes_the_static_encoder_for_very_many_fragments_and_says_so(models_folder, tiny_encoder):
    config = load_config(overrides={"embeddings": {"static_above": 100}})
    bundle(models_folder, tiny_encoder)
    assert choose("encoder", config, count=lambda: 101).name == "bundled"
    bundle(models_folder, tiny_encoder, "encoder-static")
    chosen = choose("encoder", config, count=lambda: 12_345)
    assert chosen.name == "bundled-static (auto: 12,345 fragments, more than 100)"
    assert chosen.load().name == "bundled-static"
    assert choose("encoder", config, count=lambda: 100).name == "bundled"
    assert choose("encoder", config).name == "bundled"
    named = load_config(overrides={"embeddings": {"static_above": 100, "encoder": "tfidf-svd"}})
    assert choose("encoder", named, count=lambda: pytest.fail("not asked for")).name == "tfidf-svd"
    assert load_config().embeddings.static_above == 20_000


def test_the_choice_of_the_static_encoder_stands_in_the_receipt(models_folder, tiny_encoder, tmp_path):
    bundle(models_folder, tiny_encoder)
    bundle(models_folder, tiny_encoder, "encoder-static")
    notes = tmp_path / "tafel.md"
    remarks = ("de boot lekt al een maand", "de kas bloeit in de tuin", "wij gaan met velen naar zee")
    lines = [f"D{i}: {remark}." for i, remark in enumerate(remarks, start=1)]
    notes.write_text("# Dialoogtafel 1\n\n## Witte hoed\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    for above, name in ((2, "bundled-static (auto: 3 fragments, more than 2)"), (3, "bundled")):
        study = open_study(notes, tmp_path / f"study-{above}", {"embeddings": {"static_above": above}})
        runner.prepare(study)
        reports = [runner.run_stage(study, stage) for stage in ("ingest", "fragments", "embeddings")]
        assert not reports[-1].skipped and read_receipt(study.receipt("embeddings")).model == name
        assert runner.run_stage(study, "embeddings").skipped
