"""What the action `tag` of a job may say: which tags it sets and deletes, and never which."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ebbtide.model.expiry import EXPIRATION_TAGS, EXPIRES_TAGS, NEVER, PROTECTED_TAG, protecting_tag
from ebbtide.model.owner_tags import SERVICE_PREFIXES
from ebbtide.options.section import Section

MOST_KEYS = 20

# An expiration of `never` protects, so that no other may take its place.
_EXPIRATIONS = (*EXPIRES_TAGS, *EXPIRATION_TAGS)


def _free_key(value: str) -> str:
    if value.strip() != value:
        raise ValueError(f"{value!r} begins or ends with a blank")
    if value.lower().startswith("aws:"):
        raise ValueError(f"{value!r}: tags that begin with aws: are set by AWS only")
    if value.startswith(SERVICE_PREFIXES):
        raise ValueError(
            f"{value!r} tells to which cluster or environment a resource belongs; only AWS may "
            "change it"
        )
    return value


# Letters and digits of any script, blanks and these signs, as all services accept.
_SIGNS = r"^[\w .:/=+@-]*$"

TagKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=_SIGNS),
    AfterValidator(_free_key),
]
TagValue = Annotated[str, StringConstraints(max_length=256, pattern=_SIGNS)]


class Tag(Section):
    """Sets and deletes tags of what was found; no more than 20 keys."""

    update: dict[TagKey, TagValue] = Field(
        default_factory=dict, description="key: value, each set or replaced"
    )
    delete: tuple[TagKey, ...] = Field(
        default=(), description="keys; where there is no such tag, nothing happens"
    )

    @model_validator(mode="after")
    def _sound(self) -> Tag:
        keys = [*self.update, *self.delete]
        if not keys:
            raise ValueError("give update, delete or both, with at least one key")
        if len(keys) > MOST_KEYS:
            raise ValueError(f"{len(keys)} keys are too many; at most {MOST_KEYS} in one job")
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is named twice; either set a key or delete it")
        return self

    @model_validator(mode="after")
    def _lifts_no_protection(self) -> Tag:
        for key in self.delete:
            if key in (PROTECTED_TAG, *_EXPIRATIONS):
                raise ValueError(
                    f"{key} can protect resources, and a job may not delete it; do it by hand"
                )
        for key, value in self.update.items():
            if key == PROTECTED_TAG and protecting_tag({key: value}) is None:
                raise ValueError(f"{key}: {value} would lift protection; a job may only set it")
            if key in _EXPIRATIONS and value.strip().lower() != NEVER:
                raise ValueError(
                    f"{key}: {value} could take the place of never, which protects; a job may set "
                    "it to never only"
                )
        return self
