"""Who gets the digest of an owner or of the team, on which channel and where; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from ebbtide.config.digest import OTHERS, DigestConfig, DigestOwners, is_address

type Channel = Literal["bucket", "topic", "mail", "chat"]


@dataclass(frozen=True, slots=True)
class Receiver:
    """A channel, and an address or the ARN of a topic; the bucket needs none."""

    channel: Channel
    address: str = ""

    @property
    def name(self) -> str:
        """Its name in the note of what was told; a new address is somebody new."""
        if self.channel == "bucket":
            return self.channel
        return f"{self.channel}-{sha256(self.address.encode()).hexdigest()[:16]}"


def receivers_of(owner: str | None, config: DigestConfig) -> Iterator[Receiver]:
    """Yield the receivers of the digest of an owner, or of the team; the bucket always."""
    yield Receiver("bucket")
    if owner is None:
        team = config.team
        if team.topic is not None:
            yield Receiver("topic", team.topic)
        yield from (Receiver("mail", address) for address in dict.fromkeys(team.mail))
        if team.chat is not None:
            yield Receiver("chat", team.chat)
        return
    owners = config.owners
    found: tuple[tuple[Channel, str | None], ...] = (
        ("topic", _listed(owner, owners.topics)),
        ("mail", address_of(owner, owners)),
        ("chat", _listed(owner, owners.chats)),
    )
    yield from (Receiver(channel, address) for channel, address in found if address is not None)


def address_of(owner: str, owners: DigestOwners) -> str | None:
    """Return the mail address of an owner; None if there is none.

    The value of a tag is never an address outside the domain: who may set tags could otherwise send
    mail to anybody.
    """
    if owner in owners.mail:
        return owners.mail[owner]
    domain = owners.mail_domain
    if domain is not None:
        address = owner if "@" in owner else f"{owner}@{domain}"
        if is_address(address) and address.rpartition("@")[2].lower() == domain.lower():
            return address
    return owners.mail.get(OTHERS)


def _listed(owner: str, addresses: Mapping[str, str]) -> str | None:
    return addresses.get(owner) or addresses.get(OTHERS)
