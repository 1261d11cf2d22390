"""IAM identity providers, server certificates and the root user."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind

_OIDC_DETAILS = (
    Detail(
        Call(
            "iam",
            "get_open_id_connect_provider",
            "{Url: Url, ClientIDList: ClientIDList, ThumbprintList: ThumbprintList,"
            " CreateDate: CreateDate, Tags: Tags}",
            OpenIDConnectProviderArn="{Arn}",
        ),
        describes=True,
    ),
)

OIDC_PROVIDER = Kind(
    name="aws_iam_oidc_provider",
    scope="global",
    list=Call("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[]"),
    get=Call("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[]"),
    details=_OIDC_DETAILS,
    id="Arn",
    label="Arn",
    label_pattern=r":oidc-provider/(.+)$",
    arn="Arn",
    created="CreateDate",
    fingerprint=("CreateDate", "Url"),
    delete=Delete(
        Call("iam", "delete_open_id_connect_provider", OpenIDConnectProviderArn="{id}"),
        gone=("NoSuchEntity",),
        blocked=("ConcurrentModification",),
        refused=("InvalidInput",),
        note="Roles that trust it can no longer be assumed through it.",
    ),
)

SAML_PROVIDER = Kind(
    name="aws_iam_saml_provider",
    scope="global",
    list=Call("iam", "list_saml_providers", "SAMLProviderList[]"),
    get=Call("iam", "list_saml_providers", "SAMLProviderList[]"),
    details=(
        Detail(Call("iam", "get_saml_provider", "Tags[]", SAMLProviderArn="{Arn}"), into="Tags"),
    ),
    id="Arn",
    label="Arn",
    label_pattern=r":saml-provider/(.+)$",
    arn="Arn",
    created="CreateDate",
    never_delete=(
        NeverDelete(
            "contains(Arn, ':saml-provider/AWSSSO_')", "IAM Identity Center created it and needs it"
        ),
    ),
    fingerprint=("CreateDate", "ValidUntil"),
    delete=Delete(
        Call("iam", "delete_saml_provider", SAMLProviderArn="{id}"),
        gone=("NoSuchEntity",),
        blocked=("ConcurrentModification",),
        refused=("InvalidInput", "LimitExceeded"),
        note="Roles that trust it can no longer be assumed through it.",
    ),
)

_CERTIFICATE_TAGS = Detail(
    Call(
        "iam",
        "get_server_certificate",
        "ServerCertificate.Tags[]",
        ServerCertificateName="{ServerCertificateName}",
    ),
    into="Tags",
)

SERVER_CERTIFICATE = Kind(
    name="aws_iam_server_certificate",
    bases=("certificate",),
    scope="global",
    list=Call("iam", "list_server_certificates", "ServerCertificateMetadataList[]"),
    get=Call(
        "iam",
        "get_server_certificate",
        "ServerCertificate.ServerCertificateMetadata",
        ServerCertificateName="{name}",
    ),
    details=(_CERTIFICATE_TAGS,),
    id="ServerCertificateId",
    label="ServerCertificateName",
    arn="Arn",
    created="UploadDate",
    # AWS does not decode the certificate, which contains the names.
    fields={"expires": "Expiration", "dns_names": "`null`"},
    fingerprint=("ServerCertificateId", "UploadDate", "Expiration"),
    delete=Delete(
        Call("iam", "delete_server_certificate", ServerCertificateName="{ServerCertificateName}"),
        gone=("NoSuchEntity",),
        blocked=("DeleteConflict",),
        refused=("LimitExceeded",),
        note="AWS does not return its private key. A distribution may still use it.",
    ),
)

ROOT_USER = Kind(
    name="aws_root_user",
    bases=("user", "iam_principal"),
    scope="global",
    list=Call(
        "iam",
        "get_account_summary",
        "[SummaryMap.{AccountMFAEnabled: AccountMFAEnabled,"
        " AccountAccessKeysPresent: AccountAccessKeysPresent,"
        " AccountPasswordPresent: AccountPasswordPresent,"
        " AccountSigningCertificatesPresent: AccountSigningCertificatesPresent}][]",
    ),
    # There is one root user per account, and AWS gives it no id.
    id="'root'",
    label="'root'",
    arn="arn:{partition}:iam::{account}:root",
    tags=None,
    fields={
        "mfa_active": "AccountMFAEnabled == `1`",
        "access_keys_present": "AccountAccessKeysPresent == `1`",
        "password_enabled": "AccountPasswordPresent == `1`",
        "signing_certificates_present": "AccountSigningCertificatesPresent == `1`",
    },
    undeletable="The root user exists as long as the account does.",
)
