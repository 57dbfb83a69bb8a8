"""Lines of access logs for those who read them: ordinary ones, ones put together from pieces, and damaged ones."""

import random

COMBINED = (
    '203.0.113.7 - - [26/May/2026:12:00:00 +0200] "POST /api/otp?x=1 HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11)"'
)
PLAIN_LINES = (
    COMBINED,
    COMBINED.replace(" - - [", " - shop-user [").replace("+0200", "-0930"),
    COMBINED.replace("203.0.113.7", "2001:db8::17").replace("/api/otp", "/caf%C3%A9/%E2%82%AC%f1%9f%98%80%20"),
    COMBINED.replace("203.0.113.7", "2001:db8:0:1:1:1:1:1").replace("?x=1", "?phone=%2B44%zz?"),
    COMBINED.replace("203.0.113.7", "2001:db8:0:1::5").replace("?x=1", "?"),
    COMBINED.replace("203.0.113.7", "::1").replace("HTTP/1.1", "HTTP/2.0"),
    COMBINED + ' "-"',
    COMBINED + ' "198.51.100.9, 2001:db8::1"',
    COMBINED.replace(" 512 ", " - ").replace("Mozilla/5.0 (X11)", "tél é\u2028\u00a0"),
    COMBINED.replace("Mozilla/5.0 (X11)", ""),
    COMBINED.partition(' "-"')[0],
)
ADDRESSES = (
    *("2001:DB8::1", "2001:db8:0:0::1", "2001:db8::0", "2001:0db8::1", "::", "::2", "1::2::3", "1:2:3:4:5:6:7"),
    *(
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7::8",
        "1:2:3:4:5:6:7::",
        "1:2:3:4:5:6::8",
        "fe80::",
        "1:0:0:2:3:4:5:6",
    ),
    *("::ffff:203.0.113.7", "::ffff:cb00:7107", "1::ffff:1:2", "256.1.1.1", "01.2.3.4", "1.2.3", "1:0::2:0:3"),
    *("1:2::3:0:0:4", "1:0:2::3", "a:b:c:d:e:f:1:0", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:0:0"),
)
"""Addresses in their short form and in any other."""


def pieces_of_lines(seed: int, count: int) -> list[str]:
    """Lines whose every part may be any that such a part can be, and some that it cannot."""
    draw = random.Random(seed)
    choices = {
        "head": ("203.0.113.7", "2001:db8::1", "x", "", "203.0.113.7 203.0.113.8", "unix:", "::1"),
        "user": (" - - ", " - u ", " u - ", " - a b ", "  - ", ' - "u" '),
        "time": (
            *("26/May/2026:12:00:00 +0200", "31/Feb/2026:12:00:00 +0000", "26/may/2026:12:00:00 +0000"),
            *("26/May/2026:23:59:60 +0000", "26/May/0026:12:00:00 +0000", "26/May/2026:12:00:00 +2460", "-"),
            *("26/May/2026:12:00:00.5 +0200", "01/Jan/2026:00:00:00 +1400", "2026-05-26T12:00:00Z"),
        ),
        "request": (
            *("POST /a?b HTTP/1.1", "GET /%41%00 HTTP/1.1", "GET /%FF HTTP/1.0", "GET /a b HTTP/1.1", "-", ""),
            *("get / HTTP/1.1", "GET / HTTP/11", "GET http://x.example/ HTTP/1.1", "GET /", "GET /?a?b HTTP/2"),
            *("GET /\\x22 HTTP/1.1", 'GET /" HTTP/1.1', "GET  / HTTP/1.1", "OPTIONS * HTTP/1.1", "GET /é HTTP/3"),
        ),
        "code": (' 200 5 "', ' 200 - "', ' 200 5  "', ' - - "', ' 99 5 "', " 200 5", ' 200 5"', ' 200 5 x"'),
        "tail": (
            *(
                '-" "x"',
                '" ""',
                '-" "x" "-"',
                '-" "x" "1.2.3.4"',
                '-" "x" "1.2.3.4, y"',
                '-"  "x"',
                '-" "x" "" "y"',
            ),
            *('-" "x', "", '-" "x" rt=0.5', '\\" "x"', '-" "a\\b"', '-" "x" "-" "-" "-"', '-" "x" "', '-" "x"" '),
        ),
    }

    def one(key: str) -> str:
        return choices[key][0] if draw.random() < 0.6 else draw.choice(choices[key])

    return [
        f'{one("head")}{one("user")}[{one("time")}] "{one("request")}"{one("code")}{one("tail")}'
        for _ in range(count)
    ]


def damaged(whole: list[str], seed: int, count: int = 1500) -> list[str]:
    """Lines of these of which some characters are changed, dropped or doubled."""
    draw = random.Random(seed)
    some = [
        '"',
        " ",
        "\\",
        "%41",
        "%C3",
        "?",
        "-",
        "[",
        "]",
        "x",
        "9",
        "0",
        "é",
        ":",
        "::",
        "/",
        ".",
        "HTTP/2.0",
        "\\x22",
    ]
    some += ["{", "}", ",", "e", "E", "true", "null", "\u00a0", "\t"]
    made = []
    for _ in range(count):
        line = draw.choice(whole)
        for _ in range(draw.randrange(3)):
            at, piece = draw.randrange(len(line)), draw.choice(some)
            middle = draw.choice([piece, "", line[at] * 2, piece + line[at]])
            line = line[:at] + middle + line[at + 1 :]
        made.append(line)
    return made
