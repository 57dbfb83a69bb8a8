"""Requests in a packet capture: what was asked in plain HTTP, or under TLS whose secrets the capture carries.

A request and its answer are one record. The moment is the request's arrival where the capture was taken; ``ip`` is the
peer there, which behind a balancer is the balancer: name it as a trusted proxy. An answer to bytes that are no request
is evidence of a client, without method. JA3 and JA4 are as tshark gives them (JA4 from version 4.2 on). HTTP/2 is read
in the clear and under TLS whose secrets the capture carries. Bodies are never kept.
"""

from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Sample
from checkvalve.sources.capture_events import FRAMINGS, CaptureReader, share_of


class PcapHttp:
    """HTTP in a packet capture."""

    name = "pcap.http"
    title = "Packet capture with HTTP (pcap, pcapng)"
    enable = (
        "tcpdump -i any -s 0 -w form.pcap 'tcp port 80' where TLS has been ended, for ten minutes; tshark must be "
        "installed where checkvalve runs"
    )
    framings: frozenset[Framing] = FRAMINGS

    def recognise(self, sample: Sample) -> Match:
        """Are the exchanges of the capture mostly HTTP?"""
        return share_of(sample, "http")

    def reader(self, logs: Logs) -> Read:
        """A translator of all that the capture holds."""
        return CaptureReader(logs)
