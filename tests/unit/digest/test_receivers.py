"""Who gets a digest: only addresses that the configuration names, or that are in its domain."""

from __future__ import annotations

import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.config import DigestConfig, parse_config
from ebbtide.digest.receivers import address_of, receivers_of
from tests.support.digests import TOPIC

CHAT = TOPIC.replace("digests", "chat")


def config(text: str) -> DigestConfig:
    return parse_config(f"digest: {text}".encode()).digest


@pytest.mark.parametrize(
    ("owner", "address"),
    [
        ("team-a", "a@example.com"),
        ("kim", "kim@example.com"),
        ("kim@example.com", "kim@example.com"),
        ("kim@EXAMPLE.com", "kim@EXAMPLE.com"),
        ("kim@evil.example.org", "rest@example.com"),
        ("kim@example.com.evil.org", "rest@example.com"),
        ("a b", "rest@example.com"),
        ("x\nBcc: y@example.com", "rest@example.com"),
        ("kim@example.com,y@evil.org", "rest@example.com"),
    ],
)
def test_an_owner_is_mailed_only_in_the_domain_or_where_the_configuration_says(
    owner: str, address: str
) -> None:
    owners = config(
        "{owners: {mail: {team-a: a@example.com, '*': rest@example.com}, mail_domain: example.com}}"
    ).owners
    assert address_of(owner, owners) == address


def test_receivers_of_the_team_and_of_owners() -> None:
    given = config(
        f"{{team: {{topic: '{TOPIC}', mail: [a@example.com, a@example.com], chat: '{CHAT}'}}, "
        f"owners: {{topics: {{'*': '{TOPIC}'}}, chats: {{team-a: '{CHAT}'}}}}}}"
    )
    team = [(one.channel, one.address) for one in receivers_of(None, given)]
    assert team == [("bucket", ""), ("topic", TOPIC), ("mail", "a@example.com"), ("chat", CHAT)]
    assert [one.channel for one in receivers_of("team-a", given)] == ["bucket", "topic", "chat"]
    assert [one.channel for one in receivers_of("team-b", given)] == ["bucket", "topic"]
    names = [one.name for one in (*receivers_of(None, given), *receivers_of("team-a", given))]
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{every: 32d}", "must be at most 31d"),
        ("{team: {mail: [nobody]}}", "'nobody' is not a mail address such as"),
        ("{owners: {mail: {x: 'a@b'}}}", "'a@b' is not a mail address"),
        ("{owners: {mail_domain: '@example.com'}}", "is not a domain such as example.com"),
        (f"{{team: {{topic: '{TOPIC}', chat: '{TOPIC}'}}}}", "give the chat a topic of its own"),
        (
            f"{{owners: {{topics: {{'*': '{TOPIC}'}}, chats: {{a: '{TOPIC}'}}}}}}",
            "digest.owners.chats.a: this topic also gets digests as text",
        ),
        ("{shown: 0}", "digest.shown"),
    ],
)
def test_a_mistake_is_refused_with_what_to_change(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(text)


def test_a_digest_for_nobody_is_a_warning() -> None:
    (warning,) = parse_config(b"digest: {enabled: true}").warnings
    assert "name nobody" in warning
    assert parse_config(b"digest: {enabled: true, team: {mail: [a@example.com]}}").warnings == ()
    assert parse_config(b"{}").warnings == ()
