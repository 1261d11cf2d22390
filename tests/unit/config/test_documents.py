"""Any document ends as a configuration, or in problems that lie within it, and cheaply."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ebbtide.base.errors import ConfigError, Problem
from ebbtide.config import Config, document, parse_config, yaml_text
from ebbtide.config.document import read_document
from ebbtide.config.yaml_text import MAX_BYTES, MAX_DEPTH, MAX_TEXT, MAX_VALUES
from ebbtide.store.run import load_config
from tests.support.effort import scaled

N = MAX_BYTES - 1_000
TEN = 10


def laughs(first: str, item: str) -> str:
    """Return a small document whose aliases mean ten to the power of twelve values."""
    lines = [f"a0: &a0 {first}"]
    lines += [
        f"a{level}: &a{level} {item.format(','.join([f'*a{level - 1}'] * TEN))}"
        for level in range(1, 13)
    ]
    return "\n".join(lines)


HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "aliases": (laughs("[x]", "[{}]"), "with each alias"),
    "merge keys": (laughs("{x: 1}", "{{<<: [{}]}}"), "with each alias"),
    "alias in itself": ("a: &a [*a]", "the value that contains it"),
    "merge of itself": ("a: &a {<<: *a}", "the value that contains it"),
    "chain of aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 40)),
        f"more than {MAX_DEPTH} nested levels",
    ),
    "lists in lists": ("[" * N, "nested levels"),
    "mappings in mappings": ("{a: " * (N // 4), "nested levels"),
    "deep blocks": ("".join(f"{' ' * depth}a:\n" for depth in range(500)), "nested levels"),
    "keys in keys": ("? " * (N // 2), "nested levels"),
    "megabytes": (b"x" * 5_000_000, "longer than 256 KiB"),
    "megabytes of text": ("\u00e4" * (MAX_BYTES // 2 + 1), "longer than 256 KiB"),
    "a long text": (f"a: {'x' * N}", "a text of"),
    "a long block": ("a: |\n" + " xxxxxxxx\n" * 20_000, "a text of"),
    "many values": ("- 1\n" * 60_000, f"more than {MAX_VALUES:,} keys and values"),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(15_000)), "keys and values"),
    "many anchors": ("".join(f"- &{n:x} 1\n" for n in range(MAX_VALUES + 1)), "keys and values"),
    "tags of Python": ("x: !!python/object/apply:os.system [ls]", "!!python/object/apply"),
    "a tag of its own": ("x: !secret a", "the tag !secret is not allowed"),
    "binary": ("x: !!binary aGk=", "the tag !!binary is not allowed"),
    "NUL": ("a: b\n\x00", "U+0000"),
    "escape": ("a: \x1b[31m", "U+001B"),
    "UTF-16": ("a: b".encode("utf-16"), "UTF-16; save it as UTF-8"),
    "UTF-32": ("a: b".encode("utf-32"), "UTF-32; save it as UTF-8"),
    "Latin-1": ("a: b\nc: \u00e9".encode("latin-1"), "0xE9 is not UTF-8"),
    "a list as key": ("? [a]\n: b", "a key must be a text"),
    "a merge of a number": ("<<: 3", "needs a mapping"),
    "two documents": ("--- {}\n--- {}\n", "a second document begins here"),
    "a huge number": (f"collect: {{threads: {'9' * (MAX_TEXT - 1)}}}", "not a valid int"),
    "no such day": ("protect: {tags: {a: 2026-13-45}}", "not a valid timestamp"),
    "another version": ("%YAML 9.9\n---\n{}", "not valid YAML"),
    "a long path": (f"jobs: [{{search: '{'a.' * 1_000}b = 1'}}]", "nested levels"),
}


def problems_of(content: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        parse_config(content)
    return caught.value.problems


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Counts the events that the parser reads, and the values that are built."""
    counted = [0]
    parse, scalar = yaml.parse, document._Builder._scalar

    def counting(*given: Any, **options: Any) -> Iterator[Any]:
        for event in parse(*given, **options):
            counted[0] += 1
            yield event

    def built(self: Any, *given: Any) -> Any:
        counted[0] += 1
        return scalar(self, *given)

    monkeypatch.setattr(yaml, "parse", counting)
    monkeypatch.setattr(document._Builder, "_scalar", built)
    yield counted


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_document_ends_early_with_a_clear_error(name: str, events: list[int]) -> None:
    content, expected = HOSTILE[name]
    tracemalloc.start()
    try:
        found = problems_of(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert any(expected in one.message for one in found), found
    assert events[0] <= 3 * MAX_VALUES
    assert peak < 40_000_000
    assert len(str(ConfigError.of(found))) < 10_000


def test_error_of_thousands_of_mistakes_is_short_and_complete() -> None:
    text = "protect: {kinds: [" + ",".join(f"aws_ec2_volum{n}" for n in range(2_000)) + "]}"
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    messages = [one.message for one in caught.value.problems]
    assert len(messages) == 2_000
    # Looking for a similar name takes milliseconds.
    assert sum("did you mean" in message for message in messages) == 100
    assert str(caught.value).endswith("and 1980 more; `ebbtide config validate` lists all of them")
    assert len(str(caught.value)) < 10_000


class Endless:
    """A bucket with an object that never ends."""

    name = "bucket"

    def read_bytes(self, _key: str, most: int) -> bytes:
        assert 0 < most <= 2 * MAX_BYTES
        return b"x" * most


def test_no_more_of_an_object_is_read_than_the_limit() -> None:
    with pytest.raises(ConfigError, match=r"^s3://bucket/key: line 1: the configuration is longer"):
        load_config(Endless(), "key")  # type: ignore[arg-type]


def test_a_value_that_is_broken_is_one_mistake() -> None:
    (found,) = problems_of("protect: {ids: [a, 2026-13-45]}")
    assert tuple(found)[:3] == (1, 20, "protect.ids.1")


def test_a_large_configuration_of_a_large_organization_is_accepted() -> None:
    text = "collect:\n  names:\n" + "".join(f"    '{n:012d}': account {n}\n" for n in range(2_000))
    text += "protect:\n  ids:\n" + "".join(f"    - vol-{n:017x}\n" for n in range(3_000))
    assert len(parse_config(text).protect.ids) == 3_000


def ordered(value: Any) -> str:
    """Return a value as text, with its types, whatever the order of its keys."""
    if isinstance(value, dict):
        return repr(sorted((repr(key), ordered(one)) for key, one in value.items()))
    return repr([ordered(one) for one in value] if isinstance(value, list) else value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeffcleanup: {enabled: true}", {"cleanup": {"enabled": True}}),
        (b"\xef\xbb\xbfa: 1", {"a": 1}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 3, "c": 2}}),
        ("a: &x {b: 1}\nc: &y {b: 2, d: 2}\ne: {<<: [*x, *y]}", None),
        ("a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne: {d: 3, <<: *y}", None),
        ("a: [=, <<, ~, 0x10, 1_000, 012, 1:30, 2026-01-02, .inf, yes]", None),
        ("a: !!str 12\nb: !!int '5'", None),
        ("a: 1\r\nb:\r\n  - c\r\n", None),
    ],
)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml_text.LOADER])
def test_values_are_those_of_yaml(
    text: str | bytes, expected: Any, loader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_text, "LOADER", loader)
    monkeypatch.setattr(document, "LOADER", loader)
    plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    if "=" not in plain:
        expected = expected or yaml.safe_load(plain)
    else:
        expected = {"a": ["=", "<<", *yaml.safe_load(plain.replace("=, <<, ", ""))["a"]]}
    assert ordered(read_document(text).value) == ordered(expected)
    assert read_document(text).problems == []


