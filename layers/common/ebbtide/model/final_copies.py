"""The last copies that deletions leave, and the state that keeps them until their rule applies."""

from __future__ import annotations

from ebbtide.model.deletion import NeverDelete

# How the names of final snapshots begin; the deletions of the kinds write it out.
PREFIX = "ebbtide-final-"
# The rule that selects them once they are old enough.
RULE = "final_snapshots"


def final_copy(name: str) -> NeverDelete:
    """Return the state of a final snapshot, whose name stands at the path `name`.

    What has no name of its own, such as a backup of a file system, has a tag of that name.
    """
    return NeverDelete(
        f"starts_with({name}, '{PREFIX}')",
        f"it is the last copy of what Ebbtide deleted; only the rule {RULE} selects it",
        "ours",
        lifted_by=RULE,
    )
