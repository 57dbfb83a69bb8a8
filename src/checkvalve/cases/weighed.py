"""What rivals look at, and what it amounts to: do they live, do they lie together, does anybody accuse them?"""

from dataclasses import dataclass
from functools import cached_property

from checkvalve.cases import crowd
from checkvalve.indicators.afterwards import Afterwards
from checkvalve.indicators.base import Finding, only_newcomers
from checkvalve.indicators.requests import Origins
from checkvalve.indicators.scene import Scene
from checkvalve.indicators.weights import TELLING_NATS

NORMAL = 0.75
"""Conversion counts as normal from this part of the usual rate on."""
_MOSTLY_HEARD = 0.5
"""Codes speak of the messages that had any; where these are the lesser part, of the case only if they surely fail."""
_SWOLLEN = 3.0
_BELIEVED = 0.5


@dataclass(frozen=True)
class Weighed:
    """What rivals look at: the scene, the findings by indicator, the origins, known activities in words."""

    scene: Scene
    findings: dict[str, Finding]
    origins: Origins | None
    life: Afterwards | None = None
    """What those who asked did afterwards, where no log tells of codes."""
    at_home: bool | None = None
    """Do the numbers live where the customers of before do (`neighbourhood.live_like_customers`)?"""

    def fact(self, indicator: str, name: str, default: float = 0.0) -> float:
        """A number of a finding; the default where there is no such finding."""
        found = self.findings.get(indicator)
        return default if found is None else found.facts.get(name, default)

    @property
    def converts(self) -> bool | None:
        """Do the codes come back as usual? None where no log knows, or only of few of the messages that they do."""
        found = self.findings.get("conversion")
        if found is None or found.facts["of"] < 10:
            return None
        if found.facts.get("new"):  # they fail on top of people, who are there as well
            return False
        normal = found.facts["verified"] / found.facts["of"] >= NORMAL * found.facts["usual"]
        if found.facts.get("heard", 1.0) < _MOSTLY_HEARD and (normal or found.nats < TELLING_NATS):
            return None
        return normal

    @property
    def alive(self) -> bool | None:
        """Do they go on as people do: enter their codes, or (where no log knows of codes) use the site afterwards?"""
        if self.converts is not None or self.life is None:
            return self.converts
        return self.life.alive

    @property
    def living(self) -> str:
        """What shows that they go on, in words."""
        return "the codes come back" if self.converts else "people use the site after the message as others do"

    @property
    def lives(self) -> str:
        """The same at the beginning of a sentence."""
        return self.living[0].upper() + self.living[1:]

    @property
    def concentrated(self) -> bool:
        """Does a range hold far more numbers than honest traffic puts into one?"""
        found = self.findings.get("destinations")
        return bool(self.scene.ranges) and found is not None and found.nats >= 3 and bool(found.facts["crowded"])

    @property
    def accused(self) -> bool:
        """Did the provider itself call messages of it fraud? Nothing harmless explains that."""
        found = self.findings.get("provider_verdict")
        return found is not None and found.nats >= TELLING_NATS

    @property
    def only_newcomers(self) -> bool:
        """Is all that alarmed that newcomers are no people, though they enter their codes?"""
        return only_newcomers(self.scene.alarms)

    @property
    def foreign(self) -> bool:
        """Did newcomers ask through networks that are another carrier's own, as people at home do not?"""
        return self.fact("own_network", "foreign_nats") >= TELLING_NATS

    @property
    def swollen(self) -> bool:
        """Did far more numbers get messages than before?"""
        return any(
            alarm.observed > _SWOLLEN * max(alarm.expected, 1.0)
            for alarm in self.scene.alarms
            if alarm.kind in ("volume", "surge")
        )

    @property
    def hired(self) -> bool:
        """Did somebody hire the addresses that asked: new ones that each ask for many, or ones of strange networks?"""
        return max(self.fact("requests", "pool_nats"), self.fact("requests", "strange_nats")) >= TELLING_NATS

    @cached_property
    def crowd(self) -> tuple[str, str] | None:
        """Which crowd of people was it, and what shows that they are people? None where that is not shown.

        No crowd brings hired addresses, unless codes say otherwise.
        """
        kinds = {alarm.kind for alarm in self.scene.alarms}
        if self.accused or self.at_home is False or kinds & {"reuse", "habit"}:
            return None
        if self.life is not None and self.life.alarmed and self.alive is False:
            return None
        if self.converts is False:
            return self._called_back if "surge" in kinds else None
        if self.converts is None and self.hired:
            return None
        if self.scene.ranges:
            return self._audience
        shape = self.findings.get("destinations")
        if "surge" not in kinds or (shape is not None and shape.nats >= TELLING_NATS):
            return None
        if self.converts is None and self.alive:
            return crowd.likeliest(self.scene), f"the numbers are spread as always and {self.living}"
        of = self.fact("conversion", "of") if self.converts else 0.0
        shown = crowd.are_people(self.scene, self.fact("conversion", "verified"), of)
        return None if shown is None else (crowd.likeliest(self.scene), shown)

    @property
    def _called_back(self) -> tuple[str, str] | None:
        """The same where fewer codes come back than usual: customers whom something called back."""
        shape, codes = self.findings.get("destinations"), self.findings["conversion"].facts
        if self.scene.ranges or (shape is not None and shape.nats >= TELLING_NATS):
            return None
        shown = crowd.came_back(self.scene, codes["verified"], codes["of"], codes["usual"])
        return None if shown is None else ("reset_wave", shown)

    @property
    def _audience(self) -> tuple[str, str] | None:
        """The same of ranges that stand out, where nobody knows what people did: who writes to customers of before?"""
        if self.converts is not None or self.alive is not None:
            return None
        shown = crowd.are_people(self.scene, 0.0, 0.0)
        return None if shown is None else ("campaign", shown)

    @property
    def pretended(self) -> bool:
        """Are most of the deliveries that failed such that the receipts are not believed (`indicators.receipts`)?"""
        rows, inside = self.scene.rows, self.scene.inside & self.scene.rows.excused
        return bool(inside.any()) and float(rows.pardoned[inside].mean()) < _BELIEVED

    @property
    def failing(self) -> float:
        """Share of the messages whose delivery failed."""
        inside = self.scene.inside
        return float(self.scene.rows.failed[inside].mean()) if inside.any() else 0.0
