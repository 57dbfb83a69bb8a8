"""What a script is told of a result."""

from pathlib import Path

import msgspec

from checkvalve.cli.summary import summary
from checkvalve.investigation import Destination
from tests.export.examples import example_attack


def test_of_thousands_of_ranges_the_first_are_told_and_the_rest_counted() -> None:
    """A case that names more than twenty ranges tells the fullest twenty, and how many more there are."""
    result = example_attack()
    many = [Destination(f"+4850100{nth:04d}", "PL", None, 900 - nth, 1, 0, 0.1) for nth in range(700)]
    case = msgspec.structs.replace(result.cases[0], destinations=many)
    for shown, count in ((many, 680), (many[:20], 0)):
        one = msgspec.structs.replace(case, destinations=shown)
        (line,) = summary(msgspec.structs.replace(result, cases=[one]), Path(), []).cases
        assert line.ranges == [each.prefix for each in many[:20]]
        assert line.more_ranges == count
