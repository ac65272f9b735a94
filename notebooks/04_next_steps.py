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
# # Wat nu: stabiliteit, meer coderen, beslissen
#
# Of de topics terugkomen als men opnieuw indeelt, wat meer coderen zou opleveren, welke fragmenten eerst, en hoe een
# beslissing bewaard wordt.
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
# ## Komen de topics terug?

# %%
figure, stability = figures.theme_stability(study)
figure if len(stability) else Markdown("Te weinig fragmenten om het na te gaan.")

# %% [markdown]
# ## Wat meer coderen oplevert

# %%
figure, curve = figures.learning_curve(study)
figure if len(curve) else Markdown("Er is te weinig gecodeerd voor een leercurve.")

# %%
study["learning_gains"]

# %% [markdown]
# ## Wat nu te coderen
#
# Thema's met weinig voorbeelden eerst, dan twijfel, en geen twee die op elkaar lijken; dezelfde lijst als
# `dialoogtafel next STUDY`.

# %%
from pipeline.cli.coding import NEXT_TABLES
from pipeline.review.kit_plan import suggest

suggestions = suggest(study["fragments"], *(study[name] for name in NEXT_TABLES), n=10)
texts = study["fragments"].set_index("fragment_id")["text"]
pd.DataFrame([{"fragment": each.fragment_id, "waarom": each.why, "tekst": texts[each.fragment_id]} for each in suggestions])

# %% [markdown]
# ## Een beslissing bewaren
#
# Hernoemen, samenvoegen, splitsen, weglaten, verplaatsen en vastzetten komen in `decisions.yaml`, met wie en wanneer, en worden bij
# elke volgende analyse opnieuw uitgevoerd. Zet `DECIDE` op `True` om het echt te doen.

# %% tags=["decide"]
DECIDE = False

# %%
import subprocess
import sys

largest = study["themes"].iloc[0]
command = ["decide", str(study.root), "rename", largest["theme_id"], "Een eigen naam", "--who", "notebook"]
if DECIDE:
    subprocess.run([sys.executable, "-m", "pipeline", *command], check=True, capture_output=True)
print("dialoogtafel", *(f'"{part}"' if " " in part else part for part in command))

# %% [markdown]
# Daarna: `dialoogtafel compare STUDY` past de beslissing toe en maakt het verslag opnieuw.
