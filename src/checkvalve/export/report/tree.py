"""The destination tree as rows of a table: where the excess sits."""

from typing import NamedTuple

from checkvalve.investigation import TreeNode

_CHILDREN, _ROWS = 8, 60
LEVELS = {
    "all": "all destinations",
    "country": "country",
    "network": "network",
    "block10000": "block of 10,000 numbers",
    "block1000": "block of 1,000 numbers",
    "block100": "block of 100 numbers",
    "number": "one number",
}


class TreeRow(NamedTuple):
    """One node, indented by ``depth``; ``others`` counts the siblings that this row adds up."""

    depth: int
    label: str
    prefix: str | None
    level: str
    sends: int
    expected: float
    verified: int | None
    cost_usd: float
    named: bool
    others: int = 0

    @property
    def verified_share(self) -> float | None:
        """Verified messages as a share of all, None where it is unknown."""
        return None if self.verified is None or not self.sends else self.verified / self.sends


def tree_rows(root: TreeNode) -> list[TreeRow]:
    """Which rows show the tree? Depth first; children with the largest excess first, small ones added up.

    >>> leaf = TreeNode(level="country", label="UZ", prefix="+998", sends=9, expected=1.0, verified=0, cost_usd=1.0)
    >>> top = TreeNode(level="all", label="all", prefix=None, sends=9, expected=1.0, verified=0, cost_usd=1.0,
    ...                children=[leaf])
    >>> [(row.depth, row.label) for row in tree_rows(top)]
    [(0, 'all'), (1, 'UZ')]
    """
    rows: list[TreeRow] = []
    _walk(root, 0, rows)
    return rows


def _walk(node: TreeNode, depth: int, rows: list[TreeRow]) -> None:
    rows.append(
        TreeRow(
            depth,
            node.label,
            node.prefix,
            LEVELS[node.level],
            node.sends,
            node.expected,
            node.verified,
            node.cost_usd,
            node.named,
        )
    )
    ordered = sorted(
        node.children, key=lambda child: (not _names(child), child.expected - child.sends, child.label)
    )
    room = _CHILDREN if len(rows) < _ROWS else 0
    shown = ordered if len(ordered) <= room + 1 else ordered[:room]
    for child in shown:
        _walk(child, depth + 1, rows)
    if rest := ordered[len(shown) :]:
        rows.append(_added_up(rest, depth + 1))


def _names(node: TreeNode) -> bool:
    """Does the case name this node, or one below it?"""
    return node.named or any(map(_names, node.children))


def _added_up(nodes: list[TreeNode], depth: int) -> TreeRow:
    verified = [node.verified for node in nodes if node.verified is not None]
    return TreeRow(
        depth,
        "others",
        None,
        LEVELS[nodes[0].level],
        sum(node.sends for node in nodes),
        sum(node.expected for node in nodes),
        sum(verified) if len(verified) == len(nodes) else None,
        sum(node.cost_usd for node in nodes),
        any(map(_names, nodes)),
        len(nodes),
    )
