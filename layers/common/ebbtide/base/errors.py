"""Every exception the package raises.

EbbtideError
├── SettingsError        the deployment is wrong (an environment variable is missing)
├── ConfigError          the configuration object is wrong; the run must not start
├── InputError           the workflow was started with an input it does not understand
├── PlanError            a plan cannot be made or does not fit the run
├── JobError             a job of the configuration failed; its record says why
├── ConflictError        somebody else wrote the object first
├── MissingError         an object that must be there is not
├── FormatError          an object was written by a version that this one does not understand
├── AccessError          an account cannot be entered, or a role leads to another account
└── CallError            AWS refused or failed one call
"""

from __future__ import annotations

from dataclasses import dataclass


class EbbtideError(Exception):
    """Root of everything the package raises on purpose."""


class SettingsError(EbbtideError):
    """An environment variable is missing or malformed; fix the deployment."""


class ConfigError(EbbtideError):
    """The configuration is invalid; the message names the line and what to change."""


class InputError(EbbtideError):
    """The execution input is not understood; the message lists what is."""


class PlanError(EbbtideError):
    """A plan is missing, damaged or belongs to another run."""


class JobError(EbbtideError):
    """A job could not do what it is for; nothing else is stopped by it."""


class ConflictError(EbbtideError):
    """A conditional write lost against another writer; read again before retrying."""


class MissingError(EbbtideError):
    """An object in the bucket does not exist."""


class FormatError(EbbtideError):
    """An object has a format of another version; let that version finish, or start a new run."""


class AccessError(EbbtideError):
    """An account cannot be entered through its role, or the role is not that account's."""

    def __init__(self, message: str, code: str = "AccessDenied") -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class CallError(EbbtideError):
    """One AWS call failed; says which, where, and what AWS answered."""

    service: str
    operation: str
    code: str
    message: str
    account: str
    region: str

    def __str__(self) -> str:
        return (
            f"{self.service}:{self.operation} in {self.account}/{self.region}: "
            f"{self.code}: {self.message}"
        )
