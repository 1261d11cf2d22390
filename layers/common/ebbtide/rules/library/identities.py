"""Keys, policies, profiles, groups and providers of IAM that grant nothing to anybody."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from ebbtide.options.section import Duration
from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

UNUSED_ACCESS_KEYS = declare(
    "unused_access_keys",
    question="Which access keys has nobody used for long?",
    search="is(aws_iam_access_key) and last_access > {{unused_for}}",
    reason="an access key that nobody has used for the time of unused_for",
    facts=(
        "user_name",
        "last_used",
        "status",
    ),
    min_age=timedelta(days=180),
    last_use=("aws_iam_access_key",),
    more={
        "unused_for": (
            Duration,
            Field(
                default=timedelta(days=180),
                description="a key that was used within this time stays",
            ),
        )
    },
    cannot_see=("programs that use the key less often than that, such as for a recovery",),
)

UNATTACHED_POLICIES = declare(
    "unattached_policies",
    question="Which IAM policies are attached to nobody?",
    search=(
        "is(aws_iam_policy) and attachment_count = 0 and permissions_boundary_usage_count = 0 "
        f"{nothing_uses('aws_iam_policy')}"
    ),
    reason="a policy that is attached to nobody and limits nobody",
    facts=(
        "attachment_count",
        "path",
    ),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=90),
    cannot_see=(
        "scripts and permission sets that attach the policy by its name when they need it",
    ),
)

IDLE_ROLES = declare(
    "idle_roles",
    question="Which IAM roles has nobody assumed for long, and does nothing name?",
    search=(
        'is(aws_iam_role) and path !~ "^/aws-" and last_access > {{unused_for}} '
        f"{nothing_uses('aws_iam_role')}"
    ),
    reason="a role that nobody has assumed for the time of unused_for, and that nothing names",
    facts=(
        "last_used",
        "path",
    ),
    min_age=timedelta(days=365),
    last_use=("aws_iam_role",),
    more={
        "unused_for": (
            Duration,
            Field(
                default=timedelta(days=365),
                description="a role that was assumed within this time stays",
            ),
        )
    },
    cannot_see=(
        "people, programs and other accounts that assume the role less often than that, such "
        "as in an emergency",
        "settings of kinds that are not collected and name the role",
        "roles that nobody has ever assumed: IAM does not say since when it knows",
    ),
)

UNUSED_INSTANCE_PROFILES = declare(
    "unused_instance_profiles",
    question="Which instance profiles does nothing use, with roles that nobody assumes?",
    search=(
        "is(aws_iam_instance_profile) with(empty, <-- is(aws_iam_role) and (last_access <= "
        "{{unused_for}} or last_used = null)) with(empty, <-- "
        "is(aws_autoscaling_launch_configuration)) "
        f"{nothing_uses('aws_iam_instance_profile')}"
    ),
    reason="an instance profile that nothing uses, without a role that somebody assumes",
    facts=("path",),
    min_age=timedelta(days=180),
    unchanged_for=timedelta(days=90),
    last_use=("aws_iam_role",),
    more={
        "unused_for": (
            Duration,
            Field(
                default=timedelta(days=180),
                description="one with a role that was assumed within this time stays",
            ),
        )
    },
    cannot_see=("scripts that start instances with the profile less often than that",),
)

GROUPS_WITHOUT_USERS = declare(
    "groups_without_users",
    question="Which IAM groups have no users?",
    search=(f"is(aws_iam_group) {nothing_uses('aws_iam_group')}"),
    reason="a group of IAM without users",
    facts=("path",),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=("scripts that add new users to the group by its name",),
)

UNUSED_OIDC_PROVIDERS = declare(
    "unused_oidc_providers",
    question="Which OpenID Connect providers does no role trust?",
    search=(f"is(aws_iam_oidc_provider) {nothing_uses('aws_iam_oidc_provider')}"),
    reason="an identity provider that no role trusts",
    facts=("url",),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=("roles that a deployment creates for a time only",),
)

UNUSED_SAML_PROVIDERS = declare(
    "unused_saml_providers",
    question="Which SAML providers does no role trust?",
    search=(f"is(aws_iam_saml_provider) {nothing_uses('aws_iam_saml_provider')}"),
    reason="an identity provider that no role trusts",
    facts=("valid_until",),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=(
        "roles that a deployment creates for a time only",
        "client VPN endpoints that name it in settings that are not read",
    ),
)

NEVER_USED_ACCESS_KEYS = declare(
    "never_used_access_keys",
    question="Which access keys has nobody ever used?",
    search=(
        'is(aws_iam_access_key) and access_key_last_used.service_name = "N/A" and '
        "access_key_last_used.last_used_date = null"
    ),
    reason="an access key that nobody has ever used",
    facts=(
        "user_name",
        "status",
    ),
    min_age=timedelta(days=90),
    last_use=("aws_iam_access_key",),
    cannot_see=("keys that are kept for an emergency",),
)

NEVER_ASSUMED_ROLES = declare(
    "never_assumed_roles",
    question="Which IAM roles has nobody assumed for 400 days, and does nothing name?",
    search=(
        'is(aws_iam_role) and path !~ "^/aws-" and role_last_used != null and '
        "role_last_used.last_used_date = null "
        f"{nothing_uses('aws_iam_role')}"
    ),
    reason=(
        "a role that nobody has assumed in the 400 days that IAM remembers, and that nothing names"
    ),
    facts=("path",),
    min_age=timedelta(days=180),
    last_use=("aws_iam_role",),
    cannot_see=(
        "people, programs and other accounts that assume the role only in an emergency",
        "settings of kinds that are not collected and name the role",
    ),
)
