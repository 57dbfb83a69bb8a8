"""Hooks: what identity providers call when they want a text sent."""
