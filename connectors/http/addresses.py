"""Find the addresses of a system's host, and refuse those that a system of a customer cannot have.

An administrator enters where a system is. Without this check they could let iHUB call this machine, its private network
or the metadata service of its cloud. Callers connect to an address that was checked, so that a name cannot lead
elsewhere a moment later.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from connectors.contract.errors import ConfigError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_PORTS = {"https": 443, "http": 80}
# Public by their numbers, but not by what responds there: Azure's metadata and host agent, protocols of the own network
# (Oracle's metadata), relays to any IPv4 network.
_RESERVED = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
# All of IPv6 that is given to public networks. The rest has old and local forms of IPv4 addresses in it.
_IPV6_PUBLIC = IPv6Network("2000::/3")
# IPv4 addresses as an IPv6 network reaches them (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")

_allowed: tuple[Network, ...] = ()


def allow(networks: Iterable[Network]) -> None:
    """Set the networks that the operator allows besides public ones; ``core.settings`` does so in each process."""
    global _allowed  # noqa: PLW0603 - what the operator allows holds for the whole process
    _allowed = tuple(networks)


def allowed() -> tuple[Network, ...]:
    """Return the networks that the operator allows besides public ones."""
    return _allowed


def resolve(system: str, url: str, networks: Sequence[Network]) -> tuple[str, ...]:
    """Return the IP addresses of an address' host, IPv4 first; ``system`` is its name for messages.

    They are public or in one of the networks; ``allowed`` returns those of the operator. This asks a name server and
    blocks. Raises ConfigError when any of them may not be called, OSError when there are
    none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        host = None
    if not host:
        raise ConfigError(f"The address set for {system} is not a web address. Correct it.")
    found = [ip_address(address) for address in _look_up(host, port)]
    if not all(is_allowed(address, networks) for address in found):
        raise ConfigError(
            f"The address set for {system} leads to this machine or to a private network, which iHUB does not call. "
            "Correct the address, or ask the operator of iHUB to allow that network."
        )
    if parts.scheme == "http" and not all(address.is_loopback for address in found):
        raise ConfigError(f"The address set for {system} must begin with https://. Correct it.")
    return tuple(map(str, sorted(found, key=lambda address: address.version)))


def is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    """Say whether an address may be called: it is public, or in one of the networks."""
    if any(address in network for network in networks):
        return True
    inner = _embedded(address)
    if inner is not None:
        return is_allowed(inner, networks)
    if isinstance(address, IPv6Address) and address not in _IPV6_PUBLIC:
        return False
    is_reserved = any(address in network for network in _RESERVED)
    return address.is_global and not address.is_multicast and not is_reserved


def _embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to; None where it leads to none."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _look_up(host: str, port: int) -> list[str]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a name that no name server can know
        raise OSError("The host has no address.") from error
    found = dict.fromkeys(str(answer[4][0]).partition("%")[0] for answer in answers)
    if not found:
        raise OSError("The host has no address.")
    return list(found)
