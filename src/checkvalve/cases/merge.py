"""Which drafts turn out to be one, once their ranges are known?

A flood over many blocks shows as a surge of its countries and, block by block, only where a block stands out within
its country. When a wide draft names the blocks of a narrow one itself, they are the same thing.
"""

from checkvalve.cases.drafts import SLACK_S, Draft
from checkvalve.cases.ranges import named_ranges
from checkvalve.evidence.cells import Destinations
from checkvalve.numbering.tree import Level


def merged(found: list[Draft], rows: Destinations) -> list[Draft]:
    """The drafts, each narrow one taken into a wide one that names its blocks too."""
    wide = [draft for draft in found if not draft.blocks and (draft.codes or draft.of("surge", "volume"))]
    left = list(found)
    for draft in wide:
        names = {one.prefix for one in named_ranges(rows, draft)}
        for other in [one for one in left if one.blocks and _overlap(one, draft)]:
            if all(_named(level, key, names) for level, key in other.blocks):
                draft.alarms += other.alarms
                draft.from_wide = True
                draft.blocks |= other.blocks
                draft.countries |= other.countries
                left.remove(other)
    return left


def _overlap(one: Draft, other: Draft) -> bool:
    return min(one.end_s, other.end_s) - max(one.onset_s, other.onset_s) > -SLACK_S


def _named(level: Level, key: int, names: set[str]) -> bool:
    return level is not Level.NUMBER and any(
        str(key).startswith(name) or name.startswith(str(key)) for name in names
    )
