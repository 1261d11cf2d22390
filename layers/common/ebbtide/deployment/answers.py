"""The answer of an awaited automation: nothing, marks, or the key of marks in the bucket."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

# SendTaskSuccess accepts 262,144 bytes, and the states that check an answer have the same limit for
# it together with the event (API reference and quotas of Step Functions).
INLINE_BYTES = 200_000
# An answer by key is read into the memory of one function.
LARGEST_BYTES = 20_000_000
LONGEST_KEEP = timedelta(days=365)
# Who answers counts from then, not from the start of the run; Step Functions ends it after a day.
LATEST_ANSWER = timedelta(days=1)

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Mark(BaseModel):
    """What an automation says about one resource; `until` makes a keep outlast the run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="graph id", min_length=1, max_length=2_000)
    mark: Literal["clean", "keep"]
    reason: Reason
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _only_keep_lasts(self) -> Self:
        if self.mark == "clean" and self.until is not None:
            raise ValueError("until is for keep: a clean mark counts in this run alone")
        return self


class Answer(BaseModel):
    """The output of SendTaskSuccess."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    marks: tuple[Mark, ...] = ()
    marks_key: str | None = Field(default=None, description="key of an object with marks")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.marks and self.marks_key is not None:
            raise ValueError("give either marks or marks_key")
        return self


class StoredAnswer(BaseModel):
    """The object that `marks_key` names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    marks: tuple[Mark, ...]
