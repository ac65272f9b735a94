"""Ask a language model about every fragment, and judge its answers by their probabilities and their quotes."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.analysis.codebook.space import SCHEMES, Codes, find_examples, read_codes
from pipeline.analysis.codebook.taught import gather_training_labels
from pipeline.analysis.prompted.questions import (
    MAX_OPTIONS,
    MAX_WORDS,
    Answer,
    LanguageModel,
    Option,
    Question,
    ask_again,
    ask_for_quotes,
    choose_one,
    find_quote,
    is_long,
    list_codes,
    list_values,
    read_quotes,
)
from pipeline.analysis.prompted.scores import Judged, find_unsure, judge, read_logs, take_off_bias
from pipeline.analysis.stances.scales import decide, find_margins
from pipeline.analysis.stances.stage import gather_labels
from pipeline.core.config import PromptedConfig
from pipeline.core.errors import Notice, Output
from pipeline.core.folds import choose_blocks, deal_blocks, find_copies
from pipeline.core.tables import empty_table, table_from_rows
from pipeline.core.views import Floats
from pipeline.core.vocabulary import (
    NEUTRAL_POLARITY,
    PROMPTED_CODER,
    PROMPTED_TAUGHT_CODER,
    AbstentionReason,
    Scheme,
    Sentiment,
    Status,
)

TABLES = ("prompted_codings", "prompted_evidence", "prompted_abstentions")
N_VOTES = 6
"""Orders in which the options are put to a model whose server gives no probabilities: three and their reverses."""
MOST_EXAMPLES = 8
WITHOUT_WORDS = {(Scheme.POLARITY, NEUTRAL_POLARITY), (Scheme.SENTIMENT, str(Sentiment.NEUTRAAL))}
"""What no words can show: that nothing was said either way."""


@dataclass(frozen=True, kw_only=True)
class _PromptedInputs:
    """n fragments that are asked about, sorted by id; what a question holds of them is their text alone.

    ``pool_ids``, ``pool_texts``, ``pool_folds``, ``copies`` (keys of repeated texts) and ``vectors`` are of all used
    fragments, of which the first n are asked about: examples come from all.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    hats_given: tuple[bool, ...]
    folds: NDArray[np.int64]
    pool_ids: tuple[str, ...]
    pool_texts: tuple[str, ...]
    pool_folds: NDArray[np.int64]
    copies: tuple[str, ...]
    vectors: Floats
    codes: Mapping[Scheme, Codes]
    scores: Mapping[Scheme, Mapping[str, Floats]]
    labels: Mapping[Scheme, Mapping[str, frozenset[str]]]
    shown: frozenset[str]
    config: PromptedConfig
    model: LanguageModel


@dataclass
class _Made:
    """Rows of the tables, by coder, fragment and scheme."""

    codings: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    abstentions: list[dict[str, Any]] = field(default_factory=list)
    first: dict[tuple[str, Scheme], dict[int, str]] = field(default_factory=dict)


def code_by_prompts(
    fragments: pd.DataFrame,
    embeddings: pd.DataFrame,
    codebook: pd.DataFrame,
    codebook_scores: pd.DataFrame,
    human_codings: pd.DataFrame,
    seen: pd.DataFrame,
    *,
    config: PromptedConfig,
    language_model: LanguageModel | None,
) -> Output:
    """Code every used fragment by what a language model on this machine answers.

    ``machine-prompted`` is asked without examples: one question for theme, sub-theme (within its theme), polarity,
    sentiment, and hat where none was given. ``machine-prompted-taught`` is shown the nearest coded fragments of other
    folds. Scores are probabilities of the first token, without the model's bias; where people coded, those of
    ``machine-prompted`` are fitted to their codes out of fold. A second question asks for the words that show each
    code; a code whose words are not in the fragment is dropped, with that reason. More than twenty codes are brought
    down to twenty by the likeness of fragment and codebook before the model is asked.

    Args:
        fragments: the table of that name; session and block deal folds and are in no question.
        embeddings: the table of that name, to find the nearest examples.
        codebook: the table of that name.
        codebook_scores: the table of that name, for long codebooks.
        human_codings: the table of that name.
        seen: the table of that name.
        config: section ``prompted``.
        language_model: None where the section names no server: nothing is asked, and all tables are empty.

    Returns:
        Tables ``prompted_codings``, ``prompted_evidence`` and ``prompted_abstentions``.

    Raises:
        PipelineError: the model is not there or went away; what it answered is kept.
    """
    if language_model is None:
        return Output({name: empty_table(name) for name in TABLES})
    inputs, messages = _gather(
        fragments, embeddings, codebook, codebook_scores, human_codings, seen, config, language_model
    )
    made = _Made()
    if inputs.ids:
        _code_all(inputs, PROMPTED_CODER, made)
        if config.examples:
            _code_all(inputs, PROMPTED_TAUGHT_CODER, made)
    messages += _count(made)
    n_used = int((fragments["status"] == Status.USED).sum())
    if 0 < len(inputs.ids) < n_used:
        language_model.show_sample(len(inputs.ids), n_used)
    tables = {
        "prompted_codings": table_from_rows(made.codings, "prompted_codings"),
        "prompted_evidence": table_from_rows(made.evidence, "prompted_evidence"),
        "prompted_abstentions": table_from_rows(made.abstentions, "prompted_abstentions"),
    }
    return Output(tables, tuple(Notice("prompted", message) for message in messages))


