"""Pure functions: sequential tests, baselines, calibration. No input or output.

Everything is in natural logarithms (nats). `docs/statistics.md` says which question each file answers.
"""
