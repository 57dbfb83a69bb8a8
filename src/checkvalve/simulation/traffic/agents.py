"""What people's devices call themselves: browsers by their share, the tenant's own app in its versions."""

import numpy as np

from checkvalve.simulation.traffic.draws import Ints, share_index, traits

_WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)
_EDGE = _WINDOWS + " Edg/{}.0.0.0"
_MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{}.0.0.0 Safari/537.36"
)
_MAC_SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/{} Safari/605.1.15"
)
_ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36"
)
_SAMSUNG = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/{}.0 "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/{} Mobile/15E148 Safari/604.1"
)
_FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"

BROWSERS: tuple[tuple[str, float], ...] = (
    *((_ANDROID.format(v), s) for v, s in ((147, 0.19), (146, 0.08), (145, 0.03), (139, 0.01), (131, 0.005))),
    *(
        (_IPHONE.format(o, v), s)
        for o, v, s in (("18_7", "26.4", 0.17), ("18_6", "26.3", 0.06), ("17_7", "17.7", 0.03))
    ),
    *((_WINDOWS.format(v), s) for v, s in ((147, 0.12), (146, 0.05), (145, 0.02), (109, 0.006))),
    *((_EDGE.format(v, v), s) for v, s in ((147, 0.05), (146, 0.02))),
    *((_MAC.format(v), s) for v, s in ((147, 0.04), (146, 0.015))),
    *((_MAC_SAFARI.format(v), s) for v, s in (("26.4", 0.03), ("18.6", 0.01))),
    *((_SAMSUNG.format(v), s) for v, s in (("29", 0.03), ("28", 0.015))),
    *((_FIREFOX.format(v), s) for v, s in ((150, 0.02), (149, 0.008), (140, 0.006))),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", 0.005),
)

CRAWLERS: tuple[str, ...] = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
)

SCANNERS: tuple[str, ...] = (
    "python-requests/2.32.3",
    "Go-http-client/1.1",
    "curl/8.7.1",
    "Mozilla/5.0 zgrab/0.x",
    "",
)


def app_agents(app: str) -> tuple[tuple[str, float], ...]:
    """The agents of the tenant's own app on both platforms; old versions on old phones are rare but real."""
    low = app.lower()
    android = "{}/{} (Android {}; {}) okhttp/{}"
    ios = "{}/{} (com.example.{}; build:{}; iOS {}) Alamofire/5.10.2"
    return (
        (ios.format(app, "6.18.0", low, "61800", "26.4.0"), 0.27),
        (ios.format(app, "6.17.2", low, "61702", "26.3.1"), 0.12),
        (ios.format(app, "6.12.0", low, "61200", "18.6.2"), 0.06),
        (android.format(app, "6.18.0", "16", "SM-S921B", "4.12.0"), 0.14),
        (android.format(app, "6.18.0", "15", "Pixel 8a", "4.12.0"), 0.11),
        (android.format(app, "6.18.1", "15", "SM-A556B", "4.12.0"), 0.11),
        (android.format(app, "6.17.2", "14", "2312DRA50G", "4.12.0"), 0.10),
        (android.format(app, "6.9.1", "13", "SM-A326B", "4.12.0"), 0.06),
        (android.format(app, "5.2.0", "9", "SM-G950F", "4.9.3"), 0.02),
        (android.format(app, "4.11.3", "7.0", "SM-G920F", "3.14.9"), 0.01),
    )


def is_app(agent: str | None) -> bool:
    """Whether it is an app that speaks to the interface and loads no pages.

    >>> is_app("Lumen/6.18.0 (Android 15; Pixel 8a) okhttp/4.12.0")
    True
    """
    return agent is not None and ("okhttp" in agent or "Alamofire" in agent)


def agents_of(people: Ints, app: str, app_share: float, seed: int) -> list[str]:
    """Each person's agent; the same person keeps it."""
    apps = app_agents(app)
    in_app = traits(people, seed, "in app") < app_share
    pick = traits(people, seed, "agent")
    of_apps = share_index(pick, np.array([share for _, share in apps])).tolist()
    of_browsers = share_index(pick, np.array([share for _, share in BROWSERS])).tolist()
    return [
        apps[a][0] if inside else BROWSERS[b][0]
        for a, b, inside in zip(of_apps, of_browsers, in_app.tolist(), strict=True)
    ]
