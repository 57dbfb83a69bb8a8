"""Texts in the audit log of Supabase Auth."""

import json
from typing import Any

import pytest

from checkvalve.events import Event, Verification
from checkvalve.settings import Logs
from checkvalve.sources.supabase_auth import SupabaseAuth
from tests.sources.vendor_records import only, refusal
from tests.sources.whole_files import SAMPLES, read_content, read_path

SOURCE = SupabaseAuth()


def payload(action: str = "user_confirmation_requested", **changes: Any) -> dict[str, Any]:
    """An event as every shape holds it."""
    return {"action": action, "actor_id": "u1", "actor_username": "12025550100", "log_type": "user"} | changes


def row(action: str = "user_confirmation_requested", **changes: Any) -> dict[str, Any]:
    """A row of the table."""
    held = payload(action, **changes)
    return {"id": "e1", "payload": held, "created_at": "2026-05-26 10:00:00.123+00", "ip_address": "203.0.113.7"}


def line(name: str = "auth_audit_event", **changes: Any) -> dict[str, Any]:
    """A line of the server."""
    own = {"audit_log_id": "e1", "created_at": "2026-05-26T10:00:00.123Z", "ip_address": "203.0.113.7"}
    held = payload(**(own if name == "auth_audit_event" else {}), **changes)
    return {name: held, "time": "2026-05-26T10:00:00Z", "remote_addr": "203.0.113.7", "path": "/otp"}


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("user_confirmation_requested", "started"),
        ("user_recovery_requested", "started"),
        ("user_reauthenticate_requested", "started"),
        ("user_repeated_signup", "started"),
        ("verification_attempted", "checked"),
        ("mfa_code_login", "approved"),
    ],
)
def test_actions(action: str, kind: str) -> None:
    """What was asked for, entered and accepted, with number, address, account and the event's own id."""
    found = only(SOURCE, row(action))
    assert (found.kind, found.destination, found.ip) == (kind, "+12025550100", "203.0.113.7")
    assert (found.account_id, found.event_id, found.endpoint) == ("u1", "e1", action)
    assert found.occurred_at.isoformat() == "2026-05-26T10:00:00.123000+00:00"


def test_sign_up_by_phone() -> None:
    """A sign-up is a code that was entered where the user came by phone, and says nothing otherwise."""
    assert only(SOURCE, row("user_signedup", traits={"provider": "phone"})).kind == "approved"
    assert refusal(SOURCE, row("user_signedup", traits={"provider": "email"})) == "not_a_verification"
    assert refusal(SOURCE, row("user_signedup")) == "not_a_verification"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (row(actor_username="ann@example.org"), "not_a_verification"),
        (row("login"), "not_a_verification"),
        (row("token_refreshed"), "not_a_verification"),
        (row() | {"created_at": None}, "bad_time"),
        ({"msg": "started"}, "not_a_verification"),
        ("line", "not_an_object"),
    ],
)
def test_refused(record: Any, reason: str) -> None:
    """What went by e-mail, sign-ins, other lines and events without a time are refused."""
    assert refusal(SOURCE, record) == reason


def test_shapes_agree() -> None:
    """A row, a row of an export, the server's line and the Logs Explorer's text of it tell the same event."""
    written = row() | {"payload": json.dumps(row()["payload"])}
    explored = {"event_message": json.dumps(line()), "timestamp": 1779789600000000, "id": "other"}
    told = [only(SOURCE, one) for one in (row(), written, line(), explored)]
    assert {(one.kind, one.occurred_at, one.destination, one.ip, one.event_id) for one in told} == {
        ("started", told[0].occurred_at, "+12025550100", "203.0.113.7", "e1")
    }


def read_in_turn(*records: Any) -> list[Event]:
    """The events of the records of one file."""
    read = SOURCE.reader(Logs())
    return [event for record in records for event in read(record)]


def test_events_that_are_told_twice() -> None:
    """A server that writes lines of its own for events tells each once more with the request; that adds nothing."""
    assert len(read_in_turn(line(), line("auth_event"), line(), line("auth_event"))) == 2
    older = read_in_turn(line("auth_event"), line("auth_event"))
    assert [(one.endpoint, one.event_id) for one in older if isinstance(one, Verification)] == [("/otp", None)] * 2


def test_whole_files() -> None:
    """Rows and lines are recognised, also as a table."""
    for name, count in (("rows.jsonl", 2), ("server.jsonl", 1)):
        source, found, _ = read_path(SAMPLES / "supabase.auth" / name)
        assert (source, len(found)) == (SOURCE.name, count)
    table = 'id,payload,created_at,ip_address\ne1,"{}",2026-05-26 10:00:00+00,203.0.113.7\n'
    held = json.dumps(row()["payload"]).replace('"', '""')
    source, found, _ = read_content(table.replace("{}", held).encode())
    assert (source, len(found)) == (SOURCE.name, 1)
