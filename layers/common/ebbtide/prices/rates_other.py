"""Rates of what watches, keeps secrets and directories, and of other managed services."""

from __future__ import annotations

from ebbtide.prices.rate import Rate

OTHER = (
    Rate(
        "cloudwatch.alarm/standard", "Alarms", "AmazonCloudWatch", "Alarm", r"CW:AlarmMonitorUsage"
    ),
    Rate(
        "cloudwatch.alarm/high-resolution",
        "Alarms",
        "AmazonCloudWatch",
        "Alarm",
        r"CW:HighResAlarmMonitorUsage",
    ),
    Rate(
        "cloudwatch.alarm/composite",
        "Alarms",
        "AmazonCloudWatch",
        "Alarm",
        r"CW:CompositeAlarmMonitorUsage",
    ),
    Rate(
        "cloudwatch.dashboard",
        "Dashboards",
        "AmazonCloudWatch",
        "Dashboard",
        r"DashboardsUsageHour",
        everywhere=True,
    ),
    Rate(
        "secrets.secret",
        "Secrets",
        "AWSSecretsManager",
        "Secret",
        r"AWSSecretsManager(?:-Secrets?)?",
    ),
    Rate("kms.key", "Keys", "awskms", usage=r"KMS-Keys"),
    Rate(
        "ssm.parameter/advanced",
        "Parameters",
        "AWSSystemsManager",
        usage=r"PS-Advanced-Param-Tier1",
    ),
    # Microsoft AD is sold by the domain controller, of which a directory has at least two.
    Rate(
        "directory.hours/{type}/{directorySize}",
        "Hrs",
        "AWSDirectoryService",
        words={
            "type": (
                ("directoryType",),
                {
                    "Microsoft AD": "microsoft-ad",
                    "Simple AD": "simple-ad",
                    "AD Connector": "ad-connector",
                },
            )
        },
    ),
    Rate(
        "apigateway.cache/{size}",
        "Hrs",
        "AmazonApiGateway",
        "Amazon API Gateway Cache",
        r"ApiGatewayCacheUsage:(?P<size>[\d.]+)GB",
    ),
    Rate("events.archive", "GB-Mo", "AWSEvents", "CloudWatch Events", r"TimedStorage-ByteHrs"),
    Rate("mwaa.environment/{size}", "Hrs", "AmazonMWAA", where={"type": "Environment"}),
)
