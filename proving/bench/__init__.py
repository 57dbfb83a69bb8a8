"""Loads for throughput measurements."""
