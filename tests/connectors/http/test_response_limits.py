"""A response that is larger than iHUB reads is an error that says so."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from connectors.contract.errors import TemporaryError, TooLargeError, UnansweredError
from connectors.http.json_body import Limits
from connectors.http.response import Response
from tests.connectors.http.test_client import Send, get, post, put
from tests.connectors.stand_ins import Patient, reply, scripted


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (reply(200, raw=b"[" + b"0," * 6000 + b"0]"), "more than 5,000 values"),
        (reply(200, raw=b'{"a":' * 70 + b"1" + b"}" * 70), "objects nested more than 64 levels deep"),
        (reply(200, raw=b"[" * 4_000), "objects nested too deeply"),
        (reply(200, raw=b"{" * 5 + b'"' + b"[{" * 40 + b'":1' + b"}" * 5), None),
        (reply(200, raw=b'{"a": "' + b"[{" * 200 + b'"}'), None),
        (reply(200, raw=b" " * 5000), "more than 0.004 MB"),
    ],
    ids=["values", "depth", "unclosed", "not JSON", "brackets in a text", "bytes"],
)
@pytest.mark.parametrize("send", [get, put, post])
async def test_a_response_that_is_too_large_is_named(send: Send, answer: bytes, what: str | None) -> None:
    limits = Limits(bytes=4_000 if what and "MB" in what else 1_000_000, values=5000)
    async with scripted(answer) as system, Patient(system.url, limits=limits) as client:
        if what is None:
            limited = await _error_of(send(client))
            assert not isinstance(limited, TooLargeError)
            return
        expected = UnansweredError if send is post else TooLargeError
        with pytest.raises(expected, match=f"Payroll responded with {what}"):
            await send(client)
    assert len(system.asked) == 1, "it would be as large again"


async def _error_of(sending: Awaitable[Response]) -> Exception | None:
    try:
        await sending
    except TemporaryError as error:
        return error
    return None


async def test_a_refusal_that_is_nested_too_deeply_is_still_a_refusal() -> None:
    answer = reply(422, raw=b"[" * 200 + b"]" * 200)
    async with scripted(answer) as system, Patient(system.url) as client:
        assert await post(client) == Response(422, None)
