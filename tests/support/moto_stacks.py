"""Makes moto find the stack of a physical id, as CloudFormation's DescribeStackResources does.

moto ignores the parameter PhysicalResourceId and looks for a stack without a name. Importing this
module patches moto for the whole process. The rules follow the CloudFormation API reference.
"""

from __future__ import annotations

import functools
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse, StackResourceDTO
from moto.core.responses import ActionResult

_ANSWERED = 100


def _find_stacks_by_physical_id() -> None:
    original = CloudFormationResponse.describe_stack_resources

    @functools.wraps(original)
    def describing(self: CloudFormationResponse) -> Any:
        physical_id = self._get_param("PhysicalResourceId")
        if physical_id is None:
            return original(self)
        for stack in self.cloudformation_backend.stacks.values():
            resources = [StackResourceDTO(stack, one) for one in stack.stack_resources]
            if any(one.physical_resource_id == physical_id for one in resources):
                return ActionResult({"StackResources": resources[:_ANSWERED]})
        raise ValidationError(message=f"Stack for {physical_id} does not exist")

    CloudFormationResponse.describe_stack_resources = describing  # type: ignore[method-assign]


_find_stacks_by_physical_id()
