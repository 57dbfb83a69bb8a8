"""Set-based twins of the hottest sources: SQL that reads the plain records of a chunk, and only these.

A twin must agree with its source's reader on every record that it calls plain (a test holds it); all other records
go through the reader. The query answers ``record`` (from 1, in the order of the chunk), ``plain``, and the event's
columns. Only this file and ``evidence/`` hold SQL.
"""

from dataclasses import dataclass

from checkvalve.events import Event, Request, Send
from checkvalve.settings import Logs
from checkvalve.sources.aws_sns import LONGEST_WAIT_MS, RESPONSES
from checkvalve.sources.base import Framing
from checkvalve.sources.text import MAX_LINE
from checkvalve.sources.values import THREE_DIGIT_MNC

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
           AND (len(part) = 7) = ends_with(part[3], ' ') AND strlen(head[4]) = 21
           AND head[5][2:3] <= '23' AND head[5][4:5] <= '59'
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


_SNS_SHAPE = """{notification: 'STRUCT(messageId VARCHAR, "timestamp" VARCHAR)', status: 'VARCHAR',
    delivery: 'STRUCT(destination VARCHAR, phoneCarrier VARCHAR, smsType VARCHAR, providerResponse VARCHAR,
        mcc JSON, mnc JSON, priceInUSD JSON, numberOfMessageParts JSON, dwellTimeMsUntilDeviceAck JSON)'}"""
_SNS_ANSWERS = ", ".join(f"'{answer}': '{status}'" for answer, status in RESPONSES.items())
_SNS_LONG_MNC = ", ".join(str(mcc) for mcc in sorted(THREE_DIGIT_MNC))
_SNS = f"""
SELECT record,
       coalesce(strlen(send_id) = 36 AND contains(send_id, '-') AND NOT contains(send_id, ' ')
           AND strlen(written) BETWEEN 19 AND 23 AND written[11] = ' ' AND sent_at IS NOT NULL
           AND regexp_full_match(destination, '\\+[0-9]{{7,18}}') AND outcome IN ('SUCCESS', 'FAILURE')
           AND answered IS NOT NULL AND sms_type IN ('Transactional', 'Promotional')
           AND (carrier IS NULL OR (carrier = trim(carrier) AND carrier[1] BETWEEN 'A' AND 'z' AND strlen(carrier) > 2
               AND lower(carrier) NOT IN ('null', 'none', 'true', 'false') AND NOT starts_with(carrier, 'HIDDEN_')))
           AND (mcc_text IS NULL OR (mcc BETWEEN 0 AND 999 AND mcc::VARCHAR = mcc_text))
           AND (mnc_text IS NULL OR (mnc BETWEEN 0 AND 999 AND mnc::VARCHAR = mnc_text))
           AND (price_text IS NULL OR price BETWEEN 0 AND 1000)
           AND (parts_text IS NULL OR (parts BETWEEN 1 AND 255 AND parts::VARCHAR = parts_text))
           AND (waited_text IS NULL
               OR (waited_ms BETWEEN 0 AND {LONGEST_WAIT_MS} AND waited_ms::VARCHAR = waited_text)), false) AS plain,
       send_id, 'aws' AS provider, sent_at, destination,
       CASE WHEN mcc > 0 AND mnc > 0 THEN lpad(CAST(mcc AS VARCHAR), 3, '0') || '-' ||
            lpad(CAST(mnc AS VARCHAR), CASE WHEN mcc IN ({_SNS_LONG_MNC}) OR mnc > 99 THEN 3 ELSE 2 END, '0')
       END AS network,
       carrier AS network_name, 'sms' AS channel, lower(sms_type) AS purpose,
       CASE WHEN outcome = 'FAILURE' THEN 'failed' ELSE answered END AS status,
       CASE WHEN outcome = 'FAILURE' OR answered = 'failed' THEN answer END AS error_code,
       parts AS segments, price, CASE WHEN price IS NOT NULL THEN 'USD' END AS currency,
       CASE WHEN outcome = 'SUCCESS' AND answered = 'delivered'
            THEN sent_at + to_milliseconds(waited_ms) END AS delivered_at,
       sent_at AS event_at
FROM (SELECT row_number() OVER () AS record, notification.messageId AS send_id,
             notification."timestamp" AS written, try_cast(written || 'Z' AS TIMESTAMPTZ) AS sent_at,
             delivery.destination AS destination, delivery.phoneCarrier AS carrier, delivery.smsType AS sms_type,
             delivery.providerResponse AS answer,
             MAP {{{_SNS_ANSWERS}}}[rtrim(lower(answer), '.')] AS answered, status AS outcome,
             CAST(delivery.mcc AS VARCHAR) AS mcc_text, try_cast(mcc_text AS INTEGER) AS mcc,
             CAST(delivery.mnc AS VARCHAR) AS mnc_text, try_cast(mnc_text AS INTEGER) AS mnc,
             CAST(delivery.priceInUSD AS VARCHAR) AS price_text, try_cast(price_text AS DOUBLE) AS price,
             CAST(delivery.numberOfMessageParts AS VARCHAR) AS parts_text, try_cast(parts_text AS INTEGER) AS parts,
             CAST(delivery.dwellTimeMsUntilDeviceAck AS VARCHAR) AS waited_text,
             try_cast(waited_text AS BIGINT) AS waited_ms
      FROM read_json('{{path}}', format = 'newline_delimited', ignore_errors = true,
                     maximum_object_size = {2 * MAX_LINE}, columns = {_SNS_SHAPE}))
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
    "aws.sns": Scan(
        Send,
        "json",
        _SNS,
        (
            *("send_id", "provider", "sent_at", "destination", "network", "network_name", "channel", "purpose"),
            *("status", "error_code", "segments", "price", "currency", "delivered_at", "event_at"),
        ),
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
