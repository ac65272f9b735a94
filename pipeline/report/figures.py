"""Figures of a finished study for notebooks: each function gives a plotly figure and the data frame that it shows.

They read the tables of a study, ``pipeline.open(...)`` or any mapping of table name to data frame, and compute nothing
that the pipeline needs. A figure holds words of participants where its frame does.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
from numpy.typing import NDArray

from pipeline.core.errors import InputError
from pipeline.core.vocabulary import OUTLIER_TOPIC, Hat, Scheme, is_machine
from pipeline.corpus.attributes import join_attributes
from pipeline.report.words import Words

Tables: TypeAlias = Mapping[str, pd.DataFrame]
Shown: TypeAlias = tuple[go.Figure, pd.DataFrame]

TONE_COLOURS = {"positief": "#3f62a8", "neutraal": "#c9cfd6", "negatief": "#dd8a9d"}
N_WORDS = 8
HOVER_CHARACTERS = 90
NO_CODE = "-"
MARGIN = 0.03
"""Room beside the ends of a scale, so that a dot at an end is whole."""


def topic_map(tables: Tables) -> Shown:
    """Draw every used fragment at its place, coloured by topic; fragments that are alike lie near each other.

    Returns:
        The figure, and ``fragment_id x y topic text`` for each fragment.
    """
    topics = _topic_names(tables)
    frame = tables["topic_assignments"].merge(_used(tables)[["fragment_id", "text"]], on="fragment_id")
    frame["topic"] = frame["topic_id"].map(topics)
    frame["shown"] = frame["text"].map(_fold)
    order = [name for name in topics.values() if name in set(frame["topic"])]
    figure = px.scatter(
        frame, x="x", y="y", color="topic", custom_data=["shown"], category_orders={"topic": order}, height=620
    )
    figure.update_traces(marker={"size": 7}, hovertemplate="%{customdata[0]}<extra>%{fullData.name}</extra>")
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    return figure, frame[["fragment_id", "x", "y", "topic", "text"]]


def topic_words(tables: Tables, n: int = N_WORDS) -> Shown:
    """Draw the words that set each topic apart, by class-based TF-IDF over the lemmas of its fragments.

    The weight of a word in a topic is its share of the topic's words times log(1 + A / f), with A the mean number of
    words a topic and f how often the word occurs in all (Grootendorst 2022, BERTopic).

    Returns:
        The figure, and ``topic word weight``, the heaviest first.
    """
    assigned = tables["topic_assignments"]
    frame = word_weights(tables, dict(zip(assigned["fragment_id"], assigned["topic_id"], strict=True)), n)
    frame["topic"] = frame.pop("group").map(_topic_names(tables))
    frame = frame[frame["topic"].notna()][["topic", "word", "weight"]].reset_index(drop=True)
    return _bars_by_group(frame, "topic"), frame


def word_weights(tables: Tables, groups: Mapping[str, str], n: int = N_WORDS) -> pd.DataFrame:
    """Weigh the words of groups of fragments; see ``topic_words``.

    Args:
        tables: ``tokens`` is read.
        groups: fragment to group.
        n: words a group.

    Returns:
        ``group word weight``: groups in order of name, the heaviest word first, of equals by name.
    """
    tokens = tables["tokens"]
    tokens = tokens[tokens["is_content"] & tokens["fragment_id"].isin(list(groups))]
    counts = pd.crosstab(tokens["fragment_id"].map(groups), tokens["lemma"])
    weights = counts.div(counts.sum(axis=1), axis=0) * np.log1p(counts.to_numpy().sum() / len(counts) / counts.sum())
    rows = [
        {"group": group, "word": word, "weight": round(float(weight), 6)}
        for group, row in weights.iterrows()
        for word, weight in sorted(row.items(), key=lambda item: (-round(item[1], 6), item[0]))[:n]
        if weight > 0
    ]
    return pd.DataFrame(rows, columns=["group", "word", "weight"])


def topic_similarity(tables: Tables) -> Shown:
    """Draw the cosine between the centres of topics.

    Returns:
        The figure, and the cosines: shape (topics, topics), named on both sides.
    """
    names, centres = _centres(tables)
    frame = pd.DataFrame(np.round(centres @ centres.T, 4), index=names, columns=names)
    figure = px.imshow(frame, zmin=-1, zmax=1, color_continuous_scale="RdBu", aspect="auto", height=560)
    return figure.update_layout(coloraxis_colorbar_title="cosinus"), frame


def topic_hierarchy(tables: Tables) -> Shown:
    """Draw how topics join when they are merged, the nearest first (average linkage on the cosine of their centres).

    Returns:
        The figure, and ``step left right distance size``: a row a merge, clusters by number, topics first.
    """
    from plotly.figure_factory import create_dendrogram
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    names, centres = _centres(tables)
    if len(names) < 2:
        raise InputError.single("topics", "are fewer than two", "A hierarchy needs two topics or more")
    distances = np.round(1 - centres @ centres.T, 6)
    np.fill_diagonal(distances, 0)

    def join(_: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = linkage(squareform(distances, checks=False), method="average")
        return found

    joined = join(distances)
    figure = create_dendrogram(
        distances, orientation="left", labels=names, distfun=lambda _: distances, linkagefun=join
    )
    figure.update_layout(height=200 + 26 * len(names), width=None, xaxis_title="1 - cosinus")
    frame = pd.DataFrame(joined, columns=["left", "right", "distance", "size"]).astype(
        {"left": int, "right": int, "size": int}
    )
    frame.insert(0, "step", range(1, len(frame) + 1))
    return figure, frame


def topic_documents(tables: Tables, topic: str, n: int = 10) -> pd.DataFrame:
    """List the fragments nearest to the centre of a topic.

    Raises:
        InputError: there is no such topic.
    """
    assigned, known = tables["topic_assignments"], list(tables["topics"]["topic_id"])
    if topic not in known:
        raise InputError.single("topics", f"there is no topic '{topic}'", f"There is {', '.join(known)}")
    rows = assigned[assigned["topic_id"] == topic].sort_values(["score", "fragment_id"], ascending=[False, True])
    return rows.head(n)[["fragment_id", "score"]].merge(
        _used(tables)[["fragment_id", "session", "speaker", "text"]], on="fragment_id"
    )


def try_topics(tables: Tables, n: int, seed: int = 42) -> Shown:
    """Divide the fragments into another number of topics, from the vectors that are there, in seconds.

    A look, not a result: k-means on the vectors, so that it shows what a number would bring. To keep one, set
    ``n_topics`` under ``[topics]`` in ``study.toml`` and analyse again.

    Returns:
        The figure, and ``topic size words``, the largest first.
    """
    from sklearn.cluster import KMeans

    table = tables["embeddings"].sort_values("fragment_id")
    if not 1 < n <= len(table):
        raise InputError.single("topics", f"{n} is not a number of topics", f"Give 2 to {len(table)}")
    found = KMeans(n_clusters=n, random_state=seed, n_init=4).fit_predict(np.stack(table["vector"].to_list()))
    groups = {fragment: f"{label:03d}" for fragment, label in zip(table["fragment_id"], found, strict=True)}
    words = word_weights(tables, groups, 4).groupby("group")["word"].agg(", ".join)
    sizes = pd.Series(groups).value_counts()
    frame = pd.DataFrame({"size": sizes, "words": words}).fillna({"words": ""})
    frame = frame.sort_values(["size", "words"], ascending=[False, True]).reset_index(drop=True)
    frame.insert(0, "topic", [f"P{i:02d}" for i in range(1, len(frame) + 1)])
    return _bar(frame, "size", "words", "fragmenten"), frame


def hats_by_sentiment(tables: Tables) -> Shown:
    """Draw the sentiment of the fragments under each hat, what the machine abstained on left out of the shares.

    Returns:
        The figure, and ``hat sentiment n share``.
    """
    frame = tables["hat_sentiments"][["hat", "sentiment", "n", "share"]].copy()
    tones = [tone for tone in (*TONE_COLOURS, "onthouding") if tone in set(frame["sentiment"])]
    figure = px.bar(
        frame, y="hat", x="n", color="sentiment", orientation="h", height=340,
        color_discrete_map=TONE_COLOURS | {"onthouding": "#ffffff"},
        category_orders={"hat": [str(hat) for hat in Hat], "sentiment": tones},
    )  # fmt: skip
    figure.update_traces(marker_line={"color": "#8b949e", "width": 0.5})
    return figure.update_layout(xaxis_title="fragmenten", yaxis_title=None), frame


def themes_by(tables: Tables, by: str, coder: str, scheme: str = Scheme.THEME) -> Shown:
    """Draw how often a coder gave each code, divided by hat, session, speaker, role, organisation or an attribute.

    Args:
        tables: the tables of a study.
        by: ``hat session speaker role organisation`` or the name of an attribute of speakers or remarks.
        coder: whose codes; of a machine the first choice counts.
        scheme: of the codebook.

    Returns:
        The figure, and the counts: codes by value; a fragment counts once for each of its codes.

    Raises:
        InputError: there is no such division, or the coder gave no code in the scheme.
    """
    values, codings = _values_by(tables, by), tables["codings"]
    rows = codings[(codings["coder"] == coder) & (codings["scheme"] == scheme)]
    if is_machine(coder):
        rows = rows[rows["rank"] == 1]
    if rows.empty:
        known = sorted(codings.loc[codings["scheme"] == scheme, "coder"].unique())
        raise InputError.single("codings", f"'{coder}' gave no {scheme}", f"Choose one of {', '.join(known)}")
    names = rows["code"].map(_code_names(tables, scheme)).fillna(rows["code"])
    frame = pd.crosstab(names, rows["fragment_id"].map(values).fillna("onbekend"))
    frame.index.name, frame.columns.name = scheme, by
    figure = px.imshow(
        frame, text_auto=True, aspect="auto", color_continuous_scale="Teal", height=120 + 34 * len(frame)
    )
    return figure.update_layout(coloraxis_showscale=False, xaxis_title=by, yaxis_title=None), frame


def agreement_intervals(tables: Tables, statistic: str = "cohen_kappa") -> Shown:
    """Draw the agreement of every two coders on each scheme as a whole, with its interval and chance level.

    Returns:
        The figure, and ``scheme comparison estimate low high chance n excluded``, the first choice of each comparison.
    """
    table = tables["agreement"]
    whole = table[(table["code"] == "") & (table["statistic"] == statistic) & table["estimate"].notna()]
    frame = whole.drop_duplicates(["scheme", "comparison"])[
        ["scheme", "comparison", "estimate", "low", "high", "chance", "n", "excluded"]
    ].reset_index(drop=True)
    words = Words("nl")
    schemes = frame["scheme"].map(lambda scheme: words(f"scheme.{scheme}"))
    figure = px.scatter(
        frame.assign(scheme=schemes, row=frame["comparison"] + " (" + schemes + ")"),
        x="estimate", y="row", color="scheme", hover_data=["n", "excluded"],
        error_x=frame["high"] - frame["estimate"], error_x_minus=frame["estimate"] - frame["low"],
        height=190 + 26 * len(frame),
    )  # fmt: skip
    # A name at every row: as many as there is room for is the default.
    figure.update_yaxes(title=None, dtick=1, autorange="reversed")
    figure.update_xaxes(title="schatting", range=[min(0, float(frame["low"].min())) - MARGIN, 1 + MARGIN])
    return figure.update_layout(legend_title=None), frame


def code_matrix(tables: Tables, scheme: str, left: str, right: str) -> Shown:
    """Draw which codes two coders gave to the same fragments; ``-`` is looked at and given no code.

    Returns:
        The figure, and the counts: codes of the left coder by codes of the right one.

    Raises:
        InputError: the two were not compared on the scheme.
    """
    table, names = tables["crosstabs"], _code_names(tables, scheme)
    frame = pd.DataFrame()
    for comparison, first, second in (
        (f"{left} | {right}", "code_a", "code_b"),
        (f"{right} | {left}", "code_b", "code_a"),
    ):
        rows = table[(table["comparison"] == comparison) & (table["scheme"] == scheme)]
        if len(rows):
            frame = rows.pivot_table(index=first, columns=second, values="n", aggfunc="sum", fill_value=0)
    if frame.empty:
        known = sorted(table.loc[table["scheme"] == scheme, "comparison"].unique())
        raise InputError.single("crosstabs", f"{left} and {right} were not compared on {scheme}", "; ".join(known))
    frame.index = pd.Index([names.get(code, code) for code in frame.index], name=left)
    frame.columns = pd.Index([names.get(code, code) for code in frame.columns], name=right)
    figure = px.imshow(
        frame, text_auto=True, aspect="auto", color_continuous_scale="Teal", height=160 + 34 * len(frame)
    )
    return figure.update_layout(coloraxis_showscale=False), frame


def passages(tables: Tables, scheme: str, left: str, right: str, codes: Sequence[str]) -> pd.DataFrame:
    """List the fragments of one cell of ``code_matrix``: those to which the two coders gave these two codes.

    Args:
        tables: the tables of a study.
        scheme: of the codebook.
        left: a coder.
        right: another one.
        codes: the code of each, not its name; ``-`` for looked at and given none.

    Returns:
        ``fragment_id session speaker text``, then all codes of both.
    """
    codings, seen = tables["codings"], tables["seen"]
    shown = []
    for coder, code in zip((left, right), codes, strict=True):
        rows = codings[(codings["coder"] == coder) & (codings["scheme"] == scheme)]
        if is_machine(coder):
            rows = rows[rows["rank"] == 1]
        if code == NO_CODE:
            looked = seen[(seen["coder"] == coder) & (seen["scheme"] == scheme)]["fragment_id"]
            shown.append(set(looked) - set(rows["fragment_id"]))
        else:
            shown.append(set(rows.loc[rows["code"] == code, "fragment_id"]))
    frame = _used(tables)[["fragment_id", "session", "speaker", "text"]]
    frame = frame[frame["fragment_id"].isin(shown[0] & shown[1])].reset_index(drop=True)
    for coder in (left, right):
        rows = codings[(codings["coder"] == coder) & (codings["scheme"] == scheme)].sort_values(["fragment_id", "rank"])
        frame[coder] = frame["fragment_id"].map(rows.groupby("fragment_id")["code"].agg("; ".join)).fillna("")
    return frame


def theme_stability(tables: Tables) -> Shown:
    """Draw how far each topic comes back when the division is made again, beside the level of chance.

    Returns:
        The figure, and ``topic source estimate low high chance verdict``.
    """
    table = tables["theme_stability"]
    rows = table[(table["topic_id"] != "") & table["estimate"].notna()]
    frame = rows[["topic_id", "source", "statistic", "estimate", "low", "high", "chance", "verdict"]].copy()
    frame["topic"] = frame.pop("topic_id").map(_topic_names(tables))
    frame = frame[frame["topic"].notna()].reset_index(drop=True)
    figure = px.scatter(frame, x="estimate", y="topic", color="source", height=160 + 30 * frame["topic"].nunique())
    figure.update_xaxes(range=[-MARGIN, 1 + MARGIN], title="komt terug")
    figure.update_yaxes(title=None, dtick=1, autorange="reversed")
    return figure, frame


def learning_curve(tables: Tables, scheme: str = Scheme.THEME) -> Shown:
    """Draw the kappa of a learner with each coder against the number of fragments that the coder had coded.

    Returns:
        The figure, and ``coder n_coded estimate low high``.
    """
    table = tables["learning_curve"]
    frame = table.loc[table["scheme"] == scheme, ["coder", "n_coded", "estimate", "low", "high"]].reset_index(drop=True)
    figure = px.line(
        frame,
        x="n_coded",
        y="estimate",
        color="coder",
        markers=True,
        height=420,
        error_y=frame["high"] - frame["estimate"],
        error_y_minus=frame["estimate"] - frame["low"],
    )
    return figure.update_layout(xaxis_title="gecodeerde fragmenten", yaxis_title="kappa"), frame


def _used(tables: Tables) -> pd.DataFrame:
    fragments = tables["fragments"]
    return fragments[fragments["status"] == "used"]


def _topic_names(tables: Tables) -> dict[str, str]:
    topics = tables["topics"]
    pairs = zip(topics["topic_id"], topics["label"], strict=True)
    return {topic: "uitschieters" if topic == OUTLIER_TOPIC else f"{topic} {label}" for topic, label in pairs}


def _code_names(tables: Tables, scheme: str) -> dict[str, str]:
    book = tables["codebook"]
    rows = book[book["scheme"] == scheme]
    return dict(zip(rows["code"], rows["label"], strict=True)) | (
        _topic_names(tables) if scheme == Scheme.THEME else {}
    )


def _centres(tables: Tables) -> tuple[list[str], NDArray[np.float64]]:
    """Give the names of the topics and their centres, shape (topics, d), of unit length."""
    vectors = tables["embeddings"].merge(tables["topic_assignments"][["fragment_id", "topic_id"]], on="fragment_id")
    names = {topic: name for topic, name in _topic_names(tables).items() if topic != OUTLIER_TOPIC}
    kept = [topic for topic in names if (vectors["topic_id"] == topic).any()]
    rows = [np.stack(vectors.loc[vectors["topic_id"] == topic, "vector"].to_list()).mean(axis=0) for topic in kept]
    centres = np.array(rows, dtype=np.float64).reshape(len(kept), -1)
    return [names[topic] for topic in kept], centres / np.linalg.norm(centres, axis=1, keepdims=True)


def _values_by(tables: Tables, by: str) -> dict[str, str]:
    """Give for each fragment its value of a division."""
    frame = _used(tables).merge(
        tables["speakers"][["session", "speaker", "organisation"]], on=["session", "speaker"], how="left"
    )
    if by == Scheme.HAT:
        given = frame["hat_given"]
    elif by == "speaker":
        given = (frame["session"] + ": " + frame["speaker"]).where(frame["speaker"].notna())
    elif by in ("session", "role", "organisation"):
        given = frame[by]
    else:
        given = _attribute(tables, frame, by)
    known = given.notna()
    return dict(zip(frame.loc[known, "fragment_id"], given[known], strict=True))


def _attribute(tables: Tables, frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    joined = join_attributes(frame, tables["attributes"]) if "attributes" in tables else pd.DataFrame()
    if name not in joined:
        known = ("hat", "session", "speaker", "role", "organisation", *joined.columns)
        raise InputError.single("fragments", f"cannot be divided by '{name}'", f"Choose one of {', '.join(known)}")
    return joined[name]


def _bars_by_group(frame: pd.DataFrame, group: str) -> go.Figure:
    names = list(dict.fromkeys(frame[group]))
    figure = px.bar(
        frame, x="weight", y="word", facet_col=group, facet_col_wrap=3, orientation="h",
        category_orders={group: names}, height=90 + 190 * -(-len(names) // 3),
    )  # fmt: skip
    figure.update_yaxes(matches=None, showticklabels=True, autorange="reversed", title=None)
    figure.update_xaxes(title=None, showticklabels=False)
    return figure.for_each_annotation(lambda note: note.update(text=note.text.split("=")[-1]))


def _bar(frame: pd.DataFrame, x: str, y: str, title: str) -> go.Figure:
    figure = px.bar(frame, x=x, y=y, orientation="h", height=140 + 28 * len(frame))
    return figure.update_layout(xaxis_title=title, yaxis={"title": None, "autorange": "reversed"})


def _fold(text: str) -> str:
    """Break a text into lines for what shows on touching it, with no sign that means something there."""
    from textwrap import wrap

    return "<br>".join(wrap(text.replace("<", "&lt;"), HOVER_CHARACTERS))
