"""Aliases and versions of Lambda functions; a call per function each, so only on request."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_CALLS = "it takes a call per function"

ALIAS = Kind(
    name="aws_lambda_alias",
    optional=_CALLS,
    each="aws_lambda_function",
    list=Call("lambda", "list_aliases", "Aliases[]", FunctionName="{id}"),
    get=Call("lambda", "get_alias", FunctionName="{function}", Name="{name}"),
    inherit={"function": "FunctionName"},
    id_parts=r"arn:[^:]+:lambda:[^:]+:[^:]+:function:(?P<function>[^:]+):.+",
    id="AliasArn",
    label="Name",
    arn="AliasArn",
    tags=None,
    relations=(
        Relation(
            "function",
            "aws_lambda_function",
            reverse=True,
            strength="origin",
            why="it names a version of the function, and goes with it",
        ),
    ),
    fingerprint=("AliasArn", "FunctionVersion", "RevisionId"),
    sources={"fingerprint": "lambda:AliasConfiguration"},
    delete=Delete(
        Call("lambda", "delete_alias", FunctionName="{function}", Name="{Name}"),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceConflictException",),
        note="Whoever invokes the function by this alias fails; its version stays.",
    ),
)

VERSION = Kind(
    name="aws_lambda_version",
    optional=_CALLS,
    each="aws_lambda_function",
    # $LATEST is the function itself.
    list=Call(
        "lambda",
        "list_versions_by_function",
        "Versions[?!ends_with(FunctionArn || '', ':$LATEST')]",
        FunctionName="{id}",
    ),
    inherit={"function": "FunctionName"},
    id="FunctionArn",
    label="FunctionName && Version && join(':', [FunctionName, Version])",
    arn="FunctionArn",
    tags=None,
    relations=(
        Relation(
            "function",
            "aws_lambda_function",
            reverse=True,
            strength="origin",
            why="it is a copy of the function, and goes with it",
        ),
    ),
    undeletable="Aliases and invocations by ARN may use it, and nothing tells that none does.",
)
