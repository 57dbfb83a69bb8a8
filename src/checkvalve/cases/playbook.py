"""The playbook's tasks, with what was already done here and what needs a person."""

from collections.abc import Sequence

from checkvalve.cases.assess import Judged, World
from checkvalve.cases.billed import dispute
from checkvalve.indicators.scene import utc
from checkvalve.indicators.weights import count
from checkvalve.investigation import Measure, Task

_Result = tuple[str, str]


def playbook(world: World, judged: Sequence[Judged], measures: Sequence[Measure]) -> list[Task]:
    """L1, T2 and containment tasks in the order of the playbook."""
    guilty = [one for one in judged if one.verdict != "benign"]
    rows = (
        ("L1-1", "L1", "Correlate messages with known business activities", _activities(world, judged)),
        ("L1-2", "L1", "Check addresses against known bad networks", _lists(world, guilty)),
        ("L1-3", "L1", "Look for deviation in the use of SMS-related APIs", _deviation(world, guilty)),
        ("T2-1", "T2", "Deep packet analysis of traffic pattern and origin", _packets(world, guilty)),
        ("T2-2", "T2", "Investigate suspicious addresses and their history", _history(world, guilty)),
        ("T2-3", "T2", "Ask the business unit about campaigns and legitimate uses", _inquiry(world, guilty)),
        (
            "C-1",
            "containment",
            "Block or rate-limit the misused endpoints",
            _planned(measures, ("challenge_endpoint",), guilty),
        ),
        ("C-2", "containment", "Add logging and alerting for traffic and cost", _logging(world, guilty)),
        (
            "C-3",
            "containment",
            "Block rogue addresses and agents, watch for recurrence",
            _rogues(world, measures, guilty),
        ),
        (
            "C-4",
            "containment",
            "Have the providers screen the numbers",
            _planned(measures, ("block_range", "challenge_range", "challenge_newcomers"), guilty),
        ),
    )
    return [
        Task(id=id_, stage=stage, task=task, status=status, result=result)  # type: ignore[arg-type] # words above
        for id_, stage, task, (status, result) in rows
    ]


def _activities(world: World, judged: Sequence[Judged]) -> _Result:
    known = world.store.row("SELECT count(*) FROM activities")[0]
    if not known:
        return (
            "needs_input",
            "No calendar was given. Add one (.ics or CSV) and run again, or ask the business unit.",
        )
    explained = [one for one in judged if any(r.id == "campaign" and r.status == "accepted" for r in one.rivals)]
    return (
        "done",
        f"{count(known, 'activity', 'activities')} compared; {count(len(explained), 'surge')} explained by them.",
    )


def _lists(world: World, guilty: list[Judged]) -> _Result:
    entries = world.store.row("SELECT count(*) FROM watchlist")[0]
    if not entries:
        return "needs_input", "No threat list was given. Add one: addresses one per line, CSV or a STIX 2.1 bundle."
    hits = sum(one.origins.listed * one.origins.every for one in guilty if one.origins)
    named = [found.explanation for one in guilty if (found := one.finding("watchlist")) is not None]
    compared = (
        f"{count(entries, 'entry', 'entries')} compared; {count(hits, 'request')} of the cases came from them."
    )
    return "done", " ".join([compared, *named])


def _deviation(world: World, guilty: list[Judged]) -> _Result:
    if not world.endpoints:
        return "needs_input", "No web log shows requests to a sending endpoint. Add the access log of the time."
    paths = ", ".join(endpoint.label for endpoint in world.endpoints)
    deviating = [found.explanation for one in guilty if (found := one.finding("requests")) is not None]
    return "done", f"Sending endpoints found: {paths}. " + (" ".join(deviating) or "No deviation.")