def _gather(
    fragments: pd.DataFrame, embeddings: pd.DataFrame, codebook: pd.DataFrame, codebook_scores: pd.DataFrame,
    human_codings: pd.DataFrame, seen: pd.DataFrame, config: PromptedConfig, model: LanguageModel,
) -> tuple[_PromptedInputs, list[str]]:  # fmt: skip
    used = fragments.loc[fragments["status"] == Status.USED].sort_values("fragment_id")
    copies = find_copies(used["text"].tolist())
    blocks = choose_blocks(used["session"].tolist(), used["block"].tolist(), n_folds=config.folds, copies=copies)
    folds = deal_blocks(blocks, n_folds=config.folds, seed=config.seed)
    known = dict(zip(embeddings["fragment_id"], embeddings["vector"], strict=True))
    messages = []
    # Ids are hashes: the first of them are a sample that does not depend on the order of sources.
    n = min(config.limit, len(used)) if config.limit else len(used)
    if n < len(used):
        messages.append(f"a sample of {n} of {len(used)} fragments was put to the language model (prompted.limit)")
    ids, texts = tuple(used["fragment_id"].iloc[:n]), tuple(used["text"].iloc[:n])
    n_long = sum(map(is_long, texts))
    if n_long:
        messages.append(f"{n_long} fragments have more than {MAX_WORDS} words: the middle is left out of questions")
    codes = read_codes(codebook)
    schemes = (*codes, Scheme.POLARITY, Scheme.SENTIMENT, Scheme.HAT)
    labels = {}
    for scheme in schemes:
        if scheme in codes:
            found = gather_training_labels(human_codings, codes[scheme])
            labels[scheme] = {f: frozenset({codes[scheme].names[i]}) for f, i in found.items()}
        else:
            labels[scheme] = gather_labels(human_codings, seen, scheme)
    scores = {}
    for scheme in codes:
        own = codebook_scores.loc[codebook_scores["scheme"] == scheme]
        scores[scheme] = dict(zip(own["fragment_id"], own["scores"], strict=True))
    inputs = _PromptedInputs(
        ids=ids, texts=texts, hats_given=tuple(used["hat_given"].notna().iloc[:n]),
        folds=folds[:n], pool_ids=tuple(used["fragment_id"]), pool_texts=tuple(used["text"]), pool_folds=folds,
        copies=tuple(copies),
        vectors=np.array([known[fragment] for fragment in used["fragment_id"]], dtype=np.float64),
        codes=codes, scores=scores, labels=labels, shown=find_examples(codebook, ids, texts),
        config=config, model=model,
    )  # fmt: skip
    return inputs, messages


