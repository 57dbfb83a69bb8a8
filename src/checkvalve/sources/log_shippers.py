r"""What containers, syslog and log shippers put around a line, and what stands inside.

Before a line: a syslog prefix (RFC 3164 or 5424, with or without priority, host and year-long date), the prefix of
the Kubernetes container runtime (CRI), of ``docker compose logs`` and ``kubectl logs --prefix``, and the time that
``--timestamps`` adds. Around a line: the object of Docker's ``json-file``, of ``journalctl -o json``, of Fluent Bit,
Filebeat, Vector, FireLens, or an entry of Google Cloud Logging.

One record in, one record out, so pieces of a line that the runtime cut (CRI's ``P``) stay as they are. An object that
its shipper has already parsed (Elastic Common Schema) stays as it is, too: it holds more than its message.
"""

import re
from collections.abc import Mapping
from typing import Any

_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"
_TAG = r"(?:\S++(?<!:) )?[A-Za-z_][\w./-]*+(?:\[\d+\])?: "
_LOG_BEGINS = r'(?=\{"|\[\d|(?:\S++ ){3}\[\d\d/[A-Z]|\S{1,80}:\d{1,5} \[)'
_PREFIX = re.compile(
    r"<\d{1,3}>1 (?:\S+ ){5}(?:-|(?:\[(?:[^\]\\]|\\.)*\])+) ?\ufeff?"
    rf"|(?:<\d{{1,3}}>)?(?:[A-Z][a-z]{{2}} [ \d]\d (?:\d{{4}} )?\d\d:\d\d:\d\d(?:\.\d+)?|{_ISO}) {_TAG}(?:@cee: ?)?"
    rf"|{_ISO} (?:std(?:out|err) F |{_LOG_BEGINS})"
    rf"|[A-Za-z][\w.-]*+ ++\| {_LOG_BEGINS}"
    r"|\[pod/[^\]]+\] ",
    re.ASCII,
)
_STREAMS = ("stdout", "stderr")
_SURROUNDINGS = ("agent", "host", "log", "input", "container", "kubernetes", "docker", "fileset")
"""What shippers describe with an object of its own beside the message."""
_PARSED = frozenset({"http", "url", "source", "user_agent", "request", "httpRequest", "http_request", "api"})
"""Objects beside the message in which its content stands already (Elastic's and OCSF's schemas, among others)."""
_TYPED = "@type"
"""Key of payloads that Google's own services write; the time of these stands in the entry, which stays as it is."""
_JOURNAL = frozenset({"__CURSOR", "__REALTIME_TIMESTAMP", "_BOOT_ID", "_TRANSPORT", "SYSLOG_IDENTIFIER"})


def without_prefix(line: str) -> str | None:
    """What stands behind the prefix of syslog or of a container runtime? ``None`` when there is no prefix.

    >>> without_prefix("<134>May 26 10:00:00 lb1 haproxy[7]: 203.0.113.7:44740 [26/May/2026:10:00:00.123]")
    '203.0.113.7:44740 [26/May/2026:10:00:00.123]'
    >>> without_prefix('203.0.113.7 - - [26/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12') is None
    True
    """
    found = _PREFIX.match(line)
    return line[found.end() :] if found else None


def shipped(record: Mapping[str, Any]) -> str | dict[str, Any] | None:
    """Which line, or which object, did a shipper put into this object? ``None`` when none did.

    >>> shipped({"log": "started\\n", "stream": "stdout", "time": "2026-05-26T10:00:00Z"})
    'started\\n'
    >>> shipped({"message": "started", "level": "info"}) is None
    True
    """
    message = record.get("MESSAGE")
    if message is not None:
        return None if _JOURNAL.isdisjoint(record) else _journal_text(message)
    for key in ("textPayload", "jsonPayload"):
        payload = record.get(key)
        if isinstance(payload, str | dict) and isinstance(record.get("resource"), dict):
            return None if isinstance(payload, dict) and _TYPED in payload else payload
    text = record.get("log")
    if not isinstance(text, str):
        text = record.get("message")
    if not isinstance(text, str) or not _PARSED.isdisjoint(_described(record)):
        return None
    if record.get("stream") in _STREAMS or record.get("source") in _STREAMS or record.get("source_type") == "file":
        return text
    return text if any(isinstance(record.get(key), dict) for key in _SURROUNDINGS) else None


def _described(record: Mapping[str, Any]) -> set[str]:
    return {key for key, value in record.items() if isinstance(value, dict)}


def _journal_text(message: object) -> str | None:
    """The journal writes bytes that are no UTF-8 as a list of numbers."""
    if isinstance(message, str):
        return message
    try:
        return bytes(message).decode(errors="replace") if isinstance(message, list) else None
    except (TypeError, ValueError):
        return None
