"""Set-based twins of the hottest sources: SQL that reads the plain records of a chunk, and only these.

A twin must agree with its source's reader on every record that it calls plain (a test holds it); all other records
go through the reader. The query answers ``record`` (from 1, in the order of the chunk), ``plain``, and the event's
columns. Only this file and ``evidence/`` hold SQL.
"""

from dataclasses import dataclass

from checkvalve.events import Event, Request
from checkvalve.settings import Logs
from checkvalve.sources.base import Framing
from checkvalve.sources.text import MAX_LINE

_LINES = (
    "read_csv('{path}', delim = '\\x01', quote = '', escape = '', header = false, auto_detect = false, "
    f"strict_mode = false, max_line_size = {2 * MAX_LINE}, columns = {{'line': 'VARCHAR'}})"
)
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_COMBINED = rf"""
SELECT record,
       coalesce(NOT contains(line, '\') AND len(part) IN (3, 7)
           AND len(head) = 6 AND head[2] = '-' AND head[4][1] = '[' AND head[6] = '' AND head[5][6] = ']'
           AND regexp_full_match(head[1], '{_OCTET}(\.{_OCTET}){{3}}')
           AND len(request) = 3 AND regexp_full_match(request[1], '[A-Z]{{1,40}}')
           AND starts_with(request[2], '/') AND NOT contains(request[2], '%') AND strlen(request[2]) < 8192
           AND request[3] IN ('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/3.0', 'HTTP/2', 'HTTP/3')
           AND regexp_full_match(part[3], ' [0-9]{{3}} ([0-9]{{1,18}}|-) ?')
           AND (len(part) = 3 OR (part[5] = ' ' AND part[7] = ''))
           AND (len(part) = 7 OR NOT ends_with(part[3], ' '))
           AND occurred_at IS NOT NULL, false) AS plain,
       occurred_at, request[1] AS method, split_part(request[2], '?', 1) AS path,
       nullif(substr(request[2], strpos(request[2] || '?', '?') + 1), '') AS query,
       try_cast(code[2] AS BIGINT) AS status, head[1] AS ip,
       CASE WHEN code[3] = '-' THEN 0 ELSE try_cast(code[3] AS BIGINT) END AS bytes,
       nullif(nullif(part[4], '-'), '') AS referrer, nullif(nullif(part[6], '-'), '') AS user_agent
FROM (SELECT *, try_strptime(substr(head[4], 2) || head[5], '%d/%b/%Y:%H:%M:%S%z]') AS occurred_at
      FROM (SELECT record, line, part, string_split(part[1], ' ') AS head, string_split(part[2], ' ') AS request,
                   string_split(part[3], ' ') AS code
            FROM (SELECT row_number() OVER () AS record, line, string_split(line, '"') AS part FROM {_LINES})))
"""


@dataclass(frozen=True, slots=True)
class Scan:
    """One twin: the kind of event it gives, how its files are cut, and its query with ``{path}`` open."""

    event: type[Event]
    framing: Framing
    query: str
    columns: tuple[str, ...]

    def of(self, path: object) -> str:
        """The query over the records of that file."""
        return self.query.replace("{path}", str(path))


_SCANS = {
    "web.combined": Scan(
        Request,
        "line",
        _COMBINED,
        ("occurred_at", "method", "path", "query", "status", "ip", "bytes", "referrer", "user_agent"),
    ),
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
