"""Certificates of AWS Certificate Manager."""

from __future__ import annotations

from typing import Any

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind

# Without the filter the list leaves out most key types.
_ALL: dict[str, Any] = {
    "keyTypes": [
        "RSA_1024",
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "EC_prime256v1",
        "EC_secp384r1",
        "EC_secp521r1",
    ]
}

CERTIFICATE = Kind(
    name="aws_acm_certificate",
    bases=("certificate",),
    list=Call(
        "acm",
        "list_certificates",
        "CertificateSummaryList[]",
        Includes=_ALL,
        CertificateKeyPairOrigins=["AWS_MANAGED", "ACME", "CUSTOMER_PROVIDED"],
    ),
    # The list says whether a certificate is in use, only the description says by what.
    get=Call(
        "acm",
        "describe_certificate",
        "merge(Certificate, {InUse: length(Certificate.InUseBy || `[]`) > `0`})",
        CertificateArn="{id}",
    ),
    details=(
        Detail(
            Call("acm", "list_tags_for_certificate", "Tags[]", CertificateArn="{CertificateArn}"),
            into="Tags",
        ),
    ),
    id="CertificateArn",
    label="DomainName",
    arn="CertificateArn",
    created="CreatedAt || ImportedAt",
    fields={"expires": "NotAfter", "dns_names": "SubjectAlternativeNameSummaries"},
    never_delete=(
        NeverDelete("InUse", "it is in use", "acm:DeleteCertificate"),
        NeverDelete("ManagedBy", "an AWS service manages it", "acm:CertificateSummary"),
    ),
    fingerprint=("NotAfter", "Status"),
    delete=Delete(
        Call("acm", "delete_certificate", CertificateArn="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceInUseException", "ConflictException"),
        refused=(),
        note="The private key of an imported certificate is lost.",
    ),
)
