"""The section `digest` of the configuration: who is told about the plan, where and how often."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from ebbtide.config.jobs import TopicArn
from ebbtide.options.mistakes import Mistake, MistakesError
from ebbtide.options.section import Duration, Section

# Of RFC 5322 and 5321, what mail systems use without quotes.
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_LONGEST_ADDRESS = 254


def is_address(text: str) -> bool:
    """Return whether a text is a mail address."""
    local, _, domain = text.rpartition("@")
    return (
        len(text) <= _LONGEST_ADDRESS
        and _LOCAL.fullmatch(local) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError(f"{value!r} is not a mail address such as team-a@example.com")
    return value


def _domain(value: str) -> str:
    if len(value) > _LONGEST_ADDRESS or _DOMAIN.fullmatch(value) is None:
        raise ValueError(f"{value!r} is not a domain such as example.com")
    return value


Address = Annotated[
    str, AfterValidator(_address), WithJsonSchema({"type": "string", "format": "email"})
]
Domain = Annotated[str, AfterValidator(_domain)]
# AWS: the value of a tag has up to 256 characters.
OwnerName = Annotated[str, StringConstraints(min_length=1, max_length=256)]

# Stands for all owners that a mapping does not name.
OTHERS = "*"
LONGEST = timedelta(days=31)


class DigestTeam(Section):
    """Where the digest of the whole plan goes; any number of these."""

    topic: TopicArn | None = Field(
        default=None,
        description="ARN of an SNS topic, which gets it as text; the stack parameter "
        "DigestTopicArns must include it",
    )
    mail: tuple[Address, ...] = Field(
        default=(),
        description="addresses, which get it as text and HTML from the sender that the stack "
        "parameter DigestSender names",
    )
    chat: TopicArn | None = Field(
        default=None,
        description="ARN of an SNS topic that a channel of Amazon Q Developer in chat applications "
        "reads; the stack parameter DigestTopicArns must include it",
    )


class DigestOwners(Section):
    """Where the digests of owners go; in each mapping, `*` stands for owners it does not name."""

    mail: dict[OwnerName, Address] = Field(
        default_factory=dict,
        description="addresses by owner, that is, by the value of the tag `owners.tag`",
    )
    mail_domain: Domain | None = Field(
        default=None,
        description="an owner without an address in `mail` has one in this domain: OWNER@DOMAIN, "
        "or the owner itself if it is an address in this domain",
    )
    topics: dict[OwnerName, TopicArn] = Field(
        default_factory=dict, description="ARNs of SNS topics by owner, as in `digest.team.topic`"
    )
    chats: dict[OwnerName, TopicArn] = Field(
        default_factory=dict, description="ARNs of SNS topics by owner, as in `digest.team.chat`"
    )


class DigestConfig(Section):
    """What owners and the team are told after a run (docs/digest.md)."""

    enabled: bool = Field(
        default=False, description="whether a run that makes a plan writes and sends digests"
    )
    only_on_change: bool = Field(
        default=True,
        description="true: nobody is told the same again; ages and prices do not count",
    )
    every: Duration = Field(
        default=timedelta(days=1),
        description="nobody is told more often, measured from the last digest; at most 31d, and "
        "0d for each run",
    )
    shown: int = Field(
        default=50, ge=1, le=200, description="resources that a list shows before it only counts"
    )
    team: DigestTeam = DigestTeam()
    owners: DigestOwners = DigestOwners()

    @property
    def names_nobody(self) -> bool:
        """Whether there is no address at all: then digests are only written to the bucket."""
        return self.team == DigestTeam() and self.owners == DigestOwners()

    @property
    def warning(self) -> str:
        if self.enabled and self.names_nobody:
            return (
                "digest.enabled is true, but digest.team and digest.owners name nobody: digests "
                "are only written to the bucket"
            )
        return ""

    @field_validator("every")
    @classmethod
    def _short_enough(cls, value: timedelta) -> timedelta:
        if not timedelta() <= value <= LONGEST:
            raise ValueError("must be at most 31d; 0d means after each run")
        return value

    @model_validator(mode="after")
    def _texts_and_chats_are_apart(self) -> DigestConfig:
        """Refuse a topic that gets texts for people as well as the JSON of a chat."""
        mistakes = list(_shared_topics(self))
        if mistakes:
            raise MistakesError(mistakes)
        return self


def _shared_topics(config: DigestConfig) -> Iterator[Mistake]:
    texts = {config.team.topic, *config.owners.topics.values()}
    chats: list[tuple[tuple[str, ...], str | None]] = [(("team", "chat"), config.team.chat)]
    chats += [(("owners", "chats", name), arn) for name, arn in config.owners.chats.items()]
    for place, arn in chats:
        if arn is not None and arn in texts:
            yield Mistake(
                place,
                "this topic also gets digests as text, which a chat does not show; give the chat "
                "a topic of its own",
            )
