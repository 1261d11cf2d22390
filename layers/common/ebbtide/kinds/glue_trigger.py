"""Triggers of Glue, which start jobs and crawlers."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_TAGS = Detail(Call("glue", "get_tags", "Tags", ResourceArn="{arn}"), into="Tags")
_START = "it would start nothing"

TRIGGER = Kind(
    name="aws_glue_trigger",
    list=Call("glue", "get_triggers", "Triggers[]"),
    get=Call("glue", "get_trigger", "Trigger", Name="{id}"),
    details=(_TAGS,),
    id="Name",
    label="Name",
    arn="arn:{partition}:glue:{region}:{account}:trigger/{id}",
    relations=(
        Relation("Actions[].JobName", "aws_glue_job", strength="needed", why=_START),
        Relation("Actions[].CrawlerName", "aws_glue_crawler", strength="needed", why=_START),
        Relation("Predicate.Conditions[].JobName", "aws_glue_job", strength="needed", why=_START),
        Relation(
            "Predicate.Conditions[].CrawlerName", "aws_glue_crawler", strength="needed", why=_START
        ),
    ),
    fingerprint=("Name", "Type", "State", "Actions"),
    sources={"fingerprint": "glue:Trigger"},
    delete=Delete(
        Call("glue", "delete_trigger", Name="{id}"),
        gone=("EntityNotFoundException",),
        blocked=("ConcurrentModificationException",),
        note="The jobs and crawlers that it starts stay.",
    ),
)
