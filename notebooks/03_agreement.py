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
# # De machine naast mensen
#
# Hoe ver codeurs hetzelfde zeiden van dezelfde fragmenten, welke codes door elkaar lopen, en de passages waar het misgaat.
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
# ## Elk paar codeurs, met interval en kansniveau
#
# Eerst kijken hoe ver mensen het onderling eens zijn: hoger mag men van een machine niet verwachten.

# %%
shown = study["agreement"].query("code == '' and estimate.notna()")
if len(shown):
    figure, intervals = figures.agreement_intervals(study)
    figure.show()
    display(intervals)

# %% [markdown]
# ## Welke codes door elkaar lopen

# %%
pairs = study["crosstabs"].query("scheme == 'theme'")["comparison"].unique()
pairs = sorted(pairs, key=lambda pair: ("machine-taught" not in pair, "machine" not in pair, pair))
if pairs:
    left, right = pairs[0].split(" | ")
    figure, matrix = figures.code_matrix(study, "theme", left, right)
    figure.show()

# %% [markdown]
# ## De passages van een cel
#
# De grootste cel waarin de twee iets anders zeiden. Kies er een andere met `codes`; `-` is *bekeken, geen code*.

# %%
if pairs:
    rows = study["crosstabs"].query("scheme == 'theme' and comparison == @pairs[0] and code_a != code_b")
    worst = rows.sort_values(["n", "code_a", "code_b"], ascending=[False, True, True]).head(1)
    for codes in worst[["code_a", "code_b"]].itertuples(index=False, name=None):
        display(Markdown(f"**{left}: {codes[0]}, {right}: {codes[1]}**"))
        display(figures.passages(study, "theme", left, right, codes).head(12))

# %% [markdown]
# ## Kans tegenover knelpunt

# %%
study["polarity_differences"]
