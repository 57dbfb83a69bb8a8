"""What do markets cost that opened and stay? Tests stop alarming once a new country is usual; its messages go on."""

from collections.abc import Sequence
from statistics import median

from checkvalve.cases.assess import Judged
from checkvalve.cases.rivals import LASTING, by_status
from checkvalve.evidence.store import Store
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.numbering.plan import countries

_DAY_S = 86_400
_BY_DAY = f"""SELECT CAST(floor(epoch(sent_at) / {_DAY_S}) AS BIGINT) AS day, coalesce(sum(cost_usd), 0) AS usd
    FROM priced WHERE sent_at IS NOT NULL AND {{where}} GROUP BY day"""


def lasts(one: Judged) -> bool:
    """Is it a harmless case of something that stays once it came?"""
    return one.verdict == "benign" and any(rival.id in LASTING for rival in by_status(one.rivals, "accepted"))


def stays_usd(store: Store, judged: Sequence[Judged], times: float) -> dict[int, float]:
    """What messages outside of every case cost on each day (since 1970, UTC) in markets whose opening a case explains.

    Of each market no more than so many ``times`` what it cost on a day of its opening (the median): what goes beyond
    is not explained by its having opened.
    """
    cases = " OR ".join(f"({one.scene.where})" for one in judged)
    stays: dict[int, float] = {}
    for scene in (one.scene for one in judged if lasts(one)):
        opening = [usd for _, usd in store.rows(_BY_DAY.format(where=f"({scene.where})"))]
        later = store.rows(_BY_DAY.format(where=f"({_later(scene)}) AND ({cases}) IS NOT TRUE"))
        for day, usd in later if opening else ():
            stays[day] = stays.get(day, 0.0) + min(usd, times * median(opening))
    return stays


def _later(scene: Scene) -> str:
    names = ", ".join(f"'{countries()[one]}'" for one in scene.countries if countries()[one]) or "''"
    return f"country IN ({names}) AND sent_at > {timestamp(scene.end_s)}"
