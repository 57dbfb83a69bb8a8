"""The guard for proxies that ask before they pass a request on: nginx, Traefik, Caddy, Envoy."""

from checkvalve.gateways.forward.app import ForwardAuth

__all__ = ["ForwardAuth"]
