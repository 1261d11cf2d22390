"""Addresses and interfaces that nothing uses."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.search_rule import declare

UNATTACHED_ADDRESSES = declare(
    "unattached_addresses",
    question="Which Elastic IP addresses are associated with nothing?",
    search="is(aws_ec2_elastic_ip) and association_id = null",
    reason="an address that is associated with nothing",
    facts=("public_ip",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=7),
    cannot_see=(
        "allow lists of partners, and DNS records elsewhere, that name the address",
        "an instance that is stopped and gets the address again by a script",
    ),
)
