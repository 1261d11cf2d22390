"""Sends one digest on one channel: the bucket, SNS, mail by SES, or a chat through SNS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebbtide.base.errors import DigestError
from ebbtide.base.printable import plain
from ebbtide.deployment.settings import Settings
from ebbtide.digest.as_chat import as_chat
from ebbtide.digest.as_html import as_html
from ebbtide.digest.as_text import as_text
from ebbtide.digest.document import Document
from ebbtide.digest.receivers import Receiver
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# service and region -> a client of the function's own account
type Clients = Callable[[str, str], Any]

# Bytes: SNS accepts 256 KiB, attributes included.
_MOST_TEXT = 200_000
# Characters: SNS accepts fewer than 100 of ASCII as the subject of mails.
_SUBJECT = 99


@dataclass(frozen=True, slots=True)
class Channels:
    """All ways to send a digest of one run."""

    bucket: Bucket
    settings: Settings
    clients: Clients
    run: Run

    def send(self, receiver: Receiver, document: Document, owner: str | None) -> None:
        """Send it. Raises DigestError or ClientError if it is refused."""
        match receiver.channel:
            case "bucket":
                self._store(document, owner)
            case "topic":
                self._publish(receiver.address, document, owner, as_text(document, _MOST_TEXT))
            case "chat":
                self._publish(receiver.address, document, owner, as_chat(document, self.run.run_id))
            case "mail":
                self._mail(receiver.address, document)

    def _store(self, document: Document, owner: str | None) -> None:
        keys = self.run.keys
        self.bucket.write_text(keys.digest(owner, "txt"), as_text(document))
        self.bucket.write_text(keys.digest(owner, "html"), as_html(document), "text/html")

    def _publish(self, topic: str, document: Document, owner: str | None, text: str) -> None:
        attributes = {"audience": "team" if owner is None else "owner", "run_id": self.run.run_id}
        if owner is not None:
            attributes["owner"] = plain(owner, 256) or "?"
        self.clients("sns", topic.split(":")[3]).publish(
            TopicArn=topic,
            Subject=subject_of(document),
            Message=text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )

    def _mail(self, address: str, document: Document) -> None:
        if not self.settings.digest_sender:
            raise DigestError("mail needs the stack parameter DigestSender")
        body = {
            "Text": {"Data": as_text(document), "Charset": "UTF-8"},
            "Html": {"Data": as_html(document), "Charset": "UTF-8"},
        }
        self.clients("sesv2", self.settings.aws_region).send_email(
            FromEmailAddress=self.settings.digest_sender,
            Destination={"ToAddresses": [address]},
            Content={
                "Simple": {
                    "Subject": {"Data": document.title, "Charset": "UTF-8"},
                    "Body": body,
                }
            },
        )


def subject_of(document: Document) -> str:
    """Return the title as the subject of a message of SNS."""
    return plain(document.title.encode("ascii", "replace").decode(), _SUBJECT)
