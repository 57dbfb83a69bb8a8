"""Write a large log for throughput measurements: ``python -m proving.bench.generate nginx|sns LINES FILE``.

The mix is realistic where it costs a reader time (distinct addresses, agents, identifiers, numbers, time stamps)
and plain elsewhere: a week of ordinary traffic with a day shape (each country's own), one path that sends codes,
and one hour of attack on one block of numbers. There is no truth file: ``proving.write`` is for measuring what is
found, this for how fast. A file name ending in ``.gz`` is compressed.
"""

import argparse
import gzip
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from proving.bench.vocabulary import AGENTS, DESTINATIONS, PAGES, ROUTES

Floats = npt.NDArray[np.float64]

WINDOW_START_S = 1_779_667_200  # 2026-05-25T00:00:00Z, a Monday
WINDOW_S = 7 * 86_400
ATTACK_START_S = WINDOW_START_S + 4 * 86_400 + 3 * 3_600
ATTACK_S = 3_600
ATTACK_SHARE = 0.01
OMEGA = 2 * np.pi / 86_400
DAY_SWING = 0.85
DAWN = 0.6 * np.pi
CHUNK_LINES = 250_000
OTP_REQUEST = "POST /api/v1/otp/send HTTP/1.1"
ATTACKED_BLOCK = ("+99899394", 4)
UZBEKISTAN = next(one for one in DESTINATIONS if one.mcc == 434)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the people of one place are awake: its share of all traffic, and its clock ahead of UTC."""

    share: float
    ahead_s: float

    def rate(self, at_s: Floats) -> Floats:
        """Traffic so many seconds into the window, beside an even spread of all of it."""
        return np.asarray(self.share * (1 + DAY_SWING * np.sin(OMEGA * (at_s + self.ahead_s) - DAWN)))

    def before(self, at_s: Floats) -> Floats:
        """The share of all traffic that has come from there by then."""
        turned = np.cos(OMEGA * (at_s + self.ahead_s) - DAWN) - np.cos(OMEGA * self.ahead_s - DAWN)
        return np.asarray(self.share * (at_s - DAY_SWING / OMEGA * turned) / WINDOW_S)


EVERYONE = (Rhythm(1.0, 0.0),)
PEOPLE = tuple(Rhythm(one.share, 3_600 * one.ahead_h) for one in DESTINATIONS)


def _cumulative(at_s: Floats, people: Sequence[Rhythm]) -> Floats:
    """The share of ordinary traffic that has come by so many seconds into the window."""
    return np.asarray(sum(one.before(at_s) for one in people), dtype=np.float64)


def day_shaped_times(
    first: int, count: int, total: int, rng: np.random.Generator, people: Sequence[Rhythm] = EVERYONE
) -> Floats:
    """Epoch seconds of lines ``first .. first + count`` of ``total``: sorted, quiet nights, the attack on top."""
    grid = np.linspace(0.0, WINDOW_S, 7 * 288 + 1)
    attack = np.clip((grid + WINDOW_START_S - ATTACK_START_S) / ATTACK_S, 0.0, 1.0)
    share = (1 - ATTACK_SHARE) * _cumulative(grid, people) + ATTACK_SHARE * attack
    position = np.sort((first + rng.random(count) * count) / total)
    return np.asarray(WINDOW_START_S + np.interp(position, share, grid), dtype=np.float64)


def attack_rows(
    times: Floats, rng: np.random.Generator, people: Sequence[Rhythm] = EVERYONE
) -> npt.NDArray[np.bool_]:
    """Which rows are the attack's: inside its hour, so many that they are ``ATTACK_SHARE`` of all lines."""
    inside = (times >= ATTACK_START_S) & (times < ATTACK_START_S + ATTACK_S)
    edges = np.array([ATTACK_START_S, ATTACK_START_S + ATTACK_S], dtype=np.float64) - WINDOW_START_S
    ordinary = (1 - ATTACK_SHARE) * float(np.diff(_cumulative(edges, people))[0])
    return inside & (rng.random(len(times)) < ATTACK_SHARE / (ATTACK_SHARE + ordinary))


