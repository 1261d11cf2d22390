"""Pages of function URLs escape what they show, and only a POST acts."""

from __future__ import annotations

import base64
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ebbtide.automation.pages import Request, button, element, page


class Reader(HTMLParser):
    """Collect the tags, the attributes and the texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: list[str | None] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [value for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def event(method: str, body: str = "", **rest: Any) -> dict[str, Any]:
    return {"requestContext": {"http": {"method": method}}, "body": body, **rest}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_no_text_becomes_a_tag_or_ends_an_attribute(text: str) -> None:
    answer = page(text, element("p", text), button(text, element("input", name="id", value=text)))
    found = Reader(answer["body"])
    usual = ["html", "head", "title", "style", "body", "h1", "p", "form", "input", "button"]
    assert found.tags == usual
    assert text in found.values
    assert "".join(found.texts).count(text) >= 4


def test_a_page_runs_no_scripts_and_is_neither_stored_nor_framed() -> None:
    headers = page("A page", status=410)["headers"]
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_a_form_arrives_as_text_and_in_base64() -> None:
    body, query = "id=a%26b&id=c", {"queryStringParameters": {"t": "token"}}
    encoded = base64.b64encode(body.encode()).decode()
    for given_event in (
        event("POST", body, **query),
        event("POST", encoded, isBase64Encoded=True, **query),
    ):
        request = Request.of(given_event)
        assert request.acts and request.token == "token"
        assert request.form == {"id": ["a&b", "c"]}


def test_only_a_post_acts() -> None:
    assert [Request.of(event(method)).acts for method in ("GET", "HEAD", "PUT", "DELETE")] == [
        False
    ] * 4
