"""The report in a browser: no fault, search, filters, graph, keyboard, hostile texts, paper."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.report.data import report_data as built_data
from tests.support.browser import Browser
from tests.support.report_data import (
    EDGE_TYPES,
    demonstration,
    hostile,
    large,
    report_data,
    small,
)
from tests.support.reported_runs import RUN, Estate, ended, priced, rejected
from tests.support.reported_runs import planned as planned_entry
from tests.support.snapshots import DEV

ROWS = "#{}-grid .grid-space .grid-row"
PLAN, INVENTORY = ROWS.format("plan"), ROWS.format("inventory")
COUNT = "#{}-filters .count"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# How many unknown prices the savings lack is not out of sight.
HIDDEN = (
    "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)"
    "(document.querySelector('#waste .scroll'))"
)
HOSTILE = (
    "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\u2028'\"`${alert(3)}"
    "<a href='javascript:alert(4)'>x</a><b>bold</b>%{customdata}\u202egpj.exe"
)


def planned(data: dict[str, Any], *lists: str) -> list[dict[str, Any]]:
    return [entry for entry in data["plan"] if entry["list"] in (lists or ("planned",))]


@pytest.mark.parametrize(
    ("theme", "width"), [("light", 1280), pytest.param("dark", 390, marks=pytest.mark.full)]
)
def test_page_is_accessible_and_fits_and_has_no_fault(
    browser: Browser, theme: str, width: int
) -> None:
    browser.open(small())
    browser.click(PLAN)
    browser.click(INVENTORY)
    browser.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    browser.wait("document.querySelector('#neighbourhood .scatterlayer')")
    browser("view", width=width)
    browser.fill("#theme", theme)
    colour = browser.ask("getComputedStyle(document.body).backgroundColor")
    assert colour == {"light": "rgb(245, 246, 248)", "dark": "rgb(18, 22, 27)"}[theme]
    assert browser.grave() == []
    assert browser.ask(OVERFLOW) == 0
    assert browser.ask(HIDDEN) == 0
    assert browser.faults() == []
    assert browser.ask("document.querySelectorAll('.plot .main-svg').length") > 20


def test_page_follows_the_theme_of_the_system(browser: Browser) -> None:
    browser.open(small(), scheme="dark", wait="usable")
    assert browser.ask("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 27)"


def test_first_page_says_what_matters(browser: Browser) -> None:
    data = small()
    data["money"] |= {"monthly": 1234.5, "unknown": 3, "planned": 99.999, "realised": 0.001}
    data["coverage"]["percent"] = 99.996
    data["history"][-1]["held"] = 12
    data["run"]["outcome"] = "incomplete"
    carried = next(entry for entry in data["plan"] if entry["list"] == "refused")
    carried |= {"list": "carried_over", "ending": "gone", "monthly": 7777.0}
    data["decided"] |= {"refused": 5432}
    browser.open(data, wait="usable")
    cost, waste, saved, coverage, changed, held = browser.texts("#figures > div")
    assert "$1,234.50" in cost and "and 3 of unknown price" in cost
    assert "$100.00" in waste and f"{len(planned(data))} resources planned" in waste
    assert "< $0.01" in saved
    assert "99.9 %" in coverage and "1 account with gaps" in coverage
    assert f"{len(data['changes']['created'])} created" in changed
    assert "12" in held
    assert "7,777" not in browser.text("#waste")
    assert "refused\t5,432" in browser.text("#did") and "carried over\t0" in browser.text("#did")
    assert browser.text("#run .badge.warn") == "incomplete"
    assert browser.texts("#held li") == data["held"]
    assert browser.texts("#problems li") == data["problems"]


def test_search_finds_a_resource_by_any_of_its_texts(browser: Browser) -> None:
    data = small()
    data["resources"]["tags"][23] = {"ticket": "OPS-4711"}
    data["resources"]["name"][23] = "a name of its own"
    texts = [data["resources"][column][23] for column in ("id", "name", "arn")]
    browser.open(data, wait="usable")
    for wanted in [*texts, "ticket=OPS-4711"]:
        browser.fill("#inventory-search", wanted.upper())
        assert [text.split("\n")[0] for text in browser.texts(INVENTORY)] == ["a name of its own"]
        assert browser.text(COUNT.format("inventory")).startswith("1 of 40 resources")
    browser.fill("#inventory-search", "nothing has this name")
    assert browser.texts(INVENTORY) == []
    assert browser.ask("document.querySelector('#inventory-grid [role=grid]').ariaRowCount") == "1"


def test_graph_shows_the_neighbours_that_the_filters_leave(browser: Browser) -> None:
    data = report_data(12, degree=0)
    data["edges"] = [[3, 3, 5, 7, 8], [4, 5, 6, 3, 9], [0, 1, 0, 3, 0]]
    data["resources"]["name"] = [f"node-{at}" for at in range(12)]
    browser.open(data)
    browser.fill("#inventory-search", "node-3")
    browser.click(INVENTORY)
    assert set(browser.texts("#neighbourhood tbody th")) == {"node-4", "node-5", "node-7"}
    said = "#neighbourhood .count"
    assert browser.text(said) == "4 resources, 3 edges"
    browser.fill("#neighbourhood select", "2")
    assert browser.text(said) == "5 resources, 4 edges"
    browser.fill("#neighbourhood input[type=search]", "node-6")
    assert browser.text(said) == "5 resources, 4 edges; 1 found"
    browser.click(
        f"#neighbourhood .switch label:nth-of-type({EDGE_TYPES.index('delete') + 1}) input"
    )
    assert browser.text(said) == "3 resources, 2 edges; 0 found"
    kind = data["names"]["kinds"][data["resources"]["kind"][4]].removeprefix("aws_")
    browser.click("#neighbourhood .menu summary")
    boxes = browser.texts("#neighbourhood .menu-body label span")
    assert any(text.startswith(kind) for text in boxes)
    drawn = (
        "document.querySelector('#neighbourhood .plot').data.flatMap((one) => one.customdata ?? [])"
    )
    assert sorted(browser.ask(drawn)) == [3, 4, 7]
    zoomed = "document.querySelector('#neighbourhood .plot').layout.xaxis.range[1]"
    before = browser.ask(zoomed)
    browser.click("#neighbourhood [aria-label='Zoom in']")
    browser.wait(f"{zoomed} < {before}")


@pytest.mark.full
def test_crowded_neighbourhood_is_a_sample_and_says_so(browser: Browser) -> None:
    data = report_data(3001, degree=0)
    data["edges"] = [[0] * 3000, list(range(1, 3001)), [0] * 3000]
    browser.open(data, wait="usable")
    browser.fill("#inventory-search", data["resources"]["id"][0])
    browser.click(INVENTORY)
    assert browser.text("#neighbourhood .count").startswith("A sample: 2,000 of 3,001 resources")
    browser.wait("document.querySelectorAll('#neighbourhood path.point').length >= 2000")
    assert browser.faults() == []


def test_plan_filters_sorts_and_exports_what_it_shows(browser: Browser) -> None:
    data = demonstration()
    data["resources"]["name"][data["plan"][0]["resource"]] = '=HYPERLINK("x")'
    data["plan"][0] |= {"reason": 'says "no", twice\nand, again', "monthly": None}
    data["plan"][0] |= {"list": "planned", "rules": ["expired"]}
    browser.open(data, wait="usable")
    for name in ("refused", "undecided", "reported"):
        browser.click(f"#plan-filters input[value={name}]")
    browser.fill("#plan-filters select", "=expired")
    wanted = [entry for entry in planned(data) if entry["rules"] == ["expired"]]
    rows = browser.csv("#plan-csv")
    assert [row["id"] for row in rows] == [
        data["resources"]["id"][entry["resource"]]
        for entry in sorted(
            wanted, key=lambda one: (one["monthly"] is None, -(one["monthly"] or 0))
        )
    ]
    (odd,) = [row for row in rows if "HYPERLINK" in row["name"]]
    assert odd["name"] == '\'=HYPERLINK("x")'
    assert odd["reason"] == data["plan"][0]["reason"]
    assert odd["monthly"] == "unknown"
    assert browser.text(COUNT.format("plan")).startswith(f"{len(wanted)} of {len(data['plan'])}")
    browser.click("#plan-grid [role=columnheader]:nth-child(2) button")
    names = [row["name"].removeprefix("'") for row in browser.csv("#plan-csv")]
    assert names == sorted(names)
    headers = "[...document.querySelectorAll('#plan-grid [role=columnheader]')]"
    sorted_by = browser.ask(f"{headers}.map((one) => one.ariaSort)")
    assert sorted_by.index("ascending") == 1


def test_unknown_price_is_never_zero(browser: Browser) -> None:
    data = report_data(8)
    data["resources"]["monthly"] = [None] * 8
    data["money"] |= {"monthly": None, "planned": None, "realised": None, "unknown": 8}
    for entry in data["plan"]:
        entry |= {"monthly": None, "list": "planned"}
    browser.open(data)
    assert {text.split("\n")[-1] for text in browser.texts(INVENTORY)} == {"unknown"}
    assert browser.texts("#figures dd:nth-of-type(1)")[:3] == ["unknown"] * 3
    assert "unknown a month" in browser.text(COUNT.format("inventory"))
    for shown in ("#waste", "#treemap-table"):
        browser.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert "unknown" in browser.text(f"{shown} tbody")
        assert "$0.00" not in browser.text(f"{shown} td:nth-of-type(2)")


def test_keys_alone_lead_to_a_reason_and_back(browser: Browser) -> None:
    data = report_data(300)
    browser.open(data, wait="usable")
    browser("press", keys=["Tab", "Enter"])
    assert browser.ask("location.hash") == "#summary"
    browser.ask("document.querySelector('#plan-csv').focus()")
    browser("press", keys=["Tab"])
    assert browser.ask("document.activeElement.role") == "grid"
    browser("press", keys=["ArrowDown", "PageDown", "End", "Home", "ArrowDown", "Enter"])
    chosen = browser.ask(
        "document.getElementById(document.querySelector('#plan-grid [role=grid]')"
        ".getAttribute('aria-activedescendant')).ariaRowIndex"
    )
    assert chosen == "3"
    heading = browser.ask("document.activeElement.innerText")
    assert heading == browser.texts(f"{PLAN}[aria-selected=true] .line")[0]
    assert "Evidence" in browser.text("#plan-detail")
    browser("press", keys=["Escape"])
    assert browser.ask("document.activeElement.role") == "grid"


def test_hostile_texts_stay_texts(browser: Browser) -> None:
    data = hostile(HOSTILE)
    browser.open(data)
    browser.click(PLAN)
    browser.click(INVENTORY)
    browser.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    browser.wait("document.querySelector('#neighbourhood .scatterlayer')")
    assert browser.faults() == []
    # The library is the one script more; of markup in the texts there is none.
    assert browser.ask("document.querySelectorAll('script').length") == 4
    assert browser.ask("document.querySelectorAll('img, b:not(.latest b), iframe').length") == 0
    links = browser.ask(
        "[...document.querySelectorAll('a')].map((one) => one.getAttribute('href'))"
    )
    assert all(link and link.startswith("#") for link in links)
    shown = browser.ask("document.querySelector('#held li').textContent")
    assert shown == HOSTILE.replace("\u202e", r"\u202e")
    assert "\u202e" not in browser.ask("document.body.textContent")


def test_texts_of_any_length_leave_the_page_as_it_is(browser: Browser) -> None:
    data, text = small(), "x" * 100_000
    data["held"] = data["problems"] = [text]
    data["plan"][0] |= {"reason": text, "rules": [text]}
    data["resources"]["name"][data["plan"][0]["resource"]] = text
    browser.open(data, wait="usable")
    browser.fill("#plan-search", text)
    browser.click(PLAN)
    assert browser.ask(OVERFLOW) == 0
    assert len(browser.text("#held li")) < 3000
    assert len(browser.csv("#plan-csv")[0]["reason"]) == len(text)


def test_links_lead_to_the_console_for_arns_of_aws_alone(browser: Browser) -> None:
    data = report_data(3)
    data["resources"]["arn"] = ["arn:aws:ec2:eu-west-1:1:volume/a b", "javascript:alert(1)", None]
    data["resources"]["name"] = ["first", "second", "third"]
    browser.open(data, wait="usable")
    found = {}
    for name in data["resources"]["name"]:
        browser.fill("#inventory-search", name)
        browser.click(INVENTORY)
        found[name] = browser.ask(
            "[...document.querySelectorAll('#neighbourhood a')].map((one) => [one.href, one.rel])"
        )
    console = "https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3Aec2%3Aeu-west-1%3A1%3Avolume%2Fa%20b"
    assert found == {"first": [[console, "noopener noreferrer"]], "second": [], "third": []}


@pytest.mark.full
def test_paper_has_the_whole_plan_in_light_colours(browser: Browser) -> None:
    data = report_data(150)
    browser.open(data, scheme="dark")
    browser("media", type="print")
    browser.wait("document.documentElement.classList.contains('paper')")
    assert len(browser.texts("#plan-print tbody tr")) == len(data["plan"])
    assert browser.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.ask("getComputedStyle(document.body).color") == "rgb(27, 36, 46)"
    widths = browser.ask(
        "[...document.querySelectorAll('#cost .main-svg')].map((one) => one.clientWidth)"
    )
    assert widths and max(widths) < 700


@pytest.mark.full
def test_report_of_100_000_resources_is_usable(browser: Browser) -> None:
    data = large()
    assert len(data["edges"][0]) >= 290_000
    file = browser.open(data)
    assert file.stat().st_size < 10_000_000
    assert browser.faults() == []
    at = data["edges"][0][150_000]
    browser.fill("#inventory-search", data["resources"]["id"][at])
    assert data["resources"]["name"][at] in browser.text(INVENTORY)
    browser.click(INVENTORY)
    neighbours = {
        pair[1 - side]
        for pair in zip(*data["edges"][:2], strict=True)
        for side in (0, 1)
        if pair[side] == at
    } - {at}
    count = browser.text("#neighbourhood .count").split()[0].replace(",", "")
    assert int(count) == 1 + len(neighbours)


def test_large_report_is_small_enough_and_shows_only_rows_in_view(browser: Browser) -> None:
    data = report_data(4_000, accounts=50, degree=3.0, planned=0.02)
    file = browser.open(data, wait="usable")
    assert file.stat().st_size < 2_500_000
    assert (
        browser.ask("document.querySelector('#inventory-grid [role=grid]').ariaRowCount") == "4001"
    )
    assert len(browser.texts(INVENTORY)) < 60
    browser.ask("document.querySelector('#inventory-grid [role=grid]').scrollTop = 46 * 3500")
    browser.wait(
        f"[...document.querySelectorAll('{INVENTORY}')].some((one) => one.ariaRowIndex === '3503')"
    )
    assert len(browser.texts(INVENTORY)) < 60


def test_data_that_a_run_built_is_shown(browser: Browser) -> None:
    lines = [
        priced("aws_ec2_volume", f"vol-{number}", DEV, price, tags={"owner": "ada"})
        for number, price in enumerate((8.0, 2.0, None, 100.0))
    ]
    plan = {"planned": [planned_entry(one) for one in lines[:3]], "refused": [rejected(lines[3])]}
    estate = Estate({DEV: lines}, plans={DEV: plan}, ledgers={DEV: [ended(lines[0])]})
    browser.open(built_data(estate.written(), RUN))
    cost, waste, saved, *_ = browser.texts("#figures > div")
    assert "$110.00" in cost and "and 1 of unknown price" in cost
    assert "$10.00" in waste and "3 resources planned" in waste and "9.1 %" in waste
    assert "$8.00" in saved and "1 resource gone" in saved
    assert [text.split() for text in browser.texts("#waste tbody tr")] == [
        ["expired", "3", "$10.00", "1"]
    ]
    browser.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert browser.texts("#treemap-table tbody tr") == [f"name of {DEV}\t4\t$110.00\t1\t$10.00"]
    browser.fill("#plan-search", "ada")
    assert len(browser.texts(PLAN)) == 4
    assert browser.faults() == []
