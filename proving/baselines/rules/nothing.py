"""No rule at all: what an attack costs where nobody looks."""

from proving.baselines.rule import Published, Rule, Values
from proving.baselines.stream import Attempt


class Nothing(Rule):
    """Lets everything through."""

    def allows(self, attempt: Attempt) -> bool:
        """Yes."""
        del attempt
        return True


def _make(values: Values) -> Rule:
    del values
    return Nothing()


RULE = Published("nothing", "–", "lets everything through", _make, {})
