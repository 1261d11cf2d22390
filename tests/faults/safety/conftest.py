"""The mocked cloud of the integration tests, and a wire to intercept its calls."""

from tests.faults.wire import wire
from tests.integration.conftest import customer, mocked, workflow

__all__ = ["customer", "mocked", "wire", "workflow"]
