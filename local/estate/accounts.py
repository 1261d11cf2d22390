"""Builds the whole estate, account by account."""

from local.estate.background import (
    fill_databases,
    fill_identities,
    fill_services,
    fill_stack,
    mark_bucket,
)
from local.estate.ground import (
    ACCOUNTS,
    NAMES,
    PAYMENTS,
    REGIONS,
    SANDBOX,
    Clients,
    Estate,
    Site,
    now,
)
from local.estate.network import Network, abandon_network, create_network
from local.estate.payments import fill_payments, peer
from local.estate.sandbox import fill_sandbox, keep_group_member, keep_inhabited_network


def build(clients: Clients) -> Estate:
    """Create the estate; `clients(service, account, region)` returns a boto3 client."""
    estate = Estate(created=now())
    sites = {
        (account, region): Site(estate, clients, account, region)
        for account in ACCOUNTS
        for region in REGIONS
    }
    for account in ACCOUNTS:
        role = fill_identities(sites[account, REGIONS[0]], NAMES[account])
        for region in REGIONS:
            fill_services(sites[account, region], NAMES[account], role)
            mark_bucket(sites[account, region], NAMES[account])
    for octet, region in enumerate(REGIONS, start=10):
        network, _ = fill_payments(sites[PAYMENTS, region], octet)
        if region == REGIONS[0]:
            _finish_payments(sites[PAYMENTS, region], network)
    networks = [
        fill_sandbox(sites[SANDBOX, region], octet) for octet, region in enumerate(REGIONS, 20)
    ]
    keep_group_member(sites[SANDBOX, REGIONS[0]], networks[0])
    keep_inhabited_network(sites[SANDBOX, REGIONS[0]])
    abandon_network(sites[SANDBOX, REGIONS[1]])
    return estate


def _finish_payments(site: Site, network: Network) -> None:
    fill_databases(site, network)
    fill_stack(site)
    back_office = create_network(site, 30, site.aged(700, Name="back-office"))
    peer(site, network, back_office)
