"""Rates of what computes: instances, hosts, containers, functions, notebooks, desktops."""

from __future__ import annotations

from ebbtide.prices.rate import Rate

# The operation of a usage line says what runs on the instance. See
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html.
PLATFORMS = {
    "RunInstances": "linux",
    "RunInstances:0002": "windows",
    "RunInstances:0010": "rhel",
    "RunInstances:1010": "rhel-ha",
    "RunInstances:0014": "rhel-sql-standard",
    "RunInstances:0110": "rhel-sql-enterprise",
    "RunInstances:0210": "rhel-sql-web",
    "RunInstances:00g0": "rhel-byol",
    "RunInstances:000g": "suse",
    "RunInstances:0g00": "ubuntu-pro",
    "RunInstances:0004": "linux-sql-standard",
    "RunInstances:0100": "linux-sql-enterprise",
    "RunInstances:0200": "linux-sql-web",
    "RunInstances:0006": "windows-sql-standard",
    "RunInstances:0102": "windows-sql-enterprise",
    "RunInstances:0202": "windows-sql-web",
    "RunInstances:0800": "windows-byol",
}

_INSTANCE_WORDS = {"platform": (("operation",), PLATFORMS)}
_ON_DEMAND = {"capacitystatus": "Used", "marketoption": "OnDemand"}

COMPUTE = (
    Rate(
        "ec2.instance/{platform}/{tenancy}/{instanceType}",
        "Hrs",
        "AmazonEC2",
        "Compute Instance",
        where=_ON_DEMAND,
        words=_INSTANCE_WORDS,
    ),
    Rate(
        "ec2.instance/{platform}/{tenancy}/{instanceType}",
        "Hrs",
        "AmazonEC2",
        "Compute Instance (bare metal)",
        where=_ON_DEMAND,
        words=_INSTANCE_WORDS,
    ),
    Rate(
        "ec2.host/{family}", "Hrs", "AmazonEC2", "Dedicated Host", r"HostUsage:(?P<family>[\w-]+)"
    ),
    Rate(
        "emr.instance/{type}",
        "Hrs",
        "ElasticMapReduce",
        "Elastic Map Reduce Instance",
        r"BoxUsage:(?P<type>[\w.-]+)",
    ),
    Rate("eks.cluster", "hours", "AmazonEKS", "Compute", r"AmazonEKS-Hours:perCluster"),
    Rate("fargate.cpu/x86_64", "hours", "AmazonECS", "Compute", r"Fargate-vCPU-Hours:perCPU"),
    Rate("fargate.memory/x86_64", "hours", "AmazonECS", "Compute", r"Fargate-GB-Hours"),
    Rate("fargate.cpu/arm64", "hours", "AmazonECS", "Compute", r"Fargate-ARM-vCPU-Hours:perCPU"),
    Rate("fargate.memory/arm64", "hours", "AmazonECS", "Compute", r"Fargate-ARM-GB-Hours"),
    Rate(
        "fargate.storage", "GB-Hours", "AmazonECS", "Compute", r"Fargate-EphemeralStorage-GB-Hours"
    ),
    Rate("apprunner.memory", "GB-hours", "AWSAppRunner", usage=r"AppRunner-Provisioned-GB-hours"),
    Rate(
        "sagemaker.notebook/{type}",
        "Hrs",
        "AmazonSageMaker",
        "ML Instance",
        r"Notebk:(?P<type>ml\.[\w.-]+)",
    ),
    Rate(
        "sagemaker.hosting/{type}",
        "Hrs",
        "AmazonSageMaker",
        "ML Instance",
        r"Host:(?P<type>ml\.[\w.-]+)",
    ),
    Rate(
        "sagemaker.studio/{app}/{type}",
        "Hrs",
        "AmazonSageMaker",
        "ML Instance",
        r"Studio:(?P<app>KernelGateway|JupyterLab|CodeEditor)(?::|-)(?P<type>ml\.[\w.-]+)",
    ),
    Rate(
        "sagemaker.storage/notebook",
        "GB-Mo",
        "AmazonSageMaker",
        usage=r"Notebk:VolumeUsage\.gp2",
    ),
    Rate(
        "sagemaker.storage/hosting",
        "GB-Mo",
        "AmazonSageMaker",
        usage=r"Host:VolumeUsage\.gp2",
    ),
    Rate("sagemaker.storage/studio", "GB-Mo", "AmazonSageMaker", usage=r"Studio:VolumeUsage\.gp3"),
    Rate(
        "workspaces.desktop/{operatingSystem}/{license}/{bundle}/{rootVolume}/{userVolume}/{runningMode}",
        "Month",
        "AmazonWorkSpaces",
    ),
    Rate(
        "lightsail.instance/{platform}/{memory}",
        "Hrs",
        "AmazonLightsail",
        "Lightsail Instance",
        r"BundleUsage:(?P<memory>[\d.]+GB)(?:_win)?",
        words={"platform": (("operatingSystem",), {"Linux": "linux", "Windows": "windows"})},
    ),
)
