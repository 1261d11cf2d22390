"""For automations: read an event, load the plan or the graph of its run, and answer.

from ebbtide.automation import keep, parse

def handler(event, context):
    asked = parse(event)
    asked.answer([keep(one.graph_id, "still needed") for one in asked.plan().selected])
"""

from ebbtide.automation.asked import Asked
from ebbtide.automation.marking import clean, keep
from ebbtide.automation.parsing import parse
from ebbtide.automation.planned import PlannedResource, RunPlan
from ebbtide.base.errors import InputError, LateAnswerError
from ebbtide.deployment.answers import Mark

__all__ = [
    "Asked",
    "InputError",
    "LateAnswerError",
    "Mark",
    "PlannedResource",
    "RunPlan",
    "clean",
    "keep",
    "parse",
]
