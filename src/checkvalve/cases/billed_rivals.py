"""What else could explain messages that a bill counts and no log holds? Nobody saw them, so only their books tell."""

from checkvalve.cases.planned import planned
from checkvalve.indicators.scene import Scene, utc
from checkvalve.investigation import Rival


def billed_rivals(scene: Scene) -> list[Rival]:
    """The harmless explanations with their status and why; none of them can be accepted without asking."""
    began = f"{utc(scene.start_s):%Y-%m-%d}"
    since = (
        "It has been so since the first day that bill and logs both cover."
        if all(one.lasting for one in scene.unlogged)
        else f"It began on {began}."
    )
    fitting = planned(scene)
    why = "No planned activity fits the time and place."
    if fitting:
        asked = "ask its owner whether it was sent by a system whose log is not here"
        why = f"“{fitting.name}” was planned for that time and place; {asked}."
    activity = Rival(id="campaign", status="possible" if fitting else "excluded", why=why)
    sender = Rival(
        id="own_sender",
        status="possible",
        why=f"{since} A system of your own whose log is not here looks the same: ask who else sends with this account.",
    )
    return [sender, activity] if scene.store.row("SELECT count(*) FROM activities")[0] else [sender]
