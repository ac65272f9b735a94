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
# # Wie zei wat, onder welke hoed
#
# De thema's van een codeur naar hoed, gesprek, spreker, organisatie en wat u verder van sprekers weet, en de toon onder elke
# hoed.
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
# ## Wiens thema's
#
# Standaard een mens als er een codeerde, anders de machine. Verander `coder` om een ander te kiezen.

# %%
codings = study["codings"]
coders = sorted(codings.loc[codings["scheme"] == "theme", "coder"].unique(), key=lambda coder: (coder.startswith("machine-"), coder))
coder = coders[0]
print(coder, "uit", ", ".join(coders))

# %% [markdown]
# ## De toon onder elke hoed

# %%
if len(study["hat_sentiments"]):
    figure, tones = figures.hats_by_sentiment(study)
    figure.show()

# %% [markdown]
# ## Thema's per hoed en per gesprek

# %%
figure, by_hat = figures.themes_by(study, "hat", coder)
figure

# %%
figure, by_session = figures.themes_by(study, "session", coder)
figure

# %% [markdown]
# ## Thema's per spreker en per organisatie
#
# Wie niet genoteerd is, staat onder *onbekend*. Een thema dat aan één spreker hangt, is een vondst om na te lezen.

# %%
_, by_speaker = figures.themes_by(study, "speaker", coder)
by_speaker.sum().sort_values(ascending=False).head(15).rename("codes").to_frame()

# %%
figure, by_organisation = figures.themes_by(study, "organisation", coder)
figure

# %% [markdown]
# ## Wat u verder van sprekers of uitspraken weet
#
# Kolommen van een rekenblad die geen tekst, gesprek of spreker zijn, blijven bewaard als attributen.

# %%
attributes = sorted(study["attributes"]["name"].unique()) if "attributes" in study else []
for name in attributes[:3]:
    figure, _ = figures.themes_by(study, name, coder)
    figure.show()
Markdown("Attributen: " + (", ".join(attributes) or "geen"))

# %% [markdown]
# ## De fragmenten achter een cel

# %%
session = by_session.columns[0]
study.fragments(session=session, coder=coder)[["fragment_id", "speaker", "hat", "text"]].head(10)
