"""What a web server sees besides codes: pages, pictures, interfaces, crawlers, scanners, health checks, noise."""

from collections.abc import Iterator

import numpy as np

from checkvalve.simulation.traffic.agents import CRAWLERS, SCANNERS, agents_of, is_app
from checkvalve.simulation.traffic.arrivals import day_shape
from checkvalve.simulation.traffic.countries import Country
from checkvalve.simulation.traffic.draws import Floats, stream
from checkvalve.simulation.traffic.events import Check, Event, Hit, Message
from checkvalve.simulation.traffic.networks import addresses_of, hosting_addresses
from checkvalve.simulation.traffic.numbers import numbers_of
from checkvalve.simulation.traffic.tenant import Tenant

VISITORS = 1 << 33
"""Visitors without an account have numbers from here on, so that they are nobody's users."""
SLOT_S = 900
PAGES = ("/", "/plans", "/help", "/about", "/blog/spring-update", "/shop", "/shop/new", "/legal/terms", "/stores")
ASSETS = ("/static/css/main.8f2c.css", "/static/js/app.41d9.js", "/static/img/hero.webp", "/favicon.ico")
PROBES = (
    "/wp-login.php",
    "/.env",
    "/.git/config",
    "/xmlrpc.php",
    "/actuator/health",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/phpmyadmin/index.php",
    "/owa/auth/logon.aspx",
)
TLS_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
HEALTH_EVERY_S = 900


