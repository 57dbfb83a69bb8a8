r"""The twin of `aws_sns`: deliveries written exactly as Amazon writes them.

The engine reads the fields of a line, and puts a line together again from them. Where that gives the same line,
compact or with a space behind each colon and comma, nothing else can stand in it: no other key, no key twice, no
escape, no number as text. So the fields mean what the reader would take them for.
"""

import json

from checkvalve.sources.aws_sns import LONGEST_WAIT_MS, PROVIDER, RESPONSES
from checkvalve.sources.text import MAX_LINE
from checkvalve.sources.values import FIRST_YEAR, LAST_YEAR, THREE_DIGIT_MNC

_BEFORE = {
    "phoneCarrier": "VARCHAR",
    "mnc": "BIGINT",
    "numberOfMessageParts": "BIGINT",
    "destination": "VARCHAR",
    "priceInUSD": "DOUBLE",
    "smsType": "VARCHAR",
    "mcc": "BIGINT",
}
_BEHIND = {"dwellTimeMs": "BIGINT", "dwellTimeMsUntilDeviceAck": "BIGINT"}
_DELIVERY = {**_BEFORE, "providerResponse": "VARCHAR", **_BEHIND}
"""The keys in Amazon's order. Any may be absent but ``providerResponse``, which so can settle where commas go."""
_SHAPE = json.dumps(
    {
        "notification": {"messageId": "VARCHAR", "timestamp": "VARCHAR"},
        "delivery": _DELIVERY,
        "status": "VARCHAR",
    }
)


def _line(colon: str, comma: str, joined: str = " || ") -> str:
    """SQL of the line that has these fields and is written with that colon and that comma.

    With a bar between its parts a field that is NULL is left out; with a comma only a line that has them all is told,
    in half the time.
    """

    def field(key: str) -> str:
        quote = '"' if _DELIVERY[key] == "VARCHAR" else ""
        return f"""'"{key}"{colon}{quote}'{joined}{key}{joined}'{quote}"""

    parts = [
        f"""'{{"notification"{colon}{{"messageId"{colon}"', send_id, '"{comma}"timestamp"{colon}"', written""",
        f"""'"}}{comma}"delivery"{colon}{{'""",
        *(f"{field(key)}{comma}'" for key in _BEFORE),
        f"{field('providerResponse')}'",
        *(f"'{comma}'{joined}{field(key)}'" for key in _BEHIND),
        f"""'}}{comma}"status"{colon}"', outcome, '"}}'""",
    ]
    return f"concat({', '.join(parts)})"


_USUAL = " ".join(f"WHEN '{answer.capitalize()}' THEN '{status}'" for answer, status in RESPONSES.items())
_OTHER = " ".join(f"WHEN '{answer}' THEN '{status}'" for answer, status in RESPONSES.items())
_LONG_MNC = ", ".join(str(mcc) for mcc in sorted(THREE_DIGIT_MNC))
_TIME = r"(199[0-9]|20[0-9]{2})-[01][0-9]-[0-3][0-9] ([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,6})?"


def _says(column: str) -> str:
    """SQL: is this a text that the reader takes as it stands?"""
    return (
        f"(regexp_full_match({column}, '[!-~](.*[!-~])?') AND {column} NOT IN ('null', 'NULL', 'None') "
        f"AND NOT starts_with({column}, 'HIDDEN_'))"
    )


QUERY = f"""
SELECT record,
       coalesce(CASE WHEN line = {_line(":", ",", ", ")} THEN true WHEN line = {_line(":", ",")} THEN true
                     ELSE line = {_line(": ", ", ")} END
           AND regexp_full_match(send_id, '[0-9a-f-]{{36}}')
           AND regexp_full_match(written, '{_TIME}') AND written >= '{FIRST_YEAR}' AND written < '{LAST_YEAR + 1}'
           AND sent_at IS NOT NULL
           AND regexp_full_match(destination, '\\+[0-9]{{1,32}}')
           AND smsType IN ('Transactional', 'Promotional') AND outcome IN ('SUCCESS', 'FAILURE')
           AND answered IS NOT NULL AND (phoneCarrier IS NULL OR {_says("phoneCarrier")})
           AND coalesce(mcc, 0) BETWEEN 0 AND 999 AND coalesce(mnc, 0) BETWEEN 0 AND 999
           AND coalesce(numberOfMessageParts, 0) BETWEEN 0 AND 999
           AND coalesce(priceInUSD, 0) BETWEEN 0 AND 1e6, false) AS plain,
       send_id, sent_at, destination,
       CASE WHEN mcc > 0 AND mnc > 0 THEN
            concat(CASE WHEN mcc < 10 THEN '00' WHEN mcc < 100 THEN '0' END, mcc, '-',
                   CASE WHEN mnc < 100 AND mcc IN ({_LONG_MNC}) THEN '0' END, CASE WHEN mnc < 10 THEN '0' END, mnc)
       END AS network,
       phoneCarrier AS network_name, lower(smsType) AS purpose,
       CASE WHEN outcome = 'FAILURE' THEN 'failed' WHEN answered = '' THEN 'sent' ELSE answered END AS status,
       CASE WHEN outcome = 'FAILURE' OR answered = 'failed' THEN providerResponse END AS error_code,
       nullif(numberOfMessageParts, 0) AS segments, abs(priceInUSD) AS price,
       CASE WHEN outcome = 'SUCCESS' AND answered = 'delivered'
                 AND dwellTimeMsUntilDeviceAck BETWEEN 0 AND {LONGEST_WAIT_MS}
            THEN make_timestamptz(epoch_us(sent_at) + 1000 * dwellTimeMsUntilDeviceAck) END AS delivered_at
FROM (SELECT *, make_timestamptz(epoch_us(try_cast(written AS TIMESTAMP))) AS sent_at,
             CASE providerResponse {_USUAL} ELSE CASE rtrim(lower(providerResponse), '.') {_OTHER}
                  ELSE CASE WHEN {_says("providerResponse")} THEN '' END END END AS answered
      FROM (SELECT record, line, read.notification.messageId AS send_id, read.notification.timestamp AS written,
                   read.status AS outcome, {", ".join(f"read.delivery.{key} AS {key}" for key in _DELIVERY)}
            FROM (SELECT row_number() OVER () AS record, line, from_json({{line}}, '{_SHAPE}') AS read
                  FROM read_csv('{{path}}', delim = '\\x01', quote = '', escape = '', header = false,
                                auto_detect = false, strict_mode = false, max_line_size = {2 * MAX_LINE},
                                columns = {{'line': 'VARCHAR'}}))))
"""
COLUMNS = {
    "provider": f"'{PROVIDER}'",
    "channel": "'sms'",
    "currency": "CASE WHEN price IS NOT NULL THEN 'USD' END",
    "event_at": "sent_at",
    **{
        name: name
        for name in (
            *("send_id", "sent_at", "destination", "network", "network_name", "purpose", "status", "error_code"),
            *("segments", "price", "delivered_at"),
        )
    },
}
