"""An attacker who sees which of his messages come and changes what does not work."""

from checkvalve.simulation.traffic.draws import digest
from proving.baselines.stream import Attempt

PATIENCE = 3
"""So many refusals in a row for a block or an address, and he takes another."""


class Attacker:
    """Moves on to another block or address where his own attempts are refused."""

    def __init__(self) -> None:
        self._moves: dict[str, int] = {}
        self._refused: dict[str, int] = {}

    def moved(self, attempt: Attempt) -> Attempt:
        """The attempt as he makes it after what he has learned."""
        block, address = attempt.number[:-4], attempt.ip
        moves = self._moves.get(block, 0)
        if moves:
            attempt.number = self._other(block, moves) + attempt.number[-4:]
        hops = self._moves.get(address, 0)
        if hops:
            bits = digest(3, "hop", address, hops)
            attempt.ip = f"{30 + bits[0] % 180}.{bits[1]}.{bits[2]}.{hops % 250 + 1}"
        return attempt

    def told(self, block: str, address: str, sent: bool) -> None:
        """Whether the message for that block, from that address (both as first planned), was sent."""
        for key in (block, address):
            self._refused[key] = 0 if sent else self._refused.get(key, 0) + 1
            if self._refused[key] >= PATIENCE:
                self._moves[key] = self._moves.get(key, 0) + 1
                self._refused[key] = 0

    def _other(self, block: str, moves: int) -> str:
        """Another block of the same carrier: the last two of its digits change."""
        bits = digest(4, "block", block, moves)
        return f"{block[:-2]}{int.from_bytes(bits, 'big') % 100:02d}"
