"""Three results as an investigation gives them: an attack beside a campaign, a campaign alone, and nothing at all.

Numbers, networks and addresses are made up or reserved for documentation.
"""

from checkvalve.investigation import (
    Criterion,
    Escalation,
    Input,
    Investigation,
    Measure,
    Question,
    Task,
    Totals,
    Window,
)
from tests.export.attack import attack_case
from tests.export.campaign import campaign_case
from tests.export.clock import at


def _inputs() -> list[Input]:
    return [
        Input(
            path="logs/twilio/messages-2026-05.csv.gz",
            sha256="9f2c" * 16,
            source="twilio.messages",
            records=48_213,
            events=48_190,
            used=47_002,
            merged=1_188,
            ignored=1,
            quarantined=22,
        ),
        Input(
            path="logs/web/access.log-20260526",
            sha256="41d0" * 16,
            source="web.nginx",
            records=1_204_552,
            events=1_204_310,
            used=1_204_310,
            ignored=12,
            quarantined=230,
        ),
        Input(
            path="logs/web/access.log-20260526.1",
            sha256="41d0" * 16,
            source="web.nginx",
            note="a copy of logs/web/access.log-20260526, read once",
        ),
        Input(
            path="calendar/marketing.ics", sha256="77aa" * 16, source="calendar.ics", records=9, events=9, used=9
        ),
        Input(
            path="logs/notes.docx",
            sha256="0b1e" * 16,
            source=None,
            note="not recognised; nearest is web.json (no line is a JSON object)",
        ),
    ]


def _questions(answered: bool) -> list[Question]:
    return [
        Question(
            id="Q1",
            question="Did many messages go to a specific set of numbers in a short time?",
            answer="yes" if answered else "no",
            confidence=0.999 if answered else 0.97,
            facts=[
                "Two blocks of 10,000 numbers took 98% of the excess within 14 hours.",
                "Nobody reads these messages: whoever asks for the codes does not hold the phones.",
            ]
            if answered
            else ["No range got more than its usual share."],
            exhibits=["2026-05-26-uz-1/destinations", "2026-05-26-uz-1/hours"] if answered else [],
        ),
        Question(
            id="Q2",
            question="Are there new or unusual addresses or agents on the verification API?",
            answer="yes" if answered else "no",
            confidence=0.98 if answered else 0.9,
            facts=["One TLS fingerprint, first seen 09:54 UTC, made 99% of the requests."]
            if answered
            else ["All networks with more than 20 requests were there the weeks before."],
        ),
        Question(
            id="Q3",
            question="Do users report that expected messages do not arrive?",
            answer="unknown",
            confidence=0.0,
            facts=[],
            missing="No complaints were given. Export the help desk's tickets as CSV (time, number, text).",
        ),
        Question(
            id="Q4",
            question="Is the cost above what the period should cost?",
            answer="yes" if answered else "no",
            confidence=0.995 if answered else 0.95,
            facts=[
                "$1,524 where $95 were expected.",
                "Destination with the highest price per message: Uzbekistan, $0.2031.",
            ]
            if answered
            else ["$212 where $205 were expected."],
        ),
    ]


def _playbook(attack: bool) -> list[Task]:
    asked = "The team of the sign-up form has been named in the calendar; its answer is awaited."
    return [
        Task(
            id="L1-1",
            stage="L1",
            task="Correlate with known business activity",
            status="done",
            result="9 activities, none concerns Uzbekistan." if attack else "The surge is a campaign's.",
        ),
        Task(
            id="L1-2",
            stage="L1",
            task="Check addresses against known bad networks",
            status="done",
            result="71% of the requests come from a listed network." if attack else "No listed network.",
        ),
        Task(
            id="L1-3",
            stage="L1",
            task="Look for deviation in the use of the API",
            status="done",
            result="One request every seven seconds against arrivals at random." if attack else "No deviation.",
        ),
        Task(
            id="T2-1",
            stage="T2",
            task="Look into packets for the pattern and origin",
            status="open" if attack else "done",
            result="No capture was given. Record the form's port for ten minutes." if attack else "Not needed.",
        ),
        Task(
            id="T2-2",
            stage="T2",
            task="Investigate the addresses further",
            status="done",
            result="1,912 addresses, none seen before 09:54 UTC." if attack else "Not needed.",
        ),
        Task(
            id="T2-3",
            stage="T2",
            task="Ask the business unit",
            status="needs_input" if attack else "done",
            result=asked if attack else "The campaign's owner is known.",
        ),
        Task(
            id="C-1",
            stage="containment",
            task="Limit or block the endpoints",
            status="open",
            result="Two measures proposed." if attack else "Not needed.",
        ),
        Task(
            id="C-2",
            stage="containment",
            task="Add logging and alerts",
            status="open",
            result="Rule set for the SIEM: export with checkvalve export sigma." if attack else "Not needed.",
        ),
    ]


