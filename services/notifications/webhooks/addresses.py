"""Which network addresses webhooks may lead to: public ones, and private networks that a setting names.

Without this, whoever may arrange a webhook could make the platform post into its own network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from shared.settings import BadSetting

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, kw_only=True)
class AddressRules:
    """`loopback` is for development only."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False

    def allows(self, text: str) -> bool:
        """Whether this numeric address may be reached; one inside another (mapped, 6to4, NAT64) is looked at as well."""
        address = ip_address(text.partition("%")[0])
        return all(self._allows_one(one) for one in (address, *_inside(address)))

    def _allows_one(self, address: Address) -> bool:
        if any(address in network for network in self.networks if network.version == address.version):
            return True
        if address.is_loopback:
            return self.loopback
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            return True  # what it maps is looked at
        return address.is_global and not address.is_multicast and not address.is_reserved


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks from their setting. Raises `BadSetting`."""
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise BadSetting(f"STEWARD_WEBHOOK_NETWORKS: {error}") from error


def _inside(address: Address) -> list[Address]:
    if isinstance(address, IPv4Address):
        return []
    teredo = address.teredo or ()
    nat64 = (IPv4Address(int(address) & 0xFFFFFFFF),) if address in NAT64 else ()
    return [one for one in (address.ipv4_mapped, address.sixtofour, *teredo, *nat64) if one is not None]
