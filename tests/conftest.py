"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# A busy machine is no reason to fail: nothing that is timed decides.
settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
