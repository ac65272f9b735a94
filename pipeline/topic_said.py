"""What is said of topics: how many, how that number was chosen, and how far it can be trusted."""

from pipeline.topic_numbers import Level
from pipeline.vocabulary import Scheme

NOTHING = "no number surely comes back more often than on shuffled features"
READ_SO = "take them as an order to read in, not as a finding"
NOUNS = {str(Scheme.THEME): "topics", str(Scheme.SUBTHEME): "subtopics"}


def say_summary(method: str, n: int, *, topics: int, subtopics: int, outliers: int, fate: str) -> str:
    """Say what was made of n fragments.

    >>> say_summary("Ward", 9, topics=2, subtopics=3, outliers=1, fate="stay outside")
    'Ward made 2 topics with 3 subtopics of 9 fragments; 1 began as outlier and stay outside'
    """
    made = f"{method} made {topics} topics with {subtopics} subtopics of {n} fragments"
    return f"{made}; {outliers} began as outlier and {fate}"


def say_level(level: Level, is_given: bool, n_fitted: int, n: int) -> str:
    """Say how a number was chosen, and plainly so where no number comes back more often than by chance.

    Args:
        level: what was tried and chosen.
        is_given: whether the study names the number.
        n_fitted: fragments that were fitted again and again.
        n: all fragments.
    """
    noun = NOUNS[level.scheme]
    sample = "" if n_fitted == n else f", tried on {n_fitted} of {n} fragments"
    if not level.tried:
        return f"{level.chosen or 'no'} {noun}: too few fragments to try any number"
    numbers = [one.k for one in level.tried]
    span = f"{min(numbers)} to {max(numbers)} {noun}"
    one = next((one for one in level.tried if one.k == level.chosen), None)
    if one is None or one.told <= 0 and not is_given:
        how = "as the study says" if is_given else "by rule of thumb"
        return f"{level.chosen} {noun} {how}: of {span}, {NOTHING}{sample}; {READ_SO}"
    why = "as the study says" if is_given else f"which of {span} say most that comes back above chance"
    found = (
        f"{level.chosen} {noun}, {why}: stability {one.stability:.2f} against {one.permuted[0]:.2f} on shuffled "
        f"features (gap {one.gap:.2f}, error {one.gap_error:.2f}){sample}; {one.coverage:.0%} of fragments are firm in "
        "theirs"
    )
    return found if level.beaten else f"{found}; but of {span}, {NOTHING}; {READ_SO}"
