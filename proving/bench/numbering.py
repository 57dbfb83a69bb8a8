"""How many numbers a second are classified, and how many times faster is that than asking phonenumbers?

    python -m proving.bench.numbering

Both answer the same questions (country, type, valid, possible) about the same numbers in the same run, so that the
ratio holds on a busy machine too. Every figure is the best of several rounds.
"""

import random
import time
from collections.abc import Callable, Iterable

import numpy as np
import phonenumbers
from numpy.typing import NDArray

from checkvalve.numbering import classify, classify_one, e164, e164_many, networks
from checkvalve.numbering.plan import metadata_version

ROUNDS = 5
MANY = 1_000_000
FEW = 10_000
RANDOM_DIGITS = 4
FEW_REGIONS = ("DE", "FR", "GB", "ID", "IN", "MA", "NG", "PK", "US", "UZ")


def mobile_numbers(regions: Iterable[str], count: int, seed: int) -> NDArray[np.int64]:
    """Numbers of the mobile plans of these regions, their last four digits drawn at random."""
    rng = random.Random(seed)
    kind = phonenumbers.PhoneNumberType.MOBILE
    examples = [phonenumbers.example_number_for_type(region, kind) for region in regions]
    starts = [
        int(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:-RANDOM_DIGITS])
        for example in examples
        if example
    ]
    size = 10**RANDOM_DIGITS
    return np.array([rng.choice(starts) * size + rng.randrange(size) for _ in range(count)])


def per_second(work: Callable[[], object], count: int) -> float:
    """Numbers a second in the fastest of several rounds."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - start)
    return count / fastest


def ask_phonenumbers(texts: list[str]) -> None:
    """The same four questions, one number after the other."""
    for text in texts:
        number = phonenumbers.parse(text)
        phonenumbers.region_code_for_number(number)
        phonenumbers.number_type(number)
        phonenumbers.is_valid_number(number)
        phonenumbers.is_possible_number(number)


def measure(title: str, regions: Iterable[str]) -> None:
    """Print the table for numbers of these regions."""
    many = mobile_numbers(regions, MANY, seed=1)
    few = many[:FEW].tolist()
    many_texts, few_texts = [f"+{number}" for number in many.tolist()], [f"+{number}" for number in few]
    reference = per_second(lambda: ask_phonenumbers(few_texts), FEW)
    rows = [
        ("phonenumbers, one by one", reference),
        ("classify, an array", per_second(lambda: classify(many), MANY)),
        ("classify_one, one by one", per_second(lambda: [classify_one(number) for number in few], FEW)),
        ("networks, an array", per_second(lambda: networks(many), MANY)),
        ("e164_many, a list of texts", per_second(lambda: e164_many(many_texts), MANY)),
        ("e164, one by one", per_second(lambda: [e164(text) for text in few_texts], FEW)),
    ]
    print(f"{title}, metadata of phonenumbers {metadata_version()}")
    for name, speed in rows:
        print(f"  {name:<28}{speed:>14,.0f} a second {speed / reference:>8.1f} ×")


def main() -> None:
    """Measure a mix of few countries, then one of all, for which phonenumbers compiles patterns over and over."""
    measure(f"{len(FEW_REGIONS)} countries", FEW_REGIONS)
    measure("all countries", sorted(phonenumbers.SUPPORTED_REGIONS))


if __name__ == "__main__":
    main()
