"""Providers, emulated on this machine: what fronts and hooks are tried against."""
