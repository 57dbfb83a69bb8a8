"""Whether an application accepted."""

import pytest

from checkvalve.gateways.inbound.accepted import accepted


@pytest.mark.parametrize(
    ("setting", "status", "body", "yes"),
    [
        ("", 204, b"", True),
        ("", 302, None, True),
        ("", 400, b"", False),
        ("/ok", 200, b'{"ok": true}', True),
        ("/ok", 200, b'{"ok": 1}', True),
        ("/ok", 200, b'{"ok": false}', False),
        ("/ok", 200, b'{"ok": 0}', False),
        ("/ok", 200, b"{}", False),
        ("/ok", 200, b"<p>ok</p>", False),
        ("/ok", 200, b'["ok"]', False),
        ("/ok", 200, None, False),
        ("/ok", 500, b'{"ok": true}', False),
        ("/a/b~1c=x", 200, b'{"a": {"b/c": "x"}}', True),
        ("/ok=true", 200, b'{"ok": true}', True),
        ("/code=0", 200, b'{"code": 0}', True),
        ("/code=0", 200, b'{"code": 1}', False),
    ],
)
def test_status_and_answer_have_to_say_so(setting: str, status: int, body: bytes | None, yes: bool) -> None:
    """An error status never accepts; with a field named, it has to be there and true, or have its value."""
    assert accepted(setting, "").by(status, body) is yes
