"""The proposed measures by case, as the containment section and the cases show them."""

from typing import NamedTuple

from checkvalve.export.headline import Headline, case_title
from checkvalve.export.measures import Group, grouped, of_case
from checkvalve.investigation import Case, Investigation


class Proposal(NamedTuple):
    """What is proposed against one case; ``case`` is None for measures that name no live case."""

    anchor: str
    heading: str
    case: Case | None
    groups: list[Group]


def proposals(investigation: Investigation, head: Headline) -> list[Proposal]:
    """What is proposed, case by case in the order of the page?"""
    made = [
        Proposal(
            f"case-{number}-measures",
            f"Case {number}: {case_title(case)}",
            case,
            grouped(of_case(investigation.containment, case.id)),
        )
        for number, case in enumerate(head.live, start=1)
    ]
    live = {case.id for case in head.live}
    others = grouped([one for one in investigation.containment if one.case_id not in live])
    made.append(Proposal("other-measures", "For all cases" if live else "Measures", None, others))
    return [one for one in made if one.groups]
