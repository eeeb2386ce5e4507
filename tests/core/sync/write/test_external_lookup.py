"""After a create that was not answered, a target that finds people by our id is asked for it, without a listing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from connectors.contract.capabilities import FindsExternalId
from connectors.contract.connector import Connector
from connectors.contract.errors import UnansweredError
from connectors.registry import connector_of
from core.sides.credentials import GivenAuthoriser
from core.sync.write.lookup import Lookup
from harness.sandbox import Sandbox
from tests.connectors.catalogue.test_keypay import KEY, ROSE
from tests.connectors.described import target_of


def work(entry: Connector) -> Any:
    return cast(
        Any, SimpleNamespace(systems=SimpleNamespace(target_connector=entry), pairing_id=1, has_links=None)
    )


async def test_a_create_that_was_not_answered_is_found_by_our_id(sandbox: Sandbox) -> None:
    entry = connector_of("keypay")
    authoriser = GivenAuthoriser(entry, {"api_key": KEY})
    async with target_of("keypay", authoriser, url=sandbox.keypay_url, business_id="4711") as target:
        assert isinstance(target, FindsExternalId)
        lookup, prepared = Lookup(work(entry), target), target.prepare("77", ROSE)
        sandbox.control.switches("keypay", answer_lost_next=1, only_method="POST")
        with pytest.raises(UnansweredError):
            await target.create(prepared)
        asked = sandbox.control.counters("keypay")["requests"]
        for [found] in (
            (await lookup.find_sent("77", prepared, lookup.new_list())).exact,
            (await lookup.find_earlier("77", prepared)).exact,
        ):
            assert (found.target_id, found.external_id) == ("100", "77")
    assert sandbox.control.counters("keypay")["requests"] == asked + 2
