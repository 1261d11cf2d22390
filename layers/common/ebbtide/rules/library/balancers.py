"""Load balancers without traffic."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.search_rule import declare

# CloudWatch does not count requests that a balancer answers itself, as by a redirect. All actions
# but those that pass requests on, or come before one that does, are taken for answers.
ANSWERS = '{type !~ "^(forward|authenticate-cognito|authenticate-oidc|jwt-validation)$"}'

IDLE_BALANCERS = declare(
    "idle_balancers",
    question="Which application and network load balancers have had no traffic for long?",
    search="is(aws_alb) and type in [application, network] and state.code = active "
    "and last_access > {{idle_for}} "
    f"with(empty, -owns-> is(aws_alb_listener) and default_actions[*].{ANSWERS}) "
    "with(empty, -owns-> is(aws_alb_listener) "
    f"with(any, -owns-> is(aws_alb_listener_rule) and actions[*].{ANSWERS}))",
    reason="a load balancer without traffic",
    facts=("type", "scheme", "dns_name"),
    min_age=timedelta(days=30),
    last_use=("aws_alb",),
    idle_for=timedelta(days=14),
    cannot_see=(
        "names in DNS elsewhere that lead to the balancer, for traffic that comes seldom",
        "requests that no target could be chosen for, which CloudWatch does not count",
    ),
)

IDLE_CLASSIC_BALANCERS = declare(
    "idle_classic_balancers",
    question="Which Classic Load Balancers have had no request or connection for long?",
    search="is(aws_elb) and last_access > {{idle_for}}",
    reason="a Classic Load Balancer without traffic",
    facts=("scheme", "dns_name"),
    min_age=timedelta(days=30),
    last_use=("aws_elb",),
    idle_for=timedelta(days=14),
    cannot_see=("names in DNS elsewhere that lead to the balancer, for traffic that comes seldom",),
)