def _code_all(inputs: _PromptedInputs, coder: str, made: _Made) -> None:
    wanted = [scheme for scheme in Scheme if scheme in inputs.config.schemes and scheme in inputs.labels]
    # A sub-theme is asked for within the theme that was found.
    for scheme in sorted(wanted, key=lambda scheme: scheme is Scheme.SUBTHEME):
        options = list_codes(inputs.codes[scheme]) if scheme in inputs.codes else list_values(scheme)
        offered = [_offer(inputs, coder, scheme, options, i, made) for i in range(len(inputs.ids))]
        if coder == PROMPTED_TAUGHT_CODER:
            examples = _find_examples(inputs, scheme, options)
            if not any(examples):
                continue
            offered = [own if shown else [] for own, shown in zip(offered, examples, strict=True)]
        else:
            examples = [()] * len(inputs.ids)
        logs, failures = _ask(inputs, scheme, options, offered, examples)
        judged = _judge(inputs, coder, scheme, options, logs)
        margins = _find_lifts(judged.shares) if scheme in SCHEMES else find_margins(judged.shares, scheme)
        unsure = find_unsure(margins)
        for i, own in enumerate(offered):
            if own:
                _decide(inputs, coder, scheme, options, i, own, judged, unsure, failures[i], made)
    if inputs.config.evidence != "off":
        _show(inputs, coder, made)


def _offer(
    inputs: _PromptedInputs, coder: str, scheme: Scheme, options: Sequence[Option], i: int, made: _Made
) -> list[int]:
    """Say which options a fragment is offered: at most twenty, none where it is not to be coded."""
    if scheme not in SCHEMES:
        return [] if scheme is Scheme.HAT and inputs.hats_given[i] else list(range(len(options)))
    if inputs.ids[i] in inputs.shown:
        return []
    chosen = list(range(len(options)))
    if scheme is Scheme.SUBTHEME and Scheme.THEME in inputs.codes:
        theme = made.first.get((coder, Scheme.THEME), {}).get(i)
        parents = inputs.codes[scheme].parents
        chosen = [k for k in chosen if theme is not None and parents[k] == theme]
    scores = inputs.scores[scheme].get(inputs.ids[i])
    if len(chosen) > MAX_OPTIONS and scores is not None:
        nearest = sorted(chosen, key=lambda k: (-round(float(scores[k]), 6), k))[:MAX_OPTIONS]
        return sorted(nearest)
    return chosen[:MAX_OPTIONS]


