"""Makes moto answer read calls that it does not implement with an empty answer.

AWS gives the same answer to an account without such resources. Importing this module patches
botocore's clients for the whole process. Mutating operations that moto lacks still fail.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import botocore.client
from botocore.exceptions import ClientError
from moto.backend_index import backend_url_patterns

from tests.support.answering import from_aws

_READS = re.compile(r"(BatchGet|Describe|Get|List|Search)")


# Calls that moto answers with an internal error, or does not recognize as calls to AWS. Those that
# say what they are about are answered.
_BROKEN = {
    ("ecs", "DescribeCapacityProviders"),
    ("qbusiness", "ListApplications"),
    ("rds", "DescribeOptionGroups"),
    ("s3control", "GetPublicAccessBlock"),
}

_make_api_call = botocore.client.BaseClient._make_api_call


def _corrected(operation: str, answer: Any) -> Any:
    """Return the answer with values fixed that moto makes up anew for each call."""
    if operation == "ListWorkGroups":
        for group in answer["WorkGroups"]:
            group["CreationTime"] = datetime(2026, 10, 5, tzinfo=UTC)
    return answer


def _call(self: Any, operation: str, arguments: Any) -> Any:
    called = (self.meta.service_model.service_name, operation)
    if called in _BROKEN and "capacityProviders" not in arguments:
        return from_aws({})
    try:
        return _corrected(operation, _make_api_call(self, operation, arguments))
    except NotImplementedError:
        if not _READS.match(operation):
            raise
    except ClientError as error:
        unknown = error.response["Error"].get("Code") in ("404", "501", "UnknownOperationException")
        if not unknown or not _READS.match(operation):
            raise
    return from_aws({})


botocore.client.BaseClient._make_api_call = _call

# moto imports a service at its first call, and two threads that import at the same time can
# deadlock, so import all of them now. X-Ray is left out: its import opens a socket.
for _service in {name for name, _ in backend_url_patterns} - {"xray"}:
    import_module(f"moto.{_service}.urls")
