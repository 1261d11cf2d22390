"""Step Functions state machines."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_NO_STATE: Decision = {
    "strength": "needed",
    "why": "executions would fail at the state that calls it",
}

_TAGS = Detail(
    Call("stepfunctions", "list_tags_for_resource", "tags[]", resourceArn="{stateMachineArn}"),
    into="tags",
)

_RELATIONS = (
    Relation("roleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "loggingConfiguration.destinations[].cloudWatchLogsLogGroup.logGroupArn",
        "aws_cloudwatch_log_group",
        deleted_before=True,
        pattern=r":log-group:([^:]+)",
    ),
    Relation(
        "encryptionConfiguration.kmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID
    ),
    # The text of the definition names the resources that states call, by ARN or by URL.
    Relation(
        "definition",
        "aws_lambda_function",
        by="arn",
        pattern=r'"(arn:[^:"]+:lambda:[^:"]+:\d+:function:[^:"]+)',
        **_NO_STATE,
    ),
    Relation(
        "definition",
        "aws_stepfunctions_state_machine",
        pattern=r'"(arn:[^:"]+:states:[^:"]+:\d+:stateMachine:[^:"]+)',
        **_NO_STATE,
    ),
    Relation(
        "definition", "aws_sns_topic", pattern=r'"(arn:[^:"]+:sns:[^:"]+:\d+:[^:"]+)"', **_NO_STATE
    ),
    Relation(
        "definition",
        "aws_sqs_queue",
        pattern=r'"(https://sqs\.[^"/]+/\d+/[^"/]+)"',
        **_NO_STATE,
    ),
    Relation(
        "definition",
        "aws_ecs_task_definition",
        pattern=r'"(arn:[^:"]+:ecs:[^:"]+:\d+:task-definition/[^"]+)"',
        strength="needed",
        why="its next execution would fail",
    ),
    Relation(
        "definition",
        "aws_dynamodb_table",
        pattern=r'"TableName"\s*:\s*"([^"$.]+)"',
        strength="needed",
        why="its next execution would fail",
    ),
    Relation(
        "definition",
        "aws_apigateway_rest_api",
        pattern=r'"ApiEndpoint"\s*:\s*"(\w+)\.execute-api\.',
        strength="needed",
        why="its next execution would fail",
    ),
)

STATE_MACHINE = Kind(
    name="aws_stepfunctions_state_machine",
    list=Call("stepfunctions", "list_state_machines", "stateMachines[]"),
    get=Call("stepfunctions", "describe_state_machine", stateMachineArn="{id}"),
    details=(
        Detail(
            Call("stepfunctions", "describe_state_machine", stateMachineArn="{stateMachineArn}"),
            describes=True,
        ),
        _TAGS,
    ),
    get_details=(_TAGS,),
    id="stateMachineArn",
    label="name",
    arn="stateMachineArn",
    tags="tags",
    created="creationDate",
    relations=_RELATIONS,
    last_use=LastUse(
        metrics=(
            UseMetric("AWS/States", "ExecutionsStarted", {"StateMachineArn": "{stateMachineArn}"}),
        )
    ),
    fingerprint=("stateMachineArn", "creationDate", "roleArn"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("stepfunctions", "delete_state_machine", stateMachineArn="{id}"),
        gone=("StateMachineDoesNotExist",),
        blocked=(),
        refused=("ValidationException",),
        usual=300,
        note="Running executions end at their next state; the execution history is lost.",
    ),
)
