"""The stage that answers what a research team asks of each theme, for the themes of every coder alike."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import sparse

from pipeline.agreement.comparison.folds import ALL_SESSIONS, WHOLE_DOCUMENT, WITHIN_SESSIONS, ShiftPlan
from pipeline.agreement.statistics.permutation import benjamini_hochberg, make_shifts
from pipeline.core.config import QuestionsConfig
from pipeline.core.errors import Output
from pipeline.core.receipts import Kept, look_up
from pipeline.core.schemas.forms import Row
from pipeline.core.tables import table_from_rows
from pipeline.core.views import Floats, Ints, Mask
from pipeline.core.vocabulary import Scheme
from pipeline.questions.answers import count_answers, find_answers, find_perspectives
from pipeline.questions.inputs import QuestionInputs, Themes, make_inputs, themes_of
from pipeline.questions.likeness import choose_quotes, make_likeness, weigh_quotes
from pipeline.questions.profiles import count_subthemes, count_values, find_medium, find_prompting, profile_themes

MOST_STEPS = 20
ONE_SESSION = "one session: blocks in random orders, since the order of a report is its coding"
TOO_FEW = "fewer than two sessions or blocks with a code"


def follow_codes(inputs: QuestionInputs, themes: Themes, scheme: str, *, orders: int, seed: int) -> Iterator[Row]:
    """Follow how many codes of a coder have been met after each session.

    With one session the blocks stand in for sessions, in random orders only.

    Args:
        inputs: the fragments.
        themes: what the coder gave in the scheme.
        scheme: which.
        orders: how many random orders.
        seed: of those.

    Yields:
        Rows of ``saturation``.
    """
    base = {"coder": themes.coder, "scheme": scheme, "n_all": len(themes.codes)}
    several = np.unique(inputs.session[themes.looked]).size > 1
    unit = inputs.session if several else inputs.block
    units = np.unique(unit[themes.looked])
    base["unit"] = "session" if several else "block"
    if units.size < 2 or not themes.codes:
        yield {**base, "step": 0, "reason": TOO_FEW}
        return
    present = np.array([themes.member[(unit == one) & themes.looked].any(axis=0) for one in units])
    drawn = draw_orders(present, orders=orders, rng=np.random.default_rng(seed))
    steps = np.unique(np.linspace(1, units.size, min(units.size, MOST_STEPS)).round().astype(np.int64))
    met = np.logical_or.accumulate(present, axis=0).sum(axis=1)
    for step in steps.tolist():
        column = drawn[:, step - 1]
        low, high = np.quantile(column, [0.025, 0.975])
        mean = float(column.mean())
        row = {
            **base, "step": step, "mean": mean, "low": float(low), "high": float(high),
            "share": mean / len(themes.codes), "reason": None if several else ONE_SESSION,
        }  # fmt: skip
        if several:
            before = int(met[step - 2]) if step > 1 else 0
            row |= {
                "session": inputs.sessions[int(units[step - 1])], "n_codes": int(met[step - 1]),
                "n_new": int(met[step - 1]) - before,
            }  # fmt: skip
        yield row


def draw_orders(present: Mask, *, orders: int, rng: np.random.Generator) -> Floats:
    """Count the codes met so far in random orders.

    Args:
        present: shape (units, codes), whether a unit holds a code.
        orders: how many.
        rng: where they come from.

    Returns:
        Shape (orders, units); the last column holds the number of codes that occur.

    >>> draw_orders(np.array([[True, False], [True, True]]), orders=2, rng=np.random.default_rng(0))[:, -1].tolist()
    [2.0, 2.0]
    """
    n_units = len(present)
    place = np.array([np.argsort(rng.permutation(n_units)) for _ in range(orders)])
    met = np.zeros((orders, n_units))
    for units in present.T[present.any(axis=0)]:
        # A code is met at the first unit of an order that holds it.
        met[np.arange(orders), place[:, units].min(axis=1)] += 1
    return met.cumsum(axis=1)


FEWEST_UNITS = 5
"""With fewer fragments, speakers or sessions nothing can be said."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Level:
    """Where two themes may meet.

    Attributes:
        name: as in the column ``level``.
        rows: shape (n,) the fragments that count, in the order of the text.
        n_units: fragments, speakers or sessions.
        with_theme: shape (codes,) units with each theme.
        count: takes orders of the rows, shape (m, n); gives units with both, shape (m, codes, codes), when the theme
            of the column is laid in that order and the theme of the row stays.
        within_sessions: whether themes are shifted within their session, or round all sessions.
    """

    name: str
    rows: Ints
    n_units: int
    with_theme: Ints
    count: Callable[[Ints], Floats]
    within_sessions: bool


