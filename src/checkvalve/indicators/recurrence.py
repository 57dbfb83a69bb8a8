"""Has what would be harmless once happened too often to be harmless?

A firm enrols its people, a school its pupils: neighbouring numbers whose codes come back. One after another, each as
harmless as the last, they are a way to sell a pool bit by bit.
"""

from typing import NamedTuple

from checkvalve.indicators.base import Example, Finding
from checkvalve.indicators.weights import capped, count

_CAP_NATS = 6.0


class Recurrence(NamedTuple):
    """How many groups of neighbouring numbers came, and how surely that is more than chance brings."""

    groups: int
    nats: float


def finding(found: Recurrence | None, where: str) -> Finding | None:
    """How many groups came one after another, against how many firms enrol? ``where`` is the case's SQL."""
    if found is None:
        return None
    return Finding(
        id="recurrence",
        nats=capped(found.nats, _CAP_NATS),
        observed=count(found.groups, "group"),
        expected="hardly more than one",
        explanation=(
            f"{count(found.groups, 'group')} of neighbouring numbers came one after another. Each by itself looks like "
            "a firm that enrols; so many are more than firms bring."
        ),
        examples=[
            Example(
                "Groups of neighbouring numbers, by day",
                f"""SELECT '+' || (number // 10000) AS block, min(sent_at)::VARCHAR AS first,
       max(sent_at)::VARCHAR AS last, count(DISTINCT number) AS numbers, count(verified_at) AS verified
FROM sends WHERE {where} GROUP BY block ORDER BY first""",
            )
        ],
        facts={"groups": float(found.groups)},
    )
