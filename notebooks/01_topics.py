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
# # Thema's van een studie
#
# Dit notebook opent een studie die al geanalyseerd is en toont vier dingen: de topics met hun citaten, de kaart van
# de fragmenten, de hoeden met hun sentiment, en hoe de machine zich verhoudt tot de manuele codering. Het rekent niets
# nieuws uit; alles wat hier staat, komt uit de tabellen in `results/`.
#
# Eerst nodig: `make demo`, of `dialoogtafel analyse` op eigen nota's. Zet in de volgende cel het pad van de studie,
# of geef het mee in de omgevingsvariabele `DIALOOGTAFEL_STUDY`.
#
# De uitvoer bevat woorden van deelnemers. Bewaar het notebook daarom zonder uitvoer.

# %% tags=["parameters"]
STUDY = "../data/example"

# %%
import os
from pathlib import Path

import pandas as pd
import plotly.express as px
import plotly.io as pio
from IPython.display import Markdown, display

from pipeline.core.study import open_study
from pipeline.core.tables import read_table

# Jupyter and editors draw this form by themselves; the HTML form would fetch a script from the internet.
pio.renderers.default = "plotly_mimetype"
pd.set_option("display.max_colwidth", None, "display.max_rows", 200, "display.float_format", "{:.2f}".format)

study = open_study(Path(os.environ.get("DIALOOGTAFEL_STUDY", STUDY)))
names = ["fragments", "sources", "topics", "topic_assignments", "hat_sentiments", "codebook", "crosstabs", "agreement"]
tables = {name: read_table(study.table(name), name) for name in names}

fragments = tables["fragments"].merge(tables["sources"][["source_id", "name"]], on="source_id")
fragments["plaats"] = fragments["name"] + ", regel " + fragments["line"].astype(str)
used = fragments[fragments["status"] == "used"]
Markdown(
    f"**{study.name}**: {fragments['session'].nunique()} tafels, {len(used)} fragmenten gebruikt van {len(fragments)}."
    + (" Deze studie is verzonnen." if study.config.study.invented else "")
)

# %% [markdown]
# ## Wat werd niet gebruikt, en waarom
#
# Elk stuk tekst uit de bronnen staat in de tabel `fragments`, ook wat niet meetelt: woorden van de gespreksleider,
# procedure, titels, stopzinnen en wat te kort is. De som klopt altijd.

# %%
fragments.groupby(["status", fragments["reason"].fillna("")]).size().rename("aantal").to_frame()

# %% [markdown]
# ## De topics, met citaten
#
# Een topic is een groep fragmenten die de machine bij elkaar vond horen. De trefwoorden zijn de woorden die het topic
# van de andere onderscheiden; de citaten zijn de fragmenten die het dichtst bij het midden liggen. Lees de citaten
# eerst: een topic dat daar niet in te herkennen is, verdient geen naam.

# %%
topics = tables["topics"]
quotes = topics[["topic_id", "representative_fragment_ids"]].explode("representative_fragment_ids")
quotes = quotes.rename(columns={"representative_fragment_ids": "fragment_id"}).merge(
    fragments[["fragment_id", "text", "plaats"]], on="fragment_id"
)
overview = topics[["topic_id", "label", "size"]].merge(quotes, on="topic_id", how="left")
overview["keywords"] = overview["topic_id"].map(topics.set_index("topic_id")["keywords"].str.join(", "))
shown = overview.rename(columns={"size": "aantal", "keywords": "trefwoorden", "text": "citaat"})
shown.fillna("").set_index(["topic_id", "label", "aantal", "trefwoorden"])[["citaat", "plaats"]]

# %% [markdown]
# ## De kaart
#
# Elk punt is een fragment; wie dicht bij elkaar ligt, lijkt in woorden op elkaar. Ga met de muis over een punt om het
# te lezen. De kaart is een platte schaduw van een ruimte met veel dimensies: afstanden in het groot zeggen weinig,
# de buurt van een punt zegt meer.

