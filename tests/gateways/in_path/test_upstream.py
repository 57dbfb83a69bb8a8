"""Handing requests on: untouched, once, and what is said where nobody answers."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.gateways.exchange import Request
from checkvalve.gateways.in_path.upstream import Unreachable, Upstream
from proving.emulators.local_server import Asked, LocalServer, Said

VALUES = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def echoed(asked: Asked) -> Said:
    """What came, with an answer that tells of it."""
    own = (("Connection", "X-Own"), ("X-Own", "1")) if asked.target == "/hop" else (("Connection", "keep-alive"),)
    return Said(203, asked.body, (("X-Given", asked.headers.get("x-given", "")), *own))


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server that says what it heard."""
    with LocalServer(echoed) as found:
        yield found


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """What carries requests."""
    found = Upstream(5.0)
    yield found
    found.close()


@settings(max_examples=30, deadline=None)
@given(body=st.binary(max_size=200), value=VALUES)
def test_request_and_answer_pass_untouched(
    server: LocalServer, upstream: Upstream, body: bytes, value: str
) -> None:
    """Target, body, host and headers arrive as they were given, and status, body and headers come back."""
    request = Request("POST", "/a%20b?c=d%2F", (("host", "api.example"), ("x-given", value)), body)
    answer = upstream.asked(server.url, request)
    asked = server.asked[-1]
    assert (asked.target, asked.headers["host"], asked.body) == ("/a%20b?c=d%2F", "api.example", body)
    assert (answer.status, answer.body, answer.header("x-given")) == (203, body, value)
    assert answer.header("connection") is None


@pytest.mark.parametrize(
    "request_", [Request("POST", "/é"), Request("POST", "/a b"), Request("POST", "/", (("x", "a\r\nb: c"),))]
)
def test_what_is_no_request_does_not_leave(server: LocalServer, upstream: Upstream, request_: Request) -> None:
    """A target or a header that cannot be written is no message that was sent, and its connection is closed."""
    asked, kept = len(server.asked), len(upstream._kept.get(server.url, ()))
    with pytest.raises(Unreachable) as raised:
        upstream.asked(server.url, request_)
    assert (raised.value.answer.status, raised.value.unsent) == (502, True)
    assert len(server.asked) == asked
    assert len(upstream._kept.get(server.url, ())) <= kept


def test_headers_of_one_connection_stay_there(server: LocalServer, upstream: Upstream) -> None:
    """What ``Connection`` names goes no further, in either direction."""
    named = (("connection", "X-Own, close"), ("x-own", "1"), ("x-given", "2"))
    upstream.asked(server.url, Request("GET", "/", named))
    assert "x-own" not in server.asked[-1].headers
    assert server.asked[-1].headers["x-given"] == "2"
    answer = upstream.asked(server.url, Request("GET", "/hop"))
    assert (answer.header("x-own"), answer.header("x-given")) == (None, "")


def test_a_connection_is_kept_and_looked_at(server: LocalServer) -> None:
    """Requests to one place use one connection, and one that was closed meanwhile is not used."""
    upstream = Upstream(5.0)
    for _ in range(3):
        assert upstream.asked(server.url, Request("GET", "/")).status == 203
    [(_, kept)] = upstream._kept[server.url]
    assert kept.sock is not None
    kept.sock.shutdown(socket.SHUT_RDWR)
    assert upstream.asked(server.url, Request("GET", "/")).status == 203
    upstream.close()


def test_nobody_there_is_a_request_that_did_not_leave(upstream: Upstream) -> None:
    """Where no connection comes about, nothing was sent, and that is said."""
    with pytest.raises(Unreachable) as raised:
        upstream.asked("http://127.0.0.1:9", Request("POST", "/"))
    assert (raised.value.answer.status, raised.value.unsent) == (502, True)


@pytest.mark.parametrize(("hang_up", "status"), [(True, 502), (False, 504)])
def test_no_answer_leaves_open_what_happened(hang_up: bool, status: int) -> None:
    """A request that arrived and is not answered may have been carried out: it is told apart, and not sent again."""
    arrived = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            arrived.append(connection.recv(4_096))
            while not hang_up and connection.recv(4_096):
                pass
            connection.close()

        thread = Thread(target=serve, daemon=True)
        thread.start()
        upstream = Upstream(0.2)
        with pytest.raises(Unreachable) as raised:
            upstream.asked(f"http://127.0.0.1:{listening.getsockname()[1]}", Request("POST", "/", (), b"To=1"))
        upstream.close()
        thread.join(5.0)
    assert (raised.value.answer.status, raised.value.unsent) == (status, False)
    assert len(arrived) == 1


def certificate(folder: Path) -> Path:
    """A certificate of ``localhost`` and its key, in one file."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "localhost.pem"
    path.write_bytes(plain + made.public_bytes(pem))
    return path


def test_a_provider_must_show_who_it_is(tmp_path: Path) -> None:
    """Over https a request goes only to a provider whose certificate is trusted and names it; else nothing leaves."""
    path = certificate(tmp_path)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(path)
    trusting = ssl.create_default_context(cafile=str(path))
    with LocalServer(echoed, tls=own) as server:
        port = server.url.rpartition(":")[2]
        request = Request("POST", "/", (("host", "api.example"),), b"x")
        for context, host, answers in (
            (trusting, "localhost", True),
            (trusting, "127.0.0.1", False),
            (None, "localhost", False),
        ):
            upstream = Upstream(5.0, context=context)
            if answers:
                assert upstream.asked(f"https://{host}:{port}", request).body == b"x"
            else:
                with pytest.raises(Unreachable) as raised:
                    upstream.asked(f"https://{host}:{port}", request)
                assert raised.value.unsent
            upstream.close()
        assert len(server.asked) == 1
