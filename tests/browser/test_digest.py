"""A digest as HTML in a browser: it fits into a narrow window, and is accessible in both themes."""

from __future__ import annotations

import pytest

from ebbtide.digest.as_html import as_html
from ebbtide.digest.for_owner import owner_digest
from ebbtide.digest.for_team import team_digest
from tests.support.browser import Browser
from tests.support.digests import planned
from tests.unit.digest.test_contents import facts_of

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONG = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer/app/" + "x" * 120


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 390), ("light", 1280)])
def test_digest_fits_and_is_accessible(browser: Browser, scheme: str, width: int) -> None:
    entries = [
        planned(LONG, "team-a", 8.0, reason=f"part of {LONG}"),
        planned("vol-2", "team-a", None),
    ]
    facts = facts_of(*entries, summary={"held": True, "exceeded": [LONG]})
    owner = owner_digest(facts.by_owner()["team-a"], "team-a", None, 50)
    for document in (team_digest(facts, None, 50), owner):
        # The driver waits for this state.
        page = as_html(document).replace("<html ", '<html data-state="drawn" ')
        file = browser.folder / "digest.html"
        file.write_text(page, encoding="utf-8")
        browser("open", file=str(file), scheme=scheme, width=width)
        assert browser.ask(OVERFLOW) == 0
        assert browser.grave() == []
        assert browser.faults() == []
        # Facts have room: a word a line was what long ids left of it.
        widths = browser.ask(
            "[...document.querySelectorAll('td:nth-child(2)')].map((one) => one.clientWidth)"
        )
        assert min(widths) >= 120
