"""The section of the page that answers what the team asks of each theme."""

from dataclasses import dataclass

from pipeline.report.material import Material
from pipeline.report.saturation import Curve, describe_saturation
from pipeline.report.theme_links import (
    Answers,
    Blind,
    Perspectives,
    describe_answers,
    describe_perspectives,
    has_meetings,
    list_blind_spots,
    list_meetings,
)
from pipeline.report.theme_profiles import CoderThemes, describe_profiles, lean_legend


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """All that the section shows."""

    coders: tuple[CoderThemes, ...]
    legend: tuple[tuple[str, str], ...]
    curves: tuple[Curve, ...]
    answers: Answers | None
    perspectives: Perspectives | None
    meetings: tuple[str, ...]
    can_meet: bool
    blind: tuple[Blind, ...]


def describe_questions(material: Material) -> Questions:
    """Gather what the section shows."""
    return Questions(
        coders=tuple(describe_profiles(material)),
        legend=tuple(lean_legend(material)),
        curves=tuple(describe_saturation(material)),
        answers=describe_answers(material),
        perspectives=describe_perspectives(material),
        meetings=tuple(list_meetings(material)),
        can_meet=has_meetings(material),
        blind=tuple(list_blind_spots(material)),
    )
