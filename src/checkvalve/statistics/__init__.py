"""Pure functions: sequential tests, baselines, concentration, calibration. No input or output."""
