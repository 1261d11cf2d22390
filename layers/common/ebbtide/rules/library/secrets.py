"""Secrets and certificates that nobody uses."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from ebbtide.options.section import Duration
from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

UNUSED_SECRETS = declare(
    "unused_secrets",
    question="Which secrets does nobody read?",
    search=(
        "is(aws_secretsmanager_secret) and owning_service = null and cross_account_primary = "
        "null and cross_account_replicas[0] = null and (last_accessed_date < -{{unread_for}} "
        "or last_accessed_date = null) "
        f"{nothing_uses('aws_secretsmanager_secret')}"
    ),
    reason="a secret that nobody has read for the time of unread_for, and that nothing names",
    facts=(
        "last_accessed_date",
        "last_changed_date",
    ),
    min_age=timedelta(days=180),
    more={
        "unread_for": (
            Duration,
            Field(
                default=timedelta(days=180),
                description="a secret that was read within this time stays",
            ),
        )
    },
    cannot_see=(
        "programs that read the secret less often than that, such as for a recovery",
        "reads in other regions, where the secret has replicas",
    ),
)

UNUSED_CERTIFICATES = declare(
    "unused_certificates",
    question="Which certificates of ACM does nothing use?",
    search=(
        "is(aws_acm_certificate) and in_use = false and exported != true and managed_by = "
        "null "
        f"{nothing_uses('aws_acm_certificate')}"
    ),
    reason="a certificate that no service of AWS uses",
    facts=(
        "domain_name",
        "type",
        "not_after",
    ),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=(
        "a service that is about to be set up with the certificate",
        "imported certificates of which somebody keeps no other copy",
    ),
)

UNUSED_SERVER_CERTIFICATES = declare(
    "unused_server_certificates",
    question="Which server certificates of IAM does nothing use?",
    search=(f"is(aws_iam_server_certificate) {nothing_uses('aws_iam_server_certificate')}"),
    reason="a server certificate that no balancer and no distribution uses",
    facts=(
        "expiration",
        "path",
    ),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=(
        "services that are not collected, such as domains of API Gateway that still use "
        "certificates of IAM",
    ),
)
