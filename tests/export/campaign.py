"""The harmless surge of the examples."""

import math

from checkvalve.investigation import Case, Conversion, Costs, Destination, Indicator, Origin, Rival, Series
from tests.export.clock import at


def campaign_case() -> Case:
    """A surge that the calendar explains."""
    buckets = 144
    usual = [14 + 9 * math.sin(bucket / buckets * 2 * math.pi) for bucket in range(buckets)]
    sends = [int(value) + (70 - (bucket - 96) if 96 <= bucket < 132 else 0) for bucket, value in enumerate(usual)]
    extra = sum(sends[96:132])
    return Case(
        id="2026-05-25-pl-1",
        title="Sign-ups in Poland after the spring campaign",
        verdict="benign",
        confidence=0.98,
        started_at=at(-16),
        ended_at=at(-13),
        detectable_at=at(-15.9),
        summary="Three times the usual number of sign-ups, all of them entered their codes.",
        destinations=[_poland(extra)],
        origins=[
            Origin(
                kind="asn",
                value="AS64500 Example Broadband",
                requests=extra,
                first_seen=at(-400),
                share=0.2,
                known_before=True,
            )
        ],
        endpoints=["POST /api/otp/send"],
        sends=extra,
        cost_usd=round(extra * 0.031, 2),
        sends_before_detectable=61,
        cost_usd_before_detectable=1.89,
        indicators=_indicators(),
        rival_explanations=[
            Rival(
                id="campaign",
                status="accepted",
                why="'Spring in Poland' (calendar, 25 May 08:00 to 11:00 UTC) expected 2,500 messages.",
            ),
            Rival(id="launch", status="excluded", why="No launch on this day."),
        ],
        costs=Costs(
            so_far_usd=round(extra * 0.031, 2),
            per_hour_usd=24.1,
            projected_30d_usd=0.0,
            ongoing=False,
            basis="Charged prices.",
        ),
        conversion=Conversion(sent=extra, verified=int(extra * 0.74), expected_rate=0.7),
        series=Series(
            start=at(-24),
            bucket_s=300,
            sends=sends,
            expected=usual,
            verified=[int(value * 0.74) for value in sends],
            cost_usd=[value * 0.031 for value in sends],
        ),
    )


def _poland(sends: int) -> Destination:
    """Where the messages of the surge went."""
    return Destination(
        prefix="+48",
        country="PL",
        network=None,
        sends=sends,
        distinct_numbers=sends - 31,
        verified=int(sends * 0.74),
        cost_usd=round(sends * 0.031, 2),
        honest_sends=4102,
    )


def _indicators() -> list[Indicator]:
    """Far more messages than usual, to people."""
    return [
        Indicator(
            id="volume",
            weight=6.6,
            observed="88 in five minutes",
            expected="18",
            explanation="Far more than usual.",
        ),
        Indicator(
            id="conversion",
            weight=-7.9,
            observed="74% entered",
            expected="70%",
            explanation="The people are real.",
        ),
    ]
