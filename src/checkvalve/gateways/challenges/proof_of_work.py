"""Proof of work as ALTCHA's present widget and server libraries speak it (their "PoW v2").

A counter is looked for whose derived key, ``PBKDF2(nonce ++ counter)``, begins with a given prefix. The counter is
drawn when the challenge is made, so how long it takes is bounded, and the whole key is signed beside the prefix, so
that an answer is checked with two signatures and no derivation: many wrong answers cost next to nothing.

Everything is signed: the work, when it expires, and digests of the attempt and the number.

Source: ALTCHA, "Proof-of-Work v2" (https://altcha.org/docs/v2/proof-of-work-captcha), deterministic mode.
"""

import hashlib
import hmac
import secrets
import struct
from typing import Any

import msgspec

from checkvalve.gateways.challenges import payload as answers
from checkvalve.gateways.challenges.kind import Answering, Bound, Verdict

ROUNDS = 1_000
"""Of PBKDF2 for each try."""
TRIES = 500
"""On average, at an effort of 1; ``proving/bench/proof_of_work.mjs`` measures how long they take."""
_KEY_BYTES = 32
_PREFIX_BYTES = 16


class _Signed(msgspec.Struct):
    parameters: dict[str, Any]
    signature: str


class _Solution(msgspec.Struct):
    counter: int
    derived_key: str = msgspec.field(name="derivedKey")


class _Answer(msgspec.Struct):
    challenge: _Signed
    solution: _Solution


class ProofOfWork:
    """ALTCHA, version 2.

    Args:
        secret: signs; ALTCHA's server libraries check the answers with the same one.
        rounds: of PBKDF2 for each try.
        tries: on average, at an effort of 1.

    >>> shown = ProofOfWork(b"a secret that nobody knows").shown(Bound("a", "b", 1_780_000_000), 1.0)
    >>> shown["parameters"]["algorithm"], shown["parameters"]["expiresAt"]
    ('PBKDF2/SHA-256', 1780000000)
    """

    name = "altcha"
    remote = False

    def __init__(self, secret: bytes, *, rounds: int = ROUNDS, tries: int = TRIES) -> None:
        self._secret, self._rounds, self._tries = secret, rounds, tries
        self._key_secret = _signature(secret, b"key").encode()

    def shown(self, bound: Bound, effort: float, /) -> dict[str, Any]:
        """The challenge as the widget reads it."""
        nonce, salt = secrets.token_bytes(16), secrets.token_bytes(16)
        key = self._derived(nonce, salt, secrets.randbelow(max(1, round(2 * self._tries * effort))))
        parameters = {
            "algorithm": "PBKDF2/SHA-256",
            "nonce": nonce.hex(),
            "salt": salt.hex(),
            "cost": self._rounds,
            "keyLength": _KEY_BYTES,
            "keyPrefix": key[:_PREFIX_BYTES].hex(),
            "keySignature": _signature(self._key_secret, key),
            "expiresAt": bound.expires_s,
            "data": {"attempt": bound.attempt, "phone": bound.phone},
        }
        return {"parameters": parameters, "signature": _signature(self._secret, _canonical(parameters))}

    def verdict(self, payload: str, by: Answering, /) -> Verdict:
        """Was this challenge solved, and is it of this attempt?"""
        answer = answers.read(payload, _Answer)
        if answer is None:
            return Verdict(False, "it is no answer of this kind")
        parameters = answer.challenge.parameters
        if not _same(_signature(self._secret, _canonical(parameters)), answer.challenge.signature):
            return Verdict(False, "its signature is wrong")
        expires_s, data = parameters.get("expiresAt"), parameters.get("data")
        if not isinstance(expires_s, int) or expires_s <= by.now:
            return Verdict(False, "it has expired")
        if not isinstance(data, dict) or data.get("attempt") != by.attempt:
            return Verdict(False, "it is of another attempt")
        if by.phone and data.get("phone") != by.phone:
            return Verdict(False, "it is of another number")
        try:
            found = bytes.fromhex(answer.solution.derived_key)
        except ValueError:
            return Verdict(False, "its solution is wrong")
        if not _same(_signature(self._key_secret, found), str(parameters.get("keySignature"))):
            return Verdict(False, "its solution is wrong")
        return Verdict(True, "", answer.challenge.signature, expires_s)

    def _derived(self, nonce: bytes, salt: bytes, counter: int) -> bytes:
        password = nonce + struct.pack(">I", counter)
        return hashlib.pbkdf2_hmac("sha256", password, salt, self._rounds, _KEY_BYTES)


def _canonical(parameters: dict[str, Any]) -> bytes:
    """What is signed: keys in order and no spaces, as ALTCHA writes it where keys and texts are ASCII, as ours are."""
    return msgspec.json.encode(parameters, order="sorted")


def _signature(secret: bytes, content: bytes) -> str:
    return hmac.new(secret, content, hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
