"""What a scenario hands over: its events in order of time, the logs that see them, and the truth."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.truth import Expected, Kind
from checkvalve.simulation.vendors.base import Log


class Plan(msgspec.Struct):
    """One scenario, ready to be written. ``window`` is epoch seconds, the end excluded."""

    kind: Kind
    window: tuple[float, float]
    streams: list[Iterable[Event]]
    """Each sorted by time."""
    logs: Callable[[Path], list[Log]]
    """Opens the logs in a folder."""
    send_ids: Callable[[Message], list[str]]
    """A message's identifiers in the logs, the gateway's first."""
    expected: Expected
    size: str | None = None
    knobs: dict[str, float | int | str] = {}

    def events(self) -> Iterator[Event]:
        """All events of the window in order of time."""
        for event in heapq.merge(*self.streams, key=lambda event: event.at):
            if self.window[0] <= event.at < self.window[1]:
                yield event
