"""Expected errors, and the exit code that shows each of them to scripts (docs/cli.md)."""

from __future__ import annotations

import json
import sys
from textwrap import indent
from typing import Any, NamedTuple

USAGE, SOURCE, CONFLICT, HELD, FAILED_ON, INTERRUPTED = 2, 3, 4, 5, 6, 130

# Advice for the AWS errors that users see most often.
_ADVICE = {
    "AccessDenied": "see docs/cli.md for the permissions that the command needs",
    "AccessDeniedException": "see docs/cli.md for the permissions that the command needs",
    "ExpiredToken": "renew the credentials",
    "ExpiredTokenException": "renew the credentials",
    "NoSuchBucket": "check --bucket and --profile",
    "RequestExpired": "renew the credentials, or set the clock of this machine",
}


class UsageError(Exception):
    """A command line that asks for something impossible; the message says what is possible."""


class SourceError(Exception):
    """A bucket, a folder or a file in it that cannot be reached or read."""


class Problem(NamedTuple):
    message: str
    code: int


def problem_of(error: Exception) -> Problem | None:
    """Return the message and exit code of an expected error; None for a defect of Ebbtide."""
    # Imported late: most commands succeed, and these modules take time to import.
    from ebbtide.base.errors import ConfigError, ConflictError, EbbtideError
    from ebbtide.language.errors import SearchError

    if isinstance(error, UsageError):
        return Problem(str(error), USAGE)
    if isinstance(error, SearchError):
        return Problem(_search_message(error), USAGE)
    if isinstance(error, ConflictError):
        return Problem(f"{error}; nothing was changed, try again", CONFLICT)
    if isinstance(error, ConfigError):
        return Problem(f"invalid configuration: {error}", SOURCE)
    if isinstance(error, (SourceError, EbbtideError)):
        return Problem(str(error), SOURCE)
    message = _aws_message(error) or _file_message(error)
    return Problem(message, SOURCE) if message else None


def _search_message(error: Any) -> str:
    text = error.pointed()
    # The search is on its own line, so that the mark below it points to the right column.
    return f"invalid search:\n{indent(text, '  ')}" if "\n" in text else f"invalid search: {text}"


def _aws_message(error: Exception) -> str | None:
    """Return the message for a failed AWS call; None for other errors."""
    if "botocore.exceptions" not in sys.modules:
        return None
    from boto3.exceptions import Boto3Error
    from botocore import exceptions as aws

    if isinstance(error, aws.ClientError):
        return _refusal(error)
    if isinstance(error, aws.ProfileNotFound):
        return f"AWS profile not found: {error.kwargs['profile']}; check --profile and AWS_PROFILE"
    if isinstance(error, aws.NoRegionError):
        return "no AWS region configured; give --region or set AWS_DEFAULT_REGION"
    if isinstance(error, (aws.NoCredentialsError, aws.PartialCredentialsError)):
        return "no AWS credentials found; give --profile, or configure them as for the AWS CLI"
    if isinstance(error, (aws.ConnectionError, aws.HTTPClientError)):
        return f"cannot reach AWS: {error}"
    if isinstance(error, (aws.BotoCoreError, Boto3Error)):
        return f"cannot call AWS: {error}"
    return None


def _refusal(error: Any) -> str:
    """Return one sentence for botocore's ClientError, with advice if there is any."""
    answer = error.response.get("Error", {})
    code, text = answer.get("Code", "unknown error"), str(answer.get("Message", "")).rstrip(".")
    reason = f"{text} ({code})" if text else code
    advice = f"; {_ADVICE[code]}" if code in _ADVICE else ""
    return f"AWS refused {error.operation_name}: {reason}{advice}"


def _file_message(error: Exception) -> str | None:
    """Return the message for an unreadable or damaged file; None for other errors."""
    from zstandard import ZstdError

    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return f"cannot open {error.filename}: {reason}" if error.filename else reason
    if isinstance(error, (ZstdError, json.JSONDecodeError, UnicodeDecodeError)):
        return f"damaged data: {error}; copy the bucket again, or run a new collection"
    return None
