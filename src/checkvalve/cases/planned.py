"""Which activity of a calendar was planned for the time and place of a case?"""

from typing import NamedTuple

from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.numbering.plan import countries

_NEAR_S = 21_600.0
"""What was planned to begin or end so near to a case fits its time: people come early, and late (judgement)."""


class Planned(NamedTuple):
    """An activity, and whom to ask about it, where the calendar says so."""

    name: str
    owner: str | None


def planned(scene: Scene) -> Planned | None:
    """The first activity that fits; one without countries fits every place, and any fits a bill that names none."""
    names = {one.country for one in scene.unlogged} or {countries()[one] for one in scene.countries}
    anywhere = bool(scene.unlogged) and names == {None}
    rows = scene.store.rows(
        f"""SELECT name, countries, coalesce(owner, contact) FROM activities
        WHERE starts_at <= {timestamp(scene.end_s + _NEAR_S)} AND ends_at >= {timestamp(scene.start_s - _NEAR_S)}
        ORDER BY starts_at, name"""
    )
    fitting = (Planned(name, owner) for name, where, owner in rows if anywhere or not where or names & set(where))
    return next(fitting, None)
