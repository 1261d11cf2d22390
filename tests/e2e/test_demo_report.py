"""The report of the demonstration, as a viewer exports it from the bucket, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ebbtide.report.data import report_data
from tests.e2e.people import ebbtide, person
from tests.e2e.scenario import Shown
from tests.support.browser import Browser, require_browser

pytestmark = [pytest.mark.full, pytest.mark.enforced]

ROWS = "#{}-grid .grid-space .grid-row"
PLAN, INVENTORY = ROWS.format("plan"), ROWS.format("inventory")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# How many unknown prices the savings lack is not out of sight.
HIDDEN = (
    "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)"
    "(document.querySelector('#waste .scroll'))"
)
UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    require_browser()
    started = Browser.start(tmp_path_factory.mktemp("browser"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def exported(demonstrated: Shown, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the run that cleaned up, through the policy for viewers."""
    session, run = demonstrated.demo.session, demonstrated.cleaned
    file = tmp_path_factory.mktemp("exported") / "report.html"
    keys = person(session, "report-viewers", "ViewerPolicyArn")
    result = ebbtide(session, keys, "report", "export", run.run_id, "--output", str(file))
    assert result.exit_code == 0, result.stderr
    return file


@pytest.fixture(scope="module")
def data(demonstrated: Shown) -> Any:
    """What the report was made of."""
    return report_data(demonstrated.demo.session.bucket, demonstrated.cleaned.run_id)


def opened(browser: Browser, file: Path, **options: Any) -> Browser:
    browser("open", file=str(file), **options)
    return browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_nothing_is_requested_fails_or_keeps_anybody_out(
    browser: Browser, exported: Path, scheme: str, width: int
) -> None:
    page = opened(browser, exported, scheme=scheme, width=width)
    page.click(PLAN)
    page.click(INVENTORY)
    page.ask(UNFOLD)
    page.wait("document.querySelector('#neighbourhood .scatterlayer')")
    assert page.faults() == []
    assert page.grave() == []
    assert page.ask(OVERFLOW) == 0
    assert page.ask(HIDDEN) == 0


def test_first_page_has_the_sums_of_the_run(browser: Browser, exported: Path, data: Any) -> None:
    page = opened(browser, exported, wait="usable")
    cost, waste, saved, coverage, *_ = page.texts("#figures > div")
    money = data["money"]
    assert money["planned"] > 0 and money["realised"] == money["planned"]
    for shown, name in ((cost, "monthly"), (waste, "planned"), (saved, "realised")):
        assert f"${money[name]:,.2f}" in shown
    assert "2 accounts with gaps" in coverage


def test_search_finds_what_is_in_the_bucket(browser: Browser, exported: Path, data: Any) -> None:
    page = opened(browser, exported, wait="usable")
    resources = data["resources"]
    at = resources["name"].index("evidence")
    page.fill("#inventory-search", resources["id"][at])
    assert [text.split("\n")[0] for text in page.texts(INVENTORY)] == ["evidence"]
    page.fill("#inventory-search", "nothing has this name")
    assert page.texts(INVENTORY) == []


def test_graph_shows_the_neighbours_of_the_snapshot(
    browser: Browser, exported: Path, data: Any
) -> None:
    page = opened(browser, exported, wait="usable")
    resources = data["resources"]
    at = resources["name"].index("old-project")
    beside = {
        pair[1 - side]
        for pair in zip(*data["edges"][:2], strict=True)
        for side in (0, 1)
        if pair[side] == at
    } - {at}
    page.fill("#inventory-search", resources["id"][at])
    page.click(INVENTORY)
    page.wait("document.querySelector('#neighbourhood .scatterlayer')")
    assert beside
    assert page.text("#neighbourhood .count").startswith(f"{1 + len(beside)} resources")
    names = {resources["name"][one] or resources["id"][one] for one in beside}
    page.ask(UNFOLD)
    assert set(page.texts("#neighbourhood tbody th")) == names


def test_filters_of_the_plan_leave_what_they_say(
    browser: Browser, exported: Path, data: Any
) -> None:
    page = opened(browser, exported, wait="usable")
    everything = page.csv("#plan-csv")
    assert len(everything) == len(data["plan"])
    for name in ("refused", "undecided", "reported"):
        page.click(f"#plan-filters input[value={name}]")
    rows = page.csv("#plan-csv")
    wanted = [one for one in data["plan"] if one["list"] == "planned"]
    ids = [data["resources"]["id"][one["resource"]] for one in wanted]
    assert sorted(row["id"] for row in rows) == sorted(ids)
    page.fill("#plan-filters select", "=vpcs")
    rules = {tuple(row["rules"].split(", ")) for row in page.csv("#plan-csv")}
    assert rules and all("vpcs" in one for one in rules)
