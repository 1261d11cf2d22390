"""The emulator refuses what AWS refuses: without that, an order of deletions proves nothing."""

from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., str]
Network = dict[str, str]


def _route_table(ec2: Any, vpc: str) -> None:
    ec2.create_route_table(VpcId=vpc)


def _gateway(ec2: Any, vpc: str) -> None:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def _endpoint(ec2: Any, vpc: str) -> None:
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")


def _group(ec2: Any, vpc: str) -> None:
    ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)


def _subnet(ec2: Any, vpc: str) -> None:
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24")


def _acl(ec2: Any, vpc: str) -> None:
    ec2.create_network_acl(VpcId=vpc)


@pytest.mark.parametrize("fill", [_route_table, _gateway, _endpoint, _group, _subnet, _acl])
def test_vpc_with_content(ec2: Any, refused: Refused, fill: Callable[[Any, str], None]) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    fill(ec2, vpc)
    assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"


def test_empty_vpc_goes_with_its_defaults(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    ec2.delete_vpc(VpcId=vpc)
    assert ec2.describe_route_tables(Filters=inside)["RouteTables"] == []
    assert ec2.describe_network_acls(Filters=inside)["NetworkAcls"] == []
    assert ec2.describe_security_groups(Filters=inside)["SecurityGroups"] == []


def test_subnet_and_group_of_an_instance(
    ec2: Any, network: Network, instance: str, refused: Refused
) -> None:
    assert instance
    assert refused(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    assert refused(ec2.delete_security_group, GroupId=network["group"]) == "DependencyViolation"


def test_subnet_and_group_of_an_interface(ec2: Any, network: Network, refused: Refused) -> None:
    made = ec2.create_network_interface(SubnetId=network["subnet"], Groups=[network["group"]])
    assert refused(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    assert refused(ec2.delete_security_group, GroupId=network["group"]) == "DependencyViolation"
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=network["subnet"])


def test_subnet_and_group_of_load_balancers(
    client: Callable[[str], Any], network: Network, refused: Refused
) -> None:
    ec2, elb, classic = client("ec2"), client("elbv2"), client("elb")
    subnet, group = network["subnet"], network["group"]
    arn = elb.create_load_balancer(Name="a", Subnets=[subnet], SecurityGroups=[group])
    arn = arn["LoadBalancers"][0]["LoadBalancerArn"]
    assert refused(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    assert refused(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    elb.delete_load_balancer(LoadBalancerArn=arn)
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    classic.create_load_balancer(
        LoadBalancerName="c", Listeners=[listener], Subnets=[subnet], SecurityGroups=[group]
    )
    assert refused(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    assert refused(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    classic.delete_load_balancer(LoadBalancerName="c")
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet)


def test_subnet_of_a_database(
    client: Callable[[str], Any], network: Network, refused: Refused
) -> None:
    rds = client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="g", DBSubnetGroupDescription="g", SubnetIds=[network["subnet"]]
    )
    rds.create_db_instance(
        DBInstanceIdentifier="d",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
        DBSubnetGroupName="g",
        VpcSecurityGroupIds=[network["group"]],
    )
    ec2 = client("ec2")
    assert refused(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    assert refused(ec2.delete_security_group, GroupId=network["group"]) == "DependencyViolation"
    named = {"DBInstanceIdentifier": "d"}
    assert refused(rds.delete_db_instance, **named) == "InvalidParameterCombination"
    group = {"DBSubnetGroupName": "g"}
    assert refused(rds.delete_db_subnet_group, **group) == "InvalidDBSubnetGroupStateFault"
    rds.delete_db_instance(**named, SkipFinalSnapshot=True)
    rds.delete_db_subnet_group(**group)
    ec2.delete_subnet(SubnetId=network["subnet"])


def test_group_named_by_another_group(ec2: Any, network: Network, refused: Refused) -> None:
    other = ec2.create_security_group(GroupName="o", Description="o", VpcId=network["vpc"])
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
    rule["UserIdGroupPairs"] = [{"GroupId": network["group"]}]
    ec2.authorize_security_group_ingress(GroupId=other["GroupId"], IpPermissions=[rule])
    assert refused(ec2.delete_security_group, GroupId=network["group"]) == "DependencyViolation"
    second = rule | {"UserIdGroupPairs": [], "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=other["GroupId"], IpPermissions=[second])
    shown = ec2.describe_security_groups(GroupIds=[other["GroupId"]])["SecurityGroups"][0]
    named = [one for one in shown["IpPermissions"] if one["UserIdGroupPairs"]]
    ec2.revoke_security_group_ingress(GroupId=other["GroupId"], IpPermissions=named)
    again = {"GroupId": other["GroupId"], "IpPermissions": named}
    assert refused(ec2.revoke_security_group_ingress, **again) == "InvalidPermission.NotFound"
    ec2.delete_security_group(GroupId=network["group"])


def test_defaults_of_a_vpc(ec2: Any, network: Network, refused: Refused) -> None:
    inside = [{"Name": "vpc-id", "Values": [network["vpc"]]}]
    table = ec2.describe_route_tables(Filters=inside)["RouteTables"][0]["RouteTableId"]
    acl = ec2.describe_network_acls(Filters=inside)["NetworkAcls"][0]
    groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    default = next(group["GroupId"] for group in groups if group["GroupName"] == "default")
    assert refused(ec2.delete_route_table, RouteTableId=table) == "DependencyViolation"
    assert refused(ec2.delete_security_group, GroupId=default) == "CannotDelete"
    name = acl["NetworkAclId"]
    assert refused(ec2.delete_network_acl, NetworkAclId=name) == "InvalidParameterValue"
    assert [one["SubnetId"] for one in acl["Associations"]] == [network["subnet"]]


def test_attached_gateway_and_associated_table(
    ec2: Any, network: Network, refused: Refused
) -> None:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpc"])
    code = refused(ec2.delete_internet_gateway, InternetGatewayId=gateway)
    assert code == "DependencyViolation"
    table = ec2.create_route_table(VpcId=network["vpc"])["RouteTable"]["RouteTableId"]
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=network["subnet"])
    assert refused(ec2.delete_route_table, RouteTableId=table) == "DependencyViolation"
    ec2.disassociate_route_table(AssociationId=made["AssociationId"])
    ec2.delete_route_table(RouteTableId=table)


def test_address_and_interface_and_volume_of_an_instance(
    ec2: Any, instance: str, refused: Refused
) -> None:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=instance)
    assert refused(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    interface = found["NetworkInterfaces"][0]["NetworkInterfaceId"]
    code = refused(ec2.delete_network_interface, NetworkInterfaceId=interface)
    assert code == "InvalidParameterValue"
    volume = found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert refused(ec2.delete_volume, VolumeId=volume) == "VolumeInUse"


def test_snapshot_of_an_image(ec2: Any, refused: Refused) -> None:
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    mapping = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot}}
    image = ec2.register_image(Name="image", BlockDeviceMappings=[mapping])["ImageId"]
    assert refused(ec2.delete_snapshot, SnapshotId=snapshot) == "InvalidSnapshot.InUse"
    ec2.deregister_image(ImageId=image)
    ec2.delete_snapshot(SnapshotId=snapshot)


def test_load_balancer_protection_and_its_target_group(
    client: Callable[[str], Any], network: Network, refused: Refused
) -> None:
    elb = client("elbv2")
    arn = elb.create_load_balancer(Name="a", Subnets=[network["subnet"]])
    arn = arn["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=network["vpc"])
    group = group["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)
    assert refused(elb.delete_target_group, TargetGroupArn=group) == "ResourceInUse"
    protection = {"Key": "deletion_protection.enabled", "Value": "true"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protection])
    assert refused(elb.delete_load_balancer, LoadBalancerArn=arn) == "OperationNotPermitted"
    unprotected = [protection | {"Value": "false"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=unprotected)
    elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.delete_target_group(TargetGroupArn=group)


def test_auto_scaling_group_with_instances(client: Callable[[str], Any], refused: Refused) -> None:
    ec2, scaling = client("ec2"), client("autoscaling")
    data = {"ImageId": "ami-1", "InstanceType": "t3.micro"}
    ec2.create_launch_template(LaunchTemplateName="lean", LaunchTemplateData=data)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="g",
        MinSize=1,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateName": "lean"},
        AvailabilityZones=["us-east-1a"],
    )
    assert refused(scaling.delete_auto_scaling_group, AutoScalingGroupName="g") == "ResourceInUse"
    member = ec2.describe_instances()["Reservations"][0]["Instances"][0]
    assert {"Key": "aws:autoscaling:groupName", "Value": "g"} in member["Tags"]
    scaling.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
    member = ec2.describe_instances()["Reservations"][0]["Instances"][0]
    assert member["State"]["Name"] == "shutting-down"


def test_entities_of_iam_in_use(client: Callable[[str], Any], refused: Refused) -> None:
    iam = client("iam")
    statement = {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}
    document = str({"Version": "2012-10-17", "Statement": [statement]}).replace("'", '"')
    policy = iam.create_policy(PolicyName="p", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=document)
    iam.attach_role_policy(RoleName="r", PolicyArn=policy)
    assert refused(iam.delete_policy, PolicyArn=policy) == "DeleteConflict"
    assert refused(iam.delete_role, RoleName="r") == "DeleteConflict"
    for user in ("with-key", "with-policy", "with-group"):
        iam.create_user(UserName=user)
    iam.create_access_key(UserName="with-key")
    iam.put_user_policy(UserName="with-policy", PolicyName="p", PolicyDocument=document)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="with-group")
    for user in ("with-key", "with-policy", "with-group"):
        assert refused(iam.delete_user, UserName=user) == "DeleteConflict"
    assert refused(iam.delete_group, GroupName="g") == "DeleteConflict"
    iam.detach_role_policy(RoleName="r", PolicyArn=policy)
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document)
    assert refused(iam.delete_policy, PolicyArn=policy) == "DeleteConflict"


def test_dry_run_changes_nothing(
    ec2: Any, network: Network, instance: str, refused: Refused
) -> None:
    code = refused(ec2.terminate_instances, InstanceIds=[instance], DryRun=True)
    assert code == "DryRunOperation"
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert found["State"]["Name"] == "running"
    assert refused(ec2.delete_vpc, VpcId=network["vpc"], DryRun=True) == "DryRunOperation"


def test_termination_protection(ec2: Any, instance: str, refused: Refused) -> None:
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    shown = ec2.describe_instance_attribute(InstanceId=instance, Attribute="disableApiTermination")
    assert shown["DisableApiTermination"]["Value"] is True
    assert refused(ec2.terminate_instances, InstanceIds=[instance]) == "OperationNotPermitted"
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[instance])
