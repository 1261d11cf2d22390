"""The mocked cloud of the integration tests, and the wire to it."""

from tests.faults.wire import wire
from tests.integration.conftest import customer, mocked, workflow

__all__ = ["customer", "mocked", "wire", "workflow"]
