"""What instances, containers, notebooks and desktops cost while they idle."""

from __future__ import annotations

from decimal import Decimal

from ebbtide.prices.decision import Decision, Part, Priced, Value
from ebbtide.prices.rates_compute import PLATFORMS

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
_DETAILS = {
    "linux-unix": "linux",
    "windows": "windows",
    "red-hat-enterprise-linux": "rhel",
    "red-hat-enterprise-linux-with-ha": "rhel-ha",
    "suse-linux": "suse",
    "ubuntu-pro": "ubuntu-pro",
    "sql-server-standard-linux": "linux-sql-standard",
    "linux-with-sql-server-standard": "linux-sql-standard",
    "linux-with-sql-server-enterprise": "linux-sql-enterprise",
    "linux-with-sql-server-web": "linux-sql-web",
    "windows-with-sql-server-standard": "windows-sql-standard",
    "windows-with-sql-server-enterprise": "windows-sql-enterprise",
    "windows-with-sql-server-web": "windows-sql-web",
    "windows-byol": "windows-byol",
}
_PLATFORM = {operation.lower(): name for operation, name in PLATFORMS.items()} | _DETAILS
_TENANCY = Value(
    "placement.tenancy",
    {"default": "shared", "dedicated": "dedicated", "host": "host"},
    missing="default",
)
_RUNNING = ("running", "pending")
_ON_FARGATE = {
    "launch": ("fargate",),
    "status": ("running", "pending", "provisioning", "activating"),
}

