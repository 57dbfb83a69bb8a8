"""The zip for Lambda, run by a Python that has nothing else."""

import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from checkvalve.cli.main import group
from checkvalve.errors import Surroundings, Usage
from checkvalve.gateways.api import Api
from checkvalve.gateways.cognito_zip import write
from checkvalve.guard import Guard
from proving.emulators.local_server import LocalServer, Said
from tests.gateways.cognito.test_triggers import CODE, sending_event
from tests.gateways.guards import HONEST
from tests.gateways.serving import serving

STUB = """
class CommitmentPolicy:
    REQUIRE_ENCRYPT_ALLOW_DECRYPT = "allow"


def StrictAwsKmsMasterKeyProvider(key_ids):
    return key_ids


class EncryptionSDKClient:
    def __init__(self, commitment_policy):
        pass

    def decrypt(self, source, key_provider):
        return source.removeprefix(b"encrypted:"), None
"""
RUN = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
os.environ.update(json.loads(sys.argv[2]))
from checkvalve_cognito import custom_sms_sender, post_confirmation, pre_sign_up
print(json.dumps(custom_sms_sender.handler(json.loads(sys.argv[3]), None)))
print(sorted(name for name in sys.modules if name.startswith("checkvalve")), file=sys.stderr)
"""


def test_the_zip_runs_alone(tmp_path: Path) -> None:
    """In a Python without site packages and with nothing but the zip, a text is decided about, decrypted and sent."""
    packages = tmp_path / "packages"
    (packages / "aws_encryption_sdk").mkdir(parents=True)
    (packages / "aws_encryption_sdk" / "__init__.py").write_text(STUB, encoding="utf-8")
    write(tmp_path / "cognito.zip", packages)
    with serving(Api(Guard(capacity=1_000))) as url, LocalServer(lambda asked: Said(200)) as sender:
        environment = {"CHECKVALVE_URL": url, "SENDER_URL": sender.url, "KMS_KEY_ARN": "arn:aws:kms:key/1"}
        given = [json.dumps(environment), json.dumps(sending_event())]
        command = [sys.executable, "-I", "-S", "-c", RUN, str(tmp_path / "cognito.zip"), *given]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (ran.returncode, json.loads(ran.stdout)) == (0, sending_event()), ran.stderr
        [arrived] = sender.asked
        told = json.loads(arrived.body)
        assert (told["to"], told["code"]) == (HONEST, CODE)
    assert "checkvalve." not in ran.stderr


def test_the_zip_is_small_and_the_same_each_time(tmp_path: Path) -> None:
    """Without packages it is a few KB, and the same files make the same bytes."""
    for name in ("a.zip", "b.zip"):
        result = CliRunner().invoke(group, ["lambda", "-o", str(tmp_path / name)])
        assert (result.exit_code, name in result.output) == (0, True)
    first, second = ((tmp_path / name).read_bytes() for name in ("a.zip", "b.zip"))
    assert first == second
    assert len(first) < 20_000
    with ZipFile(tmp_path / "a.zip") as archive:
        assert all(name.startswith("checkvalve_cognito/") for name in archive.namelist())


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder of packages that is not there, and a place that cannot be written to, are told with what to do."""
    with pytest.raises(Usage, match="no such folder"):
        write(tmp_path / "a.zip", tmp_path / "absent")
    with pytest.raises(Surroundings, match="cannot be written"):
        write(tmp_path / "absent" / "a.zip")
