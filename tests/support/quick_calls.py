"""Makes botocore's clients and moto's answers cheaper in a test process.

A third of the time of a mocked call goes into copying all event handlers for each new client, and
into matching an address with all those that moto knows. Importing this module patches the libraries
for the whole process.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from functools import lru_cache
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import botocore.endpoint
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import NodeList, _PrefixTrie
from botocore.session import Session
from moto import backend_index
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import HTTPException
from moto.core.request import normalize_request
from moto.core.utils import get_equivalent_url_in_aws_domain

# A client has some fifty handlers of its own, and a copy of the 400 of its session. A copy of the
# tree shares all nodes; each tree copies those that it changes, and owns them from then on.


def _new_tree(self: Any) -> None:
    self._token = object()
    self._root = {"chunk": None, "children": {}, "values": None, "owner": self._token}


def _copied_tree(self: Any) -> Any:
    copied = self.__class__()
    copied._root = self._root
    self._token = object()
    return copied


def _owned(self: Any, node: dict[str, Any]) -> dict[str, Any]:
    if node["owner"] is self._token:
        return node
    values = node["values"] and NodeList(*map(list, node["values"]))
    return {**node, "children": dict(node["children"]), "values": values, "owner": self._token}


def _append_item(self: Any, key: str, value: Any, section: int = 1) -> None:
    current = self._root = _owned(self, self._root)
    for part in key.split("."):
        child = current["children"].get(part)
        if child is None:
            child = {"chunk": part, "children": {}, "values": None, "owner": self._token}
        current["children"][part] = current = _owned(self, child)
    if current["values"] is None:
        current["values"] = NodeList([], [], [])
    current["values"][section].append(value)


_remove = _PrefixTrie.remove_item


def _remove_item(self: Any, key: str, value: Any) -> None:
    self._root = self._recursive_copy(self._root)
    _remove(self, key, value)


@lru_cache(maxsize=10_000)
def _answering(address: str) -> Callable[..., Any] | None:
    """Return what answers requests to an address without a query, as moto would choose it."""
    for service, pattern in backend_index.backend_url_patterns:
        if not pattern.match(address):
            continue
        for url, answers in _any_backend(service).urls.items():
            if re.match(url, address):
                found: Callable[..., Any] = answers
                return found
    return None


def _any_backend(service: str) -> Any:
    backends = get_backend(service)
    if not isinstance(backends, BackendDict):
        return backends["global"]
    regional = backends[DEFAULT_ACCOUNT_ID]
    return regional["us-east-1" if "us-east-1" in regional else "aws"]


_process = BotocoreStubber.process_request


def _process_request(self: Any, request: Any) -> Any:
    place, _ = get_equivalent_url_in_aws_domain(request.url)
    answers = _answering(f"{place.scheme}://{place.netloc}{place.path}")
    if answers is None:
        return _process(self, request)
    normal = normalize_request(request)
    try:
        return answers(normal, normal.raw_url, normal.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


def _register_builtin_handlers(self: Any, events: Any) -> None:
    known = tuple(map(id, BUILTIN_HANDLERS))
    if known not in _registered:
        _register(self, events)
        _registered[known] = copy(events._emitter._handlers)
    else:
        events._emitter._handlers = copy(_registered[known])


def _scoped_config(self: Any) -> Any:
    # Without a profile, botocore looks for one in the environment fifty times per client.
    profile = self._session_instance_vars.get("profile")
    if self not in _scoped:
        _scoped[self] = {}
    if profile not in _scoped[self]:
        _scoped[self][profile] = _get_scoped_config(self)
    return _scoped[self][profile]


_register = Session._register_builtin_handlers
_registered: dict[tuple[int, ...], Any] = {}
_get_scoped_config = Session.get_scoped_config
_scoped: WeakKeyDictionary[Session, dict[str | None, Any]] = WeakKeyDictionary()


def _backends_of(self: Any, account: str) -> Any:
    # At each look, moto takes a lock and notes the service for the next reset. Once will do.
    if self._id in _noted and account in self:
        return self.get(account)
    found = _note_backends_of(self, account)
    _noted.add(self._id)
    return found


def _reset_backends() -> None:
    # Some services come back while others are reset, and must be noted again.
    _reset()
    _noted.clear()


def _new_id() -> UUID:
    # One for each call, which need not be secret.
    return UUID(int=_random.getrandbits(128), version=4)


_note_backends_of = BackendDict.__getitem__
_reset = BackendDict.reset
_noted: set[str] = set()
_random = Random()

_PrefixTrie.__init__ = _new_tree
_PrefixTrie.__copy__ = _copied_tree
_PrefixTrie.append_item = _append_item
_PrefixTrie.remove_item = _remove_item
BotocoreStubber.process_request = _process_request
Session._register_builtin_handlers = _register_builtin_handlers
Session.get_scoped_config = _scoped_config
BackendDict.__getitem__ = _backends_of
BackendDict.reset = staticmethod(_reset_backends)
_endpoint: Any = botocore.endpoint
_endpoint.uuid = SimpleNamespace(uuid4=_new_id)
