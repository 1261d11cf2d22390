"""Field types for amounts of money."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

# US dollars a month. YAML would also take `.inf`, which no price reaches.
Monthly = Annotated[float, Field(ge=0, allow_inf_nan=False)]

MINIMUM = (
    "USD a month: what is selected stays if it, and what goes with it, costs less; 0: any price"
)
