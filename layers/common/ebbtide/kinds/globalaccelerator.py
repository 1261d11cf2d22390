"""Accelerators of AWS Global Accelerator."""

from __future__ import annotations

from ebbtide.model.kind import Call, Delete, Detail, Kind, NeverDelete

ACCELERATOR = Kind(
    name="aws_globalaccelerator_accelerator",
    scope="global",
    list=Call("globalaccelerator", "list_accelerators", "Accelerators[]", MaxResults=100),
    get=Call("globalaccelerator", "describe_accelerator", "Accelerator", AcceleratorArn="{id}"),
    details=(
        Detail(
            Call(
                "globalaccelerator",
                "list_tags_for_resource",
                "Tags[]",
                ResourceArn="{AcceleratorArn}",
            ),
            into="Tags",
        ),
    ),
    id="AcceleratorArn",
    label="Name",
    arn="AcceleratorArn",
    created="CreatedTime",
    never_delete=(
        NeverDelete(
            "Enabled", "it is enabled and may carry traffic", "globalaccelerator:Accelerator"
        ),
    ),
    volatile=("Events",),
    fingerprint=("CreatedTime", "Enabled", "Status"),
    delete=Delete(
        Call("globalaccelerator", "delete_accelerator", AcceleratorArn="{id}"),
        gone=("AcceleratorNotFoundException",),
        blocked=("TransactionInProgressException", "AssociatedListenerFoundException"),
        refused=("AcceleratorNotDisabledException",),
        note="AWS refuses while it has listeners; its addresses are lost for good.",
    ),
)
