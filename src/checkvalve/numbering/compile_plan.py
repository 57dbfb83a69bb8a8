"""Makes the number plan's table from the metadata of ``phonenumbers`` (run by ``scripts/build-number-plan``).

Per calling code, all patterns of all its regions are read side by side; each set of positions becomes a state whose
label says what ``phonenumbers`` would say of a number that ends there. The rules for that (which region, which type
first, which lengths) are those of libphonenumber, restated on sets of matched patterns.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import phonenumbers
from numpy.typing import NDArray
from phonenumbers.phonemetadata import PhoneMetadata

from checkvalve.numbering.automaton import Builder
from checkvalve.numbering.patterns import PatternSet, Positions
from checkvalve.numbering.plan import Length, NumberType

_FIRST_MATCH_WINS = (
    NumberType.PREMIUM_RATE,
    NumberType.TOLL_FREE,
    NumberType.SHARED_COST,
    NumberType.VOIP,
    NumberType.PERSONAL_NUMBER,
    NumberType.PAGER,
    NumberType.UAN,
    NumberType.VOICEMAIL,
)
_NON_GEOGRAPHIC = "001"
_SHORTEST_NATIONAL_NUMBER = 2  # with fewer digits after the calling code, phonenumbers refuses to parse


class Label(NamedTuple):
    """What is known of a number that ends at a state."""

    calling_code: int = 0
    country: str = ""
    type: NumberType = NumberType.UNKNOWN
    length: Length = Length.TOO_SHORT
    canonical: bool = False


def compile_plan() -> dict[str, NDArray[Any]]:
    """The arrays of ``plan.npz``, from the installed ``phonenumbers``."""
    builder = Builder(Label())
    regions: dict[int, tuple[str, ...]] = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    entries = {str(code): _CallingCode(code, builder).entry() for code in regions}
    transitions, state_labels, labels = builder.finish(_followers("", entries, builder))
    countries = ["", *sorted({region for group in regions.values() for region in group} - {_NON_GEOGRAPHIC})]
    main_country = np.zeros(1000, np.uint16)
    for code, group in regions.items():
        main_country[code] = countries.index(_country(group[0]))
    return {
        "transitions": transitions,
        "state_labels": state_labels,
        "calling_code": np.array([label.calling_code for label in labels], np.uint16),
        "country": np.array([countries.index(label.country) for label in labels], np.uint16),
        "type": np.array([label.type for label in labels], np.uint8),
        "length": np.array([label.length for label in labels], np.uint8),
        "canonical": np.array([label.canonical for label in labels], np.bool_),
        "countries": np.array(countries),
        "main_country": main_country,
        "metadata_version": np.array(phonenumbers.__version__),
    }


def _followers(digits: str, entries: dict[str, int], builder: Builder[Label]) -> list[int]:
    """The states after ``digits`` and one more, on the way to the calling codes."""
    followers = []
    for longer in (f"{digits}{digit}" for digit in range(10)):
        if longer in entries:
            followers.append(entries[longer])
        elif any(code.startswith(longer) for code in entries):
            followers.append(builder.state(Label(), _followers(longer, entries, builder)))
        else:
            followers.append(builder.absorbing(Label()))
    return followers


def _country(region: str) -> str:
    return "" if region == _NON_GEOGRAPHIC else region


def _metadata(code: int, region: str) -> Any:
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


class _Region:
    """One region's patterns among those of its calling code."""

    def __init__(self, code: int, region: str, patterns: PatternSet) -> None:
        self.region = region
        self.metadata = _metadata(code, region)
        self.starts: Positions = frozenset()
        for name in ("general_desc", "fixed_line", "mobile", *(kind.name.lower() for kind in _FIRST_MATCH_WINS)):
            description = getattr(self.metadata, name)
            if description is not None and description.national_number_pattern:
                self.starts |= patterns.start(description.national_number_pattern, f"{region}.{name}")
        self.leading = f"{region}.leading_digits" if self.metadata.leading_digits else None
        if self.leading:
            self.starts |= patterns.start(self.metadata.leading_digits, self.leading)

    def type(self, matched: frozenset[str], length: int) -> NumberType:
        """The type that libphonenumber gives a national number of this ``length`` on which these patterns end."""
        if not self._fits("general_desc", matched, length):
            return NumberType.UNKNOWN
        for kind in _FIRST_MATCH_WINS:
            if self._fits(kind.name.lower(), matched, length):
                return kind
        same_pattern = self.metadata.same_mobile_and_fixed_line_pattern
        mobile = same_pattern or self._fits("mobile", matched, length)
        if self._fits("fixed_line", matched, length):
            return NumberType.FIXED_LINE_OR_MOBILE if mobile else NumberType.FIXED_LINE
        return NumberType.MOBILE if mobile and not same_pattern else NumberType.UNKNOWN

    def length(self, length: int) -> Length:
        """Whether a national number can be that long."""
        general = self.metadata.general_desc
        if length in general.possible_length_local_only:
            return Length.LOCAL_ONLY
        if length in general.possible_length:
            return Length.POSSIBLE
        return Length.TOO_SHORT if length < min(general.possible_length) else Length.IMPOSSIBLE

    def _fits(self, name: str, matched: frozenset[str], length: int) -> bool:
        if f"{self.region}.{name}" not in matched:
            return False
        lengths = getattr(self.metadata, name).possible_length
        return not lengths or length in lengths


class _CallingCode:
    """The states of all national numbers under one calling code."""

    def __init__(self, code: int, builder: Builder[Label]) -> None:
        self._code, self._builder, self._patterns = code, builder, PatternSet()
        names = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
        self._regions = [_Region(code, name, self._patterns) for name in names]
        self._main = self._regions[0]
        general = self._main.metadata.general_desc
        self._longest = max((*general.possible_length, *general.possible_length_local_only))
        self._prefixes = {region.leading for region in self._regions if region.leading} | {"national_prefix"}
        self._state = cache(self._make_state)

    def entry(self) -> int:
        """The state after the calling code."""
        starts = frozenset[int]().union(*(region.starts for region in self._regions))
        national_prefix = self._main.metadata.national_prefix_for_parsing
        if national_prefix:
            starts |= self._patterns.start(national_prefix, "national_prefix")
        return self._state(0, starts, frozenset())

    def _make_state(self, length: int, positions: Positions, seen: frozenset[str]) -> int:
        """The state after ``length`` national digits; ``seen`` are the patterns of beginnings matched so far."""
        matched = frozenset(self._patterns.matched(positions))
        if length:  # a pattern that matches nothing at all takes nothing off
            seen |= matched & self._prefixes
        label = self._label(length, matched | seen)
        if length > self._longest and not positions:
            return self._builder.absorbing(label)
        return self._builder.state(
            label,
            [self._state(length + 1, self._patterns.after(positions, digit), seen) for digit in range(10)],
        )

    def _label(self, length: int, matched: frozenset[str]) -> Label:
        if length < _SHORTEST_NATIONAL_NUMBER:
            return Label(self._code)
        kind, region = NumberType.UNKNOWN, self._region(length, matched)
        if region:
            kind = region.type(matched, length)
        country = _country(region.region) if region else ""
        canonical = not matched & {"national_prefix", "national_prefix$"}
        return Label(self._code, country, kind, self._main.length(length), canonical)

    def _region(self, length: int, matched: frozenset[str]) -> _Region | None:
        """The first region whose beginning fits or, if it has none, whose patterns do; a lone region always."""
        if len(self._regions) == 1:
            return self._main
        for region in self._regions:
            if region.leading in matched if region.leading else region.type(matched, length) != NumberType.UNKNOWN:
                return region
        return None
