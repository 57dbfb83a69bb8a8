"""Contents as they come after an accident: some bytes flipped, lost, doubled, exchanged, put in, or other values."""

import random
import re

_ODD = (
    *(
        b"\0",
        b"\r",
        b"\n",
        b'"',
        b"\\",
        b"\xff\xfe",
        b"\xe9",
        b"{",
        b"]",
        b"9" * 30,
        b"\\ud83d",
        b"%00",
        b"-",
        b"\x01",
    ),
    *(b"\t", b",", b" ", b"T", b"+", b":", b"\xe2\x80\xa8", b"\xd9\xa3", b"0x", b"e9"),
)
_WRITTEN = re.compile(rb'"[^"\n]*"|\d+(?:\.\d+)?')
_VALUES = (
    *(
        b"null",
        b'""',
        b"-1",
        b"0",
        b"99999999999999999999",
        b"1e400",
        b"NaN",
        b"[]",
        b"{}",
        b'"\\u0000"',
        b"x" * 300,
    ),
    *(
        b"true",
        b'"-"',
        b"1.5",
        b'"2026-02-30T25:61:00Z"',
        b'"+"',
        b'"9999999999999"',
        b"[[]]",
        b'{"a":{"b":[null]}}',
    ),
)


def mutant(content: bytes, chance: random.Random, other: bytes = b"") -> bytes:
    """The content after one to four random changes; ``other`` may lend some of its lines."""
    for _ in range(chance.randint(1, 4)):
        content = chance.choice(_CHANGES)(content, chance, other)
    return content


def _place(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice((1, 1, 2, 8, 100)))


def _flipped(content: bytes, chance: random.Random, _: bytes) -> bytes:
    start, _end = _place(content, chance)
    return content[:start] + chance.randbytes(1) + content[start + 1 :]


def _lost(content: bytes, chance: random.Random, _: bytes) -> bytes:
    start, end = _place(content, chance)
    return content[:start] + content[end:]


def _doubled(content: bytes, chance: random.Random, _: bytes) -> bytes:
    start, end = _place(content, chance)
    return content[:end] + content[start:]


def _exchanged(content: bytes, chance: random.Random, _: bytes) -> bytes:
    lines = content.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _mixed(content: bytes, chance: random.Random, other: bytes) -> bytes:
    """One line of another content stands among the lines."""
    lines = content.split(b"\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(other.split(b"\n")))
    return b"\n".join(lines)


def _inserted(content: bytes, chance: random.Random, _: bytes) -> bytes:
    start, _end = _place(content, chance)
    return content[:start] + chance.choice(_ODD) + content[start:]


def _other_value(content: bytes, chance: random.Random, _: bytes) -> bytes:
    """One number or text in quotes is something else."""
    return _replaced(content, chance, chance.choice(_VALUES))


def _exchanged_value(content: bytes, chance: random.Random, other: bytes) -> bytes:
    """One number or text in quotes is one of another place."""
    found = _WRITTEN.findall(other or content)
    return _replaced(content, chance, chance.choice(found)) if found else content


def _replaced(content: bytes, chance: random.Random, value: bytes) -> bytes:
    found = list(_WRITTEN.finditer(content))
    if not found:
        return content
    place = chance.choice(found)
    return content[: place.start()] + value + content[place.end() :]


_CHANGES = (_flipped, _lost, _doubled, _exchanged, _mixed, _inserted, _other_value, _exchanged_value)
