"""Attempts as ``backtest`` replays them: what somebody asked for, and what would follow if the code were sent."""

import json
from pathlib import Path
from typing import Any

from checkvalve.simulation.clock import clock
from checkvalve.simulation.traffic.draws import digest
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.vendors.base import open_text
from checkvalve.simulation.vendors.nginx import fingerprint

MAILS = (("mail.example", 0.52), ("post.example", 0.22), ("inbox.example", 0.16), ("office.example", 0.10))


def attempt_id(seed: int, message: Message) -> str:
    """The attempt's identifier, which tells nothing of who made it."""
    return "at" + digest(10, "attempt", seed, message.key).hex()


def _unit(seed: int, what: str, key: str) -> float:
    return int.from_bytes(digest(7, what, seed, key), "big") / 256**7


def _mail(seed: int, message: Message) -> str:
    if message.mail is not None:
        return message.mail
    left = _unit(seed, "mail", message.account)
    for domain, share in MAILS:
        left -= share
        if left < 0:
            return domain
    return MAILS[0][0]


def attempt(seed: int, message: Message) -> dict[str, Any]:
    """One line of the file. Only the driver of a replay may read ``outcome``."""
    receipt = message.receipt and message.delivered_s is not None
    return {
        "attempt_id": attempt_id(seed, message),
        "at": f"{clock(message.at, '%Y-%m-%dT%H:%M:%S')}.{int(message.at * 1_000) % 1_000:03d}Z",
        "phone": f"+{message.number}",
        "channel": "voice" if message.channel == "call" else "sms",
        "endpoint": message.purpose,
        "ip": message.address,
        "user_agent": message.agent,
        "ja4": fingerprint(message.agent),
        "account_id": message.account,
        "email_domain": _mail(seed, message),
        "price_usd": message.price_usd,
        "outcome": {
            "delivered_s": message.delivered_s if receipt else None,
            "verified_s": message.verified_s,
            "solves_challenge": _unit(seed, "challenge", message.key) < message.solves,
        },
    }


class Attempts:
    """Writes every attempt at the form in order of time; what is injected behind the form is none."""

    def __init__(self, path: Path, seed: int) -> None:
        self._seed = seed
        self._file = open_text(path)

    def add(self, event: Event) -> None:
        """Write the attempt."""
        if isinstance(event, Message) and event.place == "site":
            self._file.write(json.dumps(attempt(self._seed, event), separators=(",", ":")) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
