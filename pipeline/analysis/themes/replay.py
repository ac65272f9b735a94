"""Replays what people decided, in order, on the topics of this run."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.themes.state import DROPPED, Group, Part, State
from pipeline.analysis.topics.standing import LEAST_COSINE, Previous, cosine_of
from pipeline.core.views import Floats
from pipeline.core.vocabulary import Action, Effect, Placement
from pipeline.readers.given.decisions import Decision, ThemeReference, in_effect

STARTS = 10
ROUNDS = 100


def divide(vectors: Floats, n_parts: int, *, seed: int) -> NDArray[np.int64]:
    """Divide n vectors into at most k parts; fewer where there are fewer different vectors.

    Source: Lloyd (1982), Least squares quantization in PCM; starts as in Arthur and Vassilvitskii (2007), k-means++.

    Args:
        vectors: (n, d), n at least 1, in a stable order.
        n_parts: k.
        seed: of the starts.

    Returns:
        n part numbers: 0 is the largest; of equally large ones the one that holds the earliest row.

    >>> divide(np.array([[0.0], [0.1], [5.0]]), 2, seed=1).tolist()
    [0, 0, 1]
    """
    k = min(n_parts, len(np.unique(np.round(vectors, 6), axis=0)))
    random = np.random.default_rng(seed)
    found = [_descend(vectors, _start(vectors, k, random)) for _ in range(STARTS)]
    _, best = min(found, key=lambda each: round(each[0], 9))
    return _by_size(best)


def _start(vectors: Floats, k: int, random: np.random.Generator) -> Floats:
    centres = [vectors[random.integers(len(vectors))]]
    while len(centres) < k:
        away = _squares(vectors, np.stack(centres)).min(axis=1)
        centres.append(vectors[random.choice(len(vectors), p=away / away.sum())])
    return np.stack(centres)


def _descend(vectors: Floats, centres: Floats) -> tuple[float, NDArray[np.int64]]:
    parts = _squares(vectors, centres).argmin(axis=1)
    for _ in range(ROUNDS):
        centres = np.stack(
            [vectors[parts == part].mean(axis=0) if (parts == part).any() else centres[part]
             for part in range(len(centres))]
        )  # fmt: skip
        moved = _squares(vectors, centres).argmin(axis=1)
        if (moved == parts).all():
            break
        parts = moved
    return float(_squares(vectors, centres)[np.arange(len(vectors)), parts].sum()), parts.astype(np.int64)


def _squares(vectors: Floats, centres: Floats) -> Floats:
    """Squared distances (n, k), never negative."""
    return np.stack([((vectors - centre) ** 2).sum(axis=1) for centre in centres], axis=1)


def _by_size(parts: NDArray[np.int64]) -> NDArray[np.int64]:
    first = {int(part): int(np.argmax(parts == part)) for part in np.unique(parts)}
    order = sorted(first, key=lambda part: (-int((parts == part).sum()), first[part]))
    number = {part: place for place, part in enumerate(order)}
    return np.array([number[int(part)] for part in parts], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """The group that is meant, or None; and how it was found, or why not (empty when all anchors lie in it)."""

    group: int | None
    reason: str = ""


def find(reference: ThemeReference, state: State, previous: Previous) -> FoundGroup:
    """Find a theme again.

    More than half of the anchors must lie in one group. Else the nearest group is taken, by the cosine of its centre
    with that of the theme as the previous generation knew it, or of the anchors that are still there; from
    ``LEAST_COSINE`` on. A theme whose fragments were dropped is not looked for elsewhere.
    """
    anchors, there = reference.anchors, [anchor for anchor in reference.anchors if anchor in state.place]
    dropped = Counter(state.dropped_by[anchor] for anchor in there if state.place[anchor] == DROPPED)
    if 2 * dropped.total() > len(anchors):
        by = ", ".join(sorted(dropped))
        return FoundGroup(None, f"{reference.theme_id}: its fragments were dropped by {by}")
    together = Counter(state.place[anchor] for anchor in there if state.place[anchor] >= 0)
    best, most = min(together.items(), key=lambda item: (-item[1], item[0]), default=(None, 0))
    if best is not None and 2 * most > len(anchors):
        whole = most == len(anchors)
        return FoundGroup(best, "" if whole else f"{reference.theme_id} found by {most} of its {len(anchors)} anchors")
    return _find_nearest(reference, there, most, state, previous)


def _find_nearest(
    reference: ThemeReference, there: list[str], most: int, state: State, previous: Previous
) -> FoundGroup:
    n = len(reference.anchors)
    state_of = f"{len(there)} of its {n} anchors are still there, at most {most} together"
    wanted = previous.centre(reference.theme_id)
    if wanted is None:
        wanted = previous.space.centre(there)
    cosines = {
        group: cosine
        for group, members in state.occupied().items()
        if (cosine := cosine_of(wanted, previous.space.centre(members))) is not None
    }
    if not cosines:
        return FoundGroup(None, f"{reference.theme_id}: {state_of}, and nothing else tells where it went")
    group, cosine = max(cosines.items(), key=lambda item: (round(item[1], 9), -item[0]))
    if cosine < LEAST_COSINE:
        return FoundGroup(
            None, f"{reference.theme_id}: {state_of}; the nearest theme is not near (cosine {cosine:.2f})"
        )
    return FoundGroup(group, f"{reference.theme_id} found as the nearest theme (cosine {cosine:.2f}): {state_of}")


@dataclass(frozen=True, slots=True)
class Done:
    """What a decision did.

    Attributes:
        outcome: whether it could be done.
        fragments: the fragments that it touched.
        groups: the groups that came of it.
        reason: why not, or how its theme was found; empty when there is nothing to say.
    """

    outcome: Effect
    fragments: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    reason: str = ""


def replay(
    decisions: Sequence[Decision], state: State, previous: Previous, parts: Mapping[Part, Collection[str]], *, seed: int
) -> list[Done]:
    """Change ``state`` by every decision that holds.

    Args:
        decisions: in order.
        state: the topics; it is changed.
        previous: the previous generation, which helps to find a theme whose anchors are gone.
        parts: fragments of the parts into which the earlier run split themes by vectors; they stay parts.
        seed: of a split by vectors.

    Returns:
        What each decision did, in the same order.
    """
    holding = in_effect(decisions)
    by_whom = {d.undoes: d.decision_id for d in decisions if d.undoes and d.decision_id in holding}
    replaying = _Replay(state, previous, parts, seed)
    done = []
    for decision in decisions:
        if decision.decision_id not in holding:
            done.append(Done(Effect.UNDONE, reason=f"undone by {by_whom[decision.decision_id]}"))
        elif decision.action is Action.UNDO:
            done.append(Done(Effect.APPLIED, reason=f"{decision.undoes} does not hold any more"))
        else:
            done.append(replaying.carry_out(decision))
    in_use = {state.groups[group].name for group in state.occupied()}
    return [_describe_name(decision, what, in_use) for decision, what in zip(decisions, done, strict=True)]


def _describe_name(decision: Decision, what: Done, in_use: Collection[str | None]) -> Done:
    """Say it where a name that was given is on no theme in the end."""
    if decision.name is None or decision.name in in_use or what.outcome not in (Effect.APPLIED, Effect.PARTLY):
        return what
    lost = "no theme bears this name now: a later decision gave another, or dropped it"
    return replace(what, reason="; ".join(part for part in (what.reason, lost) if part))


@dataclass(frozen=True)
class _Replay:
    state: State
    previous: Previous
    parts: Mapping[Part, Collection[str]]
    seed: int

    def carry_out(self, decision: Decision) -> Done:
        acts: Mapping[Action, Callable[[Decision, list[FoundGroup]], Done]] = {
            Action.RENAME: self._rename,
            Action.MERGE: self._merge,
            Action.SPLIT: self._split,
            Action.DROP: self._drop,
            Action.MOVE: self._move,
            Action.PIN: self._pin,
        }
        found = [find(theme, self.state, self.previous) for theme in decision.themes]
        if found and all(each.group is None for each in found) and decision.action is not Action.PIN:
            return Done(Effect.UNMATCHED, reason=_say(found))
        return acts[decision.action](decision, found)

    def _mark(self, group: int, decision: Decision) -> None:
        kept_group = self.state.groups[group]
        kept_group.decisions.append(decision.decision_id)
        kept_group.name = decision.name or kept_group.name

    def _rename(self, decision: Decision, found: list[FoundGroup]) -> Done:
        group = _only(found)
        self._mark(group, decision)
        return Done(Effect.APPLIED, tuple(self.state.members(group)), (group,), _say(found))

    def _merge(self, decision: Decision, found: list[FoundGroup]) -> Done:
        groups = list(dict.fromkeys(each.group for each in found if each.group is not None))
        kept, others = groups[0], groups[1:]
        absent = any(each.group is None for each in found)
        if not others:
            if absent:
                # One theme is left of all that were to be one: nothing can be put together.
                return Done(Effect.UNMATCHED, (), (kept,), _say(found))
            self._mark(kept, decision)
            return Done(Effect.APPLIED, (), (kept,), _say(found, "they lie in one theme already"))
        touched = []
        for other in others:
            members = self.state.members(other)
            for fragment_id in members:
                self.state.place[fragment_id] = kept
            touched += members
            gone = self.state.groups[other]
            self.state.groups[kept].name = self.state.groups[kept].name or gone.name
            self.state.groups[kept].pinned |= gone.pinned
            self.state.groups[kept].decisions += gone.decisions
        labels = (theme.label for theme, each in zip(decision.themes, found, strict=True) if each.group == kept)
        self.state.groups[kept].label = self.state.groups[kept].label or next(labels)
        self._mark(kept, decision)
        return Done(Effect.PARTLY if absent else Effect.APPLIED, tuple(sorted(touched)), (kept,), _say(found))

    def _split(self, decision: Decision, found: list[FoundGroup]) -> Done:
        group = _only(found)
        members = self.state.members(group)
        parts, short = self._parts(decision, members)
        if not parts or sum(map(len, parts)) == len(members):
            reason = short or "the fragments are the whole theme: there is nothing to split off"
            return Done(Effect.UNMATCHED, (), (group,), _say(found, reason))
        made = []
        for number, part in enumerate(parts):
            new = self.state.add(Group(maker=(decision.decision_id, number), decisions=[decision.decision_id]))
            self.state.put(part, new, Placement.SPLIT)
            self.state.parts[(decision.decision_id, number)] = tuple(part)
            made.append(new)
        if len(made) == 1:
            self.state.groups[made[0]].name = decision.name
        self.state.groups[group].decisions.append(decision.decision_id)
        touched = tuple(sorted(fragment_id for part in parts for fragment_id in part))
        return Done(Effect.PARTLY if short else Effect.APPLIED, touched, (group, *made), _say(found, short))

    def _parts(self, decision: Decision, members: list[str]) -> tuple[list[list[str]], str]:
        """The parts that leave a theme, and what cannot be done."""
        if decision.into is None:
            inside = [fragment_id for fragment_id in decision.fragments if fragment_id in set(members)]
            away = len(decision.fragments) - len(inside)
            short = f"{away} of its {len(decision.fragments)} fragments are not in this theme" if away else ""
            return [sorted(inside)] if inside else [], short
        standing = [part for number in range(decision.into - 1) if (part := self._standing_part(decision, number))]
        if standing:
            return self._join_parts(members, standing), ""
        numbers = divide(self._vectors(members), decision.into, seed=self.seed)
        n_found = int(numbers.max()) + 1
        parts = [
            [member for member, number in zip(members, numbers, strict=True) if number == part]
            for part in range(1, n_found)
        ]
        return parts, f"only {n_found} parts can be told apart" if n_found < decision.into else ""

    def _standing_part(self, decision: Decision, number: int) -> frozenset[str]:
        return frozenset(self.parts.get((decision.decision_id, number), ())) & self.state.place.keys()

    def _join_parts(self, members: list[str], standing: list[frozenset[str]]) -> list[list[str]]:
        """Leave the parts as the earlier run made them; each new fragment goes to the nearest part, or stays."""
        known = self.previous.known
        rest = [member for member in members if member in known and not any(member in part for part in standing)]
        centres = [self.previous.space.centre(sorted(part)) for part in (rest, *standing)]
        parts: list[list[str]] = [[] for _ in standing]
        for member in members:
            place = next((number for number, part in enumerate(standing) if member in part), None)
            if place is None and member not in known:
                own = self._vectors([member])[0]
                near = [-1.0 if centre is None else round(float(own @ centre), 9) for centre in centres]
                place = int(np.argmax(near)) - 1
            if place is not None and place >= 0:
                parts[place].append(member)
        return [part for part in parts if part]

    def _vectors(self, fragment_ids: Sequence[str]) -> Floats:
        space = self.previous.space
        return space.vectors[[space.rows[fragment_id] for fragment_id in fragment_ids]]

    def _drop(self, decision: Decision, found: list[FoundGroup]) -> Done:
        members = self.state.members(_only(found))
        self.state.put(members, DROPPED, Placement.DROPPED)
        self.state.dropped_by.update(dict.fromkeys(members, decision.decision_id))
        return Done(Effect.APPLIED, tuple(members), (), _say(found))

    def _move(self, decision: Decision, found: list[FoundGroup]) -> Done:
        group = _only(found)
        there, short = self._present(decision)
        if not there:
            return Done(Effect.UNMATCHED, (), (group,), _say(found, short))
        self.state.put(there, group, Placement.MOVED)
        self.state.groups[group].decisions.append(decision.decision_id)
        return Done(Effect.PARTLY if short else Effect.APPLIED, tuple(sorted(there)), (group,), _say(found, short))

    def _pin(self, decision: Decision, found: list[FoundGroup]) -> Done:
        there, short = self._present(decision)
        if not there:
            return Done(Effect.UNMATCHED, reason=short)
        lost = bool(found) and found[0].group is None
        group = found[0].group if found else None
        if group is None:
            group = self.state.add(Group(maker=(decision.decision_id, 0)))
        self.state.put(there, group, Placement.PINNED)
        self.state.groups[group].pinned = True
        self._mark(group, decision)
        anew = "made anew of its fragments" if lost else ""
        return Done(
            Effect.PARTLY if short else Effect.APPLIED, tuple(sorted(there)), (group,), _say(found, short, anew)
        )

    def _present(self, decision: Decision) -> tuple[list[str], str]:
        there = [fragment_id for fragment_id in decision.fragments if fragment_id in self.state.place]
        away = len(decision.fragments) - len(there)
        return there, f"{away} of its {len(decision.fragments)} fragments are not there any more" if away else ""


def _only(found: Sequence[FoundGroup]) -> int:
    group = found[0].group
    if group is None:
        raise ValueError("a theme that was not found has no group")
    return group


def _say(found: Sequence[FoundGroup], *more: str) -> str:
    return "; ".join(part for part in (*(each.reason for each in found), *more) if part)
