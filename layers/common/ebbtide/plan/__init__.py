"""Planning: which selected resources are deleted, in which order, and why the others stay."""

from ebbtide.plan.model import Plan, Planned, Rejected, read_plan
from ebbtide.plan.planning import make_plan
from ebbtide.plan.steps import plan_account, summarise_plans

__all__ = [
    "Plan",
    "Planned",
    "Rejected",
    "make_plan",
    "plan_account",
    "read_plan",
    "summarise_plans",
]
