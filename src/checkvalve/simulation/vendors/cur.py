"""Amazon's bill in detail (Data Exports, CUR 2.0): daily usage lines by type, messages beside everything else."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from checkvalve.simulation.clock import DAY_S, clock, iso, utc
from checkvalve.simulation.traffic.events import Event, Message
from checkvalve.simulation.vendors.aws import AwsAccount
from checkvalve.simulation.vendors.base import open_text, uuid

HEADER = (
    "identity_line_item_id,bill_billing_period_start_date,line_item_usage_account_id,line_item_line_item_type,"
    "line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_usage_type,"
    "line_item_operation,line_item_usage_amount,line_item_currency_code,line_item_unblended_rate,"
    "line_item_unblended_cost,line_item_line_item_description,product_servicecode,product_product_family,"
    "product_region_code,pricing_unit"
)
SMS = ("AWSEndUserMessaging", "AWSEndUserMessaging", "SMS")
OTHERS = (
    ("AmazonEC2", "BoxUsage:m7g.large", "RunInstances", 48.0, 0.0816, "Compute Instance", "Hrs"),
    ("AmazonS3", "Requests-Tier1", "PutObject", 41_000.0, 0.000005, "API Request", "Requests"),
    ("AWSELB", "LoadBalancerUsage", "LoadBalancing:Application", 24.0, 0.0225, "Load Balancer-Application", "Hrs"),
    ("AmazonCloudWatch", "DataProcessing-Bytes", "PutLogEvents", 3.1, 0.5, "Data Payload", "GB"),
)


class Cur:
    """Sums by day and country and writes the file at the end; count and fee of a message are two lines."""

    def __init__(self, path: Path, account: AwsAccount) -> None:
        self._path, self._account = path, account
        self._sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])

    def add(self, event: Event) -> None:
        """Add the message to its day and country."""
        if isinstance(event, Message):
            line = self._sums[clock(event.at, "%Y-%m-%d"), event.country.iso]
            line[0] += 1
            line[1] += event.price_usd

    def close(self) -> None:
        """Write the bill."""
        with open_text(self._path) as file:
            file.write(HEADER + "\n")
            writer = csv.writer(file, lineterminator="\n")
            for day in sorted({day for day, _ in self._sums}):
                writer.writerows(self._messages(day))
                writer.writerows(self._rest(day))

    def _messages(self, day: str) -> Iterator[tuple[object, ...]]:
        for (at, country), (count, cost) in sorted(self._sums.items()):
            if at != day:
                continue
            origination = "TollFree" if country in ("US", "CA") else "Sharedroute"
            usage = f"{self._account.usage_prefix}-OutboundSMS-{country}-Standard-{origination}"
            text = f"outbound SMS to {country}"
            yield self._row(day, SMS, f"{usage}-MessageCount", "SendTextMessage", count, 0.0, "Messages", text)
            yield self._row(
                day,
                SMS,
                f"{usage}-MessageFee",
                "SendTextMessage",
                count,
                round(cost, 6),
                "Messages",
                f"Fee for {text}",
            )

    def _rest(self, day: str) -> Iterator[tuple[object, ...]]:
        for code, kind, operation, amount, rate, family, unit in OTHERS:
            usage = f"{self._account.usage_prefix}-{kind}"
            product = (code, code, family)
            yield self._row(
                day, product, usage, operation, amount, round(amount * rate, 6), unit, f"{kind} charges"
            )

    def _row(
        self,
        day: str,
        product: tuple[str, str, str],
        usage: str,
        operation: str,
        amount: float,
        cost: float,
        unit: str,
        text: str,
    ) -> tuple[object, ...]:
        start = utc(*map(int, day.split("-")))
        rate = f"{cost / amount:.8f}" if amount else "0"
        return (
            uuid("line item", self._account.seed, day, usage).replace("-", ""),
            f"{day[:7]}-01T00:00:00Z",
            self._account.number,
            "Usage",
            iso(start),
            iso(start + DAY_S),
            product[0],
            usage,
            operation,
            f"{amount:.10f}",
            "USD",
            rate,
            f"{cost:.10f}",
            text,
            product[1],
            product[2],
            self._account.region,
            unit,
        )
