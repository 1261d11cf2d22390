"""Answer Ebbtide from a queue: keep each planned resource that a register names.

The register is a text file with an id, a name or an ARN per line, such as an export of an
inventory. Run as many workers as you like, wherever they may read the queue:

    python worker.py --queue URL --register keep.txt
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from ebbtide.automation import Asked, LateAnswerError, Mark, keep, parse

WAIT_SECONDS = 20  # the longest that SQS lets a receiver wait

log = logging.getLogger("worker")


class RegisterError(Exception):
    """The register cannot be relied on; the message says why."""


def read_register(path: Path) -> frozenset[str]:
    """Return the entries of the register; `#` begins a comment. Raises RegisterError if empty.

    An empty register would keep nothing, and is more likely an export that has failed.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RegisterError(f"the register cannot be read: {error}") from error
    found = frozenset(filter(None, (line.partition("#")[0].strip() for line in lines)))
    if not found:
        raise RegisterError(f"the register {path} has no entries")
    return found


def decide(asked: Asked, register: frozenset[str]) -> list[Mark]:
    """Return a mark for each planned resource that the register names."""
    return [
        keep(one.graph_id, "the register names it")
        for one in asked.plan().selected
        if not register.isdisjoint({one.id, one.name, one.arn})
    ]


def answer(message: Mapping[str, Any], register: Path) -> None:
    """Answer the question of one message; it may have been answered already."""
    asked = parse(message)
    try:
        try:
            marks = decide(asked, read_register(register))
        except RegisterError as error:
            log.error("run %s: refused: %s", asked.run_id, error)
            asked.refuse(str(error))
        else:
            asked.answer(marks)
            log.info("run %s: answered, %d resources are kept", asked.run_id, len(marks))
    except LateAnswerError as late:
        log.warning("run %s: nothing to do: %s", asked.run_id, late)


def serve(sqs: Any, queue: str, register: Path, wait: int = WAIT_SECONDS) -> int:
    """Answer a message if there is one, and return how many there were.

    A message is deleted once it is done with. One that fails appears again after its time-out, and
    goes to the dead-letter queue at last.
    """
    # One at a time: the time-out of a second one would begin before its turn.
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=wait)
    messages = received.get("Messages", [])
    for message in messages:
        try:
            answer(message, register)
        except Exception:
            log.exception("message %s failed", message["MessageId"])
        else:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return len(messages)


def main() -> None:
    """Serve until the program is ended, or once."""
    parser = argparse.ArgumentParser(description="Answer Ebbtide from a queue.")
    parser.add_argument("--queue", required=True, help="the output QueueUrl of the stack")
    parser.add_argument("--register", required=True, type=Path, help="a file with one id per line")
    parser.add_argument("--once", action="store_true", help="end when there is no message")
    options = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    log.setLevel(logging.INFO)
    read_register(options.register)
    sqs = boto3.client("sqs")
    while serve(sqs, options.queue, options.register) or not options.once:
        pass


if __name__ == "__main__":
    main()
