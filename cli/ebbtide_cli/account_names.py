"""Accounts by name or id, as people type and read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ebbtide_cli.errors import UsageError

# Accounts that an error lists at most.
_SHOWN = 20


def ids_of(wanted: Iterable[str], names: Mapping[str, str]) -> frozenset[str]:
    """Return the ids of the accounts with these ids or names; `names` maps ids to names.

    Raises UsageError for an account that is not among them, or for a name of several.
    """
    return frozenset(_id_of(one, names) for one in wanted)


def _id_of(wanted: str, names: Mapping[str, str]) -> str:
    if wanted in names:
        return wanted
    found = [account for account, name in names.items() if name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{len(found)} accounts are called {wanted}: {', '.join(found)}; give an id"
        )
    known = [name or account for account, name in names.items()]
    more = " and others" if len(known) > _SHOWN else ""
    raise UsageError(
        f"account not found: {wanted}; known are {', '.join(known[:_SHOWN]) or 'none'}{more}"
    )


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Return a text with the names of accounts instead of their ids."""
    for account, name in names.items():
        text = text.replace(account, name or account)
    return text