def find_cooccurrence(inputs: QuestionInputs, themes: Themes, *, permutations: int, seed: int) -> Iterator[Row]:
    """Find which themes of a coder meet more often than circular shifts of one of them give.

    On one fragment only fragments with several themes count: the first code stays, and the others are shifted along
    those fragments. From one speaker, a theme is shifted within each session. In one session, it is shifted round all
    sessions, since nothing within a session can change which themes it holds. Blocks (a statement with its quotes, a
    turn) move whole, so the runs of both themes stay as they are.

    Yields:
        Rows of ``cooccurrence``; levels with fewer than `FEWEST_UNITS` units are left out.
    """
    levels = (
        _meet_on_fragments(inputs, themes),
        _meet_in_groups("voice", inputs, themes, inputs.speaker, len(inputs.speakers)),
        _meet_in_groups("session", inputs, themes, inputs.session, len(inputs.sessions)),
    )
    for level in levels:
        if level.n_units >= FEWEST_UNITS and len(themes.codes) > 1:
            yield from _test(inputs, themes, level, permutations, seed)


def _meet_on_fragments(inputs: QuestionInputs, themes: Themes) -> Level:
    rows = inputs.in_text_order(themes.member.sum(axis=1) > 1)
    member = themes.member[rows]
    first = np.zeros_like(member)
    first[np.arange(rows.size), themes.first[rows]] = True
    rest = member & ~first
    total = int(rest.sum())

    def count(orders: Ints) -> Floats:
        met = first.T.astype(np.float64) @ rest[orders].astype(np.float64)
        # A moved code may land on a fragment that has it first; what is lost so is made up for.
        kept = met.sum(axis=(1, 2)) - met.trace(axis1=1, axis2=2)
        lost = np.divide(total, kept, out=np.ones_like(kept), where=kept != 0)
        return np.asarray((met + met.transpose(0, 2, 1)) * lost[:, np.newaxis, np.newaxis])

    return Level(
        name="fragment", rows=rows, n_units=rows.size, with_theme=member.sum(axis=0), count=count, within_sessions=True
    )


def _meet_in_groups(name: str, inputs: QuestionInputs, themes: Themes, group: Ints, n_groups: int) -> Level:
    rows = inputs.in_text_order(themes.looked & (group >= 0))
    where = sparse.csr_matrix((np.ones(rows.size), (group[rows], np.arange(rows.size))), shape=(n_groups, rows.size))
    member = themes.member[rows].astype(np.float64)
    here = np.asarray(where @ member > 0, dtype=np.float64)

    def count(orders: Ints) -> Floats:
        laid = member[orders.T].reshape(rows.size, -1)
        there = (where @ laid > 0).reshape(n_groups, len(orders), -1)
        return np.asarray(np.tensordot(here, there, axes=(0, 0)).transpose(1, 0, 2))

    return Level(
        name=name, rows=rows, n_units=int((where.sum(axis=1) > 0).sum()),
        with_theme=here.sum(axis=0).astype(np.int64), count=count, within_sessions=name != "session",
    )  # fmt: skip


def _test(inputs: QuestionInputs, themes: Themes, level: Level, permutations: int, seed: int) -> Iterator[Row]:
    session, block = inputs.session[level.rows], inputs.block[level.rows]
    several = np.unique(session).size > 1
    within_sessions = level.within_sessions and several
    circles = session if within_sessions else np.zeros_like(session)
    around = ALL_SESSIONS if several else WHOLE_DOCUMENT
    place = WITHIN_SESSIONS if within_sessions else around
    step = "fragment" if np.unique(block).size == block.size else "statement"
    shifts = make_shifts(circles, block, mirrored=within_sessions, seed=seed)
    plan = ShiftPlan(shifts, place, step, mirrored=within_sessions)
    arrangements = plan.shifts.arrange(permutations, seed=seed)
    pairs = [
        (a, b) for a, b in combinations(range(len(themes.codes)), 2) if level.with_theme[a] and level.with_theme[b]
    ]
    at = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    counted = np.vstack([
        level.count(plan.shifts.orders(batch))[:, at[0], at[1]]
        for batch in plan.shifts.batches(arrangements, level.rows.size * len(themes.codes))
    ])  # fmt: skip
    complete = plan.shifts.is_complete(permutations)
    tests = [plan.summarise(values, is_complete=complete) for values in counted.T]
    adjusted = benjamini_hochberg([np.nan if test.p is None else test.p for test in tests])
    for i, ((a, b), test, p_adjusted) in enumerate(zip(pairs, tests, adjusted, strict=True)):
        n_both, expected = round(float(counted[0, i])), test.chance
        first, second = sorted((a, b), key=lambda place: themes.codes[place])
        yield {
            "coder": themes.coder, "level": level.name, "theme_a": themes.codes[first],
            "theme_b": themes.codes[second], "n_units": level.n_units, "n_a": int(level.with_theme[first]),
            "n_b": int(level.with_theme[second]), "n_both": n_both, "expected": expected,
            "lift": n_both / expected if expected else None, "p": test.p,
            "p_adjusted": None if test.p is None else float(p_adjusted), "null": plan.name(test),
        }  # fmt: skip


