"""A detail that AWS does not find must not free what the living resource needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.relations import relation_table
from tests.faults.known import known_fault
from tests.integration.workflow import ACCOUNT, REGION, Workflow