def _whose(times: Floats, rng: np.random.Generator) -> list[int]:
    """Which of the people is awake and asks, for each time."""
    rates = np.cumsum([one.rate(times - WINDOW_START_S) for one in PEOPLE], axis=0)
    drawn = rng.random(len(times)) * rates[-1]
    return [int(nth) for nth in (drawn >= rates).sum(axis=0)]


def addresses(count: int, rng: np.random.Generator) -> list[bytes]:
    """So many addresses as text, one in five of version 6."""
    octets = rng.integers(1, 255, (count, 4)).tolist()
    groups = rng.integers(0, 65_536, (count, 3)).tolist()
    sixes = (rng.random(count) < 0.2).tolist()
    return [
        b"2a0%x:%x:%x:%x::%x" % (o[0] % 16, o[1], *g) if six else b"%d.%d.%d.%d" % (20 + o[0] % 170, *o[1:])
        for o, g, six in zip(octets, groups, sixes, strict=True)
    ]


def _clock_texts(times: Floats, pattern: str) -> list[bytes]:
    """The text of each time in whole seconds; a second is formatted once."""
    seconds, where = np.unique(times.astype(np.int64), return_inverse=True)
    texts = [time.strftime(pattern, time.gmtime(second)).encode() for second in seconds.tolist()]
    return [texts[index] for index in where.tolist()]


def _nginx_tails(count: int, rng: np.random.Generator) -> list[bytes]:
    """Everything behind the time stamp, in the site's own mix of requests, status codes and agents."""
    agents = rng.zipf(1.4, count) % len(AGENTS)
    pages = rng.zipf(1.3, count) % len(PAGES)
    routes = rng.choice(len(ROUTES), count, p=[share for _, _, share in ROUTES])
    sizes = rng.lognormal(7.5, 1.6, count).astype(np.int64)
    items = rng.integers(1, 60_000, count)
    rows = zip(routes.tolist(), pages.tolist(), items.tolist(), sizes.tolist(), agents.tolist(), strict=True)
    tails = []
    for route, page, item, size, agent in rows:
        request, status, _ = ROUTES[route]
        line = request.format(page=PAGES[page], item=item)
        tails.append(f'] "{line}" {status} {size} "https://www.example.com/" "{AGENTS[agent]}"\n'.encode())
    return tails


