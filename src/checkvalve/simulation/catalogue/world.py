"""One made-up business of a given size: where its users live, what its form is called, which logs it keeps."""

import msgspec

from checkvalve.simulation.catalogue.draw import Draw
from checkvalve.simulation.clock import DAY_S, utc
from checkvalve.simulation.traffic.countries import COUNTRIES, Country, countries
from checkvalve.simulation.traffic.tenant import SIZES, Paths, Tenant

FIRST = utc(2026, 4, 27)
DAYS = {"tiny": 28, "small": 16, "mid": 9, "large": 4}
"""How long a window is written unless a family needs a longer one."""
MOST_FRAUD = {"tiny": 5_000, "small": 12_000, "mid": 60_000, "large": 300_000}
"""A campaign sends at most so many, that files stay in proportion."""
_REGIONS = (
    "GB IE DE FR NL ES IT PL SE US",
    "DE AT CH NL BE FR PL CZ IT GB",
    "US CA GB MX AU IE DE BR CO PH",
    "ES PT MX CO BR FR IT US MA GB",
    "IN AE GB US PK BD LK KE SE DE",
    "ID PH AU US GB IN MM LK NL DE",
    "ZA KE NG GH GB EG MA FR US PT",
    "SE FI DE NL GB PL GR RO UA US",
)
_FORMS = (
    ("/api/otp/send", "/api/otp/verify", "/signup", "/api/session", "/api", "/api/invites"),
    ("/v1/phone/start", "/v1/phone/check", "/welcome", "/v1/password", "/v1", "/v1/share/text"),
    ("/account/mobile/code", "/account/mobile/confirm", "/account", "/account/login", "/rest", "/account/refer"),
    ("/auth/sms", "/auth/sms/answer", "/auth", "/auth/password", "/data", "/app/link"),
    ("/users/verification", "/users/verification/done", "/join", "/users/sign_in", "/feed", "/alerts/test"),
    ("/m/passcode", "/m/passcode/enter", "/m/enter", "/m/secret", "/m/api", "/m/notify"),
)
_NAMES = ("Arbor", "Bellow", "Cinder", "Dovetail", "Ember", "Fathom", "Gallop", "Harrow", "Inkwell", "Juniper")
STACKS = ("twilio", "console", "pages", "verify", "aws", "usage")


class World(msgspec.Struct, frozen=True):
    """One business, its window in time (epoch seconds) and the name of its set of logs."""

    seed: int
    size: str
    start: float
    days: int
    tenant: Tenant
    stack: str
    invites: str
    """The path of a form that sends messages without a code."""

    @property
    def end(self) -> float:
        """The end of the window."""
        return self.start + self.days * DAY_S

    @property
    def most_fraud(self) -> int:
        """How many messages a campaign may have."""
        return MOST_FRAUD[self.size]

    def at(self, part: float, hour: float = 0.0) -> float:
        """A time of day, in the day at which this part of the window has gone."""
        return self.start + int(self.days * part) * DAY_S + hour * 3_600


def draw_world(draw: Draw, size: str, days: int | None = None, stacks: tuple[str, ...] = STACKS) -> World:
    """A business; ``days`` is the least that the window may last.

    Raises ``KeyError`` for an unknown size.
    """
    region = draw.one("region", _REGIONS)
    keep = draw.whole("countries", 5, 10)
    send, check, form, password, interface, invites = draw.one("form", _FORMS)
    name = draw.one("app", _NAMES)
    tenant = Tenant(
        app=name,
        sends_per_day=SIZES[size] * draw.log("busy", 0.75, 1.3),
        countries=countries(" ".join(region.split()[:keep])),
        paths=Paths(f"www.{name.lower()}.example", send, check, form, password, interface),
        zipf=draw.even("zipf", 1.1, 1.6),
        app_share=draw.even("app_share", 0.1, 0.6),
        returning_share=draw.even("returning", 0.5, 0.8),
        visits_per_send=0.8 if size in ("tiny", "small") else 0.12,
        weekend=draw.even("weekend", 0.6, 1.3),
    )
    window = max(DAYS[size], days or 0)
    return World(draw.seed, size, FIRST, window, tenant, draw.one("stack", stacks), invites)


SAFE = ("GB", "DE", "FR", "US", "CA", "SE", "NL", "FI", "ES", "IT", "AU")
"""Where a message is cheap and nobody expects pumping; some attacks go there."""
DEAR = tuple(iso for iso, country in COUNTRIES.items() if country.price_usd >= 0.09 and iso not in SAFE)


def victims(draw: Draw, world: World, count: int, served: bool | None = None) -> list[Country]:
    """The countries that are pumped: mostly dear ones; ``served``: only those that the business serves, or none."""
    own = {country.iso for country in world.tenant.countries}
    pool = [iso for iso in DEAR if served is None or (iso in own) is served]
    safe = [iso for iso in SAFE if served is None or (iso in own) is served]
    if not pool or draw.random.uniform() < 0.3:
        pool = (safe or list(own)) if not pool or len(safe) >= count else pool
    picked = [COUNTRIES[iso] for iso in draw.some(pool, count)]
    draw.knobs["victims"] = " ".join(country.iso for country in picked)
    return picked


def quiet_hour(draw: Draw, world: World) -> float:
    """An hour of the UTC day at which an attack begins: mostly while the victim's country sleeps."""
    night = draw.random.uniform() < 0.7
    local = draw.even("local_hour", 0.0, 5.5) if night else draw.even("local_hour", 6.0, 23.5)
    return (local - world.tenant.countries[0].offset_h) % 24
