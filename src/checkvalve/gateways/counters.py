"""What the guard did, counted for Prometheus. Labels are our own words: no number, address or account is among them."""

from collections import Counter
from collections.abc import Mapping

from checkvalve.gateways.api_records import EventsTaken
from checkvalve.guard import Decision


class Counters:
    """Decisions by action and reason, outcomes by event, requests by status.

    >>> counters = Counters()
    >>> counters.decided(Decision("a", "allow", 0.0))
    >>> 'checkvalve_decisions_total{action="allow"} 1' in counters.text()
    True
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def decided(self, decision: Decision) -> None:
        """Count a decision and its reasons."""
        self._counts["checkvalve_decisions_total", "action", decision.action] += 1
        for reason in decision.reasons:
            name = "checkvalve_shadow_reasons_total" if reason.shadow else "checkvalve_reasons_total"
            self._counts[name, "reason", reason.code] += 1

    def heard(self, event: str, known: bool) -> None:
        """Count an outcome."""
        name = "checkvalve_outcomes_total" if known else "checkvalve_outcomes_unknown_total"
        self._counts[name, "event", event] += 1

    def taken(self, source: str, taken: EventsTaken) -> None:
        """Count the records of a vendor's payload; ``source`` is one that there is."""
        for what in ("used", "unknown", "refused"):
            self._counts["checkvalve_event_records_total", "source", f"{source}/{what}"] += getattr(taken, what)

    def answered(self, status: int) -> None:
        """Count a request."""
        self._counts["checkvalve_requests_total", "status", str(status)] += 1

    def failed_guard(self, passed: bool) -> None:
        """Count a request about which the guard could not decide, and whether it passed."""
        self._counts["checkvalve_guard_failures_total", "request", "passed" if passed else "refused"] += 1

    def failed_reload(self) -> None:
        """Count a change of the policy that could not be used."""
        self._counts["checkvalve_policy_reload_failures_total", "kind", "policy"] += 1

    def text(self, gauges: Mapping[str, float] | None = None) -> str:
        """All counters, and these gauges, in Prometheus' text format 0.0.4."""
        lines, last = [], ""
        for (name, label, value), count in sorted(self._counts.items()):
            if name != last:
                lines.append(f"# TYPE {name} counter")
                last = name
            lines.append(f'{name}{{{label}="{value}"}} {count}')
        for gauge, measured in sorted((gauges or {}).items()):
            kind = "counter" if gauge.endswith("_total") else "gauge"
            lines += [f"# TYPE {gauge} {kind}", f"{gauge} {measured:.17g}"]
        return "\n".join(lines) + "\n"
