"""What a case about a bill names: countries and days on which more is billed than any log holds, and what to do."""

from collections.abc import Sequence

from checkvalve.cases.assess import Judged
from checkvalve.indicators.billing import Unlogged, whole_country
from checkvalve.indicators.scene import Scene, utc
from checkvalve.indicators.weights import count
from checkvalve.investigation import Destination, Surplus, SurplusDay
from checkvalve.numbering.country_names import country_name


def billed_ranges(scene: Scene) -> list[Destination]:
    """The countries of what only the bill knows, as far as they may be named as a whole."""
    found = [
        Destination(
            prefix=f"+{prefix}",
            country=one.country,
            network=None,
            sends=round(one.excess),
            distinct_numbers=0,
            verified=0,
            cost_usd=round(one.usd, 4),
            honest_sends=one.logged + one.beside,
        )
        for one in scene.unlogged
        if (prefix := whole_country(one)) is not None
    ]
    return sorted(found, key=lambda one: -one.sends)


def surpluses(scene: Scene) -> list[Surplus]:
    """How many messages no log holds, country by country and day by day, the dearest country first."""
    found = [
        Surplus(
            country=one.country,
            provider=one.provider,
            billed=round(one.billed),
            logged=round(one.sent),
            surplus=round(one.excess),
            expected=None if one.usual is None else round(one.usual, 1),
            cost_usd=round(one.usd, 4),
            days=[
                SurplusDay(
                    day=utc(day.start_s),
                    billed=round(day.billed),
                    logged=round(day.sent),
                    surplus=round(day.messages),
                    cost_usd=round(day.usd, 4),
                )
                for day in one.days
            ],
        )
        for one in scene.unlogged
    ]
    return sorted(found, key=lambda one: -one.cost_usd)


def billed_title(judged: Judged, where: str) -> str:
    """What a case about a bill is called: nobody saw these messages, so nobody knows what they were."""
    found = judged.scene.unlogged
    what = "Billed, but not sent by you" if judged.verdict == "attack" else "Billed, but in no log"
    return f"{what}: messages to {where}" if found[0].country else f"{what}: messages of {found[0].provider}"


def billed_summary(scene: Scene) -> str:
    """How much was billed that no log holds, when, and what can be said of where it went."""
    found = scene.unlogged
    days = sorted({day.start_s for one in found for day in one.days})
    when = (
        f"on {utc(days[0]):%Y-%m-%d}"
        if len(days) == 1
        else f"on {len(days)} days from {utc(days[0]):%Y-%m-%d} to {utc(days[-1]):%Y-%m-%d}"
    )
    told = f"{_messages(found)} that no log holds are on the bill {when}."
    if found[0].country is None:
        return f"{told} The bill names neither countries nor numbers."
    shared = [country_name(one.country) for one in found if whole_country(one) is None]
    beside = " or to others of the same calling code" if any(one.beside for one in found) else ""
    if not shared:
        return told
    return f"{told} Your own messages go to {_listed(shared)}{beside} too, and the bill tells no numbers."


def dispute(guilty: Sequence[Judged]) -> str | None:
    """Which lines of the bill to dispute, with whom, and what to ask; None without such a case."""
    found = [one for each in guilty for one in each.scene.unlogged]
    if not found:
        return None
    said = []
    for provider in sorted({one.provider for one in found}):
        mine = [one for one in found if one.provider == provider]
        places = sorted({country_name(one.country) for one in mine if one.country})
        where = f" to {_listed(places)}" if places else ""
        said.append(f"Dispute {_messages(mine)}{where} with {provider}; the case lists the days and the lines.")
    asked = "Ask which key or route sent them, when, and to which numbers; change the keys that can send meanwhile."
    return " ".join([*said, asked])


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _messages(found: Sequence[Unlogged]) -> str:
    return f"{count(sum(one.excess for one in found), 'message')} (${sum(one.usd for one in found):,.2f})"
