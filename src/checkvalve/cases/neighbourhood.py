"""Do numbers live where the customers of before live?

Who draws numbers from the plan hits blocks where none of the business's customers ever was; colleagues, guests and
newcomers are spread as the customers are, and come into such a block only as often as the customers did.
"""

from checkvalve.indicators.scene import Scene
from checkvalve.statistics.grouping import distinct, found_in
from checkvalve.statistics.unseen import unseen_share

_BLOCK = 10_000
_LEAST = 30
_TELLING = 0.2
"""Where fewer of the customers are in known blocks, these tell nothing, unless they are many all the same."""
_LIKE, _UNLIKE = 0.75, 0.5
"""People are in known blocks in nearly the same part as customers; who is there in half of it is not of them."""


def live_like_customers(scene: Scene) -> bool | None:
    """Are as many of the scene's numbers in blocks where customers were before as new customers would be?

    How probably a customer comes from a block where none was seen, the blocks seen once tell (Good and Turing, 1953).
    None where few numbers on either side say nothing, in between, and of ranges, which were chosen for their place.
    """
    rows, inside = scene.rows, scene.inside
    past = rows.in_countries(scene.countries) & (rows.first_s < scene.start_s)
    known, came = distinct(rows.number[past]), distinct(rows.number[inside])
    if scene.ranges or min(len(known), len(came)) < _LEAST:
        return None
    there = 1 - unseen_share(known // _BLOCK)
    seen = float(found_in(came // _BLOCK, known // _BLOCK).mean())
    telling = there >= _TELLING or there * min(len(known), len(came)) >= _LEAST
    if not telling or _UNLIKE * there < seen < _LIKE * there:
        return None
    return seen >= _LIKE * there
