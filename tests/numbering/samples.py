"""Numbers to try the plan on: out of every pattern of every region, bent, cut, extended, and plain random."""

import random
from functools import cache

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from checkvalve.numbering.patterns import Choice, Digit, End, Repeat, Sequence, Tree, read_pattern

DESCRIPTIONS = (
    "general_desc",
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


def random_match(tree: Tree, rng: random.Random) -> str:
    """Digits that a pattern matches."""
    match tree:
        case Digit(digits):
            return rng.choice([str(digit) for digit in range(10) if digits >> digit & 1])
        case End():
            return ""
        case Sequence(items):
            return "".join(random_match(item, rng) for item in items)
        case Choice(branches):
            return random_match(rng.choice(branches), rng)
        case Repeat(item, least, most):
            return "".join(random_match(item, rng) for _ in range(rng.randint(least, most)))


@cache
def sample_numbers(seed: int, per_pattern: int) -> tuple[int, ...]:
    """Distinct numbers of at most 18 digits, some valid and some not, the same for the same seed."""
    rng = random.Random(seed)
    digits = set[str]()
    for code, region, pattern in _patterns():
        tree = read_pattern(pattern)
        for _ in range(per_pattern):
            digits |= _neighbours(f"{code}{random_match(tree, rng)}", rng)
        digits |= _examples(region)
        digits.add(f"{code}{rng.randrange(10 ** rng.randint(1, 12))}")
    return tuple(sorted(int(number) for number in digits if number[0] != "0" and len(number) <= 18))


def _patterns() -> list[tuple[int, str, str]]:
    found = []
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
            descriptions = (getattr(metadata, name) for name in DESCRIPTIONS)
            patterns = (description.national_number_pattern for description in descriptions if description)
            found += [(code, region, pattern) for pattern in patterns if pattern]
    return found


def _neighbours(number: str, rng: random.Random) -> set[str]:
    """The number, one digit changed, one less, one more, and with a national prefix left in."""
    place = rng.randrange(len(number))
    changed = f"{number[:place]}{rng.randrange(10)}{number[place + 1 :]}"
    prefixed = f"{number[:2]}0{number[2:]}"
    return {number, changed, number[:-1], f"{number}{rng.randrange(10)}", prefixed}


def _examples(region: str) -> set[str]:
    kinds = phonenumbers.PhoneNumberType.values()
    examples = (phonenumbers.example_number_for_type(region, kind) for kind in kinds)
    return {
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:]
        for example in examples
        if example
    }
