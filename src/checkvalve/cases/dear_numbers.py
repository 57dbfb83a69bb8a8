"""Does a number explain why a day cost so much, though its codes are entered? Then it is a case, with its rivals.

Codes that come back speak for people, so no test counts such messages against their number; but nobody enters twenty
codes a day. Who looks at the bill asks what it was: a test, a monitor, or somebody who is paid by the message.
"""

from collections.abc import Sequence

from checkvalve.cases.assess import Judged, World, judge
from checkvalve.cases.drafts import drafts
from checkvalve.cases.leftover import Leftover
from checkvalve.indicators import reuse


def of_dear_days(left: Leftover, judged: Sequence[Judged], world: World) -> list[Judged]:
    """The cases that numbers make which got many codes on days that no case explains; mostly none."""
    if not left.dear:
        return []
    told = {alarm.key for one in judged for alarm in one.draft.of("reuse")}
    found = reuse.coded_alarms(world.store, [one.day for one in left.dear])
    return [judge(draft, world) for draft in drafts([one for one in found if one.key not in told], world.rows)]
