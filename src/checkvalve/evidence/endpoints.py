"""Which URL paths send messages? Those whose requests come just when messages go out, whatever the hour.

For each path, requests and messages are counted in bins of `BIN_S` seconds. Both follow the time of day, so the
mean of the hour is taken off first; what is left moves together only where one causes the other. A path is taken
when that correlation is far from chance and its requests stand beside a fair share of the messages; then its
messages are taken off and the next path is looked for among the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checkvalve.evidence.store import Store

BIN_S = 10
_BINS_OF_HOUR = 3600 // BIN_S
LONGEST_DAYS = 400
"""A clock that was decades wrong for a moment must not make an age of empty bins."""
MOST_PATHS = 300
MOST_ENDPOINTS = 8
_LEAST_CORRELATION = 0.15
_LEAST_Z = 6.0
_LEAST_SHARE = 0.02
_LEAST_MESSAGES = 5
"""Fewer messages beside requests may be a coincidence, however well they fit."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path that sends messages, and why that is believed."""

    method: str
    path: str
    basis: str

    @property
    def label(self) -> str:
        """As people write it: ``POST /api/otp/send``."""
        return f"{self.method} {self.path}"


def find_endpoints(store: Store, stated: Sequence[str] = ()) -> list[Endpoint]:
    """The sending endpoints: those that settings state, else those that the evidence shows; also written down.

    The table ``send_endpoints`` then feeds the ``endpoint`` column of ``requests``.
    """
    found = _stated(store, stated) if stated else _from_evidence(store)
    for one in found:
        store.run("INSERT INTO send_endpoints VALUES (?, ?, ?, ?)", [one.method, one.path, one.label, one.basis])
    return found


def unasked(store: Store, stated: Sequence[str]) -> list[str]:
    """Which of the stated endpoints does no request ask for? None is told where there are no requests at all."""
    if not store.row("SELECT count(*) FROM request_rows")[0]:
        return []
    return [text for text in dict.fromkeys(stated) if not _asked_as(store, text)]


def _stated(store: Store, stated: Sequence[str]) -> list[Endpoint]:
    found = dict.fromkeys(one for text in stated for one in _asked_as(store, text))
    return [Endpoint(method, path, "stated in settings") for method, path in found]


def _asked_as(store: Store, stated: str) -> list[tuple[str, str]]:
    """Methods with which requests ask for an endpoint as it is stated, ``/path`` or ``POST /path``, and its path."""
    wanted, _, path = stated.strip().rpartition(" ")
    rows = store.rows("SELECT DISTINCT method FROM request_rows WHERE path = ? AND method IS NOT NULL", [path])
    methods = {m for (m,) in rows if wanted.strip().upper() in ("", m) and m not in ("OPTIONS", "HEAD")}
    return [(method, path) for method in sorted(methods)]


def _from_evidence(store: Store) -> list[Endpoint]:
    span = _span(store)
    if span is None:
        return []
    low, high = span
    between = f"epoch(occurred_at) BETWEEN {low} AND {high}"
    paths = store.rows(
        f"""SELECT method, path, count(*) AS n FROM request_rows
        WHERE method NOT IN ('OPTIONS', 'HEAD') AND path IS NOT NULL AND {between}
        GROUP BY method, path ORDER BY (method <> 'GET') DESC, n DESC LIMIT {MOST_PATHS}"""
    )
    if not paths:
        return []
    counts = _Counts(store, low, high, [(method, path) for method, path, _ in paths])
    return counts.endpoints()


def _span(store: Store) -> tuple[float, float] | None:
    """From when to when do both logs run, at most `LONGEST_DAYS` around the middle message? None: never."""
    low, high = store.row("SELECT epoch(min(sent_at)), epoch(max(sent_at)) FROM send_rows")
    first, last = store.row("SELECT epoch(min(occurred_at)), epoch(max(occurred_at)) FROM request_rows")
    if low is None or first is None:
        return None
    (middle,) = store.row("SELECT median(epoch(sent_at)) FROM send_rows")
    half = LONGEST_DAYS * 43_200
    low, high = max(low, first, middle - half) - 60, min(high, last, middle + half) + 60
    return (low, high) if low < high else None


