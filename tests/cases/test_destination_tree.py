"""The tree of a case: what each node got against what it was to get, and networks under one name."""

import numpy as np
import pytest

from checkvalve.cases.destination_tree import tree
from checkvalve.cases.networks import one_spelling
from checkvalve.indicators.base import Range
from checkvalve.investigation import TreeNode
from checkvalve.numbering.plan import country_index
from tests.cases.worlds import ATTACK_S, case_in, judged_in, world_of
from tests.indicators.scenes import scene_of
from tests.indicators.synthetic import DAY_S, POOL, START, honest, pool, store_of


def nodes(top: TreeNode) -> list[TreeNode]:
    """The node and all below it."""
    return [top, *(one for child in top.children for one in nodes(child))]


def test_every_node_is_held_against_its_own_past() -> None:
    """A block that the case does not name is expected to get in that time what it got in as much time before."""
    people = honest(1, days=9, per_day=2000, countries=("PL",), returning=0.0, steady=True)
    with store_of(people) as store:
        scene = scene_of(store, START + 6 * DAY_S, START + 9 * DAY_S)
        top = tree(scene, [])
    assert top is not None
    before, after = (people.at_s < scene.start_s).sum(), (people.at_s >= scene.start_s).sum()
    assert top.expected == pytest.approx(before / 2, rel=0.01)
    assert top.sends == after
    blocks = [one for one in nodes(top) if one.level == "block10000" and one.sends > 20]
    assert len(blocks) > 5
    assert np.corrcoef([one.sends for one in blocks], [one.expected for one in blocks])[0, 1] > 0.8


def test_parents_hold_more_than_their_shown_children() -> None:
    """A network counts all its blocks, also those too small to be shown, in what it got and was to get."""
    with store_of(honest(2, per_day=600, blocks=120)) as store:
        top = tree(scene_of(store, START + 5 * DAY_S, START + 7 * DAY_S), [])
    assert top is not None
    for node in nodes(top):
        if node.children:
            assert node.sends >= sum(child.sends for child in node.children)
            assert node.expected >= sum(child.expected for child in node.children) - 0.1


def test_named_blocks_keep_what_the_case_expects() -> None:
    """The blocks of the ranges are held against what the ranges were to get."""
    with store_of(honest(1), pool(ATTACK_S, count=100)) as store:
        world = world_of(store)
        (one,) = judged_in(world)
        case = case_in(one, world)
    assert case.tree is not None
    (named,) = [node for node in nodes(case.tree) if node.named]
    assert (named.prefix, named.sends) == (f"+{POOL}", 100)
    assert named.expected == pytest.approx(one.scene.ranges[0].expected, abs=0.01)


def test_blocks_around_single_numbers_keep_their_own_past() -> None:
    """A block of which a case names numbers one by one is expected to get what it got before, and parts add up."""
    people = honest(1, days=9, per_day=2000, countries=("PL",), returning=0.0, steady=True)
    number = int(people.number[-1])
    half, other = (Range(str(number // 10_000) + digit, 11, country_index("PL"), 9.0, 3.0) for digit in "12")
    expected = []
    for ranges in ([Range(str(number), 11, country_index("PL"), 1.0, 0.3)], [half, other]):
        with store_of(people) as store:
            scene = scene_of(store, START + 6 * DAY_S, START + 9 * DAY_S)
            plain = tree(scene, [])
            scene.ranges = ranges
            found = tree(scene, [])
        assert plain is not None
        assert found is not None
        before, after = ({one.prefix: one for one in nodes(top)} for top in (plain, found))
        (named,) = [one for one in after.values() if one.named]
        expected.append((named.expected, before.get(named.prefix, named).expected))
    assert expected[0][0] == expected[0][1] > 3.0
    assert expected[1][0] == 6.0


def test_without_a_past_nothing_is_expected() -> None:
    """A case that begins with the evidence has nothing to be held against."""
    people = honest(1, days=1)
    with store_of(people) as store:
        top = tree(scene_of(store, people.begin_s, people.end_s), [])
    assert top is not None
    assert top.expected == 0


def test_one_network_has_one_name() -> None:
    """Two spellings of one network are one node under the more frequent one, and its blocks stay one each."""
    people = honest(3, days=2, countries=("UZ",))
    with store_of(people) as store:
        store.run("UPDATE kept_sends SET network_name = CASE WHEN rowid % 3 = 0 THEN 'Mobiuz' ELSE 'MobiUZ' END")
        top = tree(scene_of(store, START + DAY_S, START + 2 * DAY_S, countries=["UZ"]), [])
    assert top is not None
    assert [one.label for one in nodes(top) if one.level == "network"] == ["MobiUZ"]
    labels = [one.label for one in nodes(top) if one.level == "block10000"]
    assert len(labels) == len(set(labels))


def test_spellings() -> None:
    """Case, spaces and signs make no other network; other letters do; signs alone stand for themselves."""
    found = one_spelling({"T-Mobile": 2, "T Mobile": 1, "TMOBILE": 4, "O2": 1, "o2 ": 3, "--": 1, "++": 1, None: 9})
    assert {found["T-Mobile"], found["T Mobile"], found["TMOBILE"]} == {"TMOBILE"}
    assert (found["O2"], found["--"], found["++"], found[None]) == ("o2 ", "--", "++", None)
