"""Amazon Q Apps and their library; AWS shows them only to users who have signed in."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_SIGNED_IN = "AWS lists them only for users who have signed in, not for roles"
_APP_OF = Relation(
    "instanceId", "aws_q_business_application", reverse=True, deleted_before=True, part="data"
)
_ITEM_OF = Relation(
    "instanceId", "aws_q_business_application", reverse=True, deleted_before=True, part="plain"
)

Q_APPS = Kind(
    name="aws_q_apps",
    each="aws_q_business_application",
    optional=_SIGNED_IN,
    list=Call("qapps", "list_q_apps", "apps[]", instanceId="{id}"),
    inherit={"instanceId": "applicationId"},
    id_parts=r"(?P<instanceId>[^/]+)/[^/]+",
    get=Call("qapps", "list_q_apps", "apps[]", instanceId="{instanceId}"),
    details=(
        Detail(Call("qapps", "list_tags_for_resource", "tags", resourceARN="{arn}"), into="tags"),
    ),
    id="join('/', [instanceId, appId])",
    label="title",
    arn="appArn",
    tags="tags",
    created="createdAt",
    relations=(_APP_OF,),
    fingerprint=("appArn", "createdAt", "status"),
    delete=Delete(
        Call("qapps", "delete_q_app", instanceId="{instanceId}", appId="{appId}"),
        gone=("ResourceNotFoundException",),
        blocked=(),
        refused=("UnauthorizedException",),
        note="It is removed from the library, too.",
    ),
)

Q_APPS_LIBRARY_ITEM = Kind(
    name="aws_q_apps_library_item",
    each="aws_q_business_application",
    optional=_SIGNED_IN,
    list=Call("qapps", "list_library_items", "libraryItems[]", instanceId="{id}"),
    inherit={"instanceId": "applicationId"},
    id_parts=r"(?P<instanceId>[^/]+)/[^/]+",
    get=Call("qapps", "list_library_items", "libraryItems[]", instanceId="{instanceId}"),
    id="join('/', [instanceId, libraryItemId])",
    label="libraryItemId",
    tags=None,
    created="createdAt",
    relations=(
        _ITEM_OF,
        Relation(
            "join('/', [instanceId, appId])",
            "aws_q_apps",
            reverse=True,
            deleted_before=True,
            part="plain",
        ),
    ),
    volatile=("ratingCount", "isRatedByUser", "userCount"),
    fingerprint=("appId", "appVersion", "createdAt"),
    delete=Delete(
        Call(
            "qapps",
            "delete_library_item",
            instanceId="{instanceId}",
            libraryItemId="{libraryItemId}",
        ),
        gone=("ResourceNotFoundException",),
        blocked=(),
        refused=("UnauthorizedException",),
        note="Its author keeps the app itself.",
    ),
)
