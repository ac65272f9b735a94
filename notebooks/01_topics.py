# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # De topics van een studie
#
# Wat de machine zonder codeboek bij elkaar vond: de kaart, de woorden, hoe de topics op elkaar lijken en samenkomen, de
# fragmenten die ze het best tonen, en wat een ander aantal topics zou geven.
#
# Eerst nodig: `make demo`, of `dialoogtafel analyse` op eigen nota's. Zet in de volgende cel het pad van de studie, of geef
# het mee in de omgevingsvariabele `DIALOOGTAFEL_STUDY`. De uitvoer bevat woorden van deelnemers: bewaar het notebook
# zonder uitvoer.

# %% tags=["parameters"]
STUDY = "../data/example"

# %%
import os

import pandas as pd
import plotly.io as pio
from IPython.display import Markdown, display

import pipeline as dt
from pipeline import figures

# Jupyter and editors draw this form by themselves; the HTML form would fetch a script from the internet.
pio.renderers.default = "plotly_mimetype"
pd.set_option("display.max_colwidth", None, "display.max_rows", 200, "display.float_format", "{:.2f}".format)

study = dt.open(os.environ.get("DIALOOGTAFEL_STUDY", STUDY))
study

# %% [markdown]
# ## De kaart
#
# Elk punt is een fragment dat meetelt; fragmenten die op elkaar lijken, liggen dicht bij elkaar. Raak een punt aan om het te
# lezen.

# %%
figure, places = figures.topic_map(study)
figure

# %% [markdown]
# ## De woorden van elk topic
#
# Woorden die in dit topic meer gezegd worden dan in de andere (class-based TF-IDF over de lemma's).

# %%
figure, words = figures.topic_words(study)
figure

# %% [markdown]
# ## De fragmenten die een topic het best tonen
#
# Trefwoorden zijn geen betekenis: lees de fragmenten voor u een topic een naam geeft.

# %%
for topic in study["topics"].itertuples():
    display(Markdown(f"**{topic.topic_id} {topic.label}** ({topic.size} fragmenten)"))
    display(figures.topic_documents(study, topic.topic_id, 5).drop(columns="fragment_id"))

# %% [markdown]
# ## Welke topics op elkaar lijken, en hoe ze samenkomen

# %%
figure, likeness = figures.topic_similarity(study)
figure

# %%
if len(likeness) > 1:
    figure, steps = figures.topic_hierarchy(study)
    figure.show()

# %% [markdown]
# ## Een ander aantal topics proberen
#
# Een blik, geen resultaat: dezelfde vectoren, in seconden anders verdeeld. Bevalt een aantal, zet dan `n_topics` onder `[topics]`
# in `study.toml` en analyseer opnieuw.

# %%
figure, parts = figures.try_topics(study, 6)
figure

# %% [markdown]
# Hoe het aantal gekozen is: van elk geprobeerd aantal, hoeveel er bij opnieuw indelen terugkomt, en hoeveel bij toeval.

# %%
study["topic_numbers"]
