"""Final snapshots are kept from every rule but their own, and have an end."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ebbtide.base.paths import getter, render
from ebbtide.cleanup.deleting import deleting_call
from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.model.final_copies import PREFIX, RULE
from ebbtide.model.kind import Kind
from ebbtide.plan import Plan
from tests.support.builders import (
    ACCOUNT,
    REGION,
    codes,
    days_ago,
    ids,
    inventory,
    planned,
    resource,
)
from tests.support.gathering import Group, for_each
from tests.unit.kinds.test_recorded_answers import document_of

COPIES = Group(lambda kind: any(state.lifted_by for state in kind.never_delete))
RULES = (
    "rules: {untagged: {enabled: true, kinds: [snapshot]}, expired: {enabled: true},"
    " final_snapshots: {enabled: %s}}"
)


def kept_because(kind: Kind) -> str:
    (state,) = [state for state in kind.never_delete if state.lifted_by]
    return state.why


def plan_of(kind: Kind, *, days: float, enabled: bool, id: str = f"{PREFIX}shop-1") -> Plan:
    why = kept_because(kind) if id.startswith(PREFIX) else None
    tags = {"expiration": "1d"} if kind.tags else {}
    one = resource(kind.name, id, tags=tags, created=days_ago(days), keep_reason=why)
    return planned(inventory([one]), RULES % str(enabled).lower())


def final_names(kind: Kind) -> list[tuple[str, Any]]:
    """Return the names of final snapshots in the arguments of a deletion, with their template."""
    assert kind.delete
    found = []
    for call in kind.delete.calls:
        for name, template in call.args.items():
            if re.match(r"final.*(identifier|name)$", name, re.IGNORECASE):
                found.append((name, template))
    return found


NAMING = Group(lambda kind: bool(kind.delete and final_names(kind)))


@for_each(COPIES)
def test_no_other_rule_selects_it(kind: Kind) -> None:
    plan = plan_of(kind, days=90, enabled=False)
    assert not plan.planned
    assert codes(plan.refused) == {f"{PREFIX}shop-1": "never_deleted"}
    assert RULE in plan.refused[0].reason


@for_each(COPIES)
def test_its_rule_selects_it_once_it_is_old(kind: Kind) -> None:
    assert not plan_of(kind, days=29, enabled=True).planned
    plan = plan_of(kind, days=31, enabled=True)
    assert ids(plan.planned) == {f"{PREFIX}shop-1"}
    assert RULE in plan.planned[0].rules


@for_each(COPIES)
def test_other_snapshots_are_none_of_its_business(kind: Kind) -> None:
    plan = plan_of(kind, days=90, enabled=True, id="shop-1")
    assert ids(plan.planned) == {"shop-1"}
    assert RULE not in plan.planned[0].rules


@for_each(COPIES)
def test_what_its_rule_lifts_is_the_last_reason(kind: Kind) -> None:
    """A resource is kept by the first state that applies, and only that one is lifted."""
    assert [bool(state.lifted_by) for state in kind.never_delete][-1]
    lifting = {state.lifted_by for state in kind.never_delete if state.lifted_by}
    assert lifting == {RULE} == {"final_snapshots"}


@for_each(NAMING)
def test_two_resources_of_one_name_leave_two_snapshots(kind: Kind) -> None:
    """The name holds what makes the resource unique: AWS's own id, or when it was made."""
    document = document_of(kind.name)
    for _, template in final_names(kind):
        name = render(template, document)
        if name is None:
            continue
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", name), name
        assert "--" not in name and "None" not in name
        own = next(other for other in (document["id"],) if other)
        assert len(name) > len(f"{PREFIX}{own}-") and name.startswith(PREFIX)


def fsx_deletion(type: str, **configuration: Any) -> dict[str, Any]:
    name = {"WINDOWS": "Windows", "OPENZFS": "OpenZFS", "LUSTRE": "Lustre"}[type]
    tags = [{"Key": "Name", "Value": "share"}, {"Key": "owner", "Value": "a"}]
    document = {
        **document_of("aws_fsx_file_system"),
        **dict.fromkeys(("WindowsConfiguration", "LustreConfiguration", "OpenZFSConfiguration")),
        "FileSystemType": type,
        "Tags": [*tags, {"Key": "aws:cloudformation:stack-name", "Value": "a"}],
        f"{name}Configuration": configuration,
    }
    call = deleting_call("aws_fsx_file_system", document)
    arguments: dict[str, Any] = render(dict(call.args), document)
    del arguments["FileSystemId"]
    return arguments


LASTING = [("WINDOWS", "SINGLE_AZ_2"), ("OPENZFS", "SINGLE_AZ_1"), ("LUSTRE", "PERSISTENT_2")]


@pytest.mark.parametrize(("type", "deployment"), LASTING)
@pytest.mark.parametrize("copied", [True, False])
def test_a_file_system_leaves_a_backup_that_the_rule_finds(
    type: str, deployment: str, copied: bool
) -> None:
    arguments = fsx_deletion(type, DeploymentType=deployment, CopyTagsToBackups=copied)
    ((_, asked),) = arguments.items()
    name, *others = asked["FinalBackupTags"]
    assert asked["SkipFinalBackup"] is False
    assert name == {"Key": "Name", "Value": f"{PREFIX}fs-0a1b2c3d4e5f60011"}
    assert others == ([{"Key": "owner", "Value": "a"}] if copied else [])
    kind = registry()["aws_fsx_backup"]
    place = Place(ACCOUNT, REGION, "aws")
    backup = build_resource(kind, {"BackupId": "backup-1", "Tags": asked["FinalBackupTags"]}, place)
    assert backup.keep_reason == kept_because(kind)


@pytest.mark.parametrize("deployment", ["SCRATCH_1", "SCRATCH_2"])
def test_a_scratch_file_system_is_asked_for_no_backup(deployment: str) -> None:
    assert fsx_deletion("LUSTRE", DeploymentType=deployment) == {}
    note = registry()["aws_fsx_file_system"].delete.note  # type: ignore[union-attr]
    assert "except for scratch Lustre" in note


def test_a_template_that_names_only_the_resource_is_found_out() -> None:
    template = "ebbtide-final-{ClusterIdentifier}-{digits(ClusterCreateTime)}"
    early = {"ClusterIdentifier": "shop", "ClusterCreateTime": "2026-10-05T08:30:00+00:00"}
    late = {**early, "ClusterCreateTime": "2026-10-06T08:30:00+02:00"}
    assert render(template, early) == "ebbtide-final-shop-20261005083000"
    assert render(template, late) == "ebbtide-final-shop-20261006063000"


@pytest.mark.parametrize("value", [None, ""])
def test_digits_of_no_time_are_none(value: str | None) -> None:
    assert getter("digits(at)")({"at": value}) is None


def test_every_final_snapshot_is_collected_again() -> None:
    """What a deletion leaves has a kind of its own, so that it can be seen and end."""
    leaving = {kind.name.split("_")[1] for kind in NAMING.kinds()}
    copies = {kind.name.split("_")[1] for kind in COPIES.kinds()}
    # RDS lists the snapshots of DocumentDB and Neptune as well.
    assert leaving - {"docdb", "neptune"} <= copies
    assert registry()["aws_rds_cluster_snapshot"].name
