"""The faces of packages: what `__init__` offers must not hide a module beside it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules, walk_packages
from types import ModuleType

import ebbtide
import ebbtide_cli


def packages() -> list[ModuleType]:
    found = [ebbtide, ebbtide_cli]
    for root in (ebbtide, ebbtide_cli):
        found += [
            import_module(entry.name)
            for entry in walk_packages(root.__path__, f"{root.__name__}.")
            if entry.ispkg
        ]
    return found


def test_no_name_that_a_package_offers_hides_a_module() -> None:
    """A function with the name of a module beside it cannot be told from it: patches miss."""
    hidden = [
        f"{package.__name__}.{name}"
        for package in packages()
        for name in {entry.name for entry in iter_modules(package.__path__)}
        if not isinstance(getattr(package, name, ModuleType(name)), ModuleType)
    ]
    assert hidden == []
