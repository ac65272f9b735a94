"""All coders together, then every two of them: the core that a study and a table brought along have in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from pipeline.agreement.answers import Numbered
from pipeline.agreement.ground import Settings
from pipeline.agreement.material import Material
from pipeline.agreement.pairs import Depth, Pair, many_rows
from pipeline.agreement.rows import Row


@dataclass(frozen=True)
class Step:
    """One comparison in one scheme.

    Attributes:
        numbered: the answers of the scheme.
        coders: who is compared: two, or all of three and more.
        settings: of the draws.
        depth: how much is shown.
    """

    numbered: Numbered
    coders: tuple[str, ...]
    settings: Settings
    depth: Depth

    @property
    def scheme(self) -> str:
        """The scheme."""
        return self.numbered.scheme

    def rows(self) -> Iterator[Row]:
        """The rows of this comparison, overall before codes."""
        if len(self.coders) == 2:
            return Pair(self.numbered, (self.coders[0], self.coders[1]), self.settings, self.depth).rows()
        return many_rows(self.numbered, self.coders, self.settings, self.depth)


def plan_steps(
    material: Material, schemes: Sequence[str], coders: Sequence[str], settings: Settings, depth: Depth
) -> list[Step]:
    """List the comparisons: all coders together where there are three or more, then pairs in alphabetical order.

    Args:
        material: the codings.
        schemes: in printing order.
        coders: who may be compared; a coder takes part in the schemes that he coded.
        settings: of the draws.
        depth: how much is shown.
    """
    people = {
        scheme: tuple(coder for coder in sorted(coders) if coder in material.answers[scheme]) for scheme in schemes
    }
    numbered = {scheme: Numbered(material, scheme, tuple(sorted(material.answers[scheme]))) for scheme in schemes}
    together = [Step(numbered[s], people[s], settings, depth) for s in schemes if len(people[s]) > 2]
    pairs = [
        Step(numbered[scheme], pair, settings, depth)
        for pair in combinations(sorted({coder for named in people.values() for coder in named}), 2)
        for scheme in schemes
        if set(pair) <= set(people[scheme])
    ]
    return [*together, *pairs]
