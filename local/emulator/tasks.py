"""Starts the tasks of ECS as processes of this machine, by themselves and as targets of rules.

Instead of an image, it runs what local/image.py has unpacked for its name. From the developer guide
of ECS: the environment of the task definition, overridden; the task role's credentials; logs by
awslogs; the task stops when its essential container exits. From PutTargets in the API reference of
EventBridge: an input is the overrides of RunTask.
"""

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.emulator.engine import Answer, load
from local.emulator.undelivered import give_up
from local.image import read_image

_LONGEST_SECONDS = 600


def install() -> None:
    """Replace RunTask, and add clusters to the targets of rules."""
    ecs, events = load("services.ecs"), load("services.eventbridge")
    invoke, run_task = events._invoke_target, ecs._run_task
    ecs._get_docker = lambda: None  # whatever else is installed, each machine does the same

    def run(data: dict[str, Any]) -> Answer:
        answer: Answer = run_task(data)
        for task in json.loads(answer[2]).get("tasks", ()):
            _start(ecs, ecs._tasks[task["taskArn"]])
        return answer

    def invoke_known(target: Any, event: Any, rule: Any, view: Any = None) -> None:
        view = view or events._pattern_event_view(event)
        if target["Arn"].split(":")[2:3] != ["ecs"]:
            invoke(target, event, rule, view)
            return
        request = _request(events, target, rule, view)
        if not _are_texts(request["overrides"]) or run(request)[0] >= 400:
            give_up(target, view.event_with_detail())

    ecs._run_task = ecs._ACTION_MAP["RunTask"] = run
    events._invoke_target = invoke_known


def _request(events: Any, target: Mapping[str, Any], rule: Any, view: Any) -> dict[str, Any]:
    """Return the arguments of RunTask that a target stands for."""
    given = target["EcsParameters"]
    text = target.get("Input") or "{}"
    if target.get("InputTransformer"):
        text = events._apply_input_transformer(target["InputTransformer"], rule, view)
    overrides = json.loads(text).get("containerOverrides", [])
    return {
        "cluster": target["Arn"],
        "taskDefinition": given["TaskDefinitionArn"],
        "count": int(given.get("TaskCount", 1)),
        "launchType": given.get("LaunchType", "EC2"),
        "overrides": {"containerOverrides": overrides},
        "startedBy": f"events-rule/{rule['Name']}"[:36],
    }


def _are_texts(overrides: Mapping[str, Any]) -> bool:
    """Return whether all environment variables are texts; AWS refuses others."""
    return all(
        isinstance(variable["value"], str)
        for override in overrides["containerOverrides"]
        for variable in override.get("environment", ())
    )


def _start(ecs: Any, task: dict[str, Any]) -> None:
    """Run the first container of a task in the background."""
    definition = ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])]
    place = task["taskArn"].split(":")
    account, region = place[4], place[3]
    arguments = (ecs, task, definition, account, region)
    threading.Thread(target=_run, args=arguments, daemon=True).start()


def _run(ecs: Any, task: dict[str, Any], definition: Any, account: str, region: str) -> None:
    container = definition["containerDefinitions"][0]
    with load("core.responses").request_scope(account, region):
        image = read_image(Path(os.environ["IMAGES"]), container["image"])
        if image is None:
            reason = f"CannotPullContainerError: {container['image']}: not found"
            ecs._mark_task_stopped(task["taskArn"], task, reason, "TaskFailedToStart")
            return
        keys = _credentials(definition["taskRoleArn"], task["taskArn"], account, region)
        given = _environment(container, task)
        ended = subprocess.run(
            image.command,
            env={**image.environment, "AWS_ENDPOINT_URL": _own_url(), **keys, **given},
            cwd=image.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LONGEST_SECONDS,
            check=False,
            text=True,
        )
        _write_log(ecs, container, task, ended.stdout)
        task_arn, why = task["taskArn"], "Essential container in task exited"
        code = ended.returncode
        ecs._mark_task_stopped(task_arn, task, why, "EssentialContainerExited", exit_code=code)


def _own_url() -> str:
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"


def _environment(container: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of the definition, and those that override them."""
    found = list(container.get("environment", ()))
    for override in task["overrides"].get("containerOverrides", ()):
        if override["name"] == container["name"]:
            found += override.get("environment", ())
    return {one["name"]: one["value"] for one in found}


def _credentials(role: str, task: str, account: str, region: str) -> dict[str, str]:
    """Return the keys of a session of the task role, made as those of functions are."""
    name = task.rpartition("/")[2]
    made: dict[str, str] = load("core.lambda_runtime").execution_credentials(
        {
            "FunctionArn": f"arn:aws:lambda:{region}:{account}:function:{name}",
            "FunctionName": name,
            "Role": role,
        }
    )
    return {key: value for key, value in made.items() if value}


def _write_log(ecs: Any, container: Any, task: Mapping[str, Any], text: str) -> None:
    name = task["taskArn"].rpartition("/")[2]
    config = ecs._awslogs_config(container, name, name)
    if config and ecs._ensure_awslogs_stream(config):
        for line in text.splitlines():
            ecs._emit_awslogs_event(config, line)
