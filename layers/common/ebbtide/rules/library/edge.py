"""Distributions, firewalls and accelerators, and their parts, that serve nothing."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

DISABLED_DISTRIBUTIONS = declare(
    "disabled_distributions",
    question="Which distributions of CloudFront have been disabled for long?",
    search=(
        "is(aws_cloudfront_distribution) and enabled = false and staging != true "
        f"{nothing_uses('aws_cloudfront_distribution')}"
    ),
    reason="a distribution that is disabled and serves nothing",
    facts=(
        "domain_name",
        "aliases",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "somebody who means to enable it again, such as every season",
        "DNS records elsewhere that point to it",
    ),
)

UNUSED_CACHE_POLICIES = declare(
    "unused_cache_policies",
    question="Which cache policies does no distribution use?",
    search=(f"is(aws_cloudfront_cache_policy) {nothing_uses('aws_cloudfront_cache_policy')}"),
    reason="a cache policy that no distribution uses",
    facts=("last_modified_time",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=("deployments that name it by its id later",),
)

UNUSED_ORIGIN_ACCESS_CONTROLS = declare(
    "unused_origin_access_controls",
    question="Which origin access controls does no distribution use?",
    search=(
        "is(aws_cloudfront_origin_access_control) "
        f"{nothing_uses('aws_cloudfront_origin_access_control')}"
    ),
    reason="an origin access control that no distribution uses",
    facts=("origin_access_control_origin_type",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=("deployments that name it by its id later",),
)

UNUSED_EDGE_FUNCTIONS = declare(
    "unused_edge_functions",
    question="Which functions of CloudFront does no distribution use?",
    search=(f"is(aws_cloudfront_function) {nothing_uses('aws_cloudfront_function')}"),
    reason="a function of CloudFront that no distribution uses",
    facts=("function_config",),
    min_age=timedelta(days=60),
    unchanged_for=timedelta(days=60),
    cannot_see=("its code, which is kept nowhere else if nobody has a copy",),
)

ACCELERATORS_WITHOUT_LISTENERS = declare(
    "accelerators_without_listeners",
    question="Which accelerators forward nothing, because they have no listeners?",
    search=(
        "is(aws_globalaccelerator_accelerator) and status = DEPLOYED "
        f"{nothing_uses('aws_globalaccelerator_accelerator')}"
    ),
    reason="an accelerator without listeners",
    facts=("dns_name",),
    min_age=timedelta(days=14),
    unchanged_for=timedelta(days=14),
    cannot_see=(
        "allow lists of partners, and DNS records elsewhere, that name its addresses, which "
        "are lost",
    ),
)

UNUSED_IP_SETS = declare(
    "unused_ip_sets",
    question="Which IP sets of WAF does no rule use?",
    search=(f"is(aws_waf_ip_set) {nothing_uses('aws_waf_ip_set')}"),
    reason="an IP set that no rule names",
    facts=("addresses",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=(
        "programs that fill the set for rules that are added later",
        "rules of Firewall Manager in other accounts",
    ),
)

UNUSED_FIREWALL_POLICIES = declare(
    "unused_firewall_policies",
    question="Which policies does no network firewall use?",
    search=(
        "is(aws_network_firewall_policy) and number_of_associations = 0 "
        f"{nothing_uses('aws_network_firewall_policy')}"
    ),
    reason="a policy that no network firewall uses",
    facts=("number_of_associations",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=("firewalls that are created with it later",),
)

UNUSED_FIREWALL_RULE_GROUPS = declare(
    "unused_firewall_rule_groups",
    question="Which rule groups does no policy of a network firewall use?",
    search=(
        "is(aws_network_firewall_rule_group) and number_of_associations = 0 "
        f"{nothing_uses('aws_network_firewall_rule_group')}"
    ),
    reason="a rule group that no policy uses",
    facts=(
        "number_of_associations",
        "type",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=("policies that are created with it later",),
)

UNUSED_WAF_RULE_GROUPS = declare(
    "unused_waf_rule_groups",
    question="Which rule groups of WAF does no web ACL use?",
    search=(f"is(aws_waf_rule_group) {nothing_uses('aws_waf_rule_group')}"),
    reason="a rule group that no web ACL names",
    facts=("capacity",),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=60),
    cannot_see=("policies of Firewall Manager, and web ACLs of other accounts",),
)
