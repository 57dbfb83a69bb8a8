"""AWS, emulated: a place that checks each signature with botocore, and then lets moto answer for SNS.

moto does not know End User Messaging; its one operation that sends texts is answered here, in the form that
botocore's description of the service gives.
"""

import json
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen
from uuid import uuid4

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from proving.emulators.local_server import Asked, LocalServer, Said

ACCESS_KEY, SECRET_KEY = "AKIAEMULATED000000", "emulated-secret"


class Aws:
    """SNS and End User Messaging on a free port of this machine; a wrong signature is refused as AWS refuses it."""

    def __init__(self) -> None:
        self._server = LocalServer(self._answer)
        self._moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.texts: list[dict[str, Any]] = []
        """What End User Messaging was asked to send."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    @property
    def asked(self) -> list[Asked]:
        """Every request that arrived."""
        return self._server.asked

    def published(self) -> list[list[str]]:
        """The texts that SNS sent directly: id, number and text of each."""
        return [list(one) for one in self._state().get("sms_messages", [])]

    def __enter__(self) -> Self:
        self._moto.start()
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)
        self._moto.stop()

    def _moto_url(self) -> str:
        host, port = self._moto.get_host_and_port()
        return f"http://{host}:{port}"

    def _state(self) -> dict[str, Any]:
        from moto.backends import get_backend

        backends = get_backend("sns")
        for account in backends.values():
            for backend in account.values():
                if backend.sms_messages:
                    return {"sms_messages": [(key, *value) for key, value in backend.sms_messages.items()]}
        return {}

    def _answer(self, asked: Asked) -> Said:
        if not _signed(asked):
            return Said(403, b"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>")
        if asked.headers.get("x-amz-target", "").startswith("PinpointSMSVoiceV2."):
            self.texts.append(json.loads(asked.body))
            kind = (("Content-Type", "application/x-amz-json-1.0"),)
            return Said(200, json.dumps({"MessageId": str(uuid4())}).encode(), kind)
        kept = {key: value for key, value in asked.headers.items() if key != "content-length"}
        request = Request(self._moto_url() + asked.target, asked.body, kept, method=asked.method)  # noqa: S310 (here)
        with urlopen(request, timeout=10) as answer:  # noqa: S310 (as above)
            return Said(answer.status, answer.read(), (("Content-Type", answer.headers["Content-Type"]),))


def _signed(asked: Asked) -> bool:
    """Does botocore give this request, for the host that it names, the signature that it has?"""
    given = asked.headers.get("authorization", "")
    parts = dict(part.strip().split("=", 1) for part in given.partition(" ")[2].split(","))
    names = parts.get("SignedHeaders", "").split(";")
    _, _, region, service, _ = (parts.get("Credential", "////")).split("/")
    url = f"https://{asked.headers['host']}{asked.target}"
    headers = {name: asked.headers[name] for name in names if name in asked.headers}
    made = AWSRequest(asked.method, url, headers=headers, data=asked.body)
    made.context["timestamp"] = asked.headers["x-amz-date"]
    signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), service, region)
    text = signer.string_to_sign(made, signer.canonical_request(made))
    return "host" in names and bool(signer.signature(text, made) == parts.get("Signature"))
