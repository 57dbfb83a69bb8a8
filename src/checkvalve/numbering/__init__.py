"""The number plan: country, network, range, type and list price of a number.

Import from here; the modules `tree` (levels and prefixes), `prices` and `local_time` stand beside.
"""

from checkvalve.numbering.network import holder_gap, network_index, network_index_all, network_names, networks
from checkvalve.numbering.plan import (
    Classified,
    Facts,
    Length,
    NumberType,
    classify,
    classify_all,
    classify_one,
    countries,
    country_index,
    main_country,
)
from checkvalve.numbering.written import e164, e164_many, format_e164, mask

__all__ = [
    "Classified",
    "Facts",
    "Length",
    "NumberType",
    "classify",
    "classify_all",
    "classify_one",
    "countries",
    "country_index",
    "e164",
    "e164_many",
    "format_e164",
    "holder_gap",
    "main_country",
    "mask",
    "network_index",
    "network_index_all",
    "network_names",
    "networks",
]