def lines_of(text: str) -> int:
    return len(re.findall("\r\n|[\r\n\x85\u2028\u2029]", text)) + 1


def check(text: str) -> None:
    """Assert that a text is a configuration, or has problems on its own lines."""
    try:
        assert isinstance(parse_config(text), Config)
    except ConfigError as error:
        assert error.problems and str(error)
        for one in error.problems:
            assert 1 <= one.line <= lines_of(text) and one.column >= 1, (text, one)
            assert one.message and not re.search(r"\[type=|Input should|Value error", one.message)


NAMES = st.sampled_from(
    ["cleanup", "limits", "per_run", "enabled", "jobs", "protect", "ids", "tags", "search", "rules"]
)
VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(max_size=20)
    | NAMES
    | st.sampled_from(["is(volume)", "7d", "111122223333", "post_collect", "aws_ec2_volume"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=6) | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.no_cover
@settings(max_examples=scaled(60))
@given(VALUES, st.booleans())
def test_any_document_is_a_configuration_or_has_problems_on_its_lines(
    value: Any, flow: bool
) -> None:
    check(yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True))


SECTIONS: Any = st.fixed_dictionaries(
    {},
    optional={
        "cleanup": st.dictionaries(NAMES, VALUES, max_size=3),
        "protect": st.dictionaries(NAMES, VALUES, max_size=3),
        "jobs": st.lists(
            st.dictionaries(st.sampled_from(["name", "event", "search", "action"]), VALUES),
            max_size=2,
        ),
        "searches": VALUES,
        "collect": VALUES,
    },
)


