"""SNS mobile push: platform applications and the devices registered with them."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_EVENT_TOPICS = (
    "Attributes.[EventEndpointCreated, EventEndpointDeleted, EventEndpointUpdated,"
    " EventDeliveryFailure]"
)
_FEEDBACK_ROLES = "Attributes.[SuccessFeedbackRoleArn, FailureFeedbackRoleArn]"

APPLICATION = Kind(
    name="aws_sns_platform_application",
    list=Call("sns", "list_platform_applications", "PlatformApplications[]"),
    # In some regions, SNS does not offer mobile push.
    absent=("InvalidAction",),
    get=Call("sns", "list_platform_applications", "PlatformApplications[]"),
    id="PlatformApplicationArn",
    label="PlatformApplicationArn",
    label_pattern=r"([^/]+)$",
    arn="PlatformApplicationArn",
    tags=None,
    relations=(
        Relation(
            _EVENT_TOPICS,
            "aws_sns_topic",
            strength="needed",
            why="events of the application would notify nobody",
        ),
        Relation(_FEEDBACK_ROLES, "aws_iam_role", by="arn", deleted_before=True),
    ),
    fingerprint=("PlatformApplicationArn", "Attributes"),
    delete=Delete(
        Call("sns", "delete_platform_application", PlatformApplicationArn="{id}"),
        gone=("NotFound",),
        blocked=(),
        refused=("AuthorizationError", "InvalidParameter"),
        note="Its devices no longer get messages; its credentials cannot be recovered.",
    ),
)

ENDPOINT = Kind(
    name="aws_sns_endpoint",
    each="aws_sns_platform_application",
    list=Call(
        "sns",
        "list_endpoints_by_platform_application",
        "Endpoints[]",
        PlatformApplicationArn="{id}",
    ),
    id="EndpointArn",
    label="EndpointArn",
    label_pattern=r":endpoint/(.+)$",
    arn="EndpointArn",
    tags=None,
    relations=(
        # The ARN contains that of the application, except for one word.
        Relation(
            "EndpointArn",
            "aws_sns_platform_application",
            reverse=True,
            pattern=r":endpoint/(.+)/[^/]+$",
            value="arn:{partition}:sns:{region}:{account}:app/{1}",
            strength="watches",
            why="it is registered with the application and goes with it",
        ),
    ),
    optional="there is one per device that has the app, which may be millions",
    undeletable="It stands for a user's device, which the app registers and removes.",
)
