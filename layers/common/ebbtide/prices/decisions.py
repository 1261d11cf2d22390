"""The decision about each kind: priced in parts, free while it idles, or unknown."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.prices.decided_analytics import ANALYTICS
from ebbtide.prices.decided_compute import COMPUTE
from ebbtide.prices.decided_databases import DATABASES
from ebbtide.prices.decided_network import NETWORK
from ebbtide.prices.decided_other import OTHER
from ebbtide.prices.decided_rds import RDS
from ebbtide.prices.decided_rest import FREE, UNKNOWN
from ebbtide.prices.decided_storage import STORAGE
from ebbtide.prices.decision import Decision

# Tests check that no kind is in two of these, and that each kind is in one.
GROUPS: tuple[Mapping[str, Decision], ...] = (
    COMPUTE,
    STORAGE,
    RDS,
    DATABASES,
    ANALYTICS,
    NETWORK,
    OTHER,
    FREE,
    UNKNOWN,
)
DECISIONS: Mapping[str, Decision] = {
    kind: decision for group in GROUPS for kind, decision in group.items()
}
