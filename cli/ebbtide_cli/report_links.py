"""Sign links to reports, which work without an AWS account for a while."""

from __future__ import annotations

from datetime import timedelta

import typer

from ebbtide.base.clock import now, to_text
from ebbtide.base.durations import describe, parse_duration
from ebbtide.store.keys import RunKeys
from ebbtide_cli.errors import UsageError
from ebbtide_cli.output import inform, warn
from ebbtide_cli.report_files import reported_run
from ebbtide_cli.sources import Source

# Of signature version 4 (S3 user guide, "Sharing objects with presigned URLs").
LONGEST = timedelta(days=7)


def print_link(source: Source, run_id: str | None, expires: str) -> None:
    """Print a signed link to a report, and to stderr until when it works and for whom."""
    length = _length(expires)
    bucket = source.open_bucket("sign links")
    run_id = reported_run(bucket, run_id)
    client = source.signing_client(bucket.name)
    address = client.generate_presigned_url(
        "get_object",
        Params={"Bucket": bucket.name, "Key": RunKeys(run_id).report},
        ExpiresIn=int(length.total_seconds()),
    )
    typer.echo(address)
    end = to_text((now() + length).replace(microsecond=0))
    inform(
        f"Anyone with this link can read the report of run {run_id} until {end}, "
        f"for {describe(length)}."
    )
    if source.has_temporary_credentials():
        warn(
            "the credentials that signed it are temporary: the link stops working when they "
            "expire, or when the session is revoked, even before that time"
        )


def _length(text: str) -> timedelta:
    """Return how long a link works. Raises UsageError for what S3 does not accept."""
    try:
        length = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--expires: {error}") from error
    if not timedelta(seconds=1) <= length <= LONGEST:
        raise UsageError(f"--expires: {text} is not between 1s and {describe(LONGEST)}")
    return length
