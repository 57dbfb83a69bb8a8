"""The loads for throughput measurements are real log lines in the mix that they promise."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from checkvalve.numbering import classify
from proving.bench import generate

COMBINED = re.compile(rb'^\S+ - - \[\d\d/May/2026:\d\d:\d\d:\d\d \+0000\] "[^"]+" \d{3} \d+ "[^"]+" "[^"]+"$')


def lines_of(kind: str, count: int, seed: int = 1) -> list[bytes]:
    """The lines of one load."""
    return b"".join(generate.WRITERS[kind](count, seed)).splitlines()


def test_every_nginx_line_is_combined() -> None:
    """Every line of the web load has the shape of nginx's combined format."""
    lines = lines_of("nginx", 5_000)
    assert len(lines) == 5_000
    assert all(COMBINED.match(line) for line in lines)


def test_every_sns_line_is_a_delivery_record() -> None:
    """Every line of the SNS load is a JSON object with the vendor's keys and an own message id."""
    records = [json.loads(line) for line in lines_of("sns", 5_000)]
    assert {tuple(sorted(record)) for record in records} == {("delivery", "notification", "status")}
    assert len({record["notification"]["messageId"] for record in records}) == 5_000


@pytest.mark.parametrize("kind", ["nginx", "sns"])
def test_same_seed_same_bytes(kind: str) -> None:
    """A load is a function of its seed."""
    assert lines_of(kind, 2_000, 3) == lines_of(kind, 2_000, 3)
    assert lines_of(kind, 2_000, 3) != lines_of(kind, 2_000, 4)


def test_the_attack_has_its_share() -> None:
    """One line in a hundred belongs to the attack, all of them on the attacked block."""
    numbers = [json.loads(line)["delivery"]["destination"] for line in lines_of("sns", 40_000)]
    attacked = sum(number.startswith(generate.ATTACKED_BLOCK[0]) for number in numbers)
    assert 300 < attacked < 500


def test_every_number_is_valid() -> None:
    """Nearly all numbers that messages go to lie in assigned ranges, and hardly one comes twice."""
    numbers = [int(json.loads(line)["delivery"]["destination"]) for line in lines_of("sns", 20_000)]
    assert len(set(numbers)) > 19_500
    assert classify(np.array(numbers)).valid.mean() > 0.99


def test_addresses_grow_with_the_lines() -> None:
    """About one distinct address for ten lines, and forty agents."""
    lines = lines_of("nginx", 50_000)
    assert 3_500 < len({line.split(b" ", 1)[0] for line in lines}) < 6_500
    assert len({line.rsplit(b'"', 2)[1] for line in lines}) == 40


def test_command_writes_plain_and_compressed(tmp_path: Path) -> None:
    """The command writes the number of lines asked for, and a name in .gz is compressed."""
    for name, magic in (("load.log", b""), ("load.log.gz", b"\x1f\x8b")):
        assert generate.main(["nginx", "1000", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_bytes().startswith(magic)
    assert (tmp_path / "load.log").read_bytes().count(b"\n") == 1_000
