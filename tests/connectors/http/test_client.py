"""What the HTTP client does when a system misbehaves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connectors.contract.errors import AuthError, TemporaryError, UnansweredError
from connectors.http.client import Client
from connectors.http.response import Response
from connectors.http.retry import Retry
from connectors.http.transport import Timeouts, Transport
from tests.connectors.stand_ins import RESET, SILENCE, Held, Patient, half, reply, scripted

HTML = reply(200, raw=b"<html><body>Down for maintenance, Jane Citizen</body></html>")
FAULTS = {
    "status 503": reply(503, {"secret": "value"}),
    "status 408": reply(408),
    "reset": RESET,
    "half a body": half(b'{"name": "Ja'),
    "html": HTML,
    "cut json": reply(200, raw=b'{"name": "Ja'),
}
SHORT = Timeouts(total=5, connect=5, silence=0.05)

Send = Callable[[Client], Awaitable[Response]]


def get(client: Client) -> Awaitable[Response]:
    return client.get("/people", {"page": 0})


def put(client: Client) -> Awaitable[Response]:
    return client.put("/people/1", {"name": "Jane"})


def post(client: Client) -> Awaitable[Response]:
    return client.post("/people", [{"name": "Jane"}])


async def test_an_answer_has_its_status_and_its_json() -> None:
    async with scripted(reply(200, {"a": 1})) as system, Patient(system.url) as client:
        assert await get(client) == Response(200, {"a": 1})
        [request] = system.asked
    assert request.path == "/people?page=0"
    assert request.headers["authorization"] == "Bearer token"


async def test_json_is_sent_and_an_empty_response_is_none() -> None:
    async with scripted(reply(204)) as system, Patient(system.url) as client:
        assert await put(client) == Response(204, None)
    assert system.asked[0].json == {"name": "Jane"}
    assert system.asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 423])
async def test_a_refusal_is_returned_to_the_connector(status: int) -> None:
    async with scripted(reply(status, {"messages": ["No"]})) as system, Patient(system.url) as client:
        answer = await post(client)
    assert (answer.status, answer.ok, answer.data) == (status, False, {"messages": ["No"]})


@pytest.mark.parametrize("status", [400, 402, 409, 413, 422, 423])
async def test_a_refusal_without_json_is_returned_with_its_status(status: int) -> None:
    async with scripted(reply(status, raw=b"<h1>Jane Citizen</h1>")) as system, Patient(system.url) as client:
        assert await post(client) == Response(status, None)
    assert len(system.asked) == 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("send", [get, put])
async def test_reads_and_replacements_are_repeated_until_they_succeed(send: Send, fault: bytes) -> None:
    async with scripted(fault, fault, reply(200, [])) as system, Patient(system.url) as client:
        assert (await send(client)).data == []
    assert len(system.asked) == 3


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_creation_that_may_have_happened_is_never_repeated(fault: bytes) -> None:
    async with scripted(fault, reply(201, [])) as system, Patient(system.url) as client:
        with pytest.raises(UnansweredError, match="not known whether"):
            await post(client)
    assert len(system.asked) == 1


async def test_a_creation_without_an_answer_is_unanswered() -> None:
    async with scripted(SILENCE) as system, Patient(system.url, timeouts=SHORT) as client:
        with pytest.raises(UnansweredError, match="did not respond in time"):
            await post(client)
    assert len(system.asked) == 1


async def test_a_read_without_an_answer_is_repeated() -> None:
    async with scripted(SILENCE, reply(200, [])) as system, Patient(system.url, timeouts=SHORT) as client:
        assert (await get(client)).ok


@pytest.mark.parametrize("send", [get, put, post])
async def test_every_request_is_repeated_when_the_connection_was_refused(send: Send) -> None:
    async with Patient(f"http://127.0.0.1:{_free_port()}") as client:
        with pytest.raises(TemporaryError, match="Payroll could not be reached") as caught:
            await send(client)
    assert not isinstance(caught.value, UnansweredError)
    assert len(client.clock.waits) == Retry().tries - 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_tries_are_limited_and_the_waits_grow() -> None:
    async with scripted(reply(500)) as system, Patient(system.url) as client:
        with pytest.raises(TemporaryError, match=r"Payroll failed \(status 500\)\. Try again later\."):
            await get(client)
    assert len(system.asked) == 5
    assert [wait for wait in client.clock.waits if wait > 0.1] == [0.5, 1.0, 2.0, 4.0]


async def test_the_total_time_of_all_tries_is_limited() -> None:
    retry = Retry(tries=100, max_total_seconds=10, jitter=lambda: 1.0)
    async with scripted(reply(500)) as system, Patient(system.url, retry=retry) as client:
        with pytest.raises(TemporaryError):
            await get(client)
        assert client.clock.now <= 10


@pytest.mark.parametrize("send", [get, put, post])
async def test_a_429_waits_as_long_as_the_system_asks(send: Send) -> None:
    async with scripted(reply(429, Retry_After="7"), reply(200, [])) as system, Patient(system.url) as client:
        assert (await send(client)).ok
        assert client.clock.now >= 7
    assert len(system.asked) == 2


async def test_a_429_without_a_time_backs_off() -> None:
    async with scripted(reply(429), reply(429), reply(200, [])) as system, Patient(system.url) as client:
        assert (await get(client)).ok
        assert 1.5 <= client.clock.now < 3


async def test_a_429_pauses_all_requests() -> None:
    async with (
        scripted(reply(429, Retry_After="9"), reply(200, [])) as system,
        Patient(system.url, concurrency=4) as client,
    ):
        await get(client)
        before = client.clock.now
        await asyncio.gather(*(get(client) for _ in range(3)))
    assert before >= 9
    assert len(system.asked) == 5


async def test_a_refused_token_is_renewed_once() -> None:
    held = Held("old", "new")
    async with (
        scripted(reply(401, raw=b"<html>"), reply(200, [])) as system,
        Patient(system.url, held) as client,
    ):
        assert (await get(client)).ok
    assert [asked.headers["authorization"] for asked in system.asked] == ["Bearer old", "Bearer new"]
    assert held.renewals == 1


async def test_a_token_refused_twice_is_an_auth_error() -> None:
    held = Held("old", "new", "newer")
    async with scripted(reply(401)) as system, Patient(system.url, held) as client:
        with pytest.raises(AuthError, match="reconnect Payroll") as refusal:
            await post(client)
    assert len(system.asked) == 2
    assert held.refusals == [str(refusal.value)], "the keeper of the credentials hears it first"


async def test_a_refusal_carries_the_credentials_that_must_not_be_shown_with_it() -> None:
    async with (
        scripted(reply(400, {}), reply(200, {})) as system,
        Patient(system.url, Held("canary")) as client,
    ):
        refused, taken = await get(client), await get(client)
    assert (refused.secrets, taken.secrets) == (("canary",), ())
    assert "canary" not in repr(refused)


async def test_requests_refused_together_renew_the_token_once() -> None:
    class Slow(Held):
        async def renew(self) -> None:
            while len(system.asked) < 3:  # noqa: ASYNC110 - the system has no event
                await asyncio.sleep(0.001)
            await super().renew()

    held = Slow("old", "new", "newer")
    async with scripted(*[reply(401)] * 3, reply(200, [])) as system, Patient(system.url, held) as client:
        answers = await asyncio.gather(*(get(client) for _ in range(3)))
    assert all(answer.ok for answer in answers)
    assert held.renewals == 1


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with (
        scripted(reply(status, Location="http://127.0.0.1:1/elsewhere")) as system,
        Patient(system.url) as client,
    ):
        with pytest.raises(TemporaryError, match="redirect") as caught:
            await post(client)
    assert not isinstance(caught.value, UnansweredError)


@pytest.mark.parametrize("status", [302, 303])
async def test_a_creation_answered_with_see_other_is_never_repeated(status: int) -> None:
    async with (
        scripted(reply(status, Location="/people/7"), reply(201, [])) as system,
        Patient(system.url) as client,
    ):
        with pytest.raises(UnansweredError, match="redirect"):
            await post(client)
    assert len(system.asked) == 1


@pytest.mark.parametrize("fault", [*FAULTS.values(), reply(405, raw=b"<h1>Jane Citizen</h1>")])
async def test_no_message_holds_a_body_a_token_or_an_address(fault: bytes) -> None:
    async with scripted(fault) as system, Patient(system.url, Held("the-token")) as client:
        with pytest.raises(TemporaryError) as caught:
            await client.get("/people/4711", {"name": "Citizen"})
    shown = f"{caught.value!r} {caught.value.__cause__!r}"
    assert not any(secret in shown for secret in ("Citizen", "the-token", "4711", "Ja", "secret", "?"))


async def test_environment_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with scripted(reply(200, [])) as system, Patient(system.url) as client:
        assert (await get(client)).ok


async def test_the_number_of_concurrent_requests_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    busy: list[Any] = []
    most = 0
    exchange = Transport.exchange

    async def counted(self: Transport, *details: Any) -> Any:
        nonlocal most
        busy.append(details)
        most = max(most, len(busy))
        try:
            return await exchange(self, *details)
        finally:
            busy.pop()

    monkeypatch.setattr(Transport, "exchange", counted)
    async with scripted(reply(200, [])) as system, Patient(system.url, concurrency=3) as client:
        await asyncio.gather(*(get(client) for _ in range(20)))
    assert most == 3


@pytest.mark.parametrize(
    "answer",
    [
        reply(403, {"message": "Forbidden"}, Retry_After="2"),
        reply(403, {"message": "You have exceeded a secondary rate limit."}),
        reply(403, {"error": "The service is temporarily unavailable."}),
        reply(403, raw=b"Down for maintenance"),
        reply(403, {"detail": "Busy. Please try again in a few minutes."}),
    ],
)
async def test_a_403_that_means_not_now_is_waited_for(answer: bytes) -> None:
    async with scripted(answer, reply(200, {"a": 1})) as system, Patient(system.url) as client:
        assert (await post(client)).data == {"a": 1}
    assert len(system.asked) == 2


@pytest.mark.parametrize("words", ["Forbidden", "You lack a permission. Ask for it, then try again."])
async def test_a_403_about_a_permission_is_a_refusal(words: str) -> None:
    async with scripted(reply(403, {"message": words})) as system, Patient(system.url) as client:
        assert (await post(client)).status == 403


@pytest.mark.parametrize(
    "answer",
    [
        reply(429, {"message": "Employee limit reached"}),
        reply(429, {"error": "Your plan includes 50 seats. Upgrade to add more."}),
        reply(429, raw=b"Employee quota exceeded"),
        reply(429, {"detail": "Your request exceeds the number of employees in your subscription."}),
        reply(429, {"message": "Too many employees for this company."}),
    ],
)
async def test_a_limit_of_employees_is_told_soon(answer: bytes) -> None:
    async with scripted(*[answer] * 4) as system, Patient(system.url) as client:
        first = await post(client)
        waited = client.clock.time()
        assert (first.status, len(system.asked)) == (429, 3) and waited < 5
        assert (await post(client)).status == 429  # the limit is known now
    assert len(system.asked) == 4 and first.data


@pytest.mark.parametrize(
    "answer",
    [
        reply(429),
        reply(429, {"message": "API rate limit reached"}),
        reply(429, {"message": "Too many requests"}),
        reply(429, {"message": "Request limit of the employee list exceeded"}),
        reply(429, {"message": "Quota of 1000 API calls used"}),
        reply(429, {"message": "Employee limit reached"}, Retry_After="3"),
    ],
)
async def test_a_limit_of_requests_is_waited_for(answer: bytes) -> None:
    async with scripted(*[answer] * 6, reply(200, {"a": 1})) as system, Patient(system.url) as client:
        assert (await post(client)).data == {"a": 1}


async def test_credentials_are_known_also_where_a_success_is_a_refusal() -> None:
    async with (
        scripted(reply(200, {"success": False})) as system,
        Patient(system.url, Held("canary")) as client,
    ):
        response = await post(client)
    assert response.credentials == ("canary",) and "canary" not in repr(response)
