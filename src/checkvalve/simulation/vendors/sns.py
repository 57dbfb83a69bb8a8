"""Delivery status of SNS: JSON lines as exported, and pages of CloudWatch Logs around them."""

import heapq
import json
from pathlib import Path
from typing import Any

import numpy as np

from checkvalve.simulation.clock import clock
from checkvalve.simulation.traffic.draws import stream
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.base import Disorder, open_text, uuid

RESPONSES = {
    "unreachable": "Phone is currently unreachable/unavailable",
    "unknown": "Unknown error attempting to reach phone",
    "landline": "Invalid phone number",
    "carrier": "Phone carrier is currently unreachable/unavailable",
}
ACCEPTED_BY_PHONE = "Message has been accepted by phone"
ACCEPTED_BY_CARRIER = "Message has been accepted by phone carrier"
BARE_SHARE = 0.06
"""So many successes come without carrier, MCC and MNC."""
LATE_SHARE = 0.01
PAGE_EVENTS = 2_000
LAG_S = (5.7, 20.6)


def response(message: Message) -> str:
    """SNS's words for what became of the message."""
    if message.failure is not None and message.receipt:
        return RESPONSES[message.failure]
    return ACCEPTED_BY_PHONE if message.receipt else ACCEPTED_BY_CARRIER


def _stamp(at: float) -> str:
    """UTC without a zone, one to three digits of a second."""
    milliseconds = int(at * 1_000) % 1_000
    return f"{clock(at, '%Y-%m-%d %H:%M:%S')}.{f'{milliseconds:03d}'.rstrip('0') or '0'}"


def record(message: Message, account: AwsAccount, random: np.random.RandomState) -> dict[str, Any]:
    """The delivery record of one message."""
    failed = message.failure is not None and message.receipt
    bare = not failed and random.uniform() < BARE_SHARE
    dwell_ms = 60 + int(random.exponential(250))
    wait_s = message.delivered_s if message.delivered_s is not None and message.receipt else 1.0
    network: dict[str, Any] = {} if bare else {"mnc": 0 if failed else int(message.carrier.mnc)}
    delivery: dict[str, Any] = {} if bare or failed else {"phoneCarrier": message.carrier.name}
    delivery |= network
    delivery |= {
        "numberOfMessageParts": 1,
        "destination": f"+{message.number}",
        "priceInUSD": round(message.price_usd, 5),
        "smsType": "Transactional",
    }
    if not bare:
        delivery["mcc"] = 0 if failed else int(message.carrier.mcc)
    delivery |= {
        "providerResponse": response(message),
        "dwellTimeMs": dwell_ms,
        "dwellTimeMsUntilDeviceAck": dwell_ms + int(1_000 * wait_s),
    }
    return {
        "notification": {"messageId": account.message_id(message), "timestamp": _stamp(message.at)},
        "delivery": delivery,
        "status": "FAILURE" if failed else "SUCCESS",
    }


class SnsLines:
    """Writes one record a line, successes and failures together."""

    def __init__(self, path: Path, account: AwsAccount) -> None:
        self._account = account
        self._file = open_text(path)
        self._random = stream(account.seed, "sns lines")
        self._rows = Disorder(
            self._file.write, stream(account.seed, "sns order"), LATE_SHARE, twice_share=0.003, within_s=30.0
        )

    def add(self, event: Event) -> None:
        """Write the message."""
        if isinstance(event, Message):
            line = json.dumps(record(event, self._account, self._random), separators=(",", ":"))
            self._rows.put(event.at, line + "\n")

    def close(self) -> None:
        """Write what was held back."""
        self._rows.flush()
        self._file.close()


class SnsCloudWatch:
    """Writes what ``aws logs filter-log-events`` answers for both log groups, page by page."""

    def __init__(self, folder: Path, account: AwsAccount) -> None:
        self._account = account
        self._random = stream(account.seed, "sns cloudwatch")
        self._groups = [
            _Group(folder, "sns-direct-publish", account.seed),
            _Group(folder, "sns-direct-publish-failure", account.seed),
        ]

    def add(self, event: Event) -> None:
        """Write the message's record into its log group, when it arrives there."""
        if isinstance(event, Message):
            entry = record(event, self._account, self._random)
            lag_s = float(self._random.uniform(*LAG_S))
            self._groups[entry["status"] == "FAILURE"].put(event.at, event.at + lag_s, entry)

    def close(self) -> None:
        """Write the last pages."""
        for group in self._groups:
            group.close()


class _Group:
    """One log group: entries ordered by the time at which they were logged."""

    def __init__(self, folder: Path, stem: str, seed: int) -> None:
        self._folder, self._stem, self._seed = folder, stem, seed
        self._waiting: list[tuple[float, int, str]] = []
        self._page: list[dict[str, Any]] = []
        self._count = self._pages = 0

    def put(self, now: float, logged_at: float, entry: dict[str, Any]) -> None:
        """Take an entry that will be logged later, and write those whose time has come."""
        self._count += 1
        heapq.heappush(self._waiting, (logged_at, self._count, json.dumps(entry, separators=(",", ":"))))
        while self._waiting and self._waiting[0][0] <= now:
            self._log()

    def _log(self) -> None:
        logged_at, count, message = heapq.heappop(self._waiting)
        milliseconds = int(logged_at * 1_000)
        self._page.append(
            {
                "logStreamName": uuid("log stream", self._seed, self._stem, int(logged_at // 21_600)),
                "timestamp": milliseconds,
                "message": message,
                "ingestionTime": milliseconds + 40 + count % 90,
                "eventId": f"{(milliseconds << 144) + count:056d}",
            }
        )
        if len(self._page) == PAGE_EVENTS:
            self._write(more=True)

    def _write(self, more: bool) -> None:
        page: dict[str, Any] = {"events": self._page, "searchedLogStreams": []}
        if more:
            page["nextToken"] = "Bxkq6kVGFtq2y_Moigeqs" + uuid("token", self._seed, self._stem, self._pages)
        with open_text(self._folder / f"{self._stem}-{self._pages:03d}.json.gz") as file:
            file.write(json.dumps(page, indent=1) + "\n")
        self._pages += 1
        self._page = []

    def close(self) -> None:
        """Write what is left; CloudWatch answers with an empty page before the last one now and then."""
        while self._waiting:
            self._log()
        held, self._page = self._page, []
        self._write(more=True)
        self._page = held
        self._write(more=False)
