"""What else could explain messages that a bill counts and no log holds? Nobody saw them, so only their books tell."""

from checkvalve.indicators.scene import Scene, timestamp, utc
from checkvalve.investigation import Rival

_NEAR_S = 21_600.0


def billed_rivals(scene: Scene) -> list[Rival]:
    """The harmless explanations with their status and why; none of them can be accepted without asking."""
    began = f"{utc(scene.start_s):%Y-%m-%d}"
    since = (
        "It has been so since the first day that bill and logs both cover."
        if all(one.lasting for one in scene.unlogged)
        else f"It began on {began}."
    )
    fitting = planned(scene)
    activity = Rival(
        id="campaign",
        status="possible" if fitting else "excluded",
        why=f"“{fitting}” was planned for that time and place; ask its owner whether it was sent by a system whose "
        "log is not here."
        if fitting
        else "No planned activity fits the time and place.",
    )
    sender = Rival(
        id="own_sender",
        status="possible",
        why=f"{since} A system of your own whose log is not here looks the same: ask who else sends with this account.",
    )
    return [sender, activity] if scene.store.row("SELECT count(*) FROM activities")[0] else [sender]


def planned(scene: Scene) -> str | None:
    """The planned activity, if one is, of the time and a country of the case."""
    names = {one.country for one in scene.unlogged}
    rows = scene.store.rows(
        f"""SELECT name, countries FROM activities
        WHERE starts_at <= {timestamp(scene.end_s + _NEAR_S)} AND ends_at >= {timestamp(scene.start_s - _NEAR_S)}
        ORDER BY starts_at, name"""
    )
    return next((str(name) for name, where in rows if not where or names == {None} or names & set(where)), None)
