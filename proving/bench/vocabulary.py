"""The requests, pages and agents that the large web log is put together from."""

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
