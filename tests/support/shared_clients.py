"""Lets all sessions of a test process share botocore's read-only data.

Every test makes new sessions. Without sharing, each session parses its service models, builds its
client classes, compiles its endpoint rules, renames its events and prepares TLS again. moto
inspects a class at each request, and all folders of models at the first one to each service.
Importing this module patches the libraries for the whole process. The shared classes are boto3's,
because all clients are made through boto3.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import botocore.hooks
import botocore.httpsession
import botocore.regions
import botocore.session
import moto.core.base_backend
import moto.core.responses
import moto.core.utils
from botocore.client import ClientCreator
from botocore.compat import accepts_kwargs
from botocore.endpoint_provider import EndpointProvider
from botocore.hooks import EventAliaser
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from jmespath.parser import Parser

import tests.support.quick_calls  # noqa: F401

_make_class = ClientCreator._create_client_class
_classes: dict[str, type] = {}
_models: dict[int, ServiceModel] = {}
_providers: dict[int, EndpointProvider] = {}


def _shared_class(self: Any, service_name: str, service_model: ServiceModel) -> type:
    if service_name not in _classes:
        _classes[service_name] = _make_class(self, service_name, service_model)
    return _classes[service_name]


def _load_model(self: Any, service_name: str, api_version: str | None = None) -> ServiceModel:
    content = self._loader.load_service_model(service_name, "service-2", api_version=api_version)
    # id() is a safe key: the model keeps its content alive, so ids are not reused.
    if id(content) not in _models:
        _models[id(content)] = ServiceModel(content, service_name=service_name)
    return _models[id(content)]


def _shared_provider(ruleset_data: Any, **others: Any) -> EndpointProvider:
    # id() is a safe key: the shared loader keeps every rule set alive, so ids are not reused.
    if id(ruleset_data) not in _providers:
        _providers[id(ruleset_data)] = EndpointProvider(ruleset_data=ruleset_data, **others)
    return _providers[id(ruleset_data)]


def _accepts_keywords(handler: Any) -> bool:
    code = getattr(handler, "__code__", None)
    if code is None:
        return bool(accepts_kwargs(handler))
    return bool(code.co_flags & inspect.CO_VARKEYWORDS)


_rename = EventAliaser._alias_event_name
_renamed: dict[str, str] = {}


def _shared_name(self: Any, event_name: str) -> str:
    # All sessions have botocore's own aliases.
    if event_name not in _renamed:
        _renamed[event_name] = _rename(self, event_name)
    return _renamed[event_name]


_loader_of = cache(create_loader)


def _shared_loader(search_path: str | None = None) -> Any:
    loader = _loader_of(search_path)
    # Each session of boto3 appends its folder once more.
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)
    return loader


EventAliaser._alias_event_name = _shared_name
botocore.hooks.accepts_kwargs = _accepts_keywords
botocore.session.create_loader = _shared_loader
# Mocked calls reach no connection.
botocore.httpsession.create_urllib3_context = cache(botocore.httpsession.create_urllib3_context)
botocore.regions.EndpointProvider = _shared_provider
ClientCreator._create_client_class = _shared_class
ClientCreator._load_service_model = _load_model
_bases: Any = moto.core.base_backend.BaseBackend
_urls_of = _bases.urls.fget
_urls: dict[type, dict[str, Any]] = {}


def _shared_urls(self: Any) -> dict[str, Any]:
    # moto makes them for each request; they depend on the class alone.
    if type(self) not in _urls:
        _urls[type(self)] = _urls_of(self)
    return _urls[type(self)]


_bases.urls = property(_shared_urls)
# moto makes a loader per service, and each one looks through the folders of all services.
_utilities: Any = moto.core.utils
_utilities.create_loader = cache(_utilities.create_loader)
_responses: Any = moto.core.responses
_responses.method_names_from_class = cache(_responses.method_names_from_class)
# The expressions of all paginators together are more than the 512 that the parser remembers.
Parser._MAX_SIZE = 1_000_000
