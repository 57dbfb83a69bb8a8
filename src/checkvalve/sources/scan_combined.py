r"""The twin of `web_combined`: access lines without anything unusual, read by splitting them at their quotes.

The quotes of a plain line enclose its fields and stand nowhere else, so cutting the line at each of them, as a table
whose delimiter is the quote, gives ``head "request" code "referrer" "agent" "forwarded"`` without a doubt. Fewer
quotes leave the last columns NULL (the common format ends behind ``code``), more quotes fill ``more``.
"""

from checkvalve.sources.text import MAX_LINE
from checkvalve.sources.values import FIRST_YEAR, LAST_YEAR

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(\.{_OCTET}){{3}}"
_GROUP = "[1-9a-f][0-9a-f]{0,3}"
_ANY = f"({_GROUP}|0)"
_IPV6 = "|".join(
    [
        f"{_GROUP}(:{_ANY}){{7}}",
        *(f"{_GROUP}(:{_ANY}){{{left}}}::({_ANY}(:{_ANY}){{0,{4 - left}}})?" for left in range(5)),
        f"{_GROUP}(:{_ANY}){{5}}::",
        "::1",
    ]
)
"""Written as `ipaddress` writes it, but for runs of zeros, which `_OTHER_ZEROS` finds."""
_OTHER_ZEROS = """contains(head, '::0')
           OR CASE WHEN contains(head, ':0:') THEN regexp_matches(head, ':0(:0|::)') ELSE false END"""
_HEAD = (
    rf"({_IPV4}|{_IPV6}) - [!-~]+ "
    r"\[[0-3][0-9]/[A-Z][a-z]{2}/[12][0-9]{3}:([01][0-9]|2[0-3])(:[0-5][0-9]){2} [+-](0[0-9]|1[0-4])[0-5][0-9]\] "
)
_HEAD_END = len("[10/Oct/2026:13:55:36 -0700] ")
_TRAIL = "%[89ABab][0-9A-Fa-f]"
_PATH = (
    r"/([^ ?\\%]|%[2-7][0-9A-Fa-f]"
    f"|%([Cc][2-9A-Fa-f]|[Dd][0-9A-Fa-f]){_TRAIL}|%[Ee][1-9A-Ca-cEFef]({_TRAIL}){{2}}|%[Ff][1-3]({_TRAIL}){{3}})*"
)
"""Its escapes are UTF-8 without control characters."""
_REQUEST = rf"[A-Z]{{1,40}} {_PATH}(\?[^ \\]*)? HTTP/[0-9](\.[0-9])?"
_FORWARDED = rf"({_IPV4}|{_IPV6})(, ?({_IPV4}|{_IPV6}))*"

QUERY = rf"""
SELECT record,
       coalesce(regexp_full_match(head, '{_HEAD}') AND NOT ({_OTHER_ZEROS})
           AND regexp_full_match(request, '{_REQUEST}')
           AND year(occurred_at AT TIME ZONE 'UTC') BETWEEN {FIRST_YEAR} AND {LAST_YEAR}
           AND CASE WHEN referrer IS NULL THEN regexp_full_match(code, ' [0-9]{{3}} ([0-9]{{1,18}}|-)')
               ELSE regexp_full_match(code, ' [0-9]{{3}} ([0-9]{{1,18}}|-) ') AND gap = ' '
                    AND NOT contains(referrer, '\') AND NOT contains(agent, '\')
                    AND CASE WHEN forwarded IS NULL THEN tail = ''
                        ELSE tail = ' ' AND rest = '' AND more IS NULL
                             AND (forwarded IN ('', '-') OR regexp_full_match(forwarded, '{_FORWARDED}')) END
               END, false) AS plain,
       occurred_at, substr(request, 1, target - 2) AS method,
       CASE WHEN contains(written, '%')
            THEN CASE WHEN regexp_full_match(written, '{_PATH}') THEN url_decode(written) END ELSE written END AS path,
       CASE WHEN mark > 0 THEN nullif(substr(request, mark + 1, version - mark - 1), '') END AS query,
       try_cast(substr(code, 2, 3) AS BIGINT) AS status, substr(head, 1, strpos(head, ' ') - 1) AS ip,
       CASE WHEN forwarded NOT IN ('', '-') THEN forwarded END AS forwarded_for,
       nullif(nullif(agent, '-'), '') AS user_agent, nullif(nullif(referrer, '-'), '') AS referrer,
       coalesce(try_cast(substr(code, 6) AS BIGINT), 0) AS bytes
FROM (SELECT *, substr(request, target, CASE WHEN mark > 0 THEN mark ELSE version END - target) AS written
FROM (SELECT row_number() OVER () AS record, *,
             try_strptime(substr(head, strlen(head) - {_HEAD_END - 1}, {_HEAD_END - 1}),
                          '[%d/%b/%Y:%H:%M:%S %z]') AS occurred_at,
             strpos(request, ' ') + 1 AS target, strpos(request, '?') AS mark, strpos(request, ' HTTP/') AS version
      FROM read_csv('{{path}}', delim = '"', quote = '', escape = '', header = false, auto_detect = false,
                    nullstr = '\x01', null_padding = true, strict_mode = false, max_line_size = {2 * MAX_LINE},
                    columns = {{'head': 'VARCHAR', 'request': 'VARCHAR', 'code': 'VARCHAR', 'referrer': 'VARCHAR',
                                'gap': 'VARCHAR', 'agent': 'VARCHAR', 'tail': 'VARCHAR', 'forwarded': 'VARCHAR',
                                'rest': 'VARCHAR', 'more': 'VARCHAR'}})))
"""
COLUMNS = {
    name: name
    for name in (
        *("occurred_at", "method", "path", "query", "status", "ip", "forwarded_for", "user_agent", "referrer"),
        "bytes",
    )
}
