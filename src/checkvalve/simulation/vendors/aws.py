"""What one tenant's account at Amazon is called; identifiers follow from the seed."""

import msgspec

from checkvalve.simulation.traffic.draws import digest
from checkvalve.simulation.traffic.events import Message
from checkvalve.simulation.vendors.base import uuid


class AwsAccount(msgspec.Struct, frozen=True):
    """One tenant's account in one region."""

    seed: int
    domain: str
    region: str = "us-east-1"

    @property
    def number(self) -> str:
        """The twelve digits of the account."""
        return f"{int.from_bytes(digest(8, 'aws', self.seed), 'big') % 10**12:012d}"

    @property
    def usage_prefix(self) -> str:
        """How the region begins a usage type of the bill."""
        return {"us-east-1": "USE1", "eu-west-1": "EU", "eu-central-1": "EUC1"}[self.region]

    def message_id(self, message: Message) -> str:
        """The message's identifier at SNS."""
        return uuid("sns", self.seed, message.key)
