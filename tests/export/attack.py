"""The attack of the examples: one case whose series, tree, ranges, conversion and costs agree with each other."""

import math
from datetime import timedelta

from checkvalve.investigation import (
    Case,
    Conversion,
    Costs,
    Destination,
    Exhibit,
    Indicator,
    Origin,
    Rival,
    Series,
    TreeNode,
)
from tests.export.clock import DAY, at

PRICE_USD = 0.2031
NUMBERS = ("+998993941207", "+998993945518", "+998993950432")
"""Complete numbers that stand in claims, queries and rows of the example; no page may show them."""


def _usual(bucket: int) -> float:
    """Messages that five minutes of an ordinary day bring: few at night, most in the afternoon."""
    return 1.1 + 0.9 * math.sin((bucket / 12 - 9) / 24 * 2 * math.pi)


def _series() -> Series:
    begin, end = 120, 288
    surge = [
        0 if not begin <= bucket < end else min(4 + (bucket - begin) * 2, 41) + (bucket * 7) % 9
        for bucket in range(end)
    ]
    usual = [_usual(bucket) for bucket in range(end)]
    honest = [int(value + ((bucket * 37) % 10) / 10) for bucket, value in enumerate(usual)]
    sends = [extra + plain for extra, plain in zip(surge, honest, strict=True)]
    return Series(
        start=DAY,
        bucket_s=300,
        sends=sends,
        expected=[round(value, 2) for value in usual],
        verified=[int(plain * 0.7) for plain in honest],
        cost_usd=[round(value * PRICE_USD, 4) for value in sends],
    )


def _node(level: str, label: str, prefix: str | None, sends: int, expected: float, **more: object) -> TreeNode:
    values = {"verified": int(expected * 0.68), "cost_usd": round(sends * PRICE_USD, 2)} | more
    return TreeNode(level=level, label=label, prefix=prefix, sends=sends, expected=expected, **values)  # type: ignore[arg-type] # keywords of a test


