"""Logs of made-up businesses, honest and pumped, with their truth kept apart: to train, to test, to measure with.

Shares no code and no constant with what detects: it imports nothing of the package but ``errors``, and only the
command line imports it.
"""
