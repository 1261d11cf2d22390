"""Resources that AWS deletes with others count like resources deleted directly."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.faults.narrow import EXPIRED, about, configure, planned_run
from tests.faults.safety.estate import queues, run_instance
from tests.faults.wire import Wire
from tests.integration.test_cleanup import volumes
from tests.integration.workflow import Workflow

type Session = boto3.session.Session

PROTECTED = [{"Key": "ebbtide:protected", "Value": "true"}]


@pytest.mark.parametrize("gap", ["denied", "not collected"])
def test_a_protected_volume_keeps_its_instance_even_unread(
    workflow: Workflow, customer: Session, wire: Wire, gap: str
) -> None:
    kinds = set(about("aws_ec2_instance"))
    configure(workflow, kinds - {"aws_ec2_volume"} if gap == "not collected" else kinds)
    device = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}
    tags = [{"ResourceType": "instance", "Tags": EXPIRED}]
    run_instance(customer, TagSpecifications=tags, BlockDeviceMappings=[device])
    kept = volumes(customer)
    customer.client("ec2").create_tags(Resources=list(kept), Tags=PROTECTED)
    if gap == "denied":
        wire.refuse("DescribeVolumes", "UnauthorizedOperation")
    run_id = workflow.collect()
    wire.allow("DescribeVolumes")
    workflow.plan(run_id)
    workflow.clean(run_id)
    assert kept
    assert volumes(customer) == kept


def test_a_protected_volume_that_was_read_keeps_its_instance(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, about("aws_ec2_instance"))
    device = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}
    tags = [{"ResourceType": "instance", "Tags": EXPIRED}]
    run_instance(customer, TagSpecifications=tags, BlockDeviceMappings=[device])
    customer.client("ec2").create_tags(Resources=list(volumes(customer)), Tags=PROTECTED)
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert "owns_protected" in {entry.code for entry in plan.refused}


@pytest.mark.parametrize("gap", ["denied", "without tags of the stack"])
def test_a_protected_member_keeps_its_stack(
    workflow: Workflow, customer: Session, wire: Wire, gap: str
) -> None:
    configure(workflow, about("aws_cloudformation_stack", "aws_sqs_queue"))
    properties = {"QueueName": "orders", "Tags": PROTECTED}
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": properties}}}
    customer.client("cloudformation").create_stack(
        StackName="shop", TemplateBody=json.dumps(template), Tags=EXPIRED
    )
    assert queues(customer) == {"orders"}
    if gap == "denied":
        wire.refuse("ListQueues", "AccessDenied")
    run_id = workflow.collect()
    wire.allow("ListQueues")
    workflow.plan(run_id)
    workflow.clean(run_id)
    assert queues(customer) == {"orders"}
