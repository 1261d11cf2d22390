"""Unpacks what a Dockerfile copies, so that the emulated ECS can run it without docker."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

_PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Image:
    """A program of an image: its command, and the folder that stands for the root of the image."""

    folder: str
    command: list[str]
    environment: dict[str, str]


def unpack(dockerfile: Path, context: Path, images: Path, name: str) -> Image:
    """Copy what the Dockerfile copies below a folder of `images`, and remember it by its name.

    The packages that it installs with pip are those of this interpreter; a copied Python package is
    found first. Raises ValueError for a COPY of several files into no folder, OSError for a missing
    file.
    """
    root = images / f"{len(list(images.glob('*.json'))) if images.exists() else 0}"
    root.mkdir(parents=True)
    entry: list[str] = []
    for line in dockerfile.read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                _copy(context / source, root / target.lstrip("/"), into=target.endswith("/"))
        elif word == "ENTRYPOINT":
            entry = json.loads(rest)
    program, *arguments = entry
    if program != _PYTHON:
        raise ValueError(f"{dockerfile}: only {_PYTHON} programs can be run, not {program}")
    folder = root.resolve()
    paths = [str(found.parent) for found in folder.rglob("ebbtide") if found.is_dir()]
    here = [f"{folder}{one}" if one.startswith("/") else one for one in arguments]
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(paths), "HOME": str(folder)}
    image = Image(str(folder), [sys.executable, *here], environment)
    _file_of(images, name).write_text(json.dumps(asdict(image)))
    return image


def read_image(images: Path, name: str) -> Image | None:
    """Return the image of this name, or None if there is none."""
    try:
        return Image(**json.loads(_file_of(images, name).read_text()))
    except FileNotFoundError:
        return None


def _file_of(images: Path, name: str) -> Path:
    return images / f"{name.replace('/', '+').replace(':', '+')}.json"


def _copy(source: Path, target: Path, *, into: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target = target / source.name if into else target
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
