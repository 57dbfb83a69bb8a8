"""How many numbers a second are classified, and how many times faster is that than asking phonenumbers?

    python -m proving.bench.numbering [--write docs/numbering-speed.md]

Both answer the same questions (country, type, valid, possible) about the same numbers in the same run, so that the
ratio holds on a busy machine too. Every figure is the best of several rounds.
"""

import argparse
import datetime
import os
import platform
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import phonenumbers
from numpy.typing import NDArray

from checkvalve.numbering import classify, classify_one, e164, e164_many, networks
from checkvalve.numbering.plan import metadata_version
from proving.bench.throughput import processor

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


def measure(title: str, regions: Iterable[str]) -> list[str]:
    """The rows of the table for numbers of these regions."""
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
    return [f"| {title} | {name} | {speed:,.0f} | {speed / reference:,.1f} |" for name, speed in rows]


def page(rows: list[str]) -> str:
    """The page of figures, as Markdown."""
    today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    lines = [
        "# Speed of the number plan",
        "",
        f"""Written by `python -m proving.bench.numbering` on {today}: {os.cpu_count()} cores ({processor()}), Python
{platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end, seed 1, metadata of phonenumbers
{metadata_version()}. All answer the same about the same numbers; the best of {ROUNDS} rounds counts. The last column is
the speed relative to `phonenumbers` in the same run.""",
        "",
        "| numbers of | asked | numbers/s | times phonenumbers |",
        "|---|---|--:|--:|",
        *rows,
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure a mix of few countries, then one of all, for which phonenumbers compiles patterns over and over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    rows = measure(f"{len(FEW_REGIONS)} countries", FEW_REGIONS)
    rows += measure("all countries", sorted(phonenumbers.SUPPORTED_REGIONS))
    text = page(rows)
    print(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
