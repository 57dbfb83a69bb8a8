"""Names of input files are shown as they are, whatever digits they hold."""

from checkvalve.export.masking import MASK
from checkvalve.export.presentable import presentable
from checkvalve.investigation import Input
from tests.export.examples import example_attack

TRAIL = "logs/111122223333_CloudTrail_eu-west-1_20260526T1005Z_aBcDeFgH.json.gz"
NUMBER = "+998993941234"


def test_file_names_keep_their_digits() -> None:
    """A person finds the file again by the name that the result shows, in the list of inputs and in every sentence."""
    result = example_attack()
    bare = TRAIL.removeprefix("logs/")
    result.inputs = [
        Input(path=TRAIL, sha256="", source=None),
        Input(path="my 4155550123 4155550124.csv", sha256="", source=None, note=f"a copy of {TRAIL}"),
    ]
    result.notes = [f"1 file could not be used: {TRAIL}: of {NUMBER}", f"look at '{bare}'."]
    shown = presentable(result)
    assert [one.path for one in shown.inputs] == [one.path for one in result.inputs]
    assert shown.inputs[1].note == f"a copy of {TRAIL}"
    assert shown.notes == [f"1 file could not be used: {TRAIL}: of {NUMBER[:-4]}{MASK * 4}", f"look at '{bare}'."]


def test_a_number_is_no_file_name() -> None:
    """A file that is called like a number does not let that number be shown elsewhere."""
    result = example_attack()
    result.inputs = [Input(path=f"logs/{NUMBER}", sha256="", source=None)]
    result.notes = [f"most went to {NUMBER}"]
    assert presentable(result).notes == [f"most went to {NUMBER[:-4]}{MASK * 4}"]