class _Counts:
    """Counts per bin of messages and of each path."""

    def __init__(self, store: Store, low: float, high: float, paths: list[tuple[str, str]]) -> None:
        self._paths = paths
        bins = int((high - low) // BIN_S) + 1
        self._hours = -(-bins // _BINS_OF_HOUR)
        bin_of = f"CAST(floor((epoch({{}}) - {low}) / {BIN_S}) AS BIGINT)"
        sent = store.arrays(
            f"""SELECT {bin_of.format("sent_at")} AS bin, count(*) AS n
            FROM send_rows WHERE epoch(sent_at) BETWEEN {low} AND {high} GROUP BY bin"""
        )
        self._sends = self._dense(sent["bin"].astype(np.int64), sent["n"])
        store.run(
            "CREATE OR REPLACE TEMP TABLE asked AS SELECT unnest(?) AS method, unnest(?) AS path, unnest(?) AS nth",
            [[method for method, _ in paths], [path for _, path in paths], list(range(len(paths)))],
        )
        asked = store.arrays(
            f"""SELECT a.nth, {bin_of.format("r.occurred_at")} AS bin, count(*) AS n
            FROM request_rows AS r JOIN asked AS a ON r.method = a.method AND r.path = a.path
            WHERE epoch(occurred_at) BETWEEN {low} AND {high} GROUP BY ALL ORDER BY a.nth, bin"""
        )
        self._nth, self._bin = asked["nth"].astype(np.int64), asked["bin"].astype(np.int64)
        self._asked = asked["n"].astype(np.float64)

    def _dense(self, bins: NDArray[np.int64], values: NDArray[Any]) -> NDArray[np.float64]:
        dense = np.zeros(self._hours * _BINS_OF_HOUR)
        dense[bins] = values
        return dense

    def endpoints(self) -> list[Endpoint]:
        left = self._sends.copy()
        found: list[Endpoint] = []
        total, norms, is_open = self._sends.sum(), self._norms(), np.ones(len(self._paths), np.bool_)
        while is_open.any() and len(found) < MOST_ENDPOINTS and left.sum() > _LEAST_SHARE * total:
            correlations = np.where(is_open, self._correlations(left, norms), -np.inf)
            nth = int(np.flatnonzero(correlations == correlations.max())[-1])
            if correlations[nth] < max(_LEAST_CORRELATION, _LEAST_Z / np.sqrt(len(left))):
                break
            is_open[nth] = False
            taken = self._taken(nth, left)
            if taken.sum() < max(_LEAST_MESSAGES, _LEAST_SHARE * total):
                continue
            left -= taken
            method, path = self._paths[nth]
            told = f"correlation {correlations[nth]:.2f} in bins of {BIN_S} s"
            found.append(Endpoint(method, path, f"its requests come when messages go out ({told})"))
        return found

    def _correlations(self, left: NDArray[np.float64], norms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pearson correlation of each path with the messages that are left; the request may come a bin early.

        To take the means of hours off is a projection: off one side is off both, so only the messages, which are
        one series where paths are many, are ever laid out bin by bin.
        """
        target = _without_hour(left)
        early = _without_hour(np.append(target[1:], 0.0))
        fits = [self._sums(self._asked * series[self._bin]) for series in (target, early)]
        power = norms * np.sqrt((target**2).sum())
        return np.asarray(np.divide(np.maximum(*fits), power, out=np.zeros(len(power)), where=power > 0))

    def _norms(self) -> NDArray[np.float64]:
        """The square root of each path's sum of squares, after the means of the hours are off."""
        hour_of, nth = np.unique(self._nth * self._hours + self._bin // _BINS_OF_HOUR, return_inverse=True)
        in_hour = np.bincount(nth, self._asked, len(hour_of))
        means = np.bincount(hour_of // self._hours, in_hour**2, len(self._paths)) / _BINS_OF_HOUR
        return np.sqrt(np.maximum(self._sums(self._asked**2) - means, 0.0))

    def _sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum over each path's bins."""
        return np.bincount(self._nth, values, len(self._paths)).astype(np.float64)

    def _taken(self, nth: int, left: NDArray[np.float64]) -> NDArray[np.float64]:
        """Messages that the path's requests can account for, in the same bin or from the one before."""
        mine = slice(*np.searchsorted(self._nth, [nth, nth + 1]))
        asked = self._dense(self._bin[mine], self._asked[mine])
        here = np.minimum(left, asked)
        early = np.zeros_like(left)
        early[1:] = np.minimum((left - here)[1:], (asked - here)[:-1])
        return here + early


def _without_hour(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    hours = counts.reshape(-1, _BINS_OF_HOUR)
    left: NDArray[np.float64] = hours - hours.mean(axis=1, keepdims=True)
    return left.ravel()
