"""An attack, from the SDK to the emulated provider, with a guard of the real kind between them."""

from twilio.rest import Client

from checkvalve.gateways.fronts.handing_on import Way
from checkvalve.gateways.fronts.twilio import TwilioFront
from checkvalve.gateways.in_path.app import InPath
from checkvalve.gateways.in_path.desk import Desk
from checkvalve.gateways.in_path.upstream import Upstream
from checkvalve.guard import Guard
from proving.emulators.twilio import RIGHT_CODE, SERVICE, Twilio
from tests.gateways.fronts.test_twilio import pointed_at
from tests.gateways.guards import NOW, hurried
from tests.gateways.serving import serving

ATTACKERS, PEOPLE = 60, 40


def asks(client: Client, number: str, *, enters: bool) -> bool:
    """Somebody asks for a code, and enters it or not; were they told that it is right?"""
    service = client.verify.v2.services(SERVICE)
    started = service.verifications.create(to=number, channel="sms")
    assert started.status == "pending"
    return enters and service.verification_checks.create(to=number, code=RIGHT_CODE).status == "approved"


def test_an_attack_ends_and_people_pass() -> None:
    """Of an attack on one block of numbers a few codes go out; of people's, every one, and all of them can enter it."""
    now = [NOW]
    desk = Desk(Guard(capacity=10_000), clock=lambda: now[0])
    with Twilio() as twilio:
        way = Way(desk, Upstream(5.0), hurried())
        front = TwilioFront(way, places={"verify.twilio.com": twilio.url})
        with serving(InPath([front])) as url:
            client = pointed_at(url)
            passed = []
            for nth in range(max(ATTACKERS, PEOPLE)):
                now[0] += 20.0
                if nth < PEOPLE:
                    passed.append(asks(client, f"+4474{nth * 7_919_117 % 100_000_000:08d}", enters=True))
                if nth < ATTACKERS:
                    asks(client, f"+99893941{nth * 7 % 10_000:04d}", enters=False)
        way.upstream.close()
        sent = [one["to"] for one in twilio.verifications.values()]
    assert passed == [True] * PEOPLE
    assert sum(number.startswith("+447") for number in sent) == PEOPLE
    assert sum(number.startswith("+998") for number in sent) <= 10