def ask(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    codings: pd.DataFrame,
    seen: pd.DataFrame,
    codebook: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    config: QuestionsConfig,
    kept: Kept | None = None,
) -> Output:
    """Answer what a team asks of each theme.

    Every coder with themes is treated alike, human or machine. Nothing here is a feature of any model: sessions,
    speakers, hats and kinds are only counted.

    Args:
        fragments: the table of that name; also those that are not used, for the moderator's questions.
        tokens: the table of that name.
        embeddings: the table of that name.
        codings: the table of that name.
        seen: the table of that name.
        codebook: the table of that name.
        sessions: the table of that name.
        config: section ``questions``.
        kept: what earlier runs found: of a coder whose themes did not change nothing is drawn again.

    Returns:
        The tables of `pipeline.core.schemas.questions`.
    """
    inputs = make_inputs(fragments, tokens, embeddings, codings, seen, codebook, sessions)
    likeness = make_likeness(inputs, common_share=config.common_share)
    coders = [themes_of(inputs, coder) for coder in inputs.coders(Scheme.THEME)]
    knelpunten, answers = find_answers(inputs, likeness, alpha=config.alpha, seed=config.seed)
    perspectives = find_perspectives(
        inputs, likeness, coders, alpha=config.alpha, max_pairs=config.max_pairs, seed=config.seed
    )
    weighed = weigh_quotes(inputs)
    rows: Mapping[str, list[Row]] = {
        **_profile(inputs, coders, config),
        "theme_quotes": [
            row
            for themes in coders
            for row in choose_quotes(inputs, likeness, themes, weighed, n_quotes=config.n_quotes)
        ],
        "saturation": [
            row
            for scheme in (Scheme.THEME, Scheme.SUBTHEME)
            for coder in inputs.coders(scheme)
            for row in _follow_once(inputs, themes_of(inputs, coder, scheme), scheme, config, kept)
        ],
        "cooccurrence": [row for themes in coders for row in _meet_once(inputs, themes, config, kept)],
        "knelpunten": knelpunten,
        "answers": answers,
        "theme_answers": [row for themes in coders for row in count_answers(inputs, themes, knelpunten)],
        "perspectives": list(perspectives),
    }
    return Output({name: table_from_rows(given, name) for name, given in rows.items()})


def _profile(inputs: QuestionInputs, coders: list[Themes], config: QuestionsConfig) -> dict[str, list[Row]]:
    rng = np.random.default_rng(config.seed)
    profiles: list[Row] = []
    for themes in coders:
        profiles += profile_themes(
            inputs, themes, narrow_share=config.narrow_share, min_fragments=config.min_fragments,
            draws=config.permutations, rng=rng,
        )  # fmt: skip
    prompting, medium = find_prompting(inputs), find_medium(inputs)
    return {
        "theme_profiles": profiles,
        "theme_counts": [row for themes in coders for row in count_values(inputs, themes, prompting, medium)],
        "theme_subthemes": [row for themes in coders for row in count_subthemes(inputs, themes)],
    }


def _follow_once(
    inputs: QuestionInputs, themes: Themes, scheme: str, config: QuestionsConfig, kept: Kept | None
) -> list[Row]:
    return look_up(
        kept,
        lambda: [
            "saturation",
            scheme,
            themes,
            inputs.session,
            inputs.sessions,
            inputs.block,
            config.orders,
            config.seed,
        ],
        lambda: list(follow_codes(inputs, themes, scheme, orders=config.orders, seed=config.seed)),
    )


def _meet_once(inputs: QuestionInputs, themes: Themes, config: QuestionsConfig, kept: Kept | None) -> list[Row]:
    return look_up(
        kept,
        lambda: [
            "cooccurrence", themes, inputs.session, inputs.speaker, inputs.block,
            inputs.in_text_order(np.ones(inputs.n, dtype=bool)), config.permutations, config.seed,
        ],
        lambda: list(find_cooccurrence(inputs, themes, permutations=config.permutations, seed=config.seed)),
    )  # fmt: skip
