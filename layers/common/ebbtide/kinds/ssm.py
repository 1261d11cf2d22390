"""Systems Manager: managed instances, activations, compliance, documents and parameters."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_OBSERVED: Decision = {"strength": "history", "why": "it is an observation about the instance"}

_INSTANCE_TAGS = Detail(
    Call(
        "ssm",
        "list_tags_for_resource",
        "TagList[]",
        ResourceType="ManagedInstance",
        ResourceId="{InstanceId}",
    ),
    into="Tags",
    # Managed EC2 instances have only the tags of the EC2 instance.
    when="ResourceType == 'ManagedInstance'",
)

INSTANCE = Kind(
    name="aws_ssm_instance",
    list=Call("ssm", "describe_instance_information", "InstanceInformationList[]", MaxResults=50),
    details=(_INSTANCE_TAGS,),
    id="InstanceId",
    label="Name || ComputerName || InstanceId",
    arn="arn:{partition}:ssm:{region}:{account}:managed-instance/{id}",
    created="RegistrationDate",
    relations=(
        Relation(
            "InstanceId",
            "aws_ec2_instance",
            reverse=True,
            pattern=r"^(i-\w+)$",
            strength="watches",
            why="it stands for the agent on the instance and goes with it",
        ),
        # The role of an activation, with its path.
        Relation(
            "[@][?ResourceType == 'ManagedInstance'].IamRole",
            "aws_iam_role",
            by="name",
            deleted_before=True,
            pattern=r"([^/]+)$",
        ),
    ),
    volatile=(
        "PingStatus",
        "LastPingDateTime",
        "AssociationStatus",
        "AssociationOverview",
        "LastAssociationExecutionDate",
        "LastSuccessfulAssociationExecutionDate",
        "IsLatestVersion",
    ),
    undeletable="It stands for the agent on an instance and disappears with the instance.",
)

# The list of managed instances leaves out nodes that are stopped; their role is known from here.
ACTIVATION = Kind(
    name="aws_ssm_activation",
    list=Call("ssm", "describe_activations", "ActivationList[]", MaxResults=50),
    id="ActivationId",
    label="DefaultInstanceName || ActivationId",
    created="CreatedDate",
    relations=(
        Relation(
            "[@][?!Expired || RegistrationsCount > `0`].IamRole",
            "aws_iam_role",
            by="name",
            deleted_before=True,
            pattern=r"([^/]+)$",
        ),
    ),
    volatile=("RegistrationsCount",),
    undeletable="It shows which role its nodes have, also while they are stopped.",
)

COMPLIANCE = Kind(
    name="aws_ssm_resource_compliance",
    bases=("phantom_resource",),
    list=Call(
        "ssm",
        "list_resource_compliance_summaries",
        "ResourceComplianceSummaryItems[]",
        Filters=[{"Key": "Status", "Values": ["NON_COMPLIANT"], "Type": "EQUAL"}],
        MaxResults=50,
    ),
    id="join(':', [ComplianceType, ResourceType, ResourceId])",
    label="ResourceId",
    tags=None,
    relations=(
        Relation("ResourceId", "aws_ssm_instance", reverse=True, **_OBSERVED),
        Relation("ResourceId", "aws_ec2_instance", reverse=True, pattern=r"^(i-\w+)$", **_OBSERVED),
    ),
    volatile=("ExecutionSummary",),
    undeletable="It is a finding about an instance and disappears once that is fixed.",
)

DOCUMENT = Kind(
    name="aws_ssm_document",
    list=Call(
        "ssm",
        "list_documents",
        "DocumentIdentifiers[]",
        Filters=[{"Key": "Owner", "Values": ["Self"]}],
        MaxResults=50,
    ),
    get=Call("ssm", "describe_document", "Document", Name="{id}"),
    id="Name",
    label="Name",
    arn="arn:{partition}:ssm:{region}:{account}:document/{id}",
    created="CreatedDate",
    fingerprint=("CreatedDate", "DocumentVersion", "DocumentType"),
    delete=Delete(
        Call("ssm", "delete_document", Name="{id}"),
        gone=("InvalidDocument",),
        blocked=("AssociatedInstances", "TooManyUpdates"),
        # The document is shared with other accounts.
        refused=("InvalidDocumentOperation",),
        note="All of its versions go with it.",
    ),
)

_PARAMETER_TAGS = Detail(
    Call(
        "ssm",
        "list_tags_for_resource",
        "TagList[]",
        ResourceType="Parameter",
        ResourceId="{Name}",
    ),
    into="Tags",
)

PARAMETER = Kind(
    name="aws_ssm_parameter",
    list=Call("ssm", "describe_parameters", "Parameters[]", MaxResults=50),
    get=Call(
        "ssm",
        "describe_parameters",
        "Parameters[]",
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": ["{id}"]}],
    ),
    details=(_PARAMETER_TAGS,),
    id="Name",
    label="Name",
    arn="ARN",
    relations=(Relation("KeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),),
    fingerprint=("LastModifiedDate", "Version", "Type"),
    delete=Delete(
        Call("ssm", "delete_parameter", Name="{id}"),
        gone=("ParameterNotFound",),
        blocked=(),
        note="Its value and history are lost; Ebbtide does not read them.",
    ),
)
