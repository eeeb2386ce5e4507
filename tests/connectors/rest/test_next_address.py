"""The address of the next page is resolved as RFC 3986 says, and requested from the system itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract.errors import TemporaryError
from tests.connectors.rest.test_paging import listing, nodes
from tests.connectors.rest.test_source import opened
from tests.connectors.stand_ins import reply, scripted
from tests.connectors.suites import read_all

UNENCODED = "?q=Jo Ann&n=Māui"
ADDRESSES = {
    "?page=2": "/hr/people/next?page=2",
    "next?page=2": "/hr/people/next?page=2",
    "./next?page=2": "/hr/people/next?page=2",
    "/hr/people/next?page=2": "/hr/people/next?page=2",
    "?q=Jo Ann": "/hr/people/next?q=Jo%20Ann",
    UNENCODED: "/hr/people/next?q=Jo%20Ann&n=M%C4%81ui",
    "?q=Jo%20Ann%2B&x=a+b": "/hr/people/next?q=Jo%20Ann%2B&x=a+b",
    " ?page=2#top ": "/hr/people/next?page=2",
    "https://elsewhere.example.com/hr/people/next?page=2": "/hr/people/next?page=2",
    "//elsewhere.example.com/hr/people/next?page=2": "/hr/people/next?page=2",
}


@pytest.mark.parametrize(
    ("address", "in_header"),
    [
        (address, in_header)
        for address in ADDRESSES
        for in_header in (True, False)
        if not in_header or address.isascii()
    ],
)
async def test_the_next_address_is_resolved_as_rfc_3986_says(
    tmp_path: Path, address: str, in_header: bool
) -> None:
    kind = "link" if in_header else "next"
    expected = ADDRESSES[address].replace("next?", f"{kind}?")
    address = address.replace("next?", f"{kind}?")
    header = f'<{address}>; rel="next"'.encode()
    first = reply(200, {"data": nodes(1, 2), "next": address})
    if in_header:
        first = reply(200, {"data": nodes(1, 2)}).replace(b"\r\n", b"\r\nLink: %b\r\n" % header, 1)
    async with (
        scripted(first, reply(200, {"data": nodes(3), "next": None})) as system,
        opened(tmp_path, f"{system.url}/hr", listing(kind)) as source,
    ):
        assert len(await read_all(source)) == 3
    assert system.asked[1].path == expected


async def test_a_link_header_that_cannot_be_read_ends_no_list(tmp_path: Path) -> None:
    header = f'<{UNENCODED}>; rel="next"'.encode()
    first = reply(200, {"data": nodes(1, 2)}).replace(b"\r\n", b"\r\nLink: %b\r\n" % header, 1)
    async with scripted(first) as system, opened(tmp_path, f"{system.url}/hr", listing("link")) as source:
        with pytest.raises(TemporaryError, match="something other than HTTP"):
            await read_all(source)


@pytest.mark.parametrize(
    "address", ["https://evil.example.com/other", "//evil.example.com", "http://[::1", "../.."]
)
async def test_a_next_address_outside_the_systems_own_is_not_requested(tmp_path: Path, address: str) -> None:
    answer = reply(200, {"data": nodes(1, 2), "next": address})
    async with scripted(answer) as system, opened(tmp_path, f"{system.url}/hr", listing("next")) as source:
        with pytest.raises(TemporaryError, match="not its own"):
            await read_all(source)
    assert len(system.asked) == 1
