"""`ebbtide jobs`: the rules that people write into the configuration."""

from __future__ import annotations

from typing import Annotated

import typer

from ebbtide_cli.options import (
    AccountOption,
    ColumnsOption,
    ExplainOption,
    FormatOption,
    LimitOption,
    RowFormatOption,
)

app = typer.Typer(no_args_is_help=True, help="Searches with an action, made in every run.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The job's name.")]


@app.command("list")
def list_jobs(ctx: typer.Context, format: RowFormatOption = None) -> None:
    """List the jobs of the configuration, and how each of them ended last."""
    from ebbtide_cli.job_reports import write_jobs

    write_jobs(ctx.obj, format)


@app.command("show")
def show(ctx: typer.Context, name: NameArgument) -> None:
    """Show one job and the record of its last run, as YAML."""
    from ebbtide_cli.job_reports import write_job

    write_job(ctx.obj, name)


@app.command("run")
def run(
    ctx: typer.Context,
    name: NameArgument,
    format: FormatOption = None,
    explain: ExplainOption = False,
    account: AccountOption = None,
    columns: ColumnsOption = None,
    limit: LimitOption = None,
) -> None:
    """Show what a job would find in the current snapshot. It changes nothing and marks nothing."""
    from ebbtide_cli.answering import SearchRequest, answer_from
    from ebbtide_cli.job_reports import job_of
    from ebbtide_cli.output import say
    from ebbtide_cli.results import Form

    form = Form.chosen(format, columns=columns)
    store = ctx.obj.open()
    job = job_of(store, name)
    say(f"What the job {name} finds now, at {job.event}: {job.action.name}. Nothing is changed.")
    request = SearchRequest(job.search, accounts=account or [], limit=limit)
    answer_from(store, request, form, explain=explain)


@app.command("add")
def add(
    ctx: typer.Context,
    name: NameArgument,
    search: Annotated[str, typer.Argument(metavar="QUERY", help="What it looks for.")],
    event: Annotated[str, typer.Option(help="When in a run, such as post_collect.")],
    clean: Annotated[
        str | None, typer.Option(metavar="REASON", help="Select what is found for the plan.")
    ] = None,
    protect: Annotated[
        str | None, typer.Option(metavar="REASON", help="Keep what is found.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How long --protect lasts.")
    ] = None,
    notify_topic: Annotated[
        str | None, typer.Option(metavar="ARN", help="Tell an SNS topic of what is found.")
    ] = None,
    notify_event: Annotated[
        str | None, typer.Option(metavar="NAME", help="Tell the event bus of what is found.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Set a tag of what is found; repeatable."),
    ] = None,
    untag: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Delete a tag of what is found; repeatable."),
    ] = None,
    cron: Annotated[
        str | None, typer.Option(help="Wait for this time, such as '0 22 * * fri'.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="In which --cron is meant; default: UTC.")
    ] = None,
    inactive: Annotated[bool, typer.Option("--inactive", help="Add it switched off.")] = False,
) -> None:
    """Add a job to the configuration, with one of --clean, --protect, --notify-... and tags."""
    from ebbtide_cli.job_changes import action_of, add_job, tags_of

    tags = tags_of(tag or [], untag or [])
    action = action_of(clean, protect, expires, notify_topic, notify_event, tags)
    given = {"name": name, "event": event, "cron": cron, "timezone": timezone, "search": search}
    job = {key: value for key, value in given.items() if value is not None}
    add_job(ctx.obj, {**job, "action": action} | ({"active": False} if inactive else {}))


@app.command("delete")
def delete(ctx: typer.Context, name: NameArgument) -> None:
    """Delete a job from the configuration."""
    from ebbtide_cli.job_changes import delete_job

    delete_job(ctx.obj, name)


@app.command("activate")
def activate(ctx: typer.Context, name: NameArgument) -> None:
    """Let a job run again."""
    from ebbtide_cli.job_changes import switch_job

    switch_job(ctx.obj, name, active=True)


@app.command("deactivate")
def deactivate(ctx: typer.Context, name: NameArgument) -> None:
    """Keep a job in the configuration without running it."""
    from ebbtide_cli.job_changes import switch_job

    switch_job(ctx.obj, name, active=False)
