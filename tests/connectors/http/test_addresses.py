"""A system's address never leads to this machine, its network or its cloud, unless the operator allows it."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from connectors.contract.errors import ConfigError
from connectors.http import addresses

REFUSED = [
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "0.0.0.0",  # noqa: S104 - refused
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2001:0:0:0:0:0:f5ff:fffe",
    "192.0.0.192",
    "192.88.99.1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b:1:a00:0:100:808:808",
    "fec0::1",
    "5f00::1",
]


def _named(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    """Let every name have these addresses."""

    def look_up(_host: str, port: int, **_: Any) -> list[Any]:
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (families[ip_address(each).version], socket.SOCK_STREAM, 6, "", (each, port)) for each in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    host = f"[{address}]" if ":" in address else address
    for url in (f"https://{host}/api", f"https://{host}:6379"):
        with pytest.raises(ConfigError, match=r"Payroll leads to this machine or to a private network"):
            addresses.resolve("Payroll", url, ())
    _named(monkeypatch, address)
    with pytest.raises(ConfigError, match="private network"):
        addresses.resolve("Payroll", "https://payroll.example.com", ())


@pytest.mark.parametrize(
    "url", ["https://0x7f000001", "https://2130706433", "https://127.1", "https://localhost"]
)
def test_other_spellings_of_this_machine_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="this machine"):
        addresses.resolve("Payroll", url, ())


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _named(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(ConfigError, match="private network"):
        addresses.resolve("Payroll", "https://payroll.example.com", ())


def test_public_addresses_are_returned_ipv4_first(monkeypatch: pytest.MonkeyPatch) -> None:
    _named(monkeypatch, "2606:2800:220:1::1", "93.184.216.34", "93.184.216.34")
    found = addresses.resolve("Payroll", "https://payroll.example.com", ())
    assert found == ("93.184.216.34", "2606:2800:220:1::1")


def test_the_operator_can_allow_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = [ip_network("10.1.0.0/16"), *addresses.LOOPBACK]
    assert addresses.resolve("Payroll", "https://10.1.2.3", allowed) == ("10.1.2.3",)
    assert addresses.resolve("Payroll", "http://127.0.0.1:8600", allowed) == ("127.0.0.1",)
    with pytest.raises(ConfigError, match="private network"):
        addresses.resolve("Payroll", "https://10.2.2.3", allowed)
    with pytest.raises(ConfigError, match="https://"):
        addresses.resolve("Payroll", "http://10.1.2.3", allowed)
    _named(monkeypatch, "10.1.2.3")
    with pytest.raises(ConfigError, match="https://"):
        addresses.resolve("Payroll", "http://localhost", allowed)


@pytest.mark.parametrize(
    "url", ["https://", "http://[", "ftp://example.com", "https://a:port", "payroll.example.com"]
)
def test_what_is_not_a_web_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="not a web address"):
        addresses.resolve("Payroll", url, ())


@pytest.mark.parametrize("host", ["a" * 70 + ".example.com", "payroll..example.com", "nobody.invalid"])
def test_a_host_without_an_address_cannot_be_reached(host: str) -> None:
    with pytest.raises(OSError):
        addresses.resolve("Payroll", f"https://{host}", ())
