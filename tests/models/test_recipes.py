import subprocess
import sys

import pytest

from models.registry import MODELS_FOLDER, RECIPES_FOLDER, RecipeError, get_recipe, load_recipes, read_recipe

NAMES = {
    "bundled",
    "bundled-static",
    "bundled-tagger",
    "clips/e5-small-trm-nl",
    "intfloat/multilingual-e5-large-instruct",
    "intfloat/multilingual-e5-small",
    "nl_core_news_lg",
    "nl_core_news_md",
    "paraphrase-multilingual-MiniLM-L12-v2",
    "simplemma",
    "tfidf-svd",
}

GOOD = 'name = "x"\nkind = "encoder"\norigin = "hub"\nsource = "a/b"\n'
SCORE = '[[scores]]\ndata = "S"\nmeasure = "r"\nvalue = 0.5\nstatus = "measured"\nsource = "own"'


def test_every_recipe_can_be_read_and_says_what_it_is():
    recipes = load_recipes()
    assert set(recipes) == NAMES
    assert len(list(RECIPES_FOLDER.glob("*.toml"))) == len(NAMES)
    for name, recipe in recipes.items():
        assert recipe.name == name
        assert recipe.needs
        assert recipe.note
        assert recipe.origin == "bundled" or recipe.licence


@pytest.mark.parametrize("name", sorted(NAMES))
def test_only_facts_that_belong_to_a_kind_are_given(name):
    recipe = get_recipe(name)
    if recipe.kind == "tagger":
        assert (recipe.dims, recipe.max_tokens, recipe.prefix) == (None, None, "")
    if recipe.origin == "hub":
        assert recipe.source.count("/") == 1


def test_known_facts():
    e5 = get_recipe("intfloat/multilingual-e5-small")
    assert (e5.dims, e5.max_tokens, e5.prefix, e5.licence) == (384, 512, "query: ", "MIT")
    assert e5.revision == "fd1525a9fd15316a2d503bf26ab031a61d056e98"
    assert [(score.data, score.value, score.status) for score in e5.scores][0] == ("SICK-NL", 0.719, "published")
    assert str(e5.scores[0]) == "SICK-NL Spearman .719 (published)"


def test_folders():
    assert get_recipe("bundled").folder == MODELS_FOLDER / "bundled" / "encoder"
    assert get_recipe("bundled-tagger").folder == MODELS_FOLDER / "bundled" / "tagger"
    assert get_recipe("clips/e5-small-trm-nl").folder == MODELS_FOLDER / "store" / "clips" / "e5-small-trm-nl"
    assert get_recipe("tfidf-svd").folder is None


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(RecipeError, match="did you mean 'tfidf-svd'"):
        get_recipe("tfidf-svdd")
    with pytest.raises(RecipeError, match="known: bundled, "):
        get_recipe("qqqq", "encoder")


def test_a_recipe_of_another_kind_is_not_found():
    with pytest.raises(RecipeError, match="there is no recipe 'simplemma'"):
        get_recipe("simplemma", "encoder")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name = ", "not valid TOML"),
        ('name = "x"\nkind = "encoder"\norigin = "hub"', "'source' is missing"),
        ('name = "x"\nkind = "oracle"\norigin = "hub"\nsource = "a/b"', "'kind' is not one of tagger, encoder"),
        ('name = "x"\nkind = "encoder"\norigin = "web"\nsource = "a/b"', "'origin' is not one of"),
        ('name = "x"\nkind = "encoder"\norigin = "hub"\nsource = "a/b"\ndim = 3', "unknown key 'dim'"),
        (GOOD + 'sha256 = {"m.safetensors" = "1a2b"}', "'sha256' of 'm.safetensors' is no SHA-256"),
        (GOOD + 'sha256 = "1a2b"', "is no SHA-256"),
        (GOOD + SCORE.replace("0.5", "50.0"), "score 1: 'value' is not a number from -1 to 1"),
        (GOOD + SCORE.replace("measured", "heard"), "score 1: 'status' is not one of published, measured"),
        (GOOD + SCORE.replace('source = "own"', 'page = "3"'), "score 1: unknown key 'page'; .*'source' is missing"),
    ],
)
def test_a_bad_recipe_says_what_is_wrong(tmp_path, content, message):
    path = tmp_path / "x.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RecipeError, match=message) as caught:
        read_recipe(path)
    assert str(caught.value).startswith("x.toml: ")


def test_two_recipes_of_one_name_are_refused(tmp_path):
    for file in ("a.toml", "b.toml"):
        text = 'name = "x"\nkind = "encoder"\norigin = "hub"\nsource = "a/b"\n'
        (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match="name of another recipe"):
        load_recipes(tmp_path)


def test_reading_recipes_loads_nothing():
    code = """
import sys
import models.registry
models.registry.load_recipes()
heavy = {"numpy", "pandas", "sklearn", "spacy", "torch", "simplemma", "pipeline"}
print(sorted(heavy & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