def _packets(world: World, guilty: list[Judged]) -> _Result:
    if not guilty:
        return "done", "Not needed: no case."
    (captured,) = world.store.row("SELECT count(*) FROM request_rows WHERE source LIKE 'pcap.%'")
    if captured:
        return (
            "done",
            f"{count(captured, 'request')} of packet captures are among the evidence, and weighed with it.",
        )
    return (
        "open",
        "No capture was given. If the attack goes on, record requests to the sending endpoints (TLS: JA4).",
    )


def _history(world: World, guilty: list[Judged]) -> _Result:
    if not guilty:
        return "done", "Not needed: no case."
    if not world.has_links:
        return "needs_input", "No web log covers the time, so there are no addresses to look into."
    known = sum(origin.known_before for one in guilty if one.origins for origin in one.origins.top)
    total = sum(len(one.origins.top) for one in guilty if one.origins)
    return (
        "done",
        f"{total} telling origins looked up in the whole evidence: {known} had been seen before the cases.",
    )


def _inquiry(world: World, guilty: list[Judged]) -> _Result:
    if not guilty:
        return "done", "Not needed: no case."
    answer = world.settings.detection.inquiry
    if answer != "open":
        return "done", f"The business unit was asked; by its answer (detection.inquiry) the cases are {answer}."
    when = "; ".join(f"from {utc(one.scene.start_s):%Y-%m-%d %H:%M} UTC" for one in guilty)
    return "open", f"Ask whether anything planned explains the cases ({when}); E3 waits for the answer."


def _rogues(world: World, measures: Sequence[Measure], guilty: list[Judged]) -> _Result:
    if guilty and world.has_links and not any(one.action == "block_origin" for one in measures):
        return "done", "No address and no agent stands out enough to be blocked. Watch whether the requests recur."
    return _planned(measures, ("block_origin",), guilty)


def _planned(measures: Sequence[Measure], actions: tuple[str, ...], guilty: list[Judged]) -> _Result:
    fitting = [one for one in measures if one.action in actions]
    if not guilty:
        return "done", "Not needed: no case."
    asked = dispute(guilty) if "block_range" in actions else None
    if asked and not fitting:
        return "open", asked
    if not fitting and "block_range" in actions:
        return "done", "Nothing to hand on: the cases have no ranges, their numbers lie where everybody's do."
    if not fitting and all(one.scene.unlogged for one in guilty):
        return "done", "Nothing to close here: no log holds these messages, so they came through no form of yours."
    if not fitting:
        return "needs_input", "The evidence names nothing to act on; a web log of the time would."
    stops, honest = _together(fitting)
    proposed = count(len(fitting), "measure")
    beside = count(honest, "honest one") if honest else "no honest one"
    said = f"{proposed} proposed: would have stopped {count(stops, 'message')} and {beside}."
    return "open", f"{said} {asked}" if asked else said


def _together(measures: Sequence[Measure]) -> tuple[int, int]:
    """Messages of the cases, and honest ones, that the measures stop.

    One message has an address and a fingerprint, so of each case the kind of target that stops most counts.
    """
    sums: dict[str, dict[str, tuple[int, int]]] = {}
    for one in measures:
        of_case = sums.setdefault(one.case_id or "", {})
        kind = one.target.split(" ")[0] if one.action == "block_origin" else ""
        stops, honest = of_case.get(kind, (0, 0))
        of_case[kind] = stops + one.stops_sends, honest + one.collateral_sends
    largest = [max(of_case.values()) for of_case in sums.values()]
    return sum(stops for stops, _ in largest), sum(honest for _, honest in largest)


def _logging(world: World, guilty: list[Judged]) -> _Result:
    missing = [
        name
        for name, table in (("requests", "request_rows"), ("bills", "charges"), ("complaints", "complaint_rows"))
        if not world.store.row(f"SELECT count(*) FROM {table}")[0]
    ]
    if missing:
        return (
            "open",
            f"This evidence had no {' and no '.join(missing)}: switch these logs on ('checkvalve sources').",
        )
    return (
        ("open", "Set an alert on the ranges and endpoints above.") if guilty else ("done", "All logs were there.")
    )
