"""A system that takes no more requests for a minute or for hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract.errors import LimitReachedError, TemporaryError
from connectors.http.transport import OwnHeaders
from tests.connectors.http.test_client import get
from tests.connectors.stand_ins import Patient, reply, scripted


async def test_a_longer_wait_than_a_run_has_says_until_when() -> None:
    async with scripted(reply(429, Retry_After="3600")) as system, Patient(system.url) as client:
        with pytest.raises(LimitReachedError, match="takes no more until") as caught:
            await get(client)
    assert timedelta(minutes=59) < caught.value.until - datetime.now(UTC) <= timedelta(minutes=60)
    assert len(system.asked) == 1


async def test_a_wait_that_nobody_can_mean_is_a_failure() -> None:
    async with scripted(reply(429, Retry_After="99999999")) as system, Patient(system.url) as client:
        with pytest.raises(TemporaryError) as caught:
            await get(client)
    assert caught.value.retry_after == 99999999


async def test_the_last_request_of_a_minute_is_followed_by_a_pause() -> None:
    answers = [reply(200, [], X_Left="1"), reply(200, [], X_Left="0"), reply(200, [])]
    async with (
        scripted(*answers) as system,
        Patient(system.url, own_headers=OwnHeaders(minute="X-Left")) as client,
    ):
        await get(client)
        assert client.clock.now < 1
        await get(client)
        await get(client)
        assert client.clock.now >= 60
