"""A list of suspect addresses as an intelligence provider hands it out: one address or network a line."""

from collections.abc import Iterable
from pathlib import Path

from checkvalve.simulation.clock import iso
from checkvalve.simulation.vendors.base import open_text


def write_threat_list(path: Path, entries: Iterable[str], updated: float) -> None:
    """Write the list with the usual heading."""
    with open_text(path) as file:
        file.write("# Proxy exit nodes and automation hosts, last 30 days\n")
        file.write(f"# Last updated: {iso(updated)}\n# Provider: Example Threat Exchange\n#\n")
        file.writelines(f"{entry}\n" for entry in sorted(entries))
