"""Which families and seeds may be looked at while methods are made, and which only tell how good they are.

Written down before the first run. Families that are held out differ in kind from those that are not: each group of
the catalogue (loud, slow, other forms, converting, hidden, adaptive, surges, troubles, crowds) has some on both
sides. Nobody who changes the detection looks at single runs of the test part, neither of its seeds nor of its
families; figures of it are read when a method is finished.
"""

from typing import Literal

Part = Literal["tuning", "test"]

HELD_OUT = frozenset(
    (
        "probe_then_scale",
        "block_buyer",
        "from_the_first_day",
        "invite_link",
        "voice_fallback",
        "half_entered",
        "only_on_the_bill",
        "inside_an_outage",
        "threshold_surfer",
        "stop_and_go",
        "viral_surge",
        "reset_wave",
        "silent_outage",
        "lost_log",
        "event_wifi",
        "synthetic_monitor",
        "pretended_outage",
        "broken_release",
    )
)
"""Families that are never tuned on."""
FIRST_TEST_SEED = 10_000
"""Seeds from here on are test seeds. Below 1,000 are tuning seeds; 1,000 to 9,999 were test seeds once, until their
figures had been read while work went on."""
FAINT = frozenset(("blended_conversion",))
"""Families of which nothing tells but through which networks newcomers ask, and that they do not come back for weeks
(`docs/limits.md`). What they cost is measured like all else, and beside the figure over all families stands the one
without them."""


def seeds(part: Part, count: int) -> list[int]:
    """The first so many seeds of a part.

    >>> seeds("tuning", 3), seeds("test", 2)
    ([1, 2, 3], [10000, 10001])
    """
    first = 1 if part == "tuning" else FIRST_TEST_SEED
    return list(range(first, first + count))


def families(part: Part, every: list[str]) -> list[str]:
    """The families of a part: those of the tuning part without the held-out ones; the test part has all.

    >>> families("tuning", ["smash_and_grab", "viral_surge"])
    ['smash_and_grab']
    """
    return [name for name in every if part == "test" or name not in HELD_OUT]
