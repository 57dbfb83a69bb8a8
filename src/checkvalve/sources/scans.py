"""Set-based twins of the hottest sources: SQL that reads the plain records of a chunk, and only these.

A twin must agree with its source's reader on every record that it calls plain (a test holds it); all other records
go through the reader. The texts stand in ``scan_*.py``. Only these files and ``evidence/`` hold SQL.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from checkvalve.events import Event, Request, Send
from checkvalve.settings import Logs
from checkvalve.sources import scan_combined, scan_sns
from checkvalve.sources.base import Framing


@dataclass(frozen=True, slots=True)
class Scan:
    """One twin: the kind of event it gives, how its files are cut, and its query with ``{path}`` open.

    The query answers ``record`` (from 1, in the order of the chunk), ``plain``, and what ``columns`` is made from:
    the event's columns as SQL over a row of the query. Of a record that is not plain, only its number means anything.
    """

    event: type[Event]
    framing: Framing
    query: str
    columns: Mapping[str, str]

    def of(self, path: object, *, careful: bool = False) -> str:
        """The query over the records of that file; it fails on a line that is no JSON, unless it is ``careful``."""
        line = "CASE WHEN json_valid(line) THEN line END" if careful else "line"
        return self.query.replace("{path}", str(path)).replace("{line}", line)


_SCANS = {
    "web.combined": Scan(Request, "line", scan_combined.QUERY, scan_combined.COLUMNS),
    "aws.sns": Scan(Send, "json", scan_sns.QUERY, scan_sns.COLUMNS),
}


def scan_of(name: str, framing: Framing, logs: Logs) -> Scan | None:
    """The twin for files of that source cut that way; None where only the reader knows (trusted proxies).

    >>> scan_of("web.combined", "line", Logs()).event.__name__
    'Request'
    """
    scan = _SCANS.get(name)
    if scan is None or scan.framing != framing or logs.trusted_proxies:
        return None
    return scan
