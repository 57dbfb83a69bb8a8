"""Texts that look like others."""

import random
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.gateways.quiet.drawn import Unlike
from checkvalve.gateways.quiet.likeness import Sample, like

CHOOSE = random.Random(1).choice
NOW = 1_780_000_000.0
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
    for written in (str, lambda one: one.hex, lambda one: str(one).upper()):
        uuids = [written(UUID(bytes=random.Random(at).randbytes(16), version=4)) for at in range(5)]
        drawn = {made(uuids) for _ in range(40)}
        assert {written(UUID(one)) for one in drawn} == drawn
        assert {UUID(one).version for one in drawn} == {4}
        assert len({re.sub("[0-9]", "0", one) for one in drawn}) > 30  # each with letters in places of its own


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["a-x7k2-K9", "a-p3q8-Z1", "a-b7w1-A4", "a-c0d2-Q7", "a-z9z9-B0"], r"a-[0-9a-z]{4}-[0-9A-Z]{2}"),
        (["4821", "1093", "7716", "2250", "9034"], r"[1-9][0-9]{3}"),
        (["0821", "1093", "7716", "2250", "9034"], r"[0-9]{4}"),
        (["7", "3", "12", "9", "10"], r"[3-9]|1[0-2]"),
        (["Ab-9_", "zz_1x", "-Q4hk", "p0_2m", "9xY-z"], r"[\w-]{5}"),
    ],
)
def test_an_id_has_the_letters_of_the_others(texts: list[str], form: str) -> None:
    """What is drawn anew is of the smallest alphabet that all of them are of, and numbers stay within theirs."""
    assert all(re.fullmatch(form, made(texts)) for _ in range(50))


@given(
    st.lists(st.text("abcdef0123456789-", min_size=6, max_size=6), min_size=5, max_size=12, unique=True),
    st.randoms(use_true_random=False),
)
def test_nothing_comes_back_that_one_was_given(texts: list[str], rng: random.Random) -> None:
    """A text is drawn anew in the letters of the others, or it is said that none can be; no word of one is repeated."""
    try:
        one = like([Sample(text, (), NOW) for text in texts], (), NOW, rng.choice)
    except Unlike:
        return
    assert len(one) == 6
    assert one not in texts or one.isdecimal()
