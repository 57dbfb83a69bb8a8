"""The tree around a case's excess as figures: everything, the countries, their networks, and blocks of numbers.

Evidence of a month holds millions of blocks: they are added up where they lie, and only those that are shown leave
the store.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from typing import Literal, NamedTuple

from checkvalve.cases.networks import one_spelling
from checkvalve.evidence.spending import span_s
from checkvalve.indicators.base import Range
from checkvalve.indicators.scene import Scene, timestamp
from checkvalve.investigation import Destination, TreeNode

_MOST_NODES = 12
_MOST_COUNTRIES = 4
"""So many countries are shown of a case that names none."""

_FIGURES = """count(*) AS sends, count(verified_at) AS verified,
    coalesce(bool_or(verified_at IS NOT NULL OR unverified), false) AS known, coalesce(sum(cost_usd), 0) AS usd"""
_ALL = f"""SELECT {_FIGURES}, {{scale}}::DOUBLE * (
        SELECT count(*) FROM send_rows WHERE number IS NOT NULL AND sent_at < {{start}}) AS expected
    FROM priced WHERE number IS NOT NULL AND {{now}}"""
_LARGEST = """SELECT country FROM send_rows WHERE number IS NOT NULL AND {now}
    GROUP BY country ORDER BY count(*) DESC, country LIMIT {most}"""
_MET = f"""CREATE OR REPLACE TEMP TABLE met AS
    SELECT country, network_name, number // 10000 AS block, {_FIGURES}, 0.0::DOUBLE AS expected
    FROM priced WHERE number IS NOT NULL AND {{now}} AND coalesce(country, '') IN (SELECT unnest($1)) GROUP BY ALL"""
_BEFORE = """INSERT INTO met
    SELECT country, network_name, k.block, 0, 0, false, 0.0, {scale}::DOUBLE * count(*)
    FROM send_rows
    LEFT JOIN (SELECT block FROM met UNION SELECT unnest($2::BIGINT[])) AS k ON number // 10000 = k.block
    WHERE number IS NOT NULL AND sent_at < {start} AND coalesce(country, '') IN (SELECT unnest($1)) GROUP BY ALL"""
"""Blocks that got nothing in the case's time, most of those of a month, are one of their network, without a number."""
_BLOCKS = """CREATE OR REPLACE TEMP TABLE blocks AS
    SELECT m.country, s.spelled AS network, m.block, CAST(sum(m.sends) AS BIGINT) AS sends,
           CAST(sum(m.verified) AS BIGINT) AS verified, bool_or(m.known) AS known, sum(m.usd) AS usd,
           coalesce(any_value(c.expected), sum(m.expected)) AS expected
    FROM met AS m
    JOIN (SELECT unnest(?::VARCHAR[]) AS name, unnest(?::VARCHAR[]) AS spelled) AS s
      ON m.network_name IS NOT DISTINCT FROM s.name
    LEFT JOIN (SELECT unnest(?::BIGINT[]) AS block, unnest(?::DOUBLE[]) AS expected) AS c ON m.block = c.block
    GROUP BY m.country, s.spelled, m.block"""
_NETWORKS = """SELECT country, network, CAST(sum(sends) AS BIGINT), CAST(sum(verified) AS BIGINT), bool_or(known),
           sum(usd), sum(expected)
    FROM blocks GROUP BY country, network ORDER BY country, network"""
_TOP = """SELECT country, network, block, {named} AS named, sends, verified, known, usd, expected
    FROM blocks WHERE sends > 0
    QUALIFY row_number() OVER (PARTITION BY country, network ORDER BY named DESC, sends DESC, block) <= {most}
    ORDER BY named DESC, sends DESC, block"""


class _Figures(NamedTuple):
    """What a node got in the case's time."""

    sends: int
    verified: int
    known: bool
    usd: float
    expected: float


_Place = tuple[str | None, str | None]
"""Country and network."""


