"""The Action for Auth0 that the page of hooks gives, run by Node."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from checkvalve.gateways.desk import Desk
from checkvalve.gateways.hooks.hook import PROVIDERS, Hook
from checkvalve.gateways.in_path import InPath
from tests.gateways.guards import HONEST, NOW, PUMPED, Recording, hurried
from tests.gateways.hooks.payloads import CASES, SECRET
from tests.gateways.hooks.test_hooks import Kept
from tests.gateways.serving import serving

PAGE = Path(__file__).parents[3] / "docs" / "hooks.md"
RUN = """
const said = [];
const note = (what) => (why) => said.push([what, why]);
const api = { notification: { drop: note("drop"), retry: note("retry") } };
exports.onExecuteCustomPhoneProvider(JSON.parse(process.argv[1]), api).then(() => console.log(JSON.stringify(said)));
"""

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")


def ran(url: str, phone: str, token: str = SECRET) -> list[list[str]]:
    """What the Action tells Auth0 about one message."""
    code = re.search(r"```js\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    case = next(one for one in CASES if one.name == "auth0")
    event = {**case.payload(phone), "secrets": {"CHECKVALVE_URL": f"{url}/hooks/auth0", "CHECKVALVE_TOKEN": token}}
    command = ["node", "-e", code[1] + RUN, json.dumps(event)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    found: list[list[str]] = json.loads(done.stdout)
    return found


def test_the_action_hands_its_event_over() -> None:
    """A message is sent, or quietly refused; a wrong token drops it, and a sender that fails has Auth0 try again."""
    case, sender, guard = next(one for one in CASES if one.name == "auth0"), Kept(), Recording(PUMPED)
    desk = Desk(guard, clock=lambda: NOW)
    hook = Hook(PROVIDERS["auth0"], case.proof, desk, sender, hurried())
    with serving(InPath([hook])) as url:
        assert [ran(url, HONEST), ran(url, PUMPED)] == [[], []]
        assert [text.phone for text in sender.texts] == [HONEST]
        assert guard.asked[0].user_agent == "made-up/1.0"
        assert ran(url, HONEST, "wrong") == [["drop", "checkvalve: 401"]]
        sender.broken = True
        assert ran(url, HONEST) == [["retry", "checkvalve: 502"]]
