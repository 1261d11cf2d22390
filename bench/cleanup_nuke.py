"""What aws-nuke does with the same account: delete all, and again what is in the way.

It knows no order. One pass over all items every five seconds: new ones are removed; those whose
removal was accepted are looked for in a new list of their type, one per pass; those whose removal
failed are removed again. It ends when nothing is left (libnuke 29dae5d, its main loop). Its lists
read the tags of each queue and each role by itself (aws-nuke 0ed4478, resources/sqs-queues.go and
resources/iam-roles.go), unless `details` is false. Counted in its favour: it lists only
the types that the account has, and reads no protections.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from botocore.exceptions import ClientError

from bench.cleanup_estate import EC2, Account, Item, is_ended

PASS = timedelta(seconds=5)
MOST_PASSES = 1000


@dataclass(frozen=True, slots=True)
class Lister:
    """How one type is listed and removed."""

    service: str
    operation: str
    arguments: Item
    ids: Callable[[Item], list[str]]
    remove: str
    argument: Callable[[str], Item]
    token: str = "NextToken"
    # The call that the list makes for each of them.
    detail: str = ""


def _listers() -> dict[str, Lister]:
    found = {}
    for operation, one in EC2.items():
        plural = one.items == "Instances"

        def ids(answer: Item, items: str = one.items, id: str = one.id) -> list[str]:
            listed = answer.get(items) or []
            for reservation in answer.get("Reservations", ()):
                listed = [*listed, *reservation["Instances"]]
            return [item[id] for item in listed if not is_ended(item)]

        def argument(id: str, name: str = one.argument if plural else one.id) -> Item:
            return {name: [id] if name.endswith("Ids") else id}

        found[one.kind] = Lister("ec2", operation, {"MaxResults": 1000}, ids, one.delete, argument)
    found["aws_sqs_queue"] = Lister(
        "sqs",
        "ListQueues",
        {"MaxResults": 1000},
        lambda answer: answer["QueueUrls"],
        "DeleteQueue",
        lambda id: {"QueueUrl": id},
        detail="ListQueueTags",
    )
    found["aws_iam_role"] = Lister(
        "iam",
        "GetAccountAuthorizationDetails",
        {"Filter": ["Role"]},
        lambda answer: [one["RoleName"] for one in answer["RoleDetailList"]],
        "DeleteRole",
        lambda id: {"RoleName": id},
        "Marker",
        detail="GetRole",
    )
    return found


@dataclass
class Nuke:
    """Removes everything in an account, pass by pass; items that are left, by whether accepted."""

    account: Account
    details: bool = True
    passes: int = 0
    left: dict[tuple[str, str], bool] = field(default_factory=dict)

    def run(self) -> None:
        listers = _listers()
        self.left = {(kind, id): False for kind in listers for id in self._listed(listers[kind])}
        while self.left and self.passes < MOST_PASSES:
            self.passes += 1
            lists: dict[str, set[str]] = {}
            for (kind, id), accepted in list(self.left.items()):
                if not accepted:
                    self._remove(listers[kind], kind, id)
                    continue
                if kind not in lists:
                    lists[kind] = set(self._listed(listers[kind]))
                if id not in lists[kind]:
                    del self.left[kind, id]
            self.account.now += PASS

    def _listed(self, one: Lister) -> list[str]:
        found: list[str] = []
        token: Item = {}
        while True:
            answer = self.account.answer(one.service, one.operation, {**one.arguments, **token})
            ids = one.ids(answer)
            for id in ids if one.detail and self.details else ():
                self.account.answer(one.service, one.detail, one.argument(id))
            found += ids
            if not answer.get(one.token):
                return found
            token = {one.token: answer[one.token]}

    def _remove(self, one: Lister, kind: str, id: str) -> None:
        try:
            self.account.answer(one.service, one.remove, one.argument(id))
        except ClientError:
            return
        self.left[kind, id] = True
