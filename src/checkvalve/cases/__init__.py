"""Findings become cases: who, where, since when, how much, and what else could explain it."""