@pytest.mark.no_cover
@settings(max_examples=scaled(60))
@given(SECTIONS)
def test_any_section_has_problems_on_its_lines(value: Any) -> None:
    check(yaml.safe_dump(value))


@pytest.mark.no_cover
@example("[")
@settings(max_examples=scaled(100))
@given(st.text(st.sampled_from("ab:-? \n\t[]{},&*!|>'\"%@`#<=~1.\u2028\r\\"), max_size=40))
def test_any_text_has_problems_on_its_lines(text: str) -> None:
    check(text)


@pytest.mark.no_cover
@settings(max_examples=scaled(60))
@given(st.binary(max_size=40))
def test_any_bytes_have_problems_on_their_lines(content: bytes) -> None:
    try:
        parse_config(content)
    except ConfigError as error:
        lines = lines_of(content.decode(errors="replace"))
        assert all(1 <= one.line <= lines for one in error.problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("protect: {id: [a]}", (1, 11, "protect.id", "unknown key (did you mean 'ids'?)")),
        ("dry_run: true", (1, 1, "dry_run", "unknown key (did you mean 'cleanup.dry_run'?)")),
        (
            "protect:\n  kinds:\n    - aws_ec2_volum",
            (
                3,
                7,
                "protect.kinds.0",
                "unknown kind 'aws_ec2_volum' (did you mean 'aws_ec2_volume'?)",
            ),
        ),
        (
            "collect: {accounts: all}",
            (1, 21, "collect.accounts", "must be 'self' or 'organization', or a list"),
        ),
        (
            "collect: {accounts: [x]}",
            (1, 22, "collect.accounts.0", "must be an account id: twelve digits, in quotes"),
        ),
        ("jobs:\n  - {}\n", (2, 5, "jobs.0", "action is missing")),
        (
            "cleanup:\n  allow_guardrails: [volume]",
            (
                2,
                22,
                "cleanup.allow_guardrails.0",
                "volume is no guardrail, so there is nothing to allow",
            ),
        ),
        (
            "cleanup:\n",
            (1, 9, "cleanup", "must be a section with keys; remove the key for its defaults"),
        ),
        ("a: 1\na: 2", (2, 1, "a", "the key is given twice")),
        (
            "protect: {tags: {1: x}}",
            (1, 21, "protect.tags.1", "the key must be a text; put it in quotes"),
        ),
    ],
)
def test_problem_has_its_place_and_a_suggestion(text: str, expected: tuple[Any, ...]) -> None:
    assert expected in [tuple(one) for one in problems_of(text)]


def test_every_mistake_of_all_sections_is_found_at_once() -> None:
    found = problems_of(
        "cleanup: {enabeld: 1, enabled: 1, enabled: 2}\nprotect: {kinds: [x, y], id: 1}\nfoo: 1\n"
        "jobs:\n- {name: a, event: nope, search: 'is(', action: {clean: {}}, cron: x}\n"
    )
    assert [(one.line, one.path) for one in found] == [
        (1, "cleanup.enabeld"),
        (1, "cleanup.enabled"),
        (2, "protect.kinds.0"),
        (2, "protect.kinds.1"),
        (2, "protect.id"),
        (3, "foo"),
        (5, "jobs.0.event"),
        (5, "jobs.0.search"),
        (5, "jobs.0.action.clean"),
        (5, "jobs.0.cron"),
    ]


def test_mistakes_between_sections_are_found_at_once() -> None:
    job = "{name: %s, event: post_collect, search: 'expand(%s)', action: {notify: {event: x}}}"
    found = problems_of(
        f"collect: {{organization: {{account: '111122223333'}}}}\njobs:\n- {job % ('a', 'x')}\n"
        f"- {job % ('b', 'y')}\n"
    )
    assert [(one.line, one.path) for one in found] == [
        (1, "collect.organization"),
        (3, "jobs.0.search"),
        (4, "jobs.1.search"),
    ]