def nginx_chunks(total: int, seed: int) -> Iterator[bytes]:
    """An nginx combined access log of ``total`` lines, about one distinct address for ten lines."""
    rng = np.random.default_rng(seed)
    known = addresses(max(100, total // 9), rng)
    attackers = addresses(max(20, min(20_000, total // 2_000)), rng)
    tails = _nginx_tails(min(200_000, max(1_000, total)), rng)
    attack_tails = [
        f'] "{OTP_REQUEST}" 200 {size} "-" "{agent}"\n'.encode() for agent in AGENTS[:12] for size in (51, 53, 54)
    ]
    for first in range(0, total, CHUNK_LINES):
        count = min(CHUNK_LINES, total - first)
        times = day_shaped_times(first, count, total, rng)
        clock = _clock_texts(times, "%d/%b/%Y:%H:%M:%S +0000")
        who = (rng.random(count) ** 1.2 * len(known)).astype(np.int64).tolist()
        what = rng.integers(0, len(tails), count).tolist()
        hosts = [known[index] for index in who]
        ends = [tails[index] for index in what]
        for row in np.flatnonzero(attack_rows(times, rng)).tolist():
            hosts[row] = attackers[who[row] % len(attackers)]
            ends[row] = attack_tails[what[row] % len(attack_tails)]
        yield b"".join([b"%b - - [%b%b" % parts for parts in zip(hosts, clock, ends, strict=True)])


_SNS_TEMPLATE = (
    b'{"notification":{"messageId":"%b","timestamp":"%b.%03d"},"delivery":{"phoneCarrier":"%b","mnc":%d,'
    b'"numberOfMessageParts":1,"destination":"%b%b","priceInUSD":%b,"smsType":"Transactional","mcc":%d,'
    b'"providerResponse":"%b","dwellTimeMs":%d,"dwellTimeMsUntilDeviceAck":%d},"status":"%b"}\n'
)
_SNS_OUTCOMES = (
    (b"Message has been accepted by phone", b"SUCCESS"),
    (b"Message has been accepted by phone carrier", b"SUCCESS"),
    (b"Phone is currently unreachable/unavailable", b"FAILURE"),
    (b"Unknown error attempting to reach phone", b"FAILURE"),
)


def _uuids(count: int, rng: np.random.Generator) -> list[bytes]:
    text = rng.bytes(16 * count).hex()
    starts = range(0, 32 * count, 32)
    return [
        f"{text[i : i + 8]}-{text[i + 8 : i + 12]}-5{text[i + 13 : i + 16]}-{text[i + 16 : i + 20]}-"
        f"{text[i + 20 : i + 32]}".encode()
        for i in starts
    ]


def sns_chunks(total: int, seed: int) -> Iterator[bytes]:
    """SNS delivery status records as JSON lines, one a message."""
    rng = np.random.default_rng(seed)
    for first in range(0, total, CHUNK_LINES):
        count = min(CHUNK_LINES, total - first)
        times = day_shaped_times(first, count, total, rng, PEOPLE)
        attacked = attack_rows(times, rng, PEOPLE).tolist()
        where = _whose(times, rng)
        tail_numbers = rng.integers(0, 10**10, count).tolist()
        outcome = rng.choice(len(_SNS_OUTCOMES), count, p=(0.6, 0.36, 0.025, 0.015)).tolist()
        dwell = rng.lognormal(6.0, 0.6, (count, 2)).astype(np.int64).tolist()
        milliseconds = (times % 1 * 1_000).astype(np.int64).tolist()
        clock = _clock_texts(times, "%Y-%m-%d %H:%M:%S")
        lines = []
        columns = (_uuids(count, rng), clock, milliseconds, where, tail_numbers, outcome, dwell, attacked)
        for sid, at, ms, place, tail, result, (sent_ms, ack_ms), bad in zip(*columns, strict=True):
            to = UZBEKISTAN if bad else DESTINATIONS[place]
            prefix, digits = ATTACKED_BLOCK if bad else to.prefixes[tail % len(to.prefixes)]
            response, status = _SNS_OUTCOMES[result]
            subscriber = b"%0*d" % (digits, tail // 100 % 10**digits)
            price = repr(to.price_usd).encode()
            head = (sid, at, ms, to.carrier.encode(), to.mnc, prefix.encode(), subscriber, price, to.mcc)
            lines.append(_SNS_TEMPLATE % (*head, response, sent_ms, sent_ms + ack_ms, status))
        yield b"".join(lines)


WRITERS: dict[str, Callable[[int, int], Iterator[bytes]]] = {"nginx": nginx_chunks, "sns": sns_chunks}


def _open(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.GzipFile(path, "wb", compresslevel=1, mtime=0))
    return path.open("wb")


def main(arguments: list[str] | None = None) -> int:
    """Write the file and say on the error stream how long it took."""
    parser = argparse.ArgumentParser(prog="proving.bench.generate", description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=sorted(WRITERS))
    parser.add_argument("lines", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    started, size = time.perf_counter(), 0
    with _open(options.file) as out:
        for chunk in WRITERS[options.kind](options.lines, options.seed):
            size += out.write(chunk)
    took_s = time.perf_counter() - started
    print(f"{options.lines} lines, {size / 1e6:.0f} MB in {took_s:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
