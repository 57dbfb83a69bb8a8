"""Texts that look like others."""

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.gateways.quiet.likeness import Sample, like

CHOOSE = random.Random(1).choice
NUMBERS = [f"+44770090{n:04}" for n in (12, 345, 678, 901, 234)]


def made(texts: list[str], number: str = "+447700905678", now: float = 1_780_000_000.0) -> str:
    """A text such as these, for that number."""
    samples = [
        Sample(text, (own,), 1_779_999_000.0 + at)
        for at, (text, own) in enumerate(zip(texts, NUMBERS, strict=False))
    ]
    return like(samples, (number,), now, CHOOSE)


def test_what_stays_stays() -> None:
    """A text that is always the same comes back as it is."""
    assert made(["sent"] * 5) == "sent"


def test_a_number_is_repeated() -> None:
    """Where the answer repeats the number, or its end, the pretended one repeats that of its own request."""
    assert made(NUMBERS) == "+447700905678"
    assert made([f"sent to {n}." for n in NUMBERS]) == "sent to +447700905678."
    assert made([f"•••• {n[-3:]}" for n in NUMBERS]) == "•••• 678"


def test_a_time_is_now() -> None:
    """Where the answer holds a time, the pretended one is as far from now."""
    iso = [f"2026-05-28T20:26:4{at}.123Z" for at in range(5)]
    assert made(iso).startswith("2026-05-28T20:4")
    assert re.fullmatch(r"2026-05-28T20:\d\d:\d\d\.\d{3}Z", made(iso))
    seconds = [str(1_779_999_600 + at) for at in range(5)]
    assert made(seconds) == str(1_780_000_000 + 600)
    assert made([f"{text}000" for text in seconds]) == str((1_780_000_000 + 600) * 1_000)


def test_an_id_is_new_and_looks_alike() -> None:
    """What differs is drawn anew, with the same length, the same alphabet, and what all share in its place."""
    ids = [f"VE{random.Random(at).randbytes(8).hex()}" for at in range(5)]
    one = made(ids)
    assert re.fullmatch(r"VE[0-9a-f]{16}", one)
    assert one not in ids
    uuids = ["0b1f7a10-5c1d-4e2a-9b3c-0123456789ab", "9fe2c4d1-77aa-4b0c-8d1e-ba9876543210"] * 2
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab0-9][0-9a-f]{3}-[0-9a-f]{12}", made(uuids))


@given(st.lists(st.text(st.characters(codec="ascii"), min_size=6, max_size=6), min_size=5, max_size=5, unique=True))
def test_form_is_kept_whatever_the_text(texts: list[str]) -> None:
    """A made text is as long as the last one, with digits, letters and signs where that has them."""
    one = like([Sample(text, (), 1_780_000_000.0) for text in texts], (), 1_780_000_000.0, CHOOSE)
    for drawn, was in zip(one, texts[-1], strict=True):
        assert drawn == was or (drawn.isdigit(), drawn.isupper(), drawn.islower()) == (
            was.isdigit(),
            was.isupper(),
            was.islower(),
        )
