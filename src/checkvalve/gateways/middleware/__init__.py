"""The guard in front of an application's own routes: ASGI and WSGI."""

from checkvalve.gateways.middleware.asgi import AsgiGuard
from checkvalve.gateways.middleware.gate import Gate
from checkvalve.gateways.middleware.pass_note import PassNote
from checkvalve.gateways.middleware.settings import Configured, GateSettings, load
from checkvalve.gateways.middleware.wsgi import WsgiGuard

__all__ = ["AsgiGuard", "Configured", "Gate", "GateSettings", "PassNote", "WsgiGuard", "load"]
