"""The destination tree as rows of a table: where the excess sits."""

from collections.abc import Sequence
from typing import NamedTuple

from checkvalve.investigation import TreeNode
from checkvalve.numbering.country_names import country_name

_CHILDREN, _ROWS = 12, 60
_SMALL = 0.05
"""Siblings with less of all messages are added up, unless the case names them."""
LEVELS = {
    "all": ("all destinations", "all destinations"),
    "country": ("country", "countries"),
    "network": ("network", "networks"),
    "block10000": ("block of 10,000 numbers", "blocks of 10,000 numbers"),
    "block1000": ("block of 1,000 numbers", "blocks of 1,000 numbers"),
    "block100": ("block of 100 numbers", "blocks of 100 numbers"),
    "number": ("number", "numbers"),
}


class TreeRow(NamedTuple):
    """One node, indented by ``depth``, or several siblings added up, which ``others`` tells.

    ``excess`` counts the messages above expectation in the ranges that the case names, at and below the node.
    """

    depth: int
    label: str
    prefix: str | None
    level: str
    sends: int
    excess: float
    verified: int | None
    cost_usd: float
    named: bool
    others: str = ""

    @property
    def verified_share(self) -> float | None:
        """Verified messages as a share of all, None where it is unknown."""
        return None if self.verified is None or not self.sends else self.verified / self.sends


def tree_rows(root: TreeNode) -> list[TreeRow]:
    """Which rows show the tree? Depth first; what the case names and the large ones first, small ones added up.

    >>> leaf = TreeNode(level="country", label="UZ", prefix="+998", sends=9, expected=1.0, verified=0, cost_usd=1.0,
    ...                 named=True)
    >>> top = TreeNode(level="all", label="all", prefix=None, sends=9, expected=1.0, verified=0, cost_usd=1.0,
    ...                children=[leaf])
    >>> [(row.depth, row.label, row.excess) for row in tree_rows(top)]
    [(0, 'all', 8.0), (1, 'Uzbekistan', 8.0)]
    """
    rows: list[TreeRow] = []
    _walk(root, 0, rows, least=_SMALL * root.sends, spread=not _names(root))
    return rows


def _walk(node: TreeNode, depth: int, rows: list[TreeRow], *, least: float, spread: bool) -> None:
    rows.append(_row(node, depth))
    if not (_names(node) or (spread and depth < 2)):
        return
    ordered = sorted(node.children, key=lambda child: (not _names(child), -child.sends, child.label))
    large = sum(_names(child) or child.sends >= least for child in ordered)
    room = min(large, _CHILDREN) if len(rows) < _ROWS else 0
    missing = node.sends - sum(child.sends for child in ordered)
    shown = ordered if len(ordered) == room + 1 and missing <= 0 else ordered[:room]
    for child in shown:
        _walk(child, depth + 1, rows, least=least, spread=spread)
    if len(shown) < len(ordered) or (ordered and missing > 0):
        rows.append(_rest(node, ordered, len(shown), depth + 1))


def _names(node: TreeNode) -> bool:
    """Does the case name this node, or one below it?"""
    return node.named or any(map(_names, node.children))


def _excess(node: TreeNode) -> float:
    """Messages above expectation in the named ranges. Elsewhere the case claims no excess, so none is counted."""
    if node.named:
        return max(node.sends - node.expected, 0.0)
    return sum(map(_excess, node.children))


def _row(node: TreeNode, depth: int) -> TreeRow:
    return TreeRow(
        depth,
        country_name(node.label) if node.level == "country" else node.label,
        node.prefix,
        LEVELS[node.level][0],
        node.sends,
        _excess(node),
        node.verified,
        node.cost_usd,
        node.named,
    )


def _rest(node: TreeNode, ordered: Sequence[TreeNode], shown: int, depth: int) -> TreeRow:
    """What the shown children leave of a node: the other children, and what the tree does not hold one by one."""
    seen, folded = ordered[:shown], ordered[shown:]
    whole = sum(child.sends for child in ordered) >= node.sends
    others = LEVELS[ordered[0].level][len(folded) != 1 or not whole]
    return TreeRow(
        depth,
        "others",
        None,
        others,
        max(node.sends - sum(child.sends for child in seen), sum(child.sends for child in folded)),
        sum(map(_excess, folded)),
        _left(node.verified, [child.verified for child in seen]),
        max(node.cost_usd - sum(child.cost_usd for child in seen), sum(child.cost_usd for child in folded)),
        any(map(_names, folded)),
        f"{len(folded):,} other {others}" if whole else f"other {others}",
    )


def _left(whole: int | None, parts: Sequence[int | None]) -> int | None:
    """What is left of a sum; None where the sum or a part of it is unknown."""
    known = [part for part in parts if part is not None]
    return None if whole is None or len(known) < len(parts) else max(whole - sum(known), 0)
