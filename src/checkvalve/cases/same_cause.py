"""Which harmless cases have one harmless cause? A launch is told once, not again for each block that fills."""

from collections.abc import Sequence

from checkvalve.cases.assess import Judged, World, judge
from checkvalve.cases.drafts import SLACK_S, Draft
from checkvalve.cases.kin import hold_alike
from checkvalve.cases.planned import planned
from checkvalve.cases.rivals import LASTING
from checkvalve.indicators.scene import Scene

_MOSTLY = 0.5

_NEARLY_ALL = 0.8


def told_once(judged: Sequence[Judged], world: World) -> list[Judged]:
    """The cases, those made one that the same accepted rival explains in the same countries and time.

    They are judged again together, and stay apart where that rival does not explain them as one. Of what an office
    asked for some numbers fall into one block by chance: a case of the same address belongs to it. A market that opened
    and grows surges again when it is no longer new, or did not look new while it was small.
    """
    done: list[Judged] = []
    for one in sorted(judged, key=lambda each: (bool(each.scene.ranges), each.scene.start_s)):
        for place, other in enumerate(done):
            shared = _accepted(one) & _accepted(other)
            if "shared_nat" in _accepted(other) and _of_one_address(one, other):
                shared = {"shared_nat"}
            if _of_what_lasts(one, other):
                shared = (_accepted(one) | _accepted(other)) & LASTING
            if shared and _meet(one, other, lasting=bool(shared & LASTING)):
                whole = judge(_whole(one, other), world)
                if _accepted(whole) & shared:
                    done[place] = whole
                    break
        else:
            done.append(one)
    return done


def _accepted(one: Judged) -> set[str]:
    """What explains a harmless case."""
    return {rival.id for rival in one.rivals if rival.status == "accepted"} if one.verdict == "benign" else set()


def _of_what_lasts(one: Judged, other: Judged) -> bool:
    """Is one of them lasting, and the other a surge of newcomers that no calendar knows?

    What calls customers back, and what somebody planned, has a cause of its own.
    """
    return any(
        bool(_accepted(lasting) & LASTING) and bool(_accepted(surge)) and _brings_newcomers(surge.scene)
        for lasting, surge in ((one, other), (other, one))
    )


def _brings_newcomers(scene: Scene) -> bool:
    inside = scene.inside
    new = float(scene.rows.new[inside].mean()) if inside.any() else 0.0
    return new >= _MOSTLY and not scene.ranges and planned(scene) is None


def _of_one_address(one: Judged, other: Judged) -> bool:
    """Did one address, which was new to both, ask for nearly all of both?"""
    return bool(_carrying(one) & _carrying(other))


def _carrying(one: Judged) -> set[str]:
    """The new address that carries the case, if one does."""
    if one.origins is None:
        return set()
    least = _NEARLY_ALL * one.origins.linked
    return {
        each.value
        for each in one.origins.top
        if each.kind == "ip" and each.requests >= least and not each.known_before
    }


def _meet(one: Judged, other: Judged, *, lasting: bool) -> bool:
    """Is one of them wide and in all countries of the narrower, at the same time (or both of what lasts)?

    Or do the ranges of one hold what the other holds?
    """
    if one.scene.unlogged or other.scene.unlogged:
        return False
    less, more = sorted((set(one.draft.countries), set(other.draft.countries)), key=len)
    pause_s = max(one.scene.start_s, other.scene.start_s) - min(one.scene.end_s, other.scene.end_s)
    if one.scene.ranges and other.scene.ranges:
        return pause_s <= SLACK_S and hold_alike(one.scene, other.scene)
    return bool(less) and less <= more and (lasting or pause_s <= SLACK_S)


def _whole(one: Judged, other: Judged) -> Draft:
    """One wide draft of both: single blocks say nothing where all of it is explained; ranges that are the same do."""
    drafts = (one.draft, other.draft)
    same = one.scene.ranges and other.scene.ranges
    return Draft(
        alarms=[alarm for draft in drafts for alarm in draft.alarms],
        blocks=set().union(*(draft.blocks for draft in drafts)) if same else set(),
        countries=set().union(*(draft.countries for draft in drafts)),
        from_wide=True,
    )