def _find_examples(
    inputs: _PromptedInputs, scheme: Scheme, options: Sequence[Option]
) -> list[tuple[tuple[str, str], ...]]:
    """Find for each fragment the nearest coded ones outside its fold, as many of each code; the nearest stand last."""
    names = {option.code for option in options}
    labels = {f: next(iter(found)) for f, found in inputs.labels[scheme].items() if len(found) == 1}
    code = [labels.get(fragment, "") for fragment in inputs.pool_ids]
    coded = [j for j, name in enumerate(code) if name in names]
    examples: list[tuple[tuple[str, str], ...]] = []
    for i in range(len(inputs.ids)):
        outside = [
            j
            for j in coded
            if inputs.pool_folds[j] != inputs.folds[i]
            and not (inputs.copies[i] and inputs.copies[j] == inputs.copies[i])
        ]
        counts = Counter(code[j] for j in outside)
        enough = [name for name in counts if counts[name] >= inputs.config.min_examples]
        if len(enough) < 2 or not outside:
            examples.append(())
            continue
        likeness = np.round(inputs.vectors[outside] @ inputs.vectors[i], 6)
        order = [outside[j] for j in np.argsort(-likeness, kind="stable")]
        most = max(1, MOST_EXAMPLES // len(enough))
        taken: list[int] = []
        for name in enough:
            taken += [j for j in order if code[j] == name][:most]
        near = sorted(taken, key=order.index)[:MOST_EXAMPLES]
        examples.append(tuple((inputs.pool_texts[j], code[j]) for j in reversed(near)))
    return examples


def _ask(
    inputs: _PromptedInputs, scheme: Scheme, options: Sequence[Option], offered: Sequence[Sequence[int]],
    examples: Sequence[Sequence[tuple[str, str]]],
) -> tuple[Floats, dict[int, str | None]]:  # fmt: skip
    """Give (n, k) log-probabilities, NaN where nothing was asked or answered, and why an answer failed."""
    asked = [i for i, own in enumerate(offered) if len(own) > 1]
    orders: dict[int, list[list[int]]] = {i: [] for i in asked}
    questions: dict[int, list[Question]] = {i: [] for i in asked}
    answers: dict[int, list[Answer]] = {i: [] for i in asked}

    def put(turns: range, seeds: Mapping[int, str]) -> None:
        # All orders of one fragment follow one another: a server reads once what questions begin with.
        for i in asked:
            for turn in turns:
                orders[i].append(_turn(offered[i], turn, seeds[i]))
                put_so = [options[k] for k in orders[i][-1]]
                questions[i].append(choose_one(scheme, put_so, inputs.texts[i], examples[i]))
        given = iter(inputs.model.answer([questions[i][turn] for i in asked for turn in turns]))
        for i in asked:
            answers[i] += [next(given) for _ in turns]

    put(range(inputs.config.orders), dict.fromkeys(asked, ""))
    usable = [answer for own in answers.values() for answer in own if answer.failure is None]
    # A model may now and then begin with something else than an answer: votes are for servers that state nothing.
    if usable and all(answer.logs is None for answer in usable):
        put(range(inputs.config.orders, N_VOTES), {i: f"{inputs.ids[i]} {scheme}" for i in asked})
    logs = np.full((len(inputs.ids), len(options)), np.nan)
    failures: dict[int, str | None] = dict.fromkeys(range(len(inputs.ids)))
    for i, own in enumerate(offered):
        if len(own) == 1:
            logs[i, own[0]] = 0.0
    for i in asked:
        place = {k: j for j, k in enumerate(offered[i])}
        placed = [[place[k] for k in order] for order in orders[i]]
        row = read_logs(answers[i], placed, [question.answers for question in questions[i]])
        if row is not None:
            logs[i, list(offered[i])] = row
        failures[i] = next((answer.failure for answer in answers[i] if answer.failure), None)
    return logs, failures


def _turn(offered: Sequence[int], turn: int, seed: str) -> list[int]:
    """Give another order of the options: each second one is the reverse of the one before.

    >>> [_turn([0, 1, 2, 3], turn, "") for turn in range(4)]
    [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1], [1, 0, 3, 2]]
    """
    order = list(offered)
    if turn > 1 and seed:
        order = random.Random(f"{seed} {turn // 2}").sample(order, len(order))  # noqa: S311 - no secret
    elif turn > 1:
        order = order[len(order) // 2 :] + order[: len(order) // 2]
    return order[::-1] if turn % 2 else order


def _judge(inputs: _PromptedInputs, coder: str, scheme: Scheme, options: Sequence[Option], logs: Floats) -> Judged:
    odds = take_off_bias(logs)
    labels = inputs.labels[scheme]
    coded = np.array([fragment in labels for fragment in inputs.ids])
    targets = np.array(
        [[option.code in labels.get(fragment, ()) for option in options] for fragment in inputs.ids], dtype=np.bool_
    )
    if coder == PROMPTED_CODER or scheme is Scheme.POLARITY:
        return judge(odds, scheme, targets=targets, coded=coded, folds=inputs.folds, min_coded=inputs.config.min_coded)
    # Its examples have taught it already.
    nothing = np.zeros(len(coded), dtype=np.bool_)
    shares = judge(odds, scheme, targets=targets, coded=nothing, folds=inputs.folds, min_coded=1).shares
    return Judged(shares=shares, folds=np.where(coded, inputs.folds, -1))


def _find_lifts(shares: Floats) -> Floats:
    """Say for n fragments how many times as likely as by guessing their first code is; NaN where nothing was answered.

    >>> _find_lifts(np.array([[0.5, 0.3, 0.2], [np.nan, np.nan, np.nan]])).tolist()
    [1.5, nan]
    """
    known = ~np.isnan(shares)
    lifts: Floats = np.where(known, shares, 0.0).max(axis=1) * known.sum(axis=1)
    return np.where(known.any(axis=1), lifts, np.nan)


def _decide(
    inputs: _PromptedInputs, coder: str, scheme: Scheme, options: Sequence[Option], i: int, offered: Sequence[int],
    judged: Judged, unsure: float, failure: str | None, made: _Made,
) -> None:  # fmt: skip
    """Code one fragment, or abstain: only where it is near to its runner-up and among the least sure tenth."""
    shares = judged.shares[i]
    base = {"coder": coder, "fragment_id": inputs.ids[i], "scheme": scheme}
    if np.isnan(shares[list(offered)]).all():
        made.abstentions.append(base | {"code": None, "reason": failure or str(AbstentionReason.NO_ANSWER)})
        return
    fold = int(judged.folds[i]) if judged.folds[i] >= 0 else None
    rows = []
    if scheme in SCHEMES:
        best = sorted(offered, key=lambda k: (-round(float(np.nan_to_num(shares[k])), 6), k))[: inputs.config.n_ranks]
        top = float(shares[best[0]])
        sure = top * len(offered) >= min(inputs.config.min_lift, unsure) or len(offered) == 1
        for rank, k in enumerate(best, start=1):
            near = rank == 1 or shares[k] >= inputs.config.second_share * top
            score = round(float(np.nan_to_num(shares[k])), 6)
            rows.append({"code": options[k].code, "rank": rank, "score": score, "assigned": bool(sure and near)})
    else:
        min_margin = min(inputs.config.min_margin, unsure)
        for rank, judgement in enumerate(decide(shares, scheme, min_margin=min_margin), start=1):
            if judgement.value is not None:
                rows.append({"code": judgement.value, "rank": rank, "score": judgement.score, "assigned": True})
    if not any(row["assigned"] for row in rows):
        made.abstentions.append(base | {"code": None, "reason": str(AbstentionReason.UNSURE)})
    elif scheme is Scheme.THEME:
        made.first.setdefault((coder, scheme), {})[i] = str(rows[0]["code"])
    made.codings += [base | row | {"fold": fold} for row in rows]


def _show(inputs: _PromptedInputs, coder: str, made: _Made) -> None:
    """Ask for the words that show each code; drop the codes without, where they are required."""
    given: dict[str, list[dict[str, Any]]] = {}
    for row in made.codings:
        if row["coder"] == coder and row["assigned"] and (row["scheme"], row["code"]) not in WITHOUT_WORDS:
            given.setdefault(row["fragment_id"], []).append(row)
    option_of = {
        (scheme, option.code): option
        for scheme in inputs.labels
        for option in (list_codes(inputs.codes[scheme]) if scheme in inputs.codes else list_values(scheme))
    }
    texts = dict(zip(inputs.ids, inputs.texts, strict=True))
    asked = sorted(given)
    questions = [
        ask_for_quotes([option_of[row["scheme"], row["code"]] for row in given[fragment]], texts[fragment])
        for fragment in asked
    ]
    answers = inputs.model.answer(questions)
    unread = [
        i
        for i, fragment in enumerate(asked)
        if not answers[i].failure and read_quotes(answers[i].text, len(given[fragment])) is None
    ]
    for i, answer in zip(
        unread, inputs.model.answer([ask_again(questions[i], answers[i]) for i in unread]), strict=True
    ):
        answers[i] = answer
    dropped = set()
    for fragment, answer in zip(asked, answers, strict=True):
        quotes = None if answer.failure else read_quotes(answer.text, len(given[fragment]))
        for k, row in enumerate(given[fragment]):
            quote = (quotes or {}).get(k, "")
            place = find_quote(quote, texts[fragment])
            base = {name: row[name] for name in ("coder", "fragment_id", "scheme", "code")}
            if place is not None:
                found = texts[fragment][place[0] : place[1]]
                made.evidence.append(base | {"start": place[0], "end": place[1], "text": found})
                continue
            made.abstentions.append(base | {"reason": answer.failure or str(_explain_no_quote(quotes, quote))})
            dropped.add(id(row))
    if inputs.config.evidence == "require":
        made.codings = [row if id(row) not in dropped else row | {"assigned": False} for row in made.codings]


def _explain_no_quote(quotes: Mapping[int, str] | None, quote: str) -> AbstentionReason:
    """Say why a code has no words: no answer that can be read, no quote, or one that is not in the fragment."""
    if quotes is None:
        return AbstentionReason.NO_ANSWER
    return AbstentionReason.INVENTED if quote else AbstentionReason.NO_WORDS


def _count(made: _Made) -> Iterator[str]:
    reasons = Counter((row["coder"], row["reason"]) for row in made.abstentions)
    for (coder, reason), n in sorted(reasons.items()):
        yield f"{coder}: {n} codes not given: {reason}"
