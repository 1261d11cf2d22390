"""One browser for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import Browser, require_browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    require_browser()
    started = Browser.start(tmp_path_factory.mktemp("reports"))
    yield started
    started.stop()
