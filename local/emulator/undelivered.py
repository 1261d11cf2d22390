"""Sends what a rule cannot deliver to the dead-letter queue of its target.

EventBridge user guide, "Using dead-letter queues to process undelivered events": the queue gets the
event as the rule matched it. AWS tries up to 24 hours before that, unless the answer says that it
is of no use; the emulator gives up at once.
"""

import json
from typing import Any

from local.emulator.engine import load


def give_up(target: dict[str, Any], event: dict[str, Any]) -> None:
    """Put an event into the dead-letter queue of a target, if it has one."""
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if queue:
        events = load("services.eventbridge")
        events._dispatch_to_sqs(load("core.arn").parse_arn(queue), json.dumps(event))
