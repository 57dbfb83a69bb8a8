"""The requests, pages and agents that the large web log is put together from, and where the messages go."""

from collections.abc import Iterable
from typing import NamedTuple

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 {m}Safari/537.36"
_ANDROID = ("SM-S918B", "SM-A546E", "Pixel 8", "Redmi Note 13 Pro", "CPH2581", "M2101K6G", "RMX3890", "moto g84 5G")

AGENTS: tuple[str, ...] = (
    *(f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME.format(v=v, m='')}" for v in range(128, 138)),
    *(f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_CHROME.format(v=v, m='')}" for v in (134, 135, 136, 137)),
    *(f"Mozilla/5.0 (Linux; Android 14; {d}) {_CHROME.format(v=136, m='Mobile ')}" for d in _ANDROID),
    *(
        f"Mozilla/5.0 (iPhone; CPU iPhone OS {o} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        f"Version/{o.replace('_', '.')} Mobile/15E148 Safari/604.1"
        for o in ("16_7", "17_4", "17_6", "18_1", "18_3", "18_4", "18_5")
    ),
    *(f"Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0" for v in (128, 137, 138, 139)),
    "okhttp/4.12.0",
    "Lumen/5.14.2 (com.example.lumen; build:5142; iOS 18.4.1) Alamofire/5.9.1",
    "Lumen/5.13.0 (com.example.lumen; build:5130; iOS 17.6.1) Alamofire/5.9.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "kube-probe/1.30",
    "python-requests/2.32.3",
)

PAGES: tuple[str, ...] = tuple(
    f"{section}/{name}"
    for section in ("shop", "help", "blog", "account", "offers")
    for name in (
        "",
        "index",
        "new",
        "popular",
        "terms",
        "returns",
        "shoes",
        "coats",
        "gifts",
        "kids",
        "sale",
        "size",
    )
)

# request line, status, share of all lines
ROUTES: tuple[tuple[str, int, float], ...] = (
    ("GET /{page}?item={item} HTTP/1.1", 200, 0.34),
    ("GET /static/app.{item}.js HTTP/2.0", 200, 0.18),
    ("GET /img/{item}.webp HTTP/2.0", 200, 0.14),
    ("GET /img/{item}.webp HTTP/2.0", 304, 0.06),
    ("GET /api/v1/items/{item} HTTP/2.0", 200, 0.09),
    ("POST /api/v1/events HTTP/2.0", 204, 0.06),
    ("POST /api/v1/cart HTTP/2.0", 200, 0.03),
    ("POST /api/v1/otp/send HTTP/1.1", 200, 0.03),
    ("POST /api/v1/otp/check HTTP/1.1", 200, 0.02),
    ("GET /{page} HTTP/1.1", 404, 0.02),
    ("GET /healthz HTTP/1.1", 200, 0.02),
    ("POST /api/v1/otp/send HTTP/1.1", 429, 0.002),
    ("GET /wp-login.php?x={item} HTTP/1.1", 404, 0.008),
)


class Destination(NamedTuple):
    """Where messages go: mobile prefixes of one country, each with its digits behind, and what a message costs."""

    prefixes: tuple[tuple[str, int], ...]
    price_usd: float
    mcc: int
    mnc: int
    carrier: str
    share: float
    ahead_h: float
    """Its clock ahead of UTC."""


def _each(country: str, codes: Iterable[int], digits: int) -> tuple[tuple[str, int], ...]:
    return tuple((f"{country}{code}", digits) for code in codes)


_INDIA = (
    9810,
    9812,
    9820,
    9830,
    9840,
    9845,
    9890,
    9900,
    9916,
    9928,
    9940,
    9960,
    9980,
    8008,
    8130,
    8800,
    7011,
    7400,
)
_BRAZIL = (1198, 1199, 2198, 2199, 3198, 3199, 4199, 5199, 6199, 7199, 8199, 8599, 9299)
_USA = (2022, 2023, 2122, 2123, 2132, 3052, 3122, 4042, 4152, 5122, 6022, 7022, 7132, 7182)
DESTINATIONS: tuple[Destination, ...] = (
    Destination(_each("+44", (741, 777, 786, 790, 797), 7), 0.042, 234, 15, "Vodafone UK", 0.22, 1),
    Destination(_each("+49", (151, 152, 157, 176), 8), 0.088, 262, 1, "Telekom Deutschland GmbH", 0.16, 2),
    Destination(_each("+336", (0, 1, 2, 5, 6, 7, 8), 7), 0.077, 208, 1, "Orange France", 0.12, 2),
    Destination(_each("+346", (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 7), 0.067, 214, 3, "Orange Spain", 0.10, 2),
    Destination(_each("+55", _BRAZIL, 7), 0.033, 724, 10, "Vivo", 0.10, -3),
    Destination(_each("+91", _INDIA, 6), 0.061, 404, 45, "Airtel", 0.10, 5.5),
    Destination(_each("+62", (812, 813, 821, 852, 857, 878, 896), 8), 0.342, 510, 10, "Telkomsel", 0.08, 7),
    Destination(
        _each("+234", (802, 803, 805, 806, 807, 808, 810, 813, 816), 7), 0.295, 621, 30, "MTN Nigeria", 0.06, 1
    ),
    Destination(_each("+998", (90, 91, 93, 94, 95, 97, 99), 7), 0.318, 434, 4, "Beeline Uzbekistan", 0.03, 5),
    Destination(_each("+1", _USA, 6), 0.008, 310, 410, "AT&T Wireless", 0.03, -5),
)
