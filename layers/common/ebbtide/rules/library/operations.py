"""Log groups, alarms, stacks, zones and services that do nothing."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from ebbtide.options.section import Duration
from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

EMPTY_LOG_GROUPS = declare(
    "empty_log_groups",
    question="Which log groups hold no events and get none?",
    search=(
        "is(aws_cloudwatch_log_group) and stored_bytes = 0 and metric_filter_count = 0 and "
        "subscription_filters[0] = null and log_group_class != DELIVERY and last_access > "
        "{{idle_for}} "
        f"{nothing_uses('aws_cloudwatch_log_group')}"
    ),
    reason=(
        "a log group that is empty, got no event for the time of idle_for, and that nothing names"
    ),
    facts=(
        "retention_in_days",
        "last_used",
    ),
    min_age=timedelta(days=60),
    idle_for=timedelta(days=60),
    last_use=("aws_cloudwatch_log_group",),
    cannot_see=(
        "programs that write to it seldom: they may create it again, without its retention, "
        "or fail",
    ),
)

ALARMS_WITHOUT_DATA = declare(
    "alarms_without_data",
    question="Which alarms have no data and would tell nobody?",
    search=(
        "is(aws_cloudwatch_alarm) and alarm_rule = null and state_value = INSUFFICIENT_DATA "
        "and state_transitioned_timestamp < -{{unchanged_for}} and alarm_actions[0] = null "
        "and ok_actions[0] = null and insufficient_data_actions[0] = null "
        f"{nothing_uses('aws_cloudwatch_alarm')}"
    ),
    reason="an alarm without data and without actions",
    facts=(
        "namespace",
        "metric_name",
        "state_transitioned_timestamp",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=30),
    cannot_see=(
        "rules of EventBridge that act on the states of alarms",
        "dashboards that show it",
    ),
)

FAILED_STACKS = declare(
    "failed_stacks",
    question="Which stacks could never be created, and are only left to be deleted?",
    search=(
        "is(aws_cloudformation_stack) and stack_status = ROLLBACK_COMPLETE and parent_id = "
        "null "
        f"{nothing_uses('aws_cloudformation_stack')}"
    ),
    reason=(
        "a stack whose creation failed and was rolled back; all that CloudFormation allows is "
        "to delete it"
    ),
    facts=("stack_status_reason",),
    min_age=timedelta(days=7),
    cannot_see=("somebody who still looks for the reason in its events",),
)

STACK_SETS_WITHOUT_INSTANCES = declare(
    "stack_sets_without_instances",
    question="Which stack sets have no stacks?",
    search=(
        "is(aws_cloudformation_stack_set) and status = ACTIVE and auto_deployment.enabled != "
        "true "
        f"{nothing_uses('aws_cloudformation_stack_set')}"
    ),
    reason="a stack set without stacks",
    facts=("permission_model",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=90),
    cannot_see=("templates that are kept in the stack set for later",),
)

ZONES_WITHOUT_RECORDS = declare(
    "zones_without_records",
    question="Which hosted zones have no records of their own?",
    search=(
        "is(aws_route53_zone) and resource_record_set_count <= 2 and linked_service = null "
        "with(empty, <-- is(aws_servicediscovery_namespace)) "
        f"{nothing_uses('aws_route53_zone')}"
    ),
    reason="a hosted zone that holds only what Route 53 made with it",
    facts=(
        "resource_record_set_count",
        "config",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "delegations to its name servers, which a new zone would not get back",
        "private zones that are empty to hide public names",
    ),
)

IDLE_BUILD_PROJECTS = declare(
    "idle_build_projects",
    question="Which CodeBuild projects build nothing?",
    search=(
        "is(aws_codebuild_project) and last_access > {{idle_for}} "
        f"{nothing_uses('aws_codebuild_project')}"
    ),
    reason="a project without builds for the time of idle_for",
    facts=("last_used",),
    min_age=timedelta(days=180),
    idle_for=timedelta(days=180),
    last_use=("aws_codebuild_project",),
    cannot_see=("webhooks of repositories, and people, that start a build less often than that",),
)

IDLE_TRANSFER_SERVERS = declare(
    "idle_transfer_servers",
    question="Which servers of Transfer Family transfer nothing?",
    search="is(aws_transfer_server) and state = ONLINE and last_access > {{idle_for}}",
    reason="a server that has transferred nothing for the time of idle_for",
    facts=(
        "last_used",
        "protocols",
        "endpoint_type",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    idle_for=timedelta(days=60),
    last_use=("aws_transfer_server",),
    cannot_see=(
        "partners that transfer files less often than that, and have allowed only its address",
    ),
)

IDLE_WEB_SERVICES = declare(
    "idle_web_services",
    question="Which App Runner services get no requests?",
    search="is(aws_apprunner_service) and status = RUNNING and last_access > {{idle_for}}",
    reason="a service without requests for the time of idle_for",
    facts=(
        "last_used",
        "service_url",
    ),
    min_age=timedelta(days=30),
    idle_for=timedelta(days=30),
    last_use=("aws_apprunner_service",),
    cannot_see=(
        "work that the service does without requests, such as reading a queue",
        "users who come less often than that",
    ),
)

IDLE_CRAWLERS = declare(
    "idle_crawlers",
    question="Which crawlers of Glue have no schedule and have not run for long?",
    search=(
        "is(aws_glue_crawler) and state = READY and schedule.schedule_expression = null and "
        "last_crawl.start_time < -{{unused_for}} "
        f"{nothing_uses('aws_glue_crawler')}"
    ),
    reason="a crawler without a schedule that has not run for the time of unused_for",
    facts=(
        "last_crawl",
        "database_name",
    ),
    min_age=timedelta(days=180),
    more={
        "unused_for": (
            Duration,
            Field(
                default=timedelta(days=180),
                description="a crawler that started within this time stays",
            ),
        )
    },
    cannot_see=("people and programs that start it less often than that",),
)

DISABLED_WORK_GROUPS = declare(
    "disabled_work_groups",
    question="Which work groups of Athena have been disabled for long?",
    search=(
        "is(aws_athena_work_group) and state = DISABLED and id != primary "
        f"{nothing_uses('aws_athena_work_group')}"
    ),
    reason="a work group that is disabled, so that nobody can query with it",
    facts=("description",),
    min_age=timedelta(days=60),
    unchanged_for=timedelta(days=60),
    cannot_see=("somebody who means to enable it again",),
)

APPLICATIONS_WITHOUT_ENVIRONMENTS = declare(
    "applications_without_environments",
    question="Which Beanstalk applications have no environments?",
    search=(f"is(aws_beanstalk_application) {nothing_uses('aws_beanstalk_application')}"),
    reason="an application without environments",
    facts=(
        "date_updated",
        "versions",
    ),
    min_age=timedelta(days=180),
    unchanged_for=timedelta(days=180),
    cannot_see=(
        "its versions and saved configurations, from which somebody may start an environment again",
    ),
)