class Site:
    """One tenant's web site."""

    def __init__(self, tenant: Tenant, seed: int) -> None:
        self._tenant = tenant
        self._paths = tenant.paths
        self._seed = seed
        self._random = stream(seed, "site")

    def session(self, messages: list[Message], random: np.random.RandomState) -> Iterator[Event]:
        """The requests around one person's codes: the form, each code, the answers."""
        first, last = messages[0], messages[-1]
        units = random.uniform(size=6).tolist()
        app = is_app(first.agent)
        if app and units[0] < 0.4:
            yield self._hit(first, first.at - 20 * units[1] - 2, "GET", f"{self._paths.interface}/config", 200, 912)
        if not app and units[0] < 0.7:
            yield self._hit(first, first.at - 60 * units[1] - 5, "GET", self._paths.form, 200, 6_841)
        if units[2] < 0.018:
            yield self._hit(first, first.at - 9 * units[1] - 3, "POST", self._paths.send, 422, 71)
        for message in messages:
            yield send_hit(message, self._paths.send, random)
        if last.delivered_s is not None and units[3] < 0.05:
            yield from self._answer(last, last.at + last.delivered_s + 4 + 5 * units[4], right=False)
        if last.verified_s is not None:
            yield from self._answer(last, last.at + last.verified_s, right=True)
            if units[5] < 0.5:
                after = last.at + last.verified_s + 1 + 3 * units[4]
                target = f"{self._paths.interface}/me" if app else "/account"
                yield self._hit(last, after, "GET", target, 200, 1_500 + int(4_000 * units[1]))

    def _answer(self, message: Message, at: float, right: bool) -> Iterator[Event]:
        yield Check(at, message.session, message.account, message.address, message.agent, right, message.purpose)
        yield self._hit(message, at, "POST", self._paths.check, 200 if right else 400, 188 if right else 64)

    def _hit(self, message: Message, at: float, method: str, target: str, status: int, size: int) -> Hit:
        return Hit(
            at,
            message.address,
            message.agent,
            method,
            target,
            status,
            size,
            0.02 + 0.08 * (at % 1),
            referrer=self._referrer(message.agent, target),
            protocol="HTTP/2.0",
        )

    def _referrer(self, agent: str | None, target: str) -> str | None:
        if is_app(agent) or target == "/":
            return None
        return f"https://{self._paths.host}{self._paths.form if target != self._paths.form else '/'}"

    def day(self, midnight: float, factors: dict[str, Floats], background: bool = True) -> Iterator[Event]:
        """One day of visits and noise, not sorted; ``background`` tells whether crawlers, scans and checks come too."""
        for country, share in zip(self._tenant.countries, self._tenant.shares().tolist(), strict=True):
            yield from self._visits(country, share, midnight, factors[country.iso])
        if background:
            yield from self._background(midnight)

    def _visits(self, country: Country, share: float, midnight: float, factors: Floats) -> Iterator[Event]:
        random, tenant = self._random, self._tenant
        slots = midnight + SLOT_S * np.arange(86_400 // SLOT_S, dtype=np.float64)
        shape = day_shape((slots + country.offset_h * 3_600) % 86_400 / 3_600)
        expected = tenant.sends_per_day * tenant.visits_per_send * share * SLOT_S / 86_400
        counts = random.poisson(expected * shape * factors)
        starts = np.repeat(slots, counts) + SLOT_S * random.uniform(size=int(counts.sum()))
        people = VISITORS + (1e7 * random.uniform(size=len(starts)) ** 3).astype(np.int64)
        addresses = addresses_of(country, people, numbers_of(country, people, self._seed)[1], random)
        agents = agents_of(people, tenant.app, tenant.app_share, self._seed)
        for at, address, agent in zip(starts.tolist(), addresses, agents, strict=True):
            yield from self._visit(at, address, agent)

    def _visit(self, at: float, address: str, agent: str) -> Iterator[Hit]:
        random = self._random
        steps = 1 + int(random.geometric(0.5))
        units = random.uniform(size=(steps, 4)).tolist()
        referrer = None
        for step, (kind, pick, wait, size) in enumerate(units):
            hit = self._app_step(kind, pick, step == 0) if is_app(agent) else self._page_step(kind, pick)
            method, target, status = hit
            amount = 0 if status in (204, 304) else 200 + int(90_000 * size**4)
            yield Hit(
                at, address, agent, method, target, status, amount, 0.01 + 0.1 * size**3, referrer, "HTTP/2.0"
            )
            if not is_app(agent) and target in PAGES:
                referrer = f"https://{self._paths.host}{target}"
            at += 0.4 + 50 * wait**3

    def _page_step(self, kind: float, pick: float) -> tuple[str, str, int]:
        if kind < 0.07:
            return "GET", self._paths.form, 200
        if kind < 0.11:
            return "GET", "/account", 200
        if kind < 0.44:
            return "GET", PAGES[int(len(PAGES) * pick**1.7)], 200
        if kind < 0.66:
            return "GET", ASSETS[int(len(ASSETS) * pick)], 304 if pick * 7 % 1 < 0.4 else 200
        if kind < 0.76:
            return "GET", f"/shop/item/{1_000 + int(8_000 * pick**2)}", 200
        if kind < 0.90:
            return "POST", f"{self._paths.interface}/events", 204
        if kind < 0.95:
            return "POST", f"{self._paths.interface}/cart", 200
        if kind < 0.985:
            return "POST", self._paths.password, 200 if pick < 0.8 else 401
        return "GET", "/shop/item/0", 404

    def _app_step(self, kind: float, pick: float, launch: bool) -> tuple[str, str, int]:
        if launch and pick < 0.7:
            return "GET", f"{self._paths.interface}/config", 200
        if kind < 0.06:
            return "GET", f"{self._paths.interface}/me", 200
        if kind < 0.50:
            return "GET", f"{self._paths.interface}/feed?page={1 + int(6 * pick**3)}", 200
        if kind < 0.68:
            return "POST", f"{self._paths.interface}/events", 204
        if kind < 0.86:
            return "GET", f"{self._paths.interface}/items/{1_000 + int(8_000 * pick**2)}", 200
        if kind < 0.96:
            return "POST", f"{self._paths.interface}/session/refresh", 200 if pick < 0.95 else 401
        return "POST", self._paths.password, 200 if pick < 0.8 else 401

    def _background(self, midnight: float) -> Iterator[Hit]:
        random = self._random
        for n in range(86_400 // HEALTH_EVERY_S):
            at = midnight + n * HEALTH_EVERY_S + 0.2
            yield Hit(at, "10.12.0.7", "ELB-HealthChecker/2.0", "GET", "/healthz", 200, 2, 0.001)
        crawlers = hosting_addresses(6, stream("crawlers"))
        for at, pick in random.uniform(size=(14, 2)).tolist():
            target = "/robots.txt" if pick < 0.1 else PAGES[int(len(PAGES) * pick)]
            which = int(4 * pick)
            yield Hit(midnight + 86_400 * at, crawlers[which], CRAWLERS[which], "GET", target, 200, 4_096, 0.03)
        yield from self._scans(midnight)
        for at, address in zip(random.uniform(size=3).tolist(), hosting_addresses(3, random), strict=True):
            yield Hit(midnight + 86_400 * at, address, None, "", "", 400, 150, 0.0, raw=TLS_HELLO)
        for at, address in zip(random.uniform(size=4).tolist(), hosting_addresses(4, random), strict=True):
            yield Hit(midnight + 86_400 * at, address, None, "", "", 408, 0, 60.0, raw=b"")

    def _scans(self, midnight: float) -> Iterator[Hit]:
        random = self._random
        for address in hosting_addresses(int(random.poisson(1.5)), random):
            start, agent = midnight + 86_000 * random.uniform(), SCANNERS[random.randint(len(SCANNERS))]
            for step in range(int(random.randint(2, 9))):
                probe = PROBES[random.randint(len(PROBES))]
                yield Hit(start + 0.7 * step, address, agent or None, "GET", probe, 404, 153, 0.002)


def send_hit(message: Message, path: str, random: np.random.RandomState) -> Hit:
    """The request that made the application send this message: it came a moment before."""
    took_s = 0.12 + float(random.exponential(0.12))
    return Hit(
        message.at - took_s * 0.7,
        message.address,
        message.agent,
        "POST",
        path,
        200,
        54 + int(random.randint(3)),
        took_s,
        protocol="HTTP/2.0",
        campaign=message.campaign,
    )
