"""Makes the table of range holders from ``phonenumbers``' carrier data (run by ``scripts/build-number-plan``)."""

from bisect import bisect_left
from typing import Any

import numpy as np
import phonenumbers
from numpy.typing import NDArray
from phonenumbers.carrierdata import CARRIER_DATA

from checkvalve.numbering.automaton import Builder
from checkvalve.numbering.network import GAP, NO_DATA

_LANGUAGE = "en"
_AREA_CODE_IS_COUNTRY = "1"  # under +1 the next three digits tell the country
_AREA_CODE_DIGITS = 3


def compile_network() -> dict[str, NDArray[Any]]:
    """The arrays of ``network.npz``, from the installed ``phonenumbers``."""
    names = {prefix: entry.get(_LANGUAGE) or min(entry.values()) for prefix, entry in CARRIER_DATA.items()}
    transitions, state_labels, labels = _Tree(names).automaton()
    table = [NO_DATA, GAP, *(label for label in labels if label not in (NO_DATA, GAP))]
    renamed = np.array([table.index(label) for label in labels], np.uint16)
    return {
        "transitions": transitions,
        "state_labels": renamed[state_labels],
        "names": np.array(table[2:]),
        "metadata_version": np.array(phonenumbers.__version__),
    }


class _Tree:
    """The tree of prefixes, each digit string labelled with the name of its longest named beginning."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._sorted = sorted(names)
        self._builder: Builder[int | str] = Builder(NO_DATA)
        codes = {str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE} - {_AREA_CODE_IS_COUNTRY}
        areas = {prefix[: 1 + _AREA_CODE_DIGITS] for prefix in names if prefix.startswith(_AREA_CODE_IS_COUNTRY)}
        self._covered = {code for code in codes if self._has_entries(code)} | areas

    def automaton(self) -> tuple[NDArray[np.uint16], NDArray[np.uint16], list[int | str]]:
        return self._builder.finish(self._followers("", NO_DATA))

    def _followers(self, digits: str, label: int | str) -> list[int]:
        return [self._state(f"{digits}{digit}", label) for digit in range(10)]

    def _state(self, digits: str, inherited: int | str) -> int:
        label = self._names.get(digits, GAP if digits in self._covered else inherited)
        if not self._has_entries(digits + "0", digits + ":"):
            return self._builder.absorbing(label)
        return self._builder.state(label, self._followers(digits, label))

    def _has_entries(self, first: str, beyond: str | None = None) -> bool:
        """Whether a prefix lies between the two texts, by default whether one begins with the first."""
        place = bisect_left(self._sorted, first)
        return place < len(self._sorted) and self._sorted[place] < (beyond or first + ":")
