"""The JSON Schema of the result."""

import json
from typing import Any

import msgspec
import pytest

from checkvalve import investigation
from checkvalve.cli.main import run
from checkvalve.cli.schema import schema_text


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`checkvalve schema` prints the file that ships with the package, and nothing else."""
    assert run(["schema"]) == 0
    assert capsys.readouterr().out == schema_text()


def test_every_part_of_the_result_is_described() -> None:
    """Each type of the result has an entry, with exactly the fields that are written."""
    schema: dict[str, Any] = json.loads(schema_text())
    kinds = {
        name: kind
        for name, kind in vars(investigation).items()
        if isinstance(kind, type) and issubclass(kind, investigation.Record) and kind is not investigation.Record
    }
    assert kinds.keys() == schema["$defs"].keys()
    for name, kind in kinds.items():
        fields = [field.encode_name for field in msgspec.structs.fields(kind)]
        assert list(schema["$defs"][name]["properties"]) == fields


def test_the_notes_of_fields_are_in_it() -> None:
    """What the code says about a field is in the schema, for those who read only that."""
    fields = json.loads(schema_text())["$defs"]["Destination"]["properties"]
    assert fields["honest_sends"]["description"].startswith("Other messages to the range")