# %%
points = tables["topic_assignments"].merge(fragments[["fragment_id", "text", "plaats"]], on="fragment_id")
points = points.merge(topics[["topic_id", "label", "position"]], on="topic_id").sort_values(["position", "fragment_id"])
points["topic"] = points["topic_id"] + " " + points["label"]
points["tekst"] = points["text"].str.wrap(60).str.replace("\n", "<br>")
figure = px.scatter(
    points,
    x="x",
    y="y",
    color="topic",
    custom_data=["tekst", "plaats", "strategy"],
    color_discrete_sequence=px.colors.qualitative.Safe,
    template="plotly_white",
    height=600,
)
figure.update_traces(hovertemplate="%{customdata[0]}<br><i>%{customdata[1]}</i><br>%{customdata[2]}")
figure.update_xaxes(title=None, showticklabels=False)
figure.update_yaxes(title=None, showticklabels=False, scaleanchor="x")
figure

# %% [markdown]
# ## Sentiment per hoed
#
# De hoed is die van de ronde waar de nota's er een geven, anders die van de machine. `onthouding` betekent dat de
# machine niets durft te zeggen: dat is iets anders dan neutraal. Een zwarte hoed hoeft niet negatief te klinken, en
# een gele niet positief; juist de afwijkingen zijn het lezen waard (tabel `hat_conflicts`).

# %%
by_hat = tables["hat_sentiments"]
display(
    by_hat.pivot(index="hat", columns="sentiment", values="n").loc[
        by_hat["hat"].drop_duplicates(), by_hat["sentiment"].drop_duplicates()
    ]
)
figure = px.bar(
    by_hat,
    x="share",
    y="hat",
    color="sentiment",
    orientation="h",
    color_discrete_map={"positief": "#4c9f70", "negatief": "#c8553d", "neutraal": "#9aa5b1", "onthouding": "#e5e7eb"},
    labels={"share": "deel van de fragmenten", "hat": "hoed"},
    template="plotly_white",
    height=320,
)
figure.update_xaxes(tickformat=".0%")
figure.update_yaxes(autorange="reversed")
figure

# %% [markdown]
# ## Tegenover de manuele codering
#
# De rijen zijn de thema's van de eerste menselijke codeur, de kolommen de topics van de machine; in elke cel het
# aantal fragmenten. Een topic dat één rij vult, vond een thema terug. Een topic dat over alle rijen loopt, deelt de
# tekst anders in dan de codeur deed; dat kan een vondst zijn of ruis. `-` is een fragment zonder code.

# %%
pairs = tables["crosstabs"].query("scheme == 'theme' and comparison.str.endswith('| machine-inductive')")
if pairs.empty:
    display(Markdown("Deze studie heeft geen manuele codering van thema's."))
else:
    pairs = pairs[pairs["comparison"] == pairs["comparison"].min()]
    labels = tables["codebook"].query("scheme == 'theme'").set_index("code")["label"]
    pairs = pairs.assign(code_a=pairs["code_a"].map(labels).fillna(pairs["code_a"]))
    display(Markdown(f"Vergelijking: **{pairs['comparison'].iloc[0]}**"))
    display(pairs.pivot(index="code_a", columns="code_b", values="n").fillna(0).astype(int))

# %% [markdown]
# ## Overeenstemming
#
# `estimate` is het cijfer, `low` en `high` zijn de grenzen van het interval van 95 %, `chance` is wat men zou krijgen
# als de codes van de ene codeur willekeurig over dezelfde blokken verdeeld waren, en `n` is het aantal fragmenten.
# Lees een cijfer altijd met zijn interval, en leg dat van mens en machine naast dat van mens en mens: meer dan twee
# mensen onderling kan men van een machine niet verwachten.

# %%
figures = tables["agreement"]
statistics = ["percent", "cohen_kappa", "adjusted_mutual_information"]
overall = figures[(figures["code"] == "") & figures["statistic"].isin(statistics)]
# The first row of each is the headline policy; the others leave out or add fragments, and say which.
headline = overall.drop_duplicates(["comparison", "scheme", "statistic"])
headline = headline.assign(reason=headline["reason"].fillna("")).set_index(["scheme", "comparison", "statistic"])
headline[["estimate", "low", "high", "chance", "n", "reason"]]