def _measures(sends: int) -> list[Measure]:
    return [
        Measure(
            action="close_range",
            target="+99899394",
            scope="every form, message and voice",
            ttl_s=86_400,
            stops_sends=int(sends * 0.64),
            collateral_sends=5,
            why="64% of the loss; five honest messages in 28 days.",
            case_id="2026-05-26-uz-1",
        ),
        Measure(
            action="close_range",
            target="+99899395",
            scope="every form, message and voice",
            ttl_s=86_400,
            stops_sends=sends - int(sends * 0.64),
            collateral_sends=2,
            why="36% of the loss.",
            case_id="2026-05-26-uz-1",
        ),
        Measure(
            action="challenge",
            target="t13d1516h2_8daaf6152771_b186095e22b6",
            scope="POST /api/otp/send",
            ttl_s=14_400,
            stops_sends=int(sends * 0.99),
            collateral_sends=0,
            why="The fingerprint was never seen before; people can still pass.",
            case_id="2026-05-26-uz-1",
        ),
    ]


def example_attack() -> Investigation:
    """One attack that still runs, one explained campaign beside it."""
    case = attack_case()
    return Investigation(
        generated_at=at(24.3),
        tool_version="0.1.0",
        inputs=_inputs(),
        window=Window(start=at(-24 * 27), end=at(24)),
        totals=Totals(
            sends=47_002,
            verified=27_344,
            requests=1_204_310,
            cost_usd=3_911.27,
            cost_is_estimated=True,
            estimated_cost_usd=164.5,
        ),
        verdict="attack",
        questions=_questions(answered=True),
        escalation=Escalation(
            decision="escalate",
            criteria=[
                Criterion(
                    id="E1",
                    met=True,
                    facts=["98% of the excess goes to two neighbouring blocks of one network."],
                    exhibits=["2026-05-26-uz-1/destinations"],
                ),
                Criterion(id="E2", met=True, facts=["One TLS fingerprint that was never seen before 09:54 UTC."]),
                Criterion(
                    id="E3",
                    met=False,
                    facts=["No activity explains the cost."],
                    pending="the answer of the team of the sign-up form",
                ),
            ],
        ),
        cases=[campaign_case(), case],
        playbook=_playbook(attack=True),
        containment=_measures(case.sends),
        notes=[
            "12% of the attack's messages carry no price yet; the list price of the network stands in for it.",
            "The access log has a gap of 4 minutes on 2026-05-19 03:12 UTC (rotation).",
        ],
    )


def example_benign() -> Investigation:
    """A surge that was examined and explained, and nothing else."""
    return Investigation(
        generated_at=at(24.3),
        tool_version="0.1.0",
        inputs=_inputs()[:2],
        window=Window(start=at(-24 * 27), end=at(24)),
        totals=Totals(sends=12_407, verified=8_802, requests=310_220, cost_usd=612.5),
        verdict="clear",
        questions=_questions(answered=False),
        escalation=Escalation(
            decision="close",
            criteria=[Criterion(id="E1", met=False, facts=[]), Criterion(id="E2", met=False, facts=[])],
        ),
        cases=[campaign_case()],
        playbook=_playbook(attack=False),
        containment=[],
    )


def example_clear() -> Investigation:
    """Nothing was given that holds a message."""
    return Investigation(
        generated_at=at(24.3),
        tool_version="0.1.0",
        inputs=[],
        window=Window(start=None, end=None),
        totals=Totals(),
        verdict="clear",
        questions=[],
        escalation=Escalation(decision="close", criteria=[]),
        cases=[],
        playbook=[],
        containment=[],
    )
