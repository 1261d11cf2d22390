"""The workflows by name: the built-in ones, and those in the configuration of a source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ebbtide.deployment.events import WORKFLOWS
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import UsageError

if TYPE_CHECKING:
    from ebbtide.config.workflows import Workflow


def own_workflow(store: Readable, name: str) -> Workflow | None:
    """Return an own workflow; None for a built-in one, which needs no configuration.

    Raises UsageError for an unknown one.
    """
    if name in WORKFLOWS:
        return None
    from ebbtide_cli.configuration import read_config

    return find_workflow(read_config(store).workflows, name)


def find_workflow(workflows: Iterable[Workflow], name: str) -> Workflow:
    """Return the own workflow of a name. Raises UsageError, which names what is similar."""
    own = {one.name: one for one in workflows}
    if name in own:
        return own[name]
    from ebbtide.language.errors import most_similar

    known = [*WORKFLOWS, *own]
    close = most_similar(name, known)
    meant = f" (did you mean {close!r}?)" if close else ""
    raise UsageError(f"unknown workflow {name!r}{meant}; the workflows are {', '.join(known)}")


def require_covered(
    workflow: Workflow | None, accounts: Sequence[str], regions: Sequence[str]
) -> None:
    """Raise UsageError for accounts and regions that a workflow leaves out."""
    if workflow is None:
        return
    for what, given, covered in (
        ("account", accounts, workflow.accounts),
        ("region", regions, workflow.regions),
    ):
        outside = [one for one in given if covered and one not in covered]
        if outside:
            raise UsageError(
                f"workflow {workflow.name} does not cover {what} {outside[0]}, but "
                f"{', '.join(covered)}"
            )
