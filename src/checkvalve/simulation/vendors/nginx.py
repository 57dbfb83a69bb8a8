"""nginx access logs: the combined format, and JSON lines as many sites configure them."""

import json
from functools import lru_cache
from pathlib import Path

from checkvalve.simulation.clock import clock
from checkvalve.simulation.traffic.draws import digest, stream
from checkvalve.simulation.traffic.events import Event, Hit
from checkvalve.simulation.vendors.base import Disorder, open_text

SKEW_S = 2.0
LATE_SHARE = 0.003


@lru_cache(maxsize=4096)
def escaped(raw: bytes) -> str:
    r"""What nginx writes for bytes that it does not want to write.

    >>> escaped(b'\x16\x03"')
    '\\x16\\x03\\x22'
    """
    return "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02X}" for b in raw)


class _Nginx:
    """What both formats share: the file, the server's own clock, rows a moment late."""

    def __init__(self, path: Path, seed: int, host: str, offset_h: int = 0) -> None:
        self._host = host
        self._file = open_text(path)
        random = stream(seed, "nginx", path.name)
        self._skew_s = float(random.uniform(-SKEW_S, SKEW_S))
        self._offset_s = offset_h * 3_600
        self._zone = f"{'-' if offset_h < 0 else '+'}{abs(offset_h):02d}00"
        self._rows = Disorder(self._file.write, random, LATE_SHARE, within_s=4.0)

    def add(self, event: Event) -> None:
        """Write the request when it is answered."""
        if isinstance(event, Hit):
            self._rows.put(event.at, self._line(event, event.at + event.duration_s + self._skew_s))

    def _line(self, hit: Hit, at: float) -> str:
        raise NotImplementedError

    def close(self) -> None:
        """Write what was held back."""
        self._rows.flush()
        self._file.close()


def _request(hit: Hit) -> str:
    if hit.raw is not None:
        return escaped(hit.raw)
    return f"{hit.method} {hit.target} {hit.protocol}"


class NginxCombined(_Nginx):
    """Writes the combined format, in the server's local time."""

    def _line(self, hit: Hit, at: float) -> str:
        local = clock(at + self._offset_s, "%d/%b/%Y:%H:%M:%S")
        return (
            f'{hit.address} - - [{local} {self._zone}] "{_request(hit)}" {hit.status} {hit.size} '
            f'"{hit.referrer or "-"}" "{escaped((hit.agent or "-").encode())}"\n'
        )


class NginxJson(_Nginx):
    """Writes JSON lines (``escape=json``) with the client's TLS fingerprint."""

    def _line(self, hit: Hit, at: float) -> str:
        local = clock(at + self._offset_s, "%Y-%m-%dT%H:%M:%S")
        uri, _, query = hit.target.partition("?")
        record = {
            "time_iso8601": f"{local}{self._zone[:3]}:00",
            "msec": f"{at:.3f}",
            "remote_addr": hit.address,
            "request_method": hit.method,
            "request_uri": hit.target,
            "uri": uri,
            "args": query,
            "server_protocol": hit.protocol if hit.raw is None else "",
            "status": str(hit.status),
            "body_bytes_sent": str(hit.size),
            "request_time": f"{hit.duration_s:.3f}",
            "http_referer": hit.referrer or "",
            "http_user_agent": hit.agent or "",
            "ssl_ja4": fingerprint(hit.agent) if hit.raw is None else "",
            "host": self._host if hit.raw is None else "_",
        }
        return json.dumps(record, separators=(",", ":")) + "\n"


def fingerprint(agent: str | None) -> str:
    """A JA4-shaped fingerprint: one for each family of clients, so all Chromes look alike."""
    text = agent or ""
    family = next((name for name in ("okhttp", "Alamofire", "Firefox", "Chrome", "Safari") if name in text), text)
    part = digest(12, "ja4", family).hex()
    return f"t13d{1500 + len(family)}h2_{part[:12]}_{part[12:]}"
