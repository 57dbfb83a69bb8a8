"""Messages in a packet capture: what was handed to an SMS centre by SMPP, and the receipts that came back.

A submission and its answer are one record; they share connection, direction and sequence number. The centre's identity
of a message stands behind the centre's address, since centres count on their own; a message without an answer has the
place of its submission instead. Answered is ``accepted``, refused is ``failed`` with the centre's status. A receipt
names its message in a parameter or in its text, there often in decimal; the first receipt stands for the hand-over of
a message whose submission was not captured. A number that is not said to be international is no destination, unless
``logs.default_country`` names its country. Texts are never kept. Format: SMPP 3.4.
"""

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
