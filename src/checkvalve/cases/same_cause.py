"""Which harmless cases have one harmless cause? A launch is told once, not again for each block that fills."""

from collections.abc import Sequence

from checkvalve.cases.assess import Judged, World, judge
from checkvalve.cases.drafts import SLACK_S, Draft
from checkvalve.cases.kin import hold_alike

_LASTING = {"launch"}
"""What stays once it came: however much later, it is the same cause."""

_NEARLY_ALL = 0.8


def told_once(judged: Sequence[Judged], world: World) -> list[Judged]:
    """The cases, those made one that the same accepted rival explains in the same countries and time.

    They are judged again together, and stay apart where that rival does not explain them as one. Of what an office
    asked for some numbers fall into one block by chance: a case of the same address belongs to it.
    """
    done: list[Judged] = []
    for one in sorted(judged, key=lambda each: (bool(each.scene.ranges), each.scene.start_s)):
        for place, other in enumerate(done):
            shared = _accepted(one) & _accepted(other)
            if "shared_nat" in _accepted(other) and _of_one_address(one, other):
                shared = {"shared_nat"}
            if shared and _meet(one, other, lasting=bool(shared & _LASTING)):
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
