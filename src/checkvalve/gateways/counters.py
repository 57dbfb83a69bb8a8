"""What the guard did, counted for Prometheus. Labels are our own words: no number, address or account is among them."""

from collections import defaultdict
from collections.abc import Mapping

from checkvalve.gateways.api_records import EventsTaken
from checkvalve.guard import Decision

_STATUSES = {status: str(status) for status in range(100, 600)}


class Counters:
    """Decisions by action and reason, outcomes by event, requests by status.

    >>> counters = Counters()
    >>> counters.decided(Decision("a", "allow", 0.0))
    >>> 'checkvalve_decisions_total{action="allow"} 1' in counters.text()
    True
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], defaultdict[str, int]] = {}
        self._decisions = self._of("checkvalve_decisions_total", "action")
        self._reasons = self._of("checkvalve_reasons_total", "reason")
        self._shadow_reasons = self._of("checkvalve_shadow_reasons_total", "reason")
        self._outcomes = self._of("checkvalve_outcomes_total", "event")
        self._unknown = self._of("checkvalve_outcomes_unknown_total", "event")
        self._records = self._of("checkvalve_event_records_total", "source")
        self._requests = self._of("checkvalve_requests_total", "status")
        self._failures = self._of("checkvalve_guard_failures_total", "request")
        self._untold = self._of("checkvalve_guard_told_failures_total", "told")
        self._reloads = self._of("checkvalve_policy_reload_failures_total", "kind")

    def _of(self, name: str, label: str) -> defaultdict[str, int]:
        return self._counts.setdefault((name, label), defaultdict(int))

    def decided(self, decision: Decision) -> None:
        """Count a decision and its reasons."""
        self._decisions[decision.action] += 1
        for reason in decision.reasons:
            (self._shadow_reasons if reason.shadow else self._reasons)[reason.code] += 1

    def heard(self, event: str, known: bool) -> None:
        """Count an outcome."""
        (self._outcomes if known else self._unknown)[event] += 1

    def taken(self, source: str, taken: EventsTaken) -> None:
        """Count the records of a vendor's payload; ``source`` is one that there is."""
        for what in ("used", "unknown", "refused"):
            self._records[f"{source}/{what}"] += getattr(taken, what)

    def answered(self, status: int) -> None:
        """Count a request."""
        self._requests[_STATUSES[status]] += 1

    def failed_guard(self, passed: bool) -> None:
        """Count a request about which the guard could not decide, and whether it passed."""
        self._failures["passed" if passed else "refused"] += 1

    def failed_telling(self, what: str) -> None:
        """Count something that the guard could not be told of a text: ``sent``, ``heard``, ``failed``, ``hear``."""
        self._untold[what] += 1

    def failed_reload(self) -> None:
        """Count a change of the policy that could not be used."""
        self._reloads["policy"] += 1

    def text(self, gauges: Mapping[str, float] | None = None) -> str:
        """All counters, and these gauges, in Prometheus' text format 0.0.4."""
        lines = []
        for (name, label), counts in sorted(self._counts.items()):
            if counts:
                lines.append(f"# TYPE {name} counter")
            lines += [f'{name}{{{label}="{value}"}} {count}' for value, count in sorted(counts.items())]
        for gauge, measured in sorted((gauges or {}).items()):
            kind = "counter" if gauge.endswith("_total") else "gauge"
            lines += [f"# TYPE {gauge} {kind}", f"{gauge} {measured:.17g}"]
        return "\n".join(lines) + "\n"
