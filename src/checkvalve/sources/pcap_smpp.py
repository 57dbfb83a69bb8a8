"""Messages in a packet capture: what was handed to an SMS centre by SMPP, and the receipts that came back."""

from checkvalve.settings import Logs
from checkvalve.sources.base import Framing, Match, Read, Sample
from checkvalve.sources.capture_events import FRAMINGS, PROVIDER, CaptureReader, share_of


class PcapSmpp:
    """SMPP in a packet capture."""

    name = "pcap.smpp"
    title = "Packet capture with SMPP (pcap, pcapng)"
    enable = (
        "tcpdump -i any -s 0 -w smpp.pcap 'tcp port 2775' on the gateway, unless it speaks TLS; tshark must be "
        "installed where checkvalve runs"
    )
    framings: frozenset[Framing] = FRAMINGS

    def recognise(self, sample: Sample) -> Match:
        """Are the exchanges of the capture mostly SMPP?"""
        return share_of(sample, PROVIDER)

    def reader(self, logs: Logs) -> Read:
        """A translator of all that the capture holds."""
        return CaptureReader(logs)
