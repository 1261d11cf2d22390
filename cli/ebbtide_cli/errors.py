"""What can go wrong on purpose, and the exit code that tells it to scripts (docs/cli.md)."""

from __future__ import annotations

import json
import sys
from typing import NamedTuple

USAGE, SOURCE, CONFLICT, INTERRUPTED = 2, 3, 4, 130


class UsageError(Exception):
    """The command line asks for what cannot be done; the message says what can."""


class SourceError(Exception):
    """The bucket, the folder or what is in it cannot be reached or read."""


class Problem(NamedTuple):
    message: str
    code: int


def problem_of(error: Exception) -> Problem | None:
    """What to tell about an expected error; None for one that is a defect of the program."""
    # Imported late: most commands end well, and these modules take time.
    from ebbtide.base.errors import ConfigError, ConflictError, EbbtideError
    from ebbtide.language.errors import SearchError

    if isinstance(error, UsageError):
        return Problem(str(error), USAGE)
    if isinstance(error, SearchError):
        return Problem(error.pointed(), USAGE)
    if isinstance(error, ConflictError):
        return Problem(f"{error}; nothing was changed, try again", CONFLICT)
    if isinstance(error, ConfigError):
        return Problem(f"the configuration is not valid: {error}", SOURCE)
    if isinstance(error, (SourceError, EbbtideError)):
        return Problem(str(error), SOURCE)
    if _is_failed_call(error) or _is_damage(error):
        return Problem(str(error), SOURCE)
    return None


def _is_failed_call(error: Exception) -> bool:
    """Whether AWS refused, or could not be reached."""
    if "botocore.exceptions" not in sys.modules:
        return False
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return isinstance(error, (BotoCoreError, ClientError, Boto3Error))


def _is_damage(error: Exception) -> bool:
    """Whether a file could not be read, or holds no JSON or no zstd."""
    from zstandard import ZstdError

    return isinstance(error, (OSError, ZstdError, json.JSONDecodeError, UnicodeDecodeError))
