"""Every family by its name."""

from checkvalve.simulation.catalogue.attacks import adaptive, converting, floods, forms, hidden, slow
from checkvalve.simulation.catalogue.benign import crowds, surges, troubles
from checkvalve.simulation.catalogue.family import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for module in (floods, slow, forms, converting, hidden, adaptive, surges, troubles, crowds)
    for family in module.FAMILIES
}
