"""Notebooks, endpoints and models of SageMaker that nobody uses."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

STOPPED_NOTEBOOKS = declare(
    "stopped_notebooks",
    question="Which notebook instances have been stopped for long?",
    search=(
        "is(aws_sagemaker_notebook) and notebook_instance_status = Stopped and "
        "last_modified_time < -{{unchanged_for}}"
    ),
    reason="a notebook instance that is stopped",
    facts=(
        "instance_type",
        "last_modified_time",
    ),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=(
        "files on its volume that exist nowhere else",
        "somebody who starts it less often than that",
    ),
)

FAILED_ENDPOINTS = declare(
    "failed_endpoints",
    question="Which endpoints have failed, so that they can only be deleted?",
    search=(
        "is(aws_sagemaker_endpoint) and endpoint_status = Failed "
        f"{nothing_uses('aws_sagemaker_endpoint')}"
    ),
    reason="an endpoint that failed and answers nothing",
    facts=(
        "failure_reason",
        "endpoint_config_name",
    ),
    min_age=timedelta(days=7),
    unchanged_for=timedelta(days=7),
    cannot_see=("somebody who still looks for the reason in its logs",),
)

UNUSED_ENDPOINT_CONFIGURATIONS = declare(
    "unused_endpoint_configurations",
    question="Which configurations does no endpoint use?",
    search=(f"is(aws_sagemaker_endpoint_config) {nothing_uses('aws_sagemaker_endpoint_config')}"),
    reason="a configuration that no endpoint uses",
    facts=("production_variants",),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=("programs that create an endpoint from it for a time only, or go back to it",),
)

UNUSED_MODELS = declare(
    "unused_models",
    question="Which models does no configuration and no job use?",
    search=(f"is(aws_sagemaker_model) {nothing_uses('aws_sagemaker_model')}"),
    reason="a model that no configuration of an endpoint and no job names",
    facts=("execution_role_arn",),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=(
        "programs and pipelines that use it less often than that; its artifacts stay, so that "
        "it can be created again",
    ),
)

EMPTY_STUDIO_DOMAINS = declare(
    "empty_studio_domains",
    question="Which domains of SageMaker have no users and no spaces?",
    search=(
        "is(aws_sagemaker_domain) and status = InService and "
        "domain_settings.unified_studio_settings.domain_id = null "
        f"{nothing_uses('aws_sagemaker_domain')}"
    ),
    reason="a domain without user profiles, spaces and apps",
    facts=(
        "domain_name",
        "auth_mode",
    ),
    min_age=timedelta(days=60),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "people who get a profile when they sign on for the first time",
        "files of former users in its file system, which stays",
    ),
)