def tree(scene: Scene, destinations: Sequence[Destination]) -> TreeNode | None:
    """Everything, the case's countries, their networks and blocks, in the case's time.

    A block of the case is expected to get what its ranges were; any other, and one in which only single numbers are
    the case's, what it got in as much time before.
    """
    store, span = scene.store, _span(scene)
    whole = _Figures(*store.row(_ALL.format(**span)))
    if not whole.sends:
        return None
    shown = {one.country for one in destinations}
    shown = shown or {name for (name,) in store.rows(_LARGEST.format(**span, most=_MOST_COUNTRIES))}
    networks = _networks(scene, span, shown)
    (before,) = store.row("SELECT coalesce(sum(expected), 0) FROM met")
    totals = {country: _total(of.values()) for country, of in networks.items()}
    expected = whole.expected - before + sum(one.expected for one in totals.values())
    blocks = _blocks(scene)
    countries = []
    for country in sorted(totals, key=str):
        inside = [
            _node("network", place[1] or "unknown network", figures, blocks[place])
            for place, figures in networks[country].items()
            if figures.sends
        ]
        if inside:
            countries.append(_node("country", country or "unknown country", totals[country], _sorted(inside)))
    return _node("all", "All messages of that time", whole._replace(expected=expected), _sorted(countries))


def _span(scene: Scene) -> dict[str, str]:
    """SQL: the case's time, its beginning and end, and how many times as long it lasted as what lies before it."""
    known = span_s(scene.store)
    past_s = max(scene.start_s - known[0], 0.0) if known else 0.0
    scale = (scene.end_s - scene.start_s) / past_s if past_s else 0.0
    begin, end = timestamp(scene.start_s), timestamp(scene.end_s)
    return {"now": scene.where_time, "start": begin, "end": end, "scale": f"{scale!r}"}


def _networks(
    scene: Scene, span: dict[str, str], shown: Set[str | None]
) -> dict[str | None, dict[_Place, _Figures]]:
    """What the networks of some countries got. Makes the table ``blocks`` of what each of their blocks got."""
    store = scene.store
    of_case: dict[int, float] = defaultdict(float)
    for one in scene.ranges:
        if one.size > 1:  # around a number that is named by itself live others
            of_case[int(one.prefix[: _block_digits(one)])] += one.expected
    countries = [one or "" for one in shown]
    store.run(_MET.format(**span), [countries])
    store.run(_BEFORE.format(**span), [countries, list(of_case)])
    spelling = one_spelling(dict(store.rows("SELECT network_name, sum(sends) FROM met GROUP BY network_name")))
    store.run(_BLOCKS, [*map(list, (spelling, spelling.values(), of_case, of_case.values()))])
    found: dict[str | None, dict[_Place, _Figures]] = defaultdict(dict)
    for country, network, *figures in store.rows(_NETWORKS):
        found[country][country, network] = _Figures(*figures)
    return found


def _block_digits(one: Range) -> int:
    return min(len(one.prefix), one.digits - 4)


def _blocks(scene: Scene) -> dict[_Place, list[TreeNode]]:
    """The blocks shown of each network, the named ones first; small ones are left to its sum."""
    by_length: dict[int, list[str]] = defaultdict(list)
    for prefix in sorted({one.prefix[: _block_digits(one)] for one in scene.ranges}):
        by_length[len(prefix)].append(prefix)
    is_named = [f"left(CAST(block AS VARCHAR), {length}) IN (SELECT unnest(?))" for length in by_length]
    query = _TOP.format(named=f"({' OR '.join(is_named) or 'false'})", most=_MOST_NODES)
    found: dict[_Place, list[TreeNode]] = defaultdict(list)
    for country, network, block, is_of_case, *figures in scene.store.rows(query, [*by_length.values()]):
        node = _node("block10000", f"+{block}", _Figures(*figures), [])
        node.prefix, node.named = f"+{block}", is_of_case
        found[country, network].append(node)
    return found


def _total(parts: Iterable[_Figures]) -> _Figures:
    sends, verified, known, usd, expected = zip(*parts, strict=True)
    return _Figures(sum(sends), sum(verified), any(known), sum(usd), sum(expected))


def _node(
    level: Literal["all", "country", "network", "block10000"], label: str, got: _Figures, children: list[TreeNode]
) -> TreeNode:
    return TreeNode(
        level=level,
        label=label,
        prefix=None,
        sends=got.sends,
        expected=round(got.expected, 2),
        verified=got.verified if got.known else None,
        cost_usd=round(got.usd, 4),
        children=children,
    )


def _sorted(nodes: list[TreeNode]) -> list[TreeNode]:
    return sorted(nodes, key=lambda node: -node.sends)[:_MOST_NODES]
