"""Challenges tell people from machines."""

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.guard.answers import Answers

COUNTS = st.integers(0, 40)


@given(COUNTS, COUNTS)
def test_each_answer_speaks_for_its_side(solved: int, unsolved: int) -> None:
    """One challenge more that was solved never speaks for machines, one more that was not never for people."""
    answers = Answers(0.92, 0.3)
    nats = answers.nats(solved, unsolved)
    assert answers.nats(solved + 1, unsolved) <= nats <= answers.nats(solved, unsolved + 1)


@given(COUNTS, COUNTS, st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_the_part_of_machines_is_a_part(solved: int, unsolved: int, people: float, machines: float) -> None:
    """Whatever was answered and believed, between none and 99 per cent are taken for machines."""
    assert 0.0 <= Answers(people, machines).machines(solved, unsolved) <= 0.99


def test_a_challenge_that_machines_solve_as_people_do_says_nothing() -> None:
    """Where machines are believed to solve as many as people, no answer is evidence."""
    answers = Answers(0.5, 0.5)
    assert answers.nats(3, 30) == 0.0
    assert answers.machines(3, 30) == 0.0
