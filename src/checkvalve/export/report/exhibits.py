"""Which exhibit stands behind which sentence, and under which fragment of the page it is found."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from checkvalve.export.headline import Headline
from checkvalve.investigation import Case, Exhibit, Indicator

_FRAGMENT = re.compile(r"[A-Za-z0-9._~-]+/[A-Za-z0-9._~/-]+")
"""Ids that may stand in an address as they are. No other id of the page has a slash, so none is met twice."""


class Shown(NamedTuple):
    """An exhibit at its place on the page; ``case_name`` tells cases apart where there are several."""

    anchor: str
    exhibit: Exhibit
    case_name: str


class Sentence(NamedTuple):
    """A sentence, and the exhibits that show it."""

    text: str
    behind: list[Shown]


class Weighed(NamedTuple):
    """An indicator with the exhibits that open below it, and links to those that open below another one."""

    indicator: Indicator
    own: list[Shown]
    others: list[Shown]


class Exhibits:
    """All exhibits of a page, found by the case, by their ids, and by the sentences that they show."""

    def __init__(self, head: Headline, whole: Sequence[Exhibit] = ()) -> None:
        """Give every exhibit its fragment: its own id where that can be one, else a number.

        ``whole`` are the exhibits about the whole evidence, which belong to no case.
        """
        named = [("case", "Case", head.live), ("explained", "Explained surge", head.explained)]
        several = len(head.live) + len(head.explained) > 1
        self._of_case: dict[str, list[Shown]] = {}
        self._by_id: dict[str, Shown] = {}
        self._by_sentence: dict[str, list[Shown]] = {}
        taken: set[str] = set()
        for anchor, name, cases in named:
            for number, case in enumerate(cases, start=1):
                shown = list(
                    _placed(case.exhibits, f"{anchor}-{number}", f"{name} {number}" if several else "", taken)
                )
                self._of_case[f"{anchor}-{number}"] = shown
                for one in shown:
                    self._by_id.setdefault(one.exhibit.id, one)
        self.whole = list(_placed(whole, "evidence", "", taken))
        for one in self.whole:
            self._by_id.setdefault(one.exhibit.id, one)
        for case in (*head.live, *head.explained):
            for indicator in case.indicators:
                self._by_sentence.setdefault(indicator.explanation, []).extend(self.behind(indicator.exhibits))

    def behind(self, ids: Iterable[str]) -> list[Shown]:
        """Which exhibits have these ids? Unknown ids are passed over."""
        return _once(self._by_id[id_] for id_ in ids if id_ in self._by_id)

    def sentences(self, facts: Sequence[str], ids: Sequence[str]) -> list[Sentence]:
        """The facts of a question or criterion, each with its exhibits.

        An indicator's sentence has the indicator's exhibits. As many ids as facts belong to them in their order;
        otherwise (in results of older versions) what is left of ``ids`` stands behind the first fact that has none
        of its own, or behind the last one.
        """
        told = [Sentence(fact, _once(self._by_sentence.get(fact, ()))) for fact in facts]
        if len(ids) == len(facts):
            pairs = [(sentence, self.behind([id_])) for sentence, id_ in zip(told, ids, strict=True)]
            if all(not one.behind or not own or own[0] in one.behind for one, own in pairs):
                return [Sentence(one.text, one.behind or own) for one, own in pairs]
        linked = {one.anchor for sentence in told for one in sentence.behind}
        left = [one for one in self.behind(ids) if one.anchor not in linked]
        if told and left:
            place = next((nth for nth, sentence in enumerate(told) if not sentence.behind), len(told) - 1)
            told[place] = Sentence(told[place].text, [*told[place].behind, *left])
        return told

    def weighed(self, anchor: str, case: Case) -> list[Weighed]:
        """The indicators of a case, the heaviest first. An exhibit opens below the first one that names it."""
        mine = {one.anchor for one in self._of_case[anchor]}
        rows = []
        for indicator in sorted(case.indicators, key=lambda one: -one.weight):
            behind = self.behind(indicator.exhibits)
            own = [one for one in behind if one.anchor in mine]
            mine -= {one.anchor for one in own}
            rows.append(Weighed(indicator, own, [one for one in behind if one not in own]))
        return rows

    def unnamed(self, anchor: str, case: Case) -> list[Shown]:
        """The exhibits of a case that no indicator of it names."""
        named = {one.anchor for indicator in case.indicators for one in self.behind(indicator.exhibits)}
        return [one for one in self._of_case[anchor] if one.anchor not in named]


def _placed(exhibits: Sequence[Exhibit], anchor: str, case_name: str, taken: set[str]) -> Iterator[Shown]:
    for number, exhibit in enumerate(exhibits, start=1):
        own = _FRAGMENT.fullmatch(exhibit.id) is not None and exhibit.id not in taken
        fragment = exhibit.id if own else f"{anchor}-exhibit-{number}"
        taken.add(fragment)
        yield Shown(fragment, exhibit, case_name)


def _once(found: Iterable[Shown]) -> list[Shown]:
    return list({one.anchor: one for one in found}.values())
