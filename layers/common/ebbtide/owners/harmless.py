"""Tags in AWS's reserved namespace that name no owner."""

from __future__ import annotations

from ebbtide.owners.mark import HarmlessTag

_TRANSFER = "https://docs.aws.amazon.com/transfer/latest/userguide/requirements-dns.html"

HARMLESS_TAGS = (
    HarmlessTag(
        "aws:createdBy",
        "who created it, for the bill",
        "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/aws-tags.html",
    ),
    HarmlessTag(
        "aws:ec2launchtemplate:",
        "the template that it was launched from",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/use-launch-templates.html",
    ),
    HarmlessTag(
        "aws:cloud9:owner",
        "the person for whom Cloud9 made it; another tag names the environment",
        "https://docs.aws.amazon.com/cloud9/latest/user-guide/tags.html",
    ),
    HarmlessTag(
        "aws:elasticfilesystem:default-backup",
        "whether automatic backups are on",
        "https://docs.aws.amazon.com/efs/latest/ug/automatic-backups.html",
    ),
    *(
        HarmlessTag(
            f"aws:servicecatalog:{name}",
            "how it was provisioned; another tag names the provisioned product",
            "https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html",
        )
        for name in (
            "portfolioArn",
            "productArn",
            "provisioningArtifactIdentifier",
            "provisioningPrincipalArn",
        )
    ),
    HarmlessTag(
        "aws:servicecatalog:applicationName",
        "the application that it is listed in",
        "https://docs.aws.amazon.com/servicecatalog/latest/arguide/ar-user-tags.html",
    ),
    HarmlessTag("aws:transfer:customHostname", "the host name of the server", _TRANSFER),
    HarmlessTag("aws:transfer:route53HostedZoneId", "the zone of its host name", _TRANSFER),
    HarmlessTag(
        "aws:marketplace:",
        "what a seller meters",
        "https://docs.aws.amazon.com/marketplace/latest/buyerguide/"
        "buyer-vendor-metered-tagging.html",
    ),
    HarmlessTag(
        "aws:migrationhub:source-id",
        "the server that it was migrated from",
        "https://docs.aws.amazon.com/migrationhub/latest/ug/tagging-servers.html",
    ),
)
