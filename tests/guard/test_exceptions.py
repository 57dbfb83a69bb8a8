"""The allow-list."""

from datetime import date

import pytest

from checkvalve.guard.exceptions import Exceptions
from checkvalve.guard.places import addresses
from checkvalve.guard.policy import Allow

UNTIL = date(2099, 1, 1)
SPELLINGS = ("203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107", "203.0.113.7:4711", "203.0.113.007")


@pytest.mark.parametrize("asked", SPELLINGS)
@pytest.mark.parametrize(
    "entry",
    [
        *[Allow("ops", "office", UNTIL, address=one) for one in SPELLINGS[:3]],
        *[Allow("ops", "office", UNTIL, network=one) for one in ("203.0.113.0/24", "::ffff:203.0.113.0/120")],
    ],
)
def test_an_address_is_met_however_it_is_written(entry: Allow, asked: str) -> None:
    """An entry for an address or network holds for every spelling that evidence is kept under as one."""
    kept = Exceptions([entry])
    assert kept.entry(1, 1, asked, 0.0) is entry
    assert addresses(asked) == addresses("203.0.113.7")
    assert kept.entry(1, 1, "203.0.114.7", 0.0) is None
    assert kept.entry(1, 1, "nonsense", 0.0) is None
