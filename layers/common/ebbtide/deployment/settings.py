"""Reads the deployment's settings; no other module reads environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ebbtide.base.errors import SettingsError
from ebbtide.deployment.own import Own


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of every function; fields are named after environment variables."""

    bucket: str
    account_id: str
    # Empty outside the application stack: nothing is its own there.
    stack_name: str = ""
    partition: str = "aws"
    config_key: str = "config/ebbtide.yaml"
    reader_role: str = "EbbtideReader"
    cleaner_role: str = "EbbtideCleaner"
    external_id: str = ""
    metrics_namespace: str = "Ebbtide"
    event_bus: str = "ebbtide"
    aws_region: str = "us-east-1"
    # Who sends digests by mail; empty if nobody may.
    digest_sender: str = ""

    @property
    def own(self) -> Own:
        roles = (self.reader_role, self.cleaner_role)
        return Own(self.account_id, self.stack_name, self.bucket, roles)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raises SettingsError with the names of all missing variables."""
        names = {name: name.upper() for name in cls.__dataclass_fields__}
        found = {name: environ[variable] for name, variable in names.items() if variable in environ}
        missing = [names[name] for name in ("bucket", "account_id") if not found.get(name)]
        if missing:
            raise SettingsError(f"missing environment variables: {', '.join(missing)}")
        return cls(**found)
