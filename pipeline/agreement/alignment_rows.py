"""Rows that say which topic carries which code, what became of each code, and what people coded in each topic."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pipeline.agreement.alignment import (
    CodeFate,
    Crossing,
    Members,
    TopicVerdict,
    adjusted_p,
    cross,
    judge_codes,
    link,
    moved_p,
)
from pipeline.agreement.counts import Floats
from pipeline.agreement.doubt import share_of
from pipeline.agreement.ground import Ground
from pipeline.agreement.material import Units
from pipeline.agreement.rows import JOIN
from pipeline.agreement.scene import Scene

LEAST_CODED = 0.2
"""A topic of which people coded less than this share is called uncoded."""


@dataclass(frozen=True)
class Alignment:
    """The topics of a machine beside one coder's codes of one scheme.

    Attributes:
        scene: the study.
        scheme: theme or sub-theme.
        coder: the human coder.
    """

    scene: Scene
    scheme: str
    coder: str

    @property
    def comparison(self) -> str:
        """The two compared, as printed."""
        return f"{self.coder}{JOIN}{self.scene.topics.coder}"

    @cached_property
    def units(self) -> Units:
        """Positions of the units that the coder saw and that have a topic."""
        return np.flatnonzero(self.scene.seen(self.scheme, self.coder) & (self.scene.topics.assigned >= 0))

    @cached_property
    def ground(self) -> Ground:
        """What belongs together in the units."""
        return self.scene.ground(self.units)

    @cached_property
    def topics(self) -> Units:
        """Topic of each of the units."""
        return self.scene.topics.assigned[self.units]

    @cached_property
    def members(self) -> Members:
        """Codes of each of the units, shape (units, codes)."""
        return self.scene.members(self.scheme, self.coder)[self.units]

    @cached_property
    def crossing(self) -> Crossing:
        """How often topics meet codes."""
        return cross(self.topics, self.members, len(self.scene.topic_ids))

    @cached_property
    def p(self) -> Floats:
        """Adjusted hypergeometric p-values, shape (topics, codes)."""
        return adjusted_p(self.crossing)

    @cached_property
    def p_moved(self) -> Floats | None:
        """P-values when blocks are moved."""
        return moved_p(self.ground, self.topics, self.members, len(self.scene.topic_ids))

    @cached_property
    def linked(self) -> Members:
        """Which topics and codes belong together."""
        return link(self.crossing, self.p, self.p_moved)

    @property
    def labels(self) -> tuple[str, ...]:
        """The codes."""
        return self.scene.material.schemes[self.scheme].labels

    def topic_codes(self) -> Iterator[dict[str, Any]]:
        """One row for each topic and code that meet."""
        crossing = self.crossing
        for topic, code in np.argwhere(crossing.counts > 0).tolist():
            n = float(crossing.counts[topic, code])
            yield {
                "comparison": self.comparison,
                "scheme": self.scheme,
                "topic_id": self.scene.topic_ids[topic],
                "code": self.labels[code],
                "n": int(n),
                "n_topic": int(crossing.of_topic[topic]),
                "n_code": int(crossing.of_code[code]),
                "precision": n / float(crossing.of_topic[topic]),
                "recall": n / float(crossing.of_code[code]),
                "lift": float(crossing.lift[topic, code]),
                "p": float(self.p[topic, code]),
                "p_moved": None if self.p_moved is None else float(self.p_moved[topic, code]),
                "linked": bool(self.linked[topic, code]),
            }

    def codes(self) -> Iterator[dict[str, Any]]:
        """One row for each code that people used."""
        for code, fate in enumerate(judge_codes(self.linked, self.crossing.counts)):
            if self.crossing.of_code[code]:
                yield self._code_row(code, fate)

    def topic_rows(self) -> Iterator[dict[str, Any]]:
        """One row for each topic."""
        n_coded = np.bincount(self.topics, weights=self.members.any(axis=1), minlength=len(self.scene.topic_ids))
        sizes = np.bincount(self._placed, minlength=len(self.scene.topic_ids))
        for topic, topic_id in enumerate(self.scene.topic_ids):
            counts = self.crossing.counts[topic]
            order = np.argsort(-counts, kind="stable")
            codes = [self.labels[code] for code in order if self.linked[topic, code]]
            first = int(order[0]) if order.size else -1
            share = share_of(self.ground, self.members[:, first], self.topics == topic) if counts.any() else {}
            yield {
                "comparison": self.comparison,
                "scheme": self.scheme,
                "topic_id": topic_id,
                "verdict": str(_topic_verdict(len(codes), float(n_coded[topic]), int(sizes[topic]))),
                "codes": codes,
                "largest": self.labels[first] if counts.any() else None,
                **share,
                "unit": self.ground.unit,
                "chance": float(self.crossing.of_code[first] / self.crossing.n) if counts.any() else None,
                "n": int(sizes[topic]),
                "n_seen": int(self.crossing.of_topic[topic]),
                "n_coded": int(n_coded[topic]),
            }

    @property
    def _placed(self) -> Units:
        assigned = self.scene.topics.assigned
        return np.asarray(assigned[assigned >= 0])

    def _code_row(self, code: int, fate: CodeFate) -> dict[str, Any]:
        inside = np.isin(self.topics, fate.topics)
        given = self.members[:, code]
        precision, recall = share_of(self.ground, given, inside), share_of(self.ground, inside, given)
        cells = (list(fate.topics), code)
        base = float(given.mean())
        return {
            "comparison": self.comparison,
            "scheme": self.scheme,
            "code": self.labels[code],
            "position": code,
            "verdict": str(fate.verdict),
            "topics": [self.scene.topic_ids[topic] for topic in fate.topics],
            "merged_with": [self.labels[other] for other in fate.merged_with],
            "unit": self.ground.unit,
            "precision": precision["estimate"],
            "precision_low": precision["low"],
            "precision_high": precision["high"],
            "recall": recall["estimate"],
            "recall_low": recall["low"],
            "recall_high": recall["high"],
            "chance": float(inside.mean()),
            "lift": None if precision["estimate"] is None else precision["estimate"] / base,
            "p": float(self.p[cells].min(initial=1.0)) if fate.topics else float(self.p[:, code].min(initial=1.0)),
            "p_moved": self._least_moved(code, fate),
            "n": int(given.sum()),
            "reason": "no topic carries this code more often than chance" if not fate.topics else recall["reason"],
        }

    def _least_moved(self, code: int, fate: CodeFate) -> float | None:
        if self.p_moved is None or not len(self.p_moved):
            return None
        return float(self.p_moved[list(fate.topics) or slice(None), code].min())


def _topic_verdict(n_codes: int, n_coded: float, size: int) -> TopicVerdict:
    if n_coded < LEAST_CODED * size or not n_coded:
        return TopicVerdict.UNCODED
    if not n_codes:
        return TopicVerdict.NO_CODE
    return TopicVerdict.ONE_CODE if n_codes == 1 else TopicVerdict.SEVERAL_CODES