def _tree(first: int, second: int, spread: int) -> TreeNode:
    blocks = [
        _node("block10000", "+99899394", "+99899394", first, 6.0, named=True, verified=8),
        _node("block10000", "+99899395", "+99899395", second, 4.0, named=True, verified=3),
        _node("block10000", "+99899391", "+99899391", 31, 29.0),
    ]
    blocks[0].children = [
        _node("block1000", f"+99899394{digit}", f"+99899394{digit}", first // 10 + (digit % 3), 0.6)
        for digit in range(4)
    ]
    operator = _node("network", "434-05 Example Mobile", None, first + second + 31, 39.0, children=blocks)
    others = [
        _node("network", "434-04 Example Telecom", None, 64, 61.0),
        _node("network", "434-07 Example Cell", None, 22, 25.0),
    ]
    country = _node("country", "Uzbekistan", "+998", operator.sends + 86, 125.0, children=[operator, *others])
    rest = [
        _node("country", "Germany", "+49", 412, 398.0),
        _node("country", "Poland", "+48", 208, 214.0),
        _node("country", "Austria", "+43", 97, 91.0),
    ]
    total = country.sends + sum(node.sends for node in rest) + spread
    return _node("all", "All destinations", None, total, 838.0, children=[country, *rest])


def attack_case() -> Case:
    """An attack on two blocks of numbers that still runs when the evidence ends."""
    series = _series()
    sends = sum(series.sends[120:]) - 190
    first = int(sends * 0.64)
    second = sends - first
    cost = round(sends * PRICE_USD, 2)
    return Case(
        id="2026-05-26-uz-1",
        title="SMS pumping to two number blocks in Uzbekistan through the sign-up form",
        verdict="attack",
        confidence=0.9994,
        started_at=at(10),
        ended_at=at(24),
        detectable_at=at(10) + timedelta(minutes=6),
        summary=(
            f"From 10:00 on the sign-up form sent {sends:,} messages to 20,000 neighbouring numbers of one "
            "network; eleven codes came back. The requests change address every few minutes but share one TLS "
            "fingerprint and one rhythm."
        ),
        destinations=[
            Destination(
                prefix="+99899394",
                country="UZ",
                network="Example Mobile (434-05)",
                sends=first,
                distinct_numbers=first - 212,
                verified=8,
                cost_usd=round(first * PRICE_USD, 2),
                honest_sends=5,
            ),
            Destination(
                prefix="+99899395",
                country="UZ",
                network="Example Mobile (434-05)",
                sends=second,
                distinct_numbers=second - 90,
                verified=3,
                cost_usd=round(second * PRICE_USD, 2),
                honest_sends=2,
            ),
        ],
        origins=_origins(sends),
        endpoints=["POST /api/otp/send", "POST /signup/verify/resend"],
        sends=sends,
        cost_usd=cost,
        sends_before_detectable=14,
        cost_usd_before_detectable=2.84,
        indicators=_indicators(sends),
        rival_explanations=_rivals(),
        costs=Costs(
            so_far_usd=cost,
            per_hour_usd=round(cost / 14, 2),
            projected_30d_usd=round(cost / 14 * 720, 2),
            ongoing=True,
            estimated_share=0.12,
            basis="Charged prices where the export has them; $0.2031 list price for the rest.",
        ),
        conversion=Conversion(sent=sends, verified=11, expected_rate=0.68, delivered=int(sends * 0.96)),
        series=series,
        tree=_tree(first, second, 122),
        exhibits=_exhibits(sends),
        addresses=1_912,
    )


def _origins(sends: int) -> list[Origin]:
    fingerprint = "t13d1516h2_8daaf6152771_b186095e22b6"
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
    return [
        Origin(
            kind="ja4", value=fingerprint, requests=sends + 40, first_seen=at(9.9), share=0.99, known_before=False
        ),
        Origin(
            kind="user_agent", value=agent, requests=sends + 40, first_seen=at(9.9), share=0.99, known_before=True
        ),
        Origin(
            kind="asn",
            value="AS64496 Example Hosting",
            requests=int(sends * 0.71),
            first_seen=at(9.9),
            share=0.71,
            known_before=False,
            note="on the list 'datacentre networks', valid until 2026-06-30",
        ),
        Origin(
            kind="network",
            value="2001:db8:77::/48",
            requests=int(sends * 0.31),
            first_seen=at(10.1),
            share=0.31,
            known_before=False,
        ),
        Origin(kind="ip", value="203.0.113.41", requests=212, first_seen=at(10), share=0.04, known_before=False),
        Origin(kind="ip", value="198.51.100.7", requests=187, first_seen=at(10.5), share=0.03, known_before=None),
    ]


def _indicators(sends: int) -> list[Indicator]:
    return [
        Indicator(
            id="conversion",
            weight=12.0,
            observed=f"11 of {sends:,} codes entered (0.2%)",
            expected="68% of messages, as in the four weeks before",
            explanation="Nobody reads these messages: whoever asks for the codes does not hold the phones.",
            exhibits=["2026-05-26-uz-1/conversion", "2026-05-26-uz-1/destinations"],
        ),
        Indicator(
            id="destinations",
            weight=9.4,
            observed=f"{sends:,} messages to two blocks of 10,000 numbers",
            expected="10 messages",
            explanation="Honest users of a country are spread over all of its blocks.",
            exhibits=["2026-05-26-uz-1/destinations"],
        ),
        Indicator(
            id="volume",
            weight=7.1,
            observed="45 messages in five minutes",
            expected="1.6 in five minutes",
            explanation="Sequential test over all ranges; false alarm less than once in twenty weeks.",
        ),
        Indicator(
            id="requests",
            weight=4.2,
            observed=f"one request every {14 * 3600 / sends:.1f} s, day and night",
            expected="arrivals at random",
            explanation="People do not keep time.",
        ),
        Indicator(
            id="provider",
            weight=-0.8,
            observed="no message blocked",
            expected="the provider blocks a part of most attacks",
            explanation="The provider's fraud filter saw nothing in it; it seldom knows new ranges.",
        ),
    ]


def _rivals() -> list[Rival]:
    return [
        Rival(id="campaign", status="excluded", why="No activity in the calendar concerns Uzbekistan on this day."),
        Rival(
            id="carrier_outage",
            status="excluded",
            why="96% of the messages were delivered; users retry only when none comes.",
        ),
        Rival(id="shared_nat", status="excluded", why="The requests come from 1,912 addresses in 38 networks."),
        Rival(
            id="load_test", status="possible", why="The rhythm is a machine's; ask the team of the sign-up form."
        ),
    ]


def _exhibits(sends: int) -> list[Exhibit]:
    query = (
        "SELECT left(destination, 9) AS range, count(*) AS sends, count(verified_at) AS verified\n"
        "FROM sends\n"
        "WHERE sent_at >= TIMESTAMPTZ '2026-05-26 10:00:00+00'\n"
        f"  AND destination NOT IN ('{NUMBERS[0]}', '{NUMBERS[1]}')\n"
        "GROUP BY 1 ORDER BY sends DESC"
    )
    return [
        Exhibit(
            id="2026-05-26-uz-1/destinations",
            claim="Two blocks of 10,000 numbers take nearly all of the excess.",
            query=query,
            rows=2,
            columns=["range", "sends", "verified"],
            examples=[
                ["+99899394", str(int(sends * 0.64)), "8"],
                ["+99899395", str(sends - int(sends * 0.64)), "3"],
            ],
        ),
        Exhibit(
            id="2026-05-26-uz-1/conversion",
            claim=f"The most frequent number, {NUMBERS[2]}, got four messages; it was verified once.",
            query=f"SELECT sent_at, destination, status, price_usd FROM sends WHERE destination = '{NUMBERS[2]}'",
            rows=4,
            columns=["sent_at", "destination", "status", "price_usd"],
            examples=[
                ["2026-05-26 10:41:07+00", NUMBERS[2], "delivered", "0.2031"],
                ["2026-05-26 12:02:55+00", NUMBERS[2].removeprefix("+"), "delivered", "0.2031"],
            ],
        ),
        Exhibit(
            id="2026-05-26-uz-1/hours",
            claim="The messages of one block by hour",
            query="SELECT date_trunc('hour', sent_at) AS hour, count(*) AS sends\n"
            "FROM sends WHERE number BETWEEN 998993940000 AND 998993949999 GROUP BY ALL",
            rows=14,
        ),
    ]