COMPUTE: dict[str, Decision] = {
    "aws_ec2_instance": Priced(
        {
            "platform": Value("usage_operation || platform_details", _PLATFORM),
            "tenancy": _TENANCY,
            "type": Value("instance_type"),
            "state": Value("instance_status"),
        },
        (
            Part(
                "the hours of a running instance, with the license of its operating system",
                "ec2.instance/{platform}/{tenancy}/{type}",
                hourly=True,
                when={"state": _RUNNING},
                unless={"tenancy": ("host",)},
            ),
        ),
        left_out=(
            "volumes and addresses (other resources), traffic, unlimited CPU credits, detailed "
            "monitoring; an instance on a dedicated host costs nothing itself"
        ),
        unknown_if={
            "instance_lifecycle == 'spot'": "spot prices change",
            "instance_lifecycle == 'capacity-block'": "a capacity block is paid in advance",
            "product_codes[?product_code_type == 'marketplace']": (
                "its image is sold at AWS Marketplace"
            ),
            "outpost_arn": "it is on an Outpost",
        },
        zone="placement.availability_zone",
    ),
    "aws_ec2_host": Priced(
        {"family": Value("host_properties.instance_family"), "state": Value("state")},
        (
            Part(
                "the hours of the host",
                "ec2.host/{family}",
                hourly=True,
                unless={"state": ("released", "released-permanent-failure")},
            ),
        ),
        left_out="licenses of what runs on it",
        unknown_if={"outpost_arn": "it is on an Outpost"},
        zone="availability_zone",
    ),
    "aws_ec2_capacity_reservation": Priced(
        {
            "platform": Value("instance_platform", _PLATFORM),
            "tenancy": Value("tenancy", {"default": "shared", "dedicated": "dedicated"}),
            "type": Value("instance_type"),
            "unused": Value("available_instance_count"),
            "state": Value("state"),
        },
        (
            Part(
                "the hours of reserved instances that nobody uses",
                "ec2.instance/{platform}/{tenancy}/{type}",
                ("unused",),
                hourly=True,
                when={"state": ("active",)},
            ),
        ),
        left_out="used capacity, which bills as instances",
        unknown_if={
            "reservation_type == 'capacity-block'": "a capacity block is paid in advance",
            "outpost_arn": "it is on an Outpost",
        },
        zone="availability_zone",
    ),
    "aws_eks_cluster": Priced(
        {"status": Value("status"), "own": Value("connector_config && 'registered' || 'own'")},
        (
            Part(
                "the hours of the control plane",
                "eks.cluster",
                hourly=True,
                when={"own": ("own",)},
                unless={"status": ("deleting",)},
            ),
        ),
        left_out=(
            "extended support of old versions, nodes (other resources), pods on Fargate, "
            "capabilities"
        ),
        unknown_if={
            "(control_plane_scaling_config.tier || 'standard') != 'standard'": (
                "its control plane has a provisioned tier"
            ),
            "outpost_config": "it is on an Outpost",
        },
    ),
    "aws_eks_addon": Priced(
        {},
        (),
        left_out="what runs on nodes, which are other resources",
        unknown_if={"marketplace_information": "it is sold at AWS Marketplace"},
    ),
    "aws_ecs_container_instance": Priced(
        {},
        (),
        left_out="its instance of EC2, which is another resource",
        unknown_if={
            "starts_with(ec2_instance_id || '', 'mi-')": (
                "the hours of an instance outside of AWS have no declared price"
            ),
        },
    ),
    "aws_ecs_task": Priced(
        {
            "launch": Value("launch_type"),
            "status": Value("last_status"),
            "cpu": Value("cpu", scale=Decimal(1) / 1024),
            "memory": Value("memory", scale=Decimal(1) / 1024),
            "architecture": Value(
                "attributes[?name == 'ecs.cpu-architecture'].value | [0]", missing="x86_64"
            ),
            "storage": Value(
                "fargate_ephemeral_storage.size_in_gi_b || ephemeral_storage.size_in_gi_b",
                missing=20,
            ),
        },
        (
            Part("CPUs on Fargate", "fargate.cpu/{architecture}", ("cpu",), True, when=_ON_FARGATE),
            Part(
                "memory on Fargate",
                "fargate.memory/{architecture}",
                ("memory",),
                True,
                when=_ON_FARGATE,
            ),
            Part(
                "storage on Fargate above 20 GiB",
                "fargate.storage",
                ("storage",),
                True,
                above=20,
                when=_ON_FARGATE,
            ),
        ),
        left_out="tasks on instances, which are other resources",
        unknown_if={
            "capacity_provider_name == 'FARGATE_SPOT'": "spot prices change",
            "starts_with(platform_family || '', 'Windows')": "it runs Windows on Fargate",
        },
    ),
    "aws_apprunner_service": Priced(
        {
            "memory": Value("instance_configuration.memory", scale=Decimal(1) / 1024),
            "status": Value("status"),
        },
        (
            Part(
                "memory of one provisioned instance",
                "apprunner.memory",
                ("memory",),
                hourly=True,
                unless={"status": ("paused", "deleted")},
            ),
        ),
        left_out="further provisioned instances, active CPUs, builds",
        least="the automatic scaling may provision more than one instance",
    ),
    "aws_sagemaker_notebook": Priced(
        {
            "type": Value("instance_type"),
            "size": Value("volume_size_in_gb"),
            "status": Value("notebook_instance_status"),
        },
        (
            Part(
                "the hours of a running notebook",
                "sagemaker.notebook/{type}",
                hourly=True,
                when={"status": ("inservice", "pending", "updating")},
            ),
            Part("its volume", "sagemaker.storage/notebook", ("size",)),
        ),
        left_out="traffic",
    ),
    "aws_sagemaker_endpoint": Priced(
        {
            "type": Value(
                "production_variants[0].instance_type",
                of="aws_sagemaker_endpoint_config",
                by="endpoint_config_name",
            ),
            "count": Value("production_variants[0].current_instance_count"),
        },
        (Part("the hours of its instances", "sagemaker.hosting/{type}", ("count",), True),),
        left_out="volumes of its instances, processed data",
        unknown_if={
            "production_variants[1]": "it has several variants",
            "shadow_production_variants[0]": "it has shadow variants",
            "production_variants[0].current_serverless_config": "it is serverless",
        },
    ),
    "aws_sagemaker_app": Priced(
        {
            "app": Value("app_type"),
            "type": Value("resource_spec.instance_type"),
            "status": Value("status"),
        },
        (
            Part(
                "the hours of its instance",
                "sagemaker.studio/{app}/{type}",
                hourly=True,
                when={"status": ("inservice", "pending")},
                unless={"type": ("system",)},
            ),
        ),
        left_out="file systems and volumes of the domain",
    ),
    "aws_sagemaker_space": Priced(
        {
            "size": Value(
                "space_settings.space_storage_settings.ebs_storage_settings.ebs_volume_size_in_gb",
                missing=0,
            ),
        },
        (Part("its volume", "sagemaker.storage/studio", ("size",)),),
        left_out="its apps, which are other resources, and its share of the domain's file system",
    ),
    "aws_workspaces_workspace": Priced(
        {
            "os": Value(
                "workspace_properties.operating_system_name",
                {
                    "windows_server_2016": "windows",
                    "windows_server_2019": "windows",
                    "windows_server_2022": "windows",
                    "amazon_linux_2": "amazon-linux",
                    "ubuntu_22_04": "ubuntu",
                    "ubuntu_24_04": "ubuntu",
                },
            ),
            "bundle": Value("workspace_properties.compute_type_name"),
            "root": Value("workspace_properties.root_volume_size_gib"),
            "user": Value("workspace_properties.user_volume_size_gib"),
            "mode": Value(
                "workspace_properties.running_mode",
                {"always_on": "alwayson", "auto_stop": "autostop"},
            ),
        },
        (
            Part(
                "the monthly fee of its bundle",
                "workspaces.desktop/{os}/included/{bundle}/{root}-gb/{user}-gb/{mode}",
            ),
        ),
        left_out=(
            "hours of use with automatic stop, application bundles, images with licenses of "
            "your own"
        ),
    ),
    "aws_lightsail_instance": Priced(
        {
            "platform": Value("contains(bundle_id || '', 'win') && 'windows' || 'linux'"),
            "memory": Value("hardware.ram_size_in_gb"),
        },
        (
            Part(
                "its plan, running or stopped",
                "lightsail.instance/{platform}/{memory}gb",
                hourly=True,
            ),
        ),
        left_out="traffic beyond the plan",
        unknown_if={
            "ip_address_type == 'ipv6'": "plans without an IPv4 address have other prices",
            "starts_with(bundle_id || '', 'c_') || starts_with(bundle_id || '', 'm_')": (
                "plans for computing or with much memory have other prices"
            ),
        },
    ),
}
