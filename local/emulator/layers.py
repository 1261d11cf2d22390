"""Unpacks each layer once for all functions; ministack unpacks one copy per worker process."""

import hashlib
import io
import os
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

from local.emulator.engine import load

_FOLDERS = "_LAMBDA_LAYERS_DIRS"  # what ministack's worker script puts on its path
_unpacking = threading.Lock()


def install() -> None:
    """Start workers of Python functions with the shared folders of their layers."""
    worker, service = load("core.lambda_runtime").Worker, load("services.lambda_svc")
    spawn = worker._spawn

    def spawn_with_shared_layers(self: Any) -> None:
        whole = self.config
        if not (whole.get("Layers") and whole.get("Runtime", "").startswith("python")):
            spawn(self)
            return
        resolved = (service._resolve_layer_zip(layer) for layer in whole["Layers"])
        folders = [str(unpacked(content)) for content in resolved if content]
        self.config = with_folders(whole, folders)
        try:
            spawn(self)
        finally:
            self.config = whole

    worker._spawn = spawn_with_shared_layers


def with_folders(config: dict[str, Any], folders: list[str]) -> dict[str, Any]:
    """Return a function's configuration with unpacked layers instead of packed ones."""
    variables = config.get("Environment", {}).get("Variables", {})
    named = {**variables, _FOLDERS: os.pathsep.join(folders)}
    return {**config, "Layers": [], "Environment": {"Variables": named}}


def unpacked(content: bytes) -> Path:
    """Return the folder of a layer, which the first caller unpacks into the temporary folder."""
    folder = Path(tempfile.gettempdir()) / "layers" / hashlib.sha256(content).hexdigest()
    with _unpacking:
        if not folder.exists():
            partial = folder.with_suffix(".partial")
            # extractall() keeps all files below the folder.
            zipfile.ZipFile(io.BytesIO(content)).extractall(partial)
            partial.rename(folder)
    return folder
