"""What makes the logs knows nothing of what reads them."""

import ast
import csv
from pathlib import Path

from checkvalve.simulation.scenarios.burst import PATHS
from checkvalve.simulation.traffic.countries import countries
from checkvalve.simulation.traffic.tenant import Tenant
from tests.test_layers import PACKAGE, graph, part

MADE = PACKAGE / "simulation"
ALLOWED = {"simulation", "errors"}
TRIVIAL = {0, 1, 2, 24, 60, 1_000, 3_600, 86_400}


def named_constants(folder: Path) -> set[tuple[str, object]]:
    """Every upper-case constant of the modules in a folder that is a number or a text, with its value."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name) and target.id.lstrip("_").isupper():
                    found.add((target.id.lstrip("_"), node.value.value))
    return {(name, value) for name, value in found if value not in TRIVIAL}


def test_the_simulator_imports_nothing_that_detects() -> None:
    """The generator imports nothing of the package but its own modules and the errors."""
    for module, targets in graph(PACKAGE).items():
        if part(module) == "simulation":
            own = {target for target in targets if target.split(".")[0] == "checkvalve" and target != "checkvalve"}
            assert {part(target) for target in own} <= ALLOWED, module


def test_only_the_command_line_imports_the_simulator() -> None:
    """Nothing that detects can look at how the logs were made."""
    for module, targets in graph(PACKAGE).items():
        if any(part(target) == "simulation" for target in targets if target.startswith("checkvalve.")):
            assert part(module) in {"simulation", "cli"}, module


def test_they_share_no_constant() -> None:
    """No named number or text of the generator stands in the detector too, but for units of time."""
    ours = named_constants(MADE)
    theirs: set[tuple[str, object]] = set()
    for name in ("cases", "indicators", "evidence", "statistics", "numbering"):
        theirs |= named_constants(PACKAGE / name)
    assert len(ours) > 20
    assert ours & theirs == set()


def test_they_share_no_price() -> None:
    """What a tenant pays for a message is not what the product's price list says, but for an accident."""
    tenant = Tenant("App", 100.0, countries("GB FR US"), PATHS)
    made = {(iso, price) for (iso, _), price in tenant.prices(seed=4).items()}
    known = (PACKAGE / "numbering" / "prices.csv").read_text(encoding="utf-8")
    listed = csv.reader(line for line in known.splitlines() if not line.startswith("#"))
    same = {(row[0], float(row[2])) for row in listed if row[2].startswith("0")} & made
    assert len(same) < len(made) / 50
