"""Proof of work as ALTCHA's widget spoke it before its version 3 ("PoW v1").

A number is looked for whose SHA-256, together with the salt, is the given one. Attempt, number and expiry stand in
the salt, which ends in ``&``, so that no digit can move from the number to the salt or back (ALTCHA's advisory of
December 2025).

Source: ALTCHA, "Proof-of-Work" v1 (https://altcha.org/docs/v1/proof-of-work).
"""

import hashlib
import hmac
import re
import secrets
from typing import Any

import msgspec

from checkvalve.gateways.challenges import payload as answers
from checkvalve.gateways.challenges.kind import Answering, Bound, Verdict

TRIES = 10_000
"""On average, at an effort of 1: as long as the present version takes."""
_SALT = re.compile(r"[0-9a-f]{24}\?attempt=([0-9a-f]+)&phone=([0-9a-f]*)&expires=(\d{1,12})&")


class _Answer(msgspec.Struct):
    algorithm: str
    challenge: str
    number: int
    salt: str
    signature: str


class ProofOfWorkV1:
    """ALTCHA, version 1.

    Args:
        secret: signs; ALTCHA's server libraries check the answers with the same one.
        tries: on average, at an effort of 1.

    >>> ProofOfWorkV1(b"a secret that nobody knows").shown(Bound("a", "b", 1_780_000_000), 2.0)["maxnumber"]
    40000
    """

    name = "altcha-v1"
    remote = False

    def __init__(self, secret: bytes, *, tries: int = TRIES) -> None:
        self._secret, self._tries = secret, tries

    def shown(self, bound: Bound, effort: float, /) -> dict[str, Any]:
        """The challenge as the widget reads it; ``maxNumber`` is what the libraries call ``maxnumber``."""
        most = max(1, round(2 * self._tries * effort))
        told = f"attempt={bound.attempt}&phone={bound.phone}&expires={bound.expires_s}&"
        salt = f"{secrets.token_hex(12)}?{told}"
        challenge = _hash(salt, secrets.randbelow(most))
        return {
            "algorithm": "SHA-256",
            "challenge": challenge,
            "maxnumber": most,
            "maxNumber": most,
            "salt": salt,
            "signature": self._signature(challenge),
        }

    def verdict(self, payload: str, by: Answering, /) -> Verdict:
        """Was this challenge solved, and is it of this attempt?"""
        answer = answers.read(payload, _Answer)
        salt = _SALT.fullmatch(answer.salt) if answer else None
        if answer is None or salt is None or answer.algorithm != "SHA-256" or answer.number < 0:
            return Verdict(False, "it is no answer of this kind")
        challenge = _hash(answer.salt, answer.number)
        if not hmac.compare_digest(challenge.encode(), answer.challenge.encode()):
            return Verdict(False, "its solution is wrong")
        if not hmac.compare_digest(self._signature(challenge).encode(), answer.signature.encode()):
            return Verdict(False, "its signature is wrong")
        if int(salt[3]) <= by.now:
            return Verdict(False, "it has expired")
        if salt[1] != by.attempt:
            return Verdict(False, "it is of another attempt")
        if by.phone and salt[2] != by.phone:
            return Verdict(False, "it is of another number")
        return Verdict(True, "", answer.signature, int(salt[3]))

    def _signature(self, challenge: str) -> str:
        return hmac.new(self._secret, challenge.encode(), hashlib.sha256).hexdigest()


def _hash(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()
