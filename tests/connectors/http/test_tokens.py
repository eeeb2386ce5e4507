"""Tokens as a token endpoint sends them: what cannot be sent back to it is never kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from connectors.contract.errors import TemporaryError
from connectors.http.sign_in import oauth
from connectors.registry import connector_of
from tests.connectors.stand_ins import reply, scripted

CLIENT = oauth.Client("ihub", "ihub-demo-secret")
UNSENDABLE = [
    "A\r\nX: y",
    "A\nB",
    "A\0",
    "A\t",
    "\u0442\u043e\u043a\u0435\u043d",
    "\u00e9",
    "A\u2028",
    "\ud800",
    "A\x7f",
    5,
    True,
    ["A"],
    {"a": 1},
]


@pytest.mark.parametrize("token", UNSENDABLE, ids=repr)
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
async def test_a_token_that_no_header_can_hold_is_refused(name: str, token: Any) -> None:
    granted = {"access_token": "A", "refresh_token": "R2", "expires_in": 1799, "token_type": "bearer"}
    answer = reply(200, raw=json.dumps(granted | {name: token}).encode())
    connector = connector_of("ipayroll")
    async with scripted(answer) as system:
        payroll = connector, connector.settings.model_validate({"url": system.url})
        for ask in (
            lambda: oauth.refresh(*payroll, CLIENT, "R1"),
            lambda: oauth.exchange(*payroll, CLIENT, "C1", "https://ihub.example/oauth/callback"),
        ):
            with pytest.raises(TemporaryError, match="iPayroll responded to the sign-in with a token"):
                await asyncio.to_thread(ask)
