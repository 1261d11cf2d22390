"""Makes moto answer the lists that it lacks: with nothing, as AWS does where there is nothing.

Importing this module changes botocore's clients for the whole process. Only calls that read are
helped out; an operation that changes something still fails when moto lacks it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import botocore.client
from botocore.exceptions import ClientError
from moto.backend_index import backend_url_patterns

_READS = re.compile(r"(BatchGet|Describe|Get|List|Search)")


# What moto answers with an error of its own, or does not take for AWS at all.
_BROKEN = {
    ("ecs", "DescribeCapacityProviders"),
    ("qbusiness", "ListApplications"),
    ("rds", "DescribeOptionGroups"),
    ("s3control", "GetPublicAccessBlock"),
}

_make_api_call = botocore.client.BaseClient._make_api_call


def _corrected(operation: str, answer: Any) -> Any:
    """The answer without what moto invents anew each time it is asked."""
    if operation == "ListWorkGroups":
        for group in answer["WorkGroups"]:
            group["CreationTime"] = datetime(2026, 10, 5, tzinfo=UTC)
    return answer


def _call(self: Any, operation: str, arguments: Any) -> Any:
    if (self.meta.service_model.service_name, operation) in _BROKEN:
        return {"ResponseMetadata": {"HTTPStatusCode": 200}}
    try:
        return _corrected(operation, _make_api_call(self, operation, arguments))
    except NotImplementedError:
        if not _READS.match(operation):
            raise
    except ClientError as error:
        unknown = error.response["Error"].get("Code") in ("404", "501", "UnknownOperationException")
        if not unknown or not _READS.match(operation):
            raise
    return {"ResponseMetadata": {"HTTPStatusCode": 200}}


botocore.client.BaseClient._make_api_call = _call

# moto imports a service when it is first called, and two threads that do so at once may each wait
# for what the other is importing. That of X-Ray opens a socket, and nobody here collects it.
for _service in {name for name, _ in backend_url_patterns} - {"xray"}:
    import_module(f"moto.{_service}.urls")
