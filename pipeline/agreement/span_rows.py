"""Rows for passages: units are documents, and coders say from which character to which a code holds."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from pipeline.agreement import gamma, spans
from pipeline.agreement.coding_sheets import Entry
from pipeline.agreement.coefficients import divide
from pipeline.agreement.counts import sum_by_block
from pipeline.agreement.estimate import Undefined
from pipeline.agreement.ground import Ground, Settings
from pipeline.agreement.people import Step
from pipeline.agreement.resampling import Floats, Method, figure_of_tables
from pipeline.agreement.rows import Found, Frame, Row, make_rows
from pipeline.agreement.spans import Span

POLICY = "passages up to the last one of each document, without chance level"
OVERLAP = "passages of one coder overlap, so that only single codes can be compared"
_UNITIZING: Mapping[str, Callable[[Floats], Floats]] = {
    "krippendorff_u_alpha": spans.u_alpha,
    "krippendorff_u_alpha_binary": spans.u_alpha_binary,
    "krippendorff_cu_alpha": spans.cu_alpha,
}


def has_passages(entries: Sequence[Entry], scheme: str) -> bool:
    """Tell whether units are documents with passages, and not fragments that have one place each."""
    places: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for entry in entries:
        if entry.scheme == scheme and entry.span is not None and entry.codes:
            places[entry.unit].add(entry.span)
    return any(len(found) > 1 for found in places.values())


def span_rows(entries: Sequence[Entry], step: Step, settings: Settings) -> Iterator[Row]:
    """Compare the passages of coders: unitizing alphas, and for two coders character kappa and segment overlap.

    Args:
        entries: rows of a table of codings; units are documents.
        step: the coders and the scheme.
        settings: of the draws.
    """
    material, codes = step.numbered.material, step.numbered.material.schemes[step.scheme].labels
    given = _passages(entries, step, {code: i for i, code in enumerate(codes)})
    seen = [material.seen(step.scheme, coder) for coder in step.coders]
    units = np.flatnonzero(np.logical_and.reduce(seen))
    ground = Ground(material, units, settings)
    unit = "document" if ground.unit == "fragment" else ground.unit
    left = ((int(np.logical_or.reduce(seen).sum()) - units.size, "not seen by all of them"),)
    frame = Frame(coders=step.coders, scheme=step.scheme, unit=unit, n=units.size, left=left, policy=POLICY)
    documents = [[given[coder, int(unit)] for coder in step.coders] for unit in units]
    lengths = [max((span.end for own in document for span in own), default=1) for document in documents]
    found = [*_whole(ground, documents, lengths, len(codes))]
    if len(step.coders) == 2:
        found.append(_segment_overlap(ground, documents))
    if gamma.is_installed():
        found.append(_gamma(documents, settings.seed))
    yield from make_rows(frame, found)
    yield from make_rows(frame, _per_code(ground, documents, lengths, codes))


def _passages(entries: Sequence[Entry], step: Step, place: Mapping[str, int]) -> dict[tuple[str, int], list[Span]]:
    sessions = step.numbered.material.sessions
    names = zip(sessions or [""] * len(step.numbered.material.units), step.numbered.material.units, strict=True)
    position = {unit: i for i, unit in enumerate(names)}
    given: dict[tuple[str, int], list[Span]] = defaultdict(list)
    for entry in entries:
        if entry.scheme == step.scheme and entry.span is not None:
            for code in entry.codes or ():
                given[entry.coder, position[entry.unit]].append(Span(*entry.span, place[code]))
    return defaultdict(list, {key: _merged(own) for key, own in given.items()})


def _merged(own: Sequence[Span]) -> list[Span]:
    """Passages of one code that overlap, as one passage."""
    merged: list[Span] = []
    for span in sorted(own, key=lambda span: (span.code, span.start, span.end)):
        if merged and merged[-1].code == span.code and span.start < merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return sorted(merged)


def _overlapping(own: Sequence[Span]) -> bool:
    return any(second.start < first.end for first, second in pairwise(own))


def _whole(
    ground: Ground, documents: Sequence[list[list[Span]]], lengths: Sequence[int], n_codes: int
) -> Iterator[Found]:
    if any(_overlapping(own) for document in documents for own in document):
        yield from (Found(statistic=name, reason=OVERLAP) for name in _UNITIZING)
        return
    tables = _sum(
        ground, [spans.unitizing_table(d, length, n_codes) for d, length in zip(documents, lengths, strict=True)]
    )
    for name, measure in _UNITIZING.items():
        yield _figure(ground, name, "", tables, measure)


def _per_code(
    ground: Ground, documents: Sequence[list[list[Span]]], lengths: Sequence[int], codes: Sequence[str]
) -> Iterator[Found]:
    pairs = list(zip(documents, lengths, strict=True))
    for i, code in enumerate(codes):
        alone = [([[s._replace(code=0) for s in own if s.code == i] for own in d], length) for d, length in pairs]
        tables = _sum(ground, [spans.unitizing_table(d, length, 1) for d, length in alone])
        yield _figure(ground, "krippendorff_u_alpha", code, tables, spans.u_alpha)
        if documents and len(documents[0]) == 2:
            cells = _sum(ground, [spans.character_table(d[0], d[1], length, 1)[0] for d, length in alone])
            yield _figure(ground, "character_kappa", code, cells, spans.character_kappa)
    if any(_overlapping(own) for document in documents for own in document):
        return
    tables = _sum(ground, [spans.unitizing_table(d, length, len(codes)) for d, length in pairs])
    for i, code in enumerate(codes):
        yield _figure(ground, "krippendorff_ku_alpha", code, tables, _of_code(spans.ku_alpha, i))
        yield _figure(ground, "span_coverage", code, tables, _of_code(spans.coverage, i))


def _segment_overlap(ground: Ground, documents: Sequence[list[list[Span]]]) -> Found:
    counted = _sum(ground, [np.array(spans.overlap_agreement(*document), dtype=np.float64) for document in documents])
    return _figure(ground, "segment_overlap", "", counted, lambda t: divide(t[..., 0], t[..., 1]))


def _gamma(documents: Sequence[list[list[Span]]], seed: int) -> Found:
    value = gamma.gamma(documents, seed=seed)
    why = f"no interval: the expected disorder is sampled ({gamma.SETTINGS})"
    return Found(statistic="gamma", estimate=value, reason=str(Undefined.NO_COMMON_UNIT) if value is None else why)


def _of_code(measure: Callable[[Floats], Floats], code: int) -> Callable[[Floats], Floats]:
    return lambda tables: np.asarray(measure(tables)[..., code])


def _sum(ground: Ground, tables: Sequence[Floats]) -> Floats:
    return sum_by_block(np.stack(tables), ground.blocks.index) if tables else np.zeros((0, 1))


def _figure(ground: Ground, name: str, code: str, tables: Floats, measure: Callable[[Floats], Floats]) -> Found:
    if not len(tables):
        return Found(statistic=name, code=code, reason=str(Undefined.NO_COMMON_UNIT))
    lowest = 0.0 if name in ("segment_overlap", "span_coverage") else -np.inf
    doubt = ground.doubt(
        figure_of_tables(tables, measure), len(tables), bounds=(lowest, 1.0), method=Method.JACKKNIFE_T_LOG
    )
    reason = None if doubt.reason is None else f"no interval: {doubt.reason}"
    if doubt.estimate is None:
        reason = str(Undefined.NO_EXPECTED_DISAGREEMENT)
    return Found(
        statistic=name, code=code, estimate=doubt.estimate, low=doubt.low, high=doubt.high,
        left_out=doubt.left_out, reason=reason,
    )  # fmt: skip
