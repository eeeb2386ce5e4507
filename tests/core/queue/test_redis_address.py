"""What REDIS_URL may say: one server, or sentinels that name the primary."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import StartError
from core.queue import redis_address


def test_an_address_of_sentinels_names_them_the_primary_the_database_and_passwords() -> None:
    url = "sentinel://ihub:s%40fe@10.0.0.1:26380,[::1]:5000,redis3/main/2?sentinel_password=other"
    client = redis_address.client(url, socket_timeout=0.1)
    pool: Any = client.connection_pool
    options = pool.connection_kwargs
    assert (options["db"], options["username"], options["password"]) == (2, "ihub", "s@fe")
    assert pool.service_name == "main"
    asked = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"]) for each in asked] == [
        ("10.0.0.1", 26380),
        ("::1", 5000),
        ("redis3", 26379),
    ]
    assert {each["password"] for each in asked} == {"other"} and {
        each["socket_timeout"] for each in asked
    } == {0.1}


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://",
        "sentinel://host",
        "sentinel:///main",
        "sentinel://a:x/main",
        "sentinel://a/main/zero",
        "host",
    ],
)
def test_an_address_that_makes_no_sense_is_refused_with_the_forms_there_are(url: str) -> None:
    with pytest.raises(StartError, match="sentinel://host:port,host:port/name/0"):
        redis_address.client(url)
