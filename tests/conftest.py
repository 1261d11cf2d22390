"""How properties are tested everywhere: thoroughly, and without a clock."""

from hypothesis import HealthCheck, settings

# Machines are noisy: a slow example says nothing about the code.
settings.register_profile("ebbtide", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ebbtide")
