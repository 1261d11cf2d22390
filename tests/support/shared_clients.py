"""Lets all sessions of a test process share botocore's read-only data.

Every test makes new sessions. Without sharing, each session parses its service models, builds its
client classes and compiles its endpoint rules again. Importing this module patches botocore for
the whole process. The shared classes are boto3's, because all clients are made through boto3.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.regions
import botocore.session
from botocore.client import ClientCreator
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import create_loader
from botocore.model import ServiceModel

_make_class = ClientCreator._create_client_class
_classes: dict[str, type] = {}
_providers: dict[int, EndpointProvider] = {}


def _shared_class(self: Any, service_name: str, service_model: ServiceModel) -> type:
    if service_name not in _classes:
        _classes[service_name] = _make_class(self, service_name, service_model)
    return _classes[service_name]


def _shared_provider(ruleset_data: Any, **others: Any) -> EndpointProvider:
    # id() is a safe key: the shared loader keeps every rule set alive, so ids are not reused.
    if id(ruleset_data) not in _providers:
        _providers[id(ruleset_data)] = EndpointProvider(ruleset_data=ruleset_data, **others)
    return _providers[id(ruleset_data)]


botocore.session.create_loader = cache(create_loader)
botocore.regions.EndpointProvider = _shared_provider
ClientCreator._create_client_class = _shared_class
