"""Functions, layers, state machines and APIs that nobody calls."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

IDLE_FUNCTIONS = declare(
    "idle_functions",
    question="Which Lambda functions are never invoked, and by nothing that is known?",
    search=(
        "is(aws_lambda_function) and last_access > {{idle_for}} "
        f"{nothing_uses('aws_lambda_function')}"
    ),
    reason="a function that was not invoked for the time of idle_for, and that nothing names",
    facts=(
        "last_used",
        "runtime",
        "last_modified",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=90),
    idle_for=timedelta(days=90),
    last_use=("aws_lambda_function",),
    cannot_see=(
        "invocations by programs, people and other accounts that happen once in a long time",
        "what calls the URL of the function or one of its versions seldom",
    ),
)

UNUSED_LAYERS = declare(
    "unused_layers",
    question="Which Lambda layers does no function use?",
    search=(f"is(aws_lambda_layer) {nothing_uses('aws_lambda_layer')}"),
    reason="a layer that no function of the account uses",
    facts=("latest_matching_version",),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=(
        "functions of other accounts that the policy of a version allows",
        "published versions of functions, which keep their copy, and deployments that add the "
        "layer to new functions",
    ),
)

IDLE_STATE_MACHINES = declare(
    "idle_state_machines",
    question="Which state machines are never executed, and by nothing that is known?",
    search=(
        "is(aws_stepfunctions_state_machine) and last_access > {{idle_for}} "
        f"{nothing_uses('aws_stepfunctions_state_machine')}"
    ),
    reason="a state machine without executions for the time of idle_for, and that nothing names",
    facts=(
        "last_used",
        "type",
    ),
    min_age=timedelta(days=180),
    idle_for=timedelta(days=180),
    last_use=("aws_stepfunctions_state_machine",),
    cannot_see=(
        "people, programs and APIs that start an execution once in a long time, such as at "
        "the end of a year",
        "executions that began before and still wait",
    ),
)

REST_APIS_WITHOUT_STAGES = declare(
    "rest_apis_without_stages",
    question="Which REST APIs are not deployed to any stage?",
    search=(
        "is(aws_apigateway_rest_api) with(empty, --> is(aws_apigateway_stage)) "
        f"{nothing_uses('aws_apigateway_rest_api')}"
    ),
    reason="a REST API that nobody can call, because it has no stage",
    facts=("description",),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=("drafts of an API that is still to be deployed",),
)

UNUSED_VPC_LINKS = declare(
    "unused_vpc_links",
    question="Which VPC links does no API use?",
    search=(f"is(aws_apigatewayv2_vpc_link) {nothing_uses('aws_apigatewayv2_vpc_link')}"),
    reason="a VPC link that no integration of an API names",
    facts=("vpc_link_status",),
    min_age=timedelta(days=14),
    unchanged_for=timedelta(days=14),
    cannot_see=("integrations that name the link by a variable of the stage",),
)
