"""The action `tag` of a job: which tags it sets and deletes, and which it must not touch."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ebbtide.model.expiry import EXPIRATION_TAGS, EXPIRES_TAGS, NEVER, PROTECTED_TAG, protecting_tag
from ebbtide.options.section import Section
from ebbtide.owners import service_prefixes

MOST_KEYS = 20

# An expiration of `never` protects a resource, so a job may not replace it with another one.
_EXPIRATIONS = (*EXPIRES_TAGS, *EXPIRATION_TAGS)


def _free_key(value: str) -> str:
    if value.strip() != value:
        raise ValueError(f"{value!r} begins or ends with a space")
    if value.lower().startswith("aws:"):
        raise ValueError(f"{value!r}: only AWS may set tags that begin with aws:")
    if value.startswith(service_prefixes()):
        raise ValueError(
            f"{value!r}: a job may not change this tag, by which a service or controller finds its "
            "resources"
        )
    return value


# Letters and digits of any script, spaces and these signs: the characters that all services accept.
_SIGNS = r"^[\w .:/=+@-]*$"

TagKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=_SIGNS),
    AfterValidator(_free_key),
]
MOST_SIGNS = 256
_LITERAL = re.compile(_SIGNS)


def _value(value: str) -> str:
    if "{" in value or "}" in value:
        # The texts of a template must be allowed; its values are checked when they are known.
        from ebbtide.language.texts import read_template

        parts = read_template(value)
        bad = [part for part in parts if isinstance(part, str) and not is_tag_value(part)]
        if bad:
            raise ValueError(f"{value!r}: a tag must not contain {bad[0]!r}")
    elif not is_tag_value(value):
        raise ValueError(
            f"{value!r} is no value of a tag: at most {MOST_SIGNS} letters, digits, spaces and "
            ". : / = + @ _ -"
        )
    return value


def is_tag_value(text: str) -> bool:
    """Return whether all services accept a text as the value of a tag."""
    return len(text) <= MOST_SIGNS and _LITERAL.fullmatch(text) is not None


TagValue = Annotated[str, StringConstraints(max_length=MOST_SIGNS), AfterValidator(_value)]


class Tag(Section):
    """Sets and deletes tags of the matches; at most 20 keys."""

    update: dict[TagKey, TagValue] = Field(
        default_factory=dict,
        description="tags to set or replace, key: value; a value may have fields of the resource "
        "in braces, such as {/ancestors.account.reported.name}",
    )
    delete: tuple[TagKey, ...] = Field(
        default=(), description="keys of tags to delete; missing tags are ignored"
    )

    @property
    def templates(self) -> dict[str, str]:
        """Return the tags whose values are filled in from each resource."""
        return {key: value for key, value in self.update.items() if "{" in value or "}" in value}

    @model_validator(mode="after")
    def _sound(self) -> Tag:
        keys = [*self.update, *self.delete]
        if not keys:
            raise ValueError("give update, delete or both, with at least one key")
        if len(keys) > MOST_KEYS:
            raise ValueError(f"too many keys: {len(keys)}; use at most {MOST_KEYS} in one job")
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is given twice; either set or delete a key, once")
        return self

    @model_validator(mode="after")
    def _lifts_no_protection(self) -> Tag:
        """Refuse changes of tags that could lift the protection of a resource."""
        for key in self.delete:
            if key in (PROTECTED_TAG, *_EXPIRATIONS):
                raise ValueError(
                    f"{key} can protect resources, so a job may not delete it; delete it by hand"
                )
        for key, value in self.update.items():
            if key == PROTECTED_TAG and key in self.templates:
                raise ValueError(
                    f"{key} needs a fixed value, because {value} could lift protection"
                )
            if key == PROTECTED_TAG and protecting_tag({key: value}) is None:
                raise ValueError(f"{key}: {value} would lift protection; a job may only add it")
            if key in _EXPIRATIONS and value.strip().lower() != NEVER:
                raise ValueError(
                    f"{key}: {value} could replace never, which protects; a job may set it only to "
                    "never"
                )
        return self
