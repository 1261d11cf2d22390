"""EventBridge connections, and the API destinations that use them."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

# The names of the credentials' parts stay out of the graph; their values are never answered.
_DESCRIBED = (
    "{SecretArn: SecretArn, KmsKeyIdentifier: KmsKeyIdentifier, Description: Description,"
    " ConnectionArn: ConnectionArn, Name: Name, ConnectionState: ConnectionState,"
    " AuthorizationType: AuthorizationType, CreationTime: CreationTime,"
    " LastModifiedTime: LastModifiedTime, LastAuthorizedTime: LastAuthorizedTime}"
)

CONNECTION = Kind(
    name="aws_eventbridge_connection",
    list=Call("events", "list_connections", "Connections[]", Limit=100),
    get=Call("events", "describe_connection", _DESCRIBED, Name="{id}"),
    details=(
        Detail(Call("events", "describe_connection", _DESCRIBED, Name="{Name}"), describes=True),
    ),
    get_details=(),
    id="Name",
    label="Name",
    arn="ConnectionArn",
    tags=None,
    created="CreationTime",
    relations=(
        # EventBridge keeps the credentials in a secret of its own.
        Relation(
            "SecretArn",
            "aws_secretsmanager_secret",
            by="arn",
            owns=True,
            source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-secret.html",
        ),
        Relation("KmsKeyIdentifier", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    volatile=("LastAuthorizedTime",),
    fingerprint=("ConnectionArn", "CreationTime", "LastModifiedTime"),
    sources={
        "fingerprint": "events:DescribeConnection",
        "usual": "ours",
    },
    delete=Delete(
        Call("events", "delete_connection", Name="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConcurrentModificationException",),
        usual=120,
        note="Its credentials are lost.",
    ),
)

API_DESTINATION = Kind(
    name="aws_eventbridge_api_destination",
    list=Call("events", "list_api_destinations", "ApiDestinations[]", Limit=100),
    get=Call("events", "describe_api_destination", Name="{id}"),
    id="Name",
    label="Name",
    arn="ApiDestinationArn",
    tags=None,
    created="CreationTime",
    relations=(
        Relation(
            "ConnectionArn",
            "aws_eventbridge_connection",
            by="arn",
            strength="needed",
            why="its requests would not be authorized",
        ),
    ),
    fingerprint=("ApiDestinationArn", "CreationTime", "LastModifiedTime"),
    sources={"fingerprint": "events:DescribeApiDestination"},
    delete=Delete(
        Call("events", "delete_api_destination", Name="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConcurrentModificationException",),
    ),
)
