"""Makes moto refuse deletions of resources that others still depend on, as AWS does.

Plain moto accepts most of these deletions, so tests could pass with an order that AWS refuses.
Importing this module patches moto for the whole process. The rules follow the EC2 API reference
and cover only the dependencies that the tests create.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend
from moto.elbv2.models import elbv2_backends

import tests.support.moto_stacks  # noqa: F401

_inside = threading.local()


def _guard(name: str, check: Callable[..., None]) -> None:
    original = getattr(EC2Backend, name)

    @functools.wraps(original)
    def guarded(self: EC2Backend, *args: Any, **kwargs: Any) -> Any:
        # moto's delete_vpc deletes the default group and table through the guarded methods.
        if getattr(_inside, "deleting_vpc", False):
            return original(self, *args, **kwargs)
        check(self, *args, **kwargs)
        _inside.deleting_vpc = name == "delete_vpc"
        try:
            return original(self, *args, **kwargs)
        finally:
            _inside.deleting_vpc = False

    setattr(EC2Backend, name, guarded)


def _violation(what: str) -> None:
    raise DependencyViolationError(f"{what} has dependencies and cannot be deleted.")


def _balancers(backend: EC2Backend) -> list[Any]:
    regional = elbv2_backends[backend.account_id][backend.region_name]
    return list(regional.load_balancers.values())


def _instances(backend: EC2Backend) -> list[Any]:
    return [
        instance
        for reservation in backend.reservations.values()
        for instance in reservation.instances
        if instance.state not in ("terminated", "shutting-down")
    ]


def _gateways(backend: EC2Backend) -> list[Any]:
    return [gateway for gateway in backend.nat_gateways.values() if gateway.state != "deleted"]


def _subnet_is_free(backend: EC2Backend, subnet_id: str, *_: Any, **__: Any) -> None:
    if (
        any(eni.subnet and eni.subnet.id == subnet_id for eni in backend.enis.values())
        or any(instance.subnet_id == subnet_id for instance in _instances(backend))
        or any(gateway.subnet_id == subnet_id for gateway in _gateways(backend))
        or any(subnet_id in [s.id for s in balancer.subnets] for balancer in _balancers(backend))
    ):
        _violation(f"The subnet '{subnet_id}'")


def _group_is_free(
    backend: EC2Backend, _name: str | None = None, group_id: str | None = None, *_: Any, **__: Any
) -> None:
    group = backend.get_security_group_from_id(group_id) if group_id else None
    if group is None:
        return
    if group.name == "default":
        raise EC2ClientError("CannotDelete", f'the group "{group.id}" ("default") stays')
    named_by = [
        other.id
        for groups in backend.groups.values()
        for other in groups.values()
        if other.id != group.id
        for rule in [*other.ingress_rules, *other.egress_rules]
        if (rule.source_group or {}).get("GroupId") == group.id
    ]
    if (
        named_by
        or any(group.id in [g.id for g in eni.group_set or []] for eni in backend.enis.values())
        or any(group.id in (balancer.security_groups or []) for balancer in _balancers(backend))
    ):
        _violation(f"resource {group.id}")


def _vpc_is_free(backend: EC2Backend, vpc_id: str, *_: Any, **__: Any) -> None:
    gateways = backend.internet_gateways.values()
    if (
        any(gateway.vpc is not None and gateway.vpc.id == vpc_id for gateway in gateways)
        or any(group.name != "default" for group in backend.groups.get(vpc_id, {}).values())
        or any(eni.subnet.vpc_id == vpc_id for eni in backend.enis.values())
    ):
        _violation(f"The vpc '{vpc_id}'")


def _gateway_is_free(
    backend: EC2Backend, _gateway_id: str, vpc_id: str, *_: Any, **__: Any
) -> None:
    if any(gateway.vpc_id == vpc_id for gateway in _gateways(backend)):
        _violation(f"Network {vpc_id} has some mapped public address(es), it")


def _address_is_free(
    backend: EC2Backend,
    _address: str | None = None,
    allocation_id: str | None = None,
    *_: Any,
    **__: Any,
) -> None:
    used = {gateway._allocation_id for gateway in _gateways(backend)}
    if allocation_id in used:
        raise EC2ClientError("InvalidIPAddress.InUse", f"Address {allocation_id} is in use.")


def _subnets_take_their_associations_along() -> None:
    original = EC2Backend.delete_subnet

    @functools.wraps(original)
    def deleting(self: EC2Backend, subnet_id: str) -> Any:
        found = original(self, subnet_id)
        for table in self.route_tables.values():
            kept = {name: id for name, id in table._associations.items() if id != subnet_id}
            table._associations = kept
        return found

    EC2Backend.delete_subnet = deleting  # type: ignore[method-assign]


def _vpcs_take_their_default_acl_along() -> None:
    original = EC2Backend.delete_vpc

    @functools.wraps(original)
    def deleting(self: EC2Backend, vpc_id: str) -> Any:
        found = original(self, vpc_id)
        for name, acl in list(self.network_acls.items()):
            if acl.vpc_id == vpc_id and str(acl.default).lower() == "true":
                self.network_acls.pop(name)
        return found

    EC2Backend.delete_vpc = deleting  # type: ignore[method-assign]


def _nat_gateways_take_their_interface_along() -> None:
    original = EC2Backend.delete_nat_gateway

    @functools.wraps(original)
    def deleting(self: EC2Backend, nat_gateway_id: str) -> Any:
        gateway = self.nat_gateways.get(nat_gateway_id)
        found = original(self, nat_gateway_id)
        if gateway is not None:
            self.enis.pop(gateway._eni.id, None)
        return found

    EC2Backend.delete_nat_gateway = deleting  # type: ignore[method-assign]


_guard("delete_subnet", _subnet_is_free)
_guard("delete_security_group", _group_is_free)
_guard("delete_vpc", _vpc_is_free)
_guard("detach_internet_gateway", _gateway_is_free)
_guard("release_address", _address_is_free)
_nat_gateways_take_their_interface_along()
_subnets_take_their_associations_along()
_vpcs_take_their_default_acl_along()
