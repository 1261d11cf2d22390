"""The page of a report: one file that holds its data whole, and that no text can break out of."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ebbtide.report.page import TEXTS, encoded, page
from tests.support.report_data import hostile, report_data, small

NASTY = "</script><script>alert(1)</script><!-- ]]> \u2028 [[data]] [[script]] &amp; \\ \" ' `"


class Reader(HTMLParser):
    """Collects the scripts, the policy, the title and the addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[tuple[str | None, str]] = []
        self.policy = self.title = ""
        self.addresses: list[str] = []
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._open = tag
        if tag == "script":
            self.scripts.append((given.get("id"), ""))
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        self.addresses += [given[name] or "" for name in ("href", "src") if name in given]

    def handle_endtag(self, _: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            name, text = self.scripts[-1]
            self.scripts[-1] = (name, text + data)
        elif self._open == "title":
            self.title += data


def held(reader: Reader, name: str) -> str:
    """Unpack what a page holds under a name, as its script does."""
    (text,) = [text for id, text in reader.scripts if id == name]
    return gzip.decompress(b64decode(text, validate=True)).decode()


def decoded(document: dict[str, Any]) -> dict[str, Any]:
    """Turn the packed form back into the columns and edges of the data."""
    resources, edges = document["resources"], document["edges"]
    texts = resources.pop("texts")
    columns = {name: texts[at :: len(TEXTS)] for at, name in enumerate(TEXTS)}
    sources = [sum(edges["steps"][: at + 1]) for at in range(len(edges["steps"]))]
    targets = [a + b for a, b in zip(sources, edges["distances"], strict=True)]
    document["resources"] = {**columns, **resources}
    document["edges"] = [sources, targets, edges["types"]]
    return document


def by_place(edges: list[list[int]]) -> list[tuple[int, ...]]:
    return sorted(zip(*edges, strict=True))


def test_page_holds_the_whole_data() -> None:
    data = report_data(60, degree=2.5)
    found = decoded(json.loads(held(Reader(page(data)), "data")))
    assert by_place(found.pop("edges")) == by_place(data["edges"])
    assert found == {name: value for name, value in data.items() if name != "edges"}


def frame(text: str) -> tuple[str, str, str]:
    """Split a page into what comes from its data, title and packed data, and the rest."""
    before, _, rest = text.partition("<title>")
    title, _, rest = rest.partition("</title>")
    middle, _, rest = rest.partition(' id="data">')
    packed, _, after = rest.partition("</script>")
    return title, packed, before + middle + after


@cache
def ordinary() -> str:
    return frame(page(small()))[2]


@given(
    text=st.text()
    | st.sampled_from((NASTY, "half a character: \ud800", "\x00" * 9))
    | st.text(alphabet="</script>![]-\u2028'\"", min_size=9)
)
def test_no_text_changes_the_markup_around_the_data(text: str) -> None:
    title, packed, rest = frame(page(hostile(text)))
    assert rest == ordinary()
    assert not set(title) & set("<>\"'")
    assert json.loads(gzip.decompress(b64decode(packed, validate=True)))["held"] == [text]


def test_policy_allows_the_two_scripts_of_the_page_and_no_address() -> None:
    reader = Reader(page(small()))
    (own,) = [text for id, text in reader.scripts if id is None]
    for script in (own, held(reader, "library")):
        digest = b64encode(sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in reader.policy
    assert "default-src 'none'" in reader.policy
    assert not re.search(r"https?:|\*|unsafe-eval|'self'", reader.policy)
    assert all(address.startswith(("#", "data:")) for address in reader.addresses)


def test_title_names_the_run() -> None:
    assert Reader(page(hostile("<b>&amp;"))).title == "Ebbtide report: <b>&amp;"


def test_page_has_the_licence_of_the_library() -> None:
    assert "Permission is hereby granted" in page(small())


def test_same_data_makes_the_same_page() -> None:
    assert page(small()) == page(small())


def test_page_of_no_resources_is_made() -> None:
    data = report_data(0)
    document = json.loads(held(Reader(page(data)), "data"))
    assert document["resources"]["texts"] == []


def test_resources_without_tags_have_none() -> None:
    data = small()
    del data["resources"]["tags"]
    texts = encoded(data)["resources"]["texts"]
    assert texts[TEXTS.index("tags") :: len(TEXTS)] == [None] * 40
