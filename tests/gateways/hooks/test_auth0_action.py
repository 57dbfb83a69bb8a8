"""The Action for Auth0 that the page of hooks gives, run by Node."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from checkvalve.gateways.hooks.hook import PROVIDERS, Hook
from checkvalve.gateways.hooks.text import Text
from checkvalve.gateways.in_path.app import InPath
from checkvalve.gateways.in_path.desk import Desk
from tests.gateways.guards import HONEST, NOW, PUMPED, Recording, hurried
from tests.gateways.hooks.payloads import CASES, SECRET
from tests.gateways.hooks.test_hooks import Kept
from tests.gateways.serving import serving

PAGE = Path(__file__).parents[3] / "docs" / "hooks.md"
FAILING = "+447700900666"
RUN = """
const run = async () => {
  const all = [];
  for (const event of JSON.parse(process.argv[1])) {
    const said = [];
    const note = (what) => (why) => said.push([what, why]);
    await exports.onExecuteCustomPhoneProvider(event, { notification: { drop: note("drop"), retry: note("retry") } });
    all.push(said);
  }
  console.log(JSON.stringify(all));
};
run();
"""

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")


class Partly(Kept):
    """A sender that takes no text to one number."""

    async def send(self, text: Text) -> str | None:
        """Keep it, or take it not."""
        self.broken = text.phone == FAILING
        return await super().send(text)


def ran(url: str, messages: list[tuple[str, str]]) -> list[list[list[str]]]:
    """What the Action tells Auth0 about messages, each to a number and with a token."""
    code = re.search(r"```js\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    payload = next(one for one in CASES if one.name == "auth0").payload
    events = [
        {**payload(phone), "secrets": {"CHECKVALVE_URL": f"{url}/hooks/auth0", "CHECKVALVE_TOKEN": token}}
        for phone, token in messages
    ]
    command = ["node", "-e", code[1] + RUN, json.dumps(events)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: list[list[list[str]]] = json.loads(done.stdout)
    return found


def test_the_action_hands_its_event_over() -> None:
    """A message is sent, or quietly refused; a wrong token drops it, and a sender that fails has Auth0 try again."""
    proof, sender, guard = next(one for one in CASES if one.name == "auth0").proof, Partly(), Recording(PUMPED)
    hook = Hook(PROVIDERS["auth0"], proof, Desk(guard, clock=lambda: NOW), sender, hurried())
    with serving(InPath([hook])) as url:
        told = ran(url, [(HONEST, SECRET), (PUMPED, SECRET), (HONEST, "wrong"), (FAILING, SECRET)])
    assert told == [[], [], [["drop", "checkvalve: 401"]], [["retry", "checkvalve: 502"]]]
    assert [text.phone for text in sender.texts] == [HONEST, FAILING]
    assert guard.asked[0].user_agent == "made-up/1.0"
