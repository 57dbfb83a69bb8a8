"""What is remembered lately."""

from hypothesis import given
from hypothesis import strategies as st

from checkvalve.gateways.kept_names import KeptNames
from checkvalve.guard.recent import Recent


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers()), max_size=60), st.integers(1, 6))
def test_the_latest_are_known(puts: list[tuple[str, int]], most: int) -> None:
    """Never more than the most; what is known is the last value put, and what was put longest ago goes first."""
    recent: Recent[int] = Recent(most)
    model: dict[str, int] = {}
    for name, value in puts:
        model.pop(name, None)
        model[name] = value
        if len(model) > most:
            del model[next(iter(model))]
        recent.put(name, value)
        assert list(recent.dump().items()) == list(model.items())
    again: Recent[int] = Recent(most)
    again.restore(recent.dump())
    assert list(again.dump()) == list(model)


def test_the_newest_text_of_a_number_is_known_longest() -> None:
    """A number that is texted again counts from its new text on: older ones are forgotten before it."""
    recent: Recent[str] = Recent(4)
    names = KeptNames(recent.put, recent.get, b"a secret of the tests")
    names.note("a0", "phone:+447700900123")
    for nth in range(3):
        names.note(f"b{nth}", f"twilio:SM{nth}")
    names.note("a9", "phone:+447700900123")
    names.note("b9", "twilio:SM9")
    assert (names.find("phone:+447700900123"), names.find("twilio:SM0")) == ("a9", None)
