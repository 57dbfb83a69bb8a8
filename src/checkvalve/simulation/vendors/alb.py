"""Access log of an Application Load Balancer: 33 space-separated fields, times in UTC with microseconds."""

from pathlib import Path

from checkvalve.simulation.clock import clock
from checkvalve.simulation.traffic.draws import digest, stream
from checkvalve.simulation.traffic.events import Event, Hit
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.base import Disorder, open_text

HEALTH_CHECKER = "ELB-HealthChecker"
SKEW_S = 2.0
LATE_SHARE = 0.02


def _stamp(at: float) -> str:
    return f"{clock(at, '%Y-%m-%dT%H:%M:%S')}.{int(at % 1 * 1e6):06d}Z"


class Alb:
    """Writes one line a request; the balancer's own health checks are not logged."""

    def __init__(self, path: Path, account: AwsAccount) -> None:
        self._account = account
        self._file = open_text(path)
        random = stream(account.seed, "alb")
        self._skew_s = float(random.uniform(-SKEW_S, SKEW_S))
        self._rows = Disorder(self._file.write, random, LATE_SHARE, within_s=60.0)
        root = f"arn:aws:elasticloadbalancing:{account.region}:{account.number}"
        self._name = f"app/web/{digest(8, 'alb', account.seed).hex()}"
        self._group = f"{root}:targetgroup/web/{digest(8, 'group', account.seed).hex()}"
        self._certificate = (
            f"arn:aws:acm:{account.region}:{account.number}:certificate/{digest(6, 'acm', account.seed).hex()}"
        )

    def add(self, event: Event) -> None:
        """Write the request."""
        if isinstance(event, Hit) and not (event.agent or "").startswith(HEALTH_CHECKER):
            at = event.at + self._skew_s
            line = self._broken(event, at) if event.raw is not None else self._line(event, at)
            self._rows.put(event.at, line + "\n")

    def _line(self, hit: Hit, at: float) -> str:
        bits = digest(16, "request", self._account.seed, repr(hit.at), hit.address)
        port = 1_024 + int.from_bytes(bits[:2], "big") % 64_000
        target = f"10.0.{1 + bits[2] % 3}.{10 + bits[3] % 8}:8080"
        url = f"https://{self._account.domain}:443{hit.target}"
        trace = f"Root=1-{int(at):08x}-{bits[4:].hex()}"
        connection = f"TID_{digest(16, 'connection', hit.address, int(at // 3_600)).hex()}"
        return " ".join(
            (
                "h2" if hit.protocol == "HTTP/2.0" else "https",
                _stamp(at + hit.duration_s),
                self._name,
                f"{hit.address}:{port}",
                target,
                f"0.00{bits[2] % 3} {hit.duration_s:.3f} 0.000",
                f"{hit.status} {hit.status}",
                f"{90 + 7 * (port % 60)} {hit.size + 240}",
                f'"{hit.method} {url} {hit.protocol}" "{hit.agent or "-"}"',
                "TLS_AES_128_GCM_SHA256 TLSv1.3",
                f'{self._group} "{trace}" "{self._account.domain}" "{self._certificate}"',
                f'0 {_stamp(at)} "forward" "-" "-" "{target}" "{hit.status}" "-" "-"',
                f'{connection} "-" "-" "-"',
            )
        )

    def _broken(self, hit: Hit, at: float) -> str:
        """A request that was none: TLS bytes on the plain port, or nothing until the time was up."""
        port = 1_024 + int(hit.at * 1_000) % 60_000
        return " ".join(
            (
                f"http {_stamp(at + hit.duration_s)} {self._name} {hit.address}:{port} - -1 -1 -1",
                f'{hit.status} - 0 {hit.size} "- http://{self._account.domain}:80- " "-" - - -',
                f'"-" "-" "-" - {_stamp(at)} "-" "-" "-" "-" "-" "-" "-" - "-" "-" "-"',
            )
        )

    def close(self) -> None:
        """Write what was held back."""
        self._rows.flush()
        self._file.close()
