"""`ebbtide jobs`: list, preview and change the jobs in the configuration."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.completion import (
    complete_event,
    complete_job,
    complete_parts,
    complete_search,
    complete_timezone,
)
from ebbtide_cli.help import Command, Group
from ebbtide_cli.options import (
    AccountOption,
    ColumnsOption,
    ExplainOption,
    FormatOption,
    LimitOption,
    RowFormatOption,
)

app = typer.Typer(
    cls=Group,
    epilog="""
    ebbtide jobs list
    ebbtide jobs run old-volumes
    ebbtide jobs deactivate old-volumes
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Manage jobs, which search in each run and act on the matches.",
)

NameArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", autocompletion=complete_job, help="Name of the job."),
]


@app.command(
    "list",
    cls=Command,
    epilog="""
    ebbtide jobs list
    ebbtide jobs list --format json
    """,
)
def list_jobs(ctx: typer.Context, format: RowFormatOption = None) -> None:
    """List the jobs, each with the result of its last run."""
    from ebbtide_cli.job_reports import write_jobs

    write_jobs(ctx.obj, format)


@app.command("show", cls=Command, epilog="ebbtide jobs show old-volumes")
def show(ctx: typer.Context, name: NameArgument) -> None:
    """Print a job and the record of its last run as YAML."""
    from ebbtide_cli.job_reports import write_job

    write_job(ctx.obj, name)


@app.command(
    "run",
    cls=Command,
    epilog="""
    ebbtide jobs run old-volumes
    ebbtide jobs run old-volumes --columns 'id, tags.owner' --format csv
    """,
)
def run(
    ctx: typer.Context,
    name: NameArgument,
    format: FormatOption = None,
    explain: ExplainOption = False,
    account: AccountOption = None,
    columns: ColumnsOption = None,
    limit: LimitOption = None,
) -> None:
    """Preview a job: list its matches in the current snapshot, without acting on them.

    Only runs carry out jobs. Resoto's `jobs run` acted at once; this command changes nothing.
    """
    from ebbtide_cli.answering import SearchRequest, answer_from
    from ebbtide_cli.job_reports import job_of
    from ebbtide_cli.output import inform
    from ebbtide_cli.results import Form

    form = Form.chosen(format, columns=columns)
    store = ctx.obj.open()
    job = job_of(store, name)
    inform(f"Preview of job {name} ({job.action.name} at {job.event}). Nothing is changed.")
    request = SearchRequest(job.search, accounts=account or [], limit=limit, strict=True)
    answer_from(store, request, form, explain=explain)


@app.command(
    "add",
    cls=Command,
    epilog="""
    ebbtide jobs add old 'is(volume) and age > 90d' --event cleanup_plan --clean 'unused' --inactive
    ebbtide jobs add fs 'is(network_share)' --event cleanup_plan --clean 'old' --with-parts true
    ebbtide jobs add keep 'has_key(tags, release)' --event post_collect --protect 'release'
    ebbtide jobs add owners 'is(volume)' --event post_collect --tag owner=unknown --untag team
    """,
)
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new job.")],
    search: Annotated[
        str,
        typer.Argument(
            metavar="QUERY",
            autocompletion=complete_search,
            help="Search for the resources that the job acts on.",
        ),
    ],
    event: Annotated[
        str,
        typer.Option(
            metavar="EVENT",
            autocompletion=complete_event,
            help="Event of a run that triggers the job, such as post_collect.",
        ),
    ],
    clean: Annotated[
        str | None,
        typer.Option(
            metavar="REASON", help="Select the matches for deletion; the plan shows REASON."
        ),
    ] = None,
    with_parts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARTS",
            autocompletion=complete_parts,
            help="With --clean, also delete the parts of the matches: `true` for those that hold no"
            " data, or a kind of parts for these as well. Repeatable.",
        ),
    ] = None,
    empty: Annotated[
        bool,
        typer.Option(
            "--empty",
            help="With --clean, first remove all objects of the buckets and all images of the"
            " repositories that match.",
        ),
    ] = False,
    protect: Annotated[
        str | None,
        typer.Option(
            metavar="REASON", help="Protect the matches from deletion; the plan shows REASON."
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="How long --protect lasts, such as 30d. Default: until the end of the run.",
        ),
    ] = None,
    notify_topic: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Publish the matches to an SNS topic."),
    ] = None,
    notify_event: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Publish the matches to the event bus, as job_matched with this name.",
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Set this tag on the matches. Repeatable."),
    ] = None,
    untag: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Remove this tag from the matches. Repeatable."),
    ] = None,
    cron: Annotated[
        str | None,
        typer.Option(metavar="CRON", help="Schedule, such as '0 22 * * fri'. Default: every run."),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            metavar="TIMEZONE",
            autocompletion=complete_timezone,
            help="Time zone of --cron, such as Europe/Berlin. Default: UTC.",
        ),
    ] = None,
    once: Annotated[
        bool,
        typer.Option("--once", help="End the job with the first run that carries it out."),
    ] = False,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="End of the job, such as 2026-12-05T00:00:00Z. Default: none."
        ),
    ] = None,
    inactive: Annotated[
        bool, typer.Option("--inactive", help="Add the job, but leave it inactive.")
    ] = False,
) -> None:
    """Add a job to the configuration.

    Give exactly one action: --clean, --protect, --notify-topic, --notify-event, or --tag and
    --untag.
    """
    from ebbtide_cli.job_changes import action_of, add_job, refine, tags_of

    tags = tags_of(tag or [], untag or [])
    action = action_of(clean, protect, notify_topic, notify_event, tags)
    refine(action, with_parts=with_parts or [], empty=empty, expires=expires)
    given = {"name": name, "event": event, "cron": cron, "timezone": timezone, "search": search}
    more = {"until": until, "once": once or None, "active": False if inactive else None}
    job = {key: value for key, value in {**given, **more}.items() if value is not None}
    add_job(ctx.obj, {**job, "action": action})


@app.command("delete", cls=Command, epilog="ebbtide jobs delete old-volumes")
def delete(ctx: typer.Context, name: NameArgument) -> None:
    """Delete a job from the configuration."""
    from ebbtide_cli.job_changes import delete_job

    delete_job(ctx.obj, name)


@app.command("activate", cls=Command, epilog="ebbtide jobs activate old-volumes")
def activate(ctx: typer.Context, name: NameArgument) -> None:
    """Activate a job, so that runs execute it again."""
    from ebbtide_cli.job_changes import switch_job

    switch_job(ctx.obj, name, active=True)


@app.command("deactivate", cls=Command, epilog="ebbtide jobs deactivate old-volumes")
def deactivate(ctx: typer.Context, name: NameArgument) -> None:
    """Deactivate a job, but keep it in the configuration."""
    from ebbtide_cli.job_changes import switch_job

    switch_job(ctx.obj, name, active=False)
