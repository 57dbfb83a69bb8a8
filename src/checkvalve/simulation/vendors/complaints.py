"""What users wrote to support about messages, as a table."""

import csv
import heapq
from pathlib import Path

from checkvalve.simulation.clock import iso
from checkvalve.simulation.traffic.events import Complaint, Event
from checkvalve.simulation.vendors.base import open_text

HEADER = ("created_at", "kind", "phone", "country", "text")


class Complaints:
    """Writes one row a report, ordered by time."""

    def __init__(self, path: Path) -> None:
        self._file = open_text(path)
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(HEADER)
        self._rows: list[tuple[float, tuple[str, ...]]] = []

    def add(self, event: Event) -> None:
        """Keep the report."""
        if isinstance(event, Complaint):
            row = (iso(event.at), event.kind, f"+{event.number}", event.country.iso, event.text)
            heapq.heappush(self._rows, (event.at, row))

    def close(self) -> None:
        """Write all reports."""
        while self._rows:
            self._writer.writerow(heapq.heappop(self._rows)[1])
        self._file.close()
