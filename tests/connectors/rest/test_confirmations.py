"""A status of success is not enough: a create counts when the response names the employee, and a refusal is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import RefusedTogetherError, TemporaryError, UnansweredError
from connectors.contract.records import Outcome, Reason
from connectors.rest import loader
from connectors.rest.client.bulk_target import BulkCreateTarget
from connectors.rest.client.capabilities import target_class
from connectors.rest.client.target import RestTarget
from tests.connectors.described import QUICK
from tests.connectors.people import AUSTRALIAN
from tests.connectors.rest import roster
from tests.connectors.rest.test_target import DESCRIPTION
from tests.connectors.stand_ins import Held, Script, reply, scripted

PLAIN = DESCRIPTION.replace(", id_from_location: true", "")
OURS = PLAIN.replace("target:\n", "target:\n  external_id: key\n  external_id_chosen_by_us: true\n").replace(
    "  fields:\n", "  fields:\n    - {name: key, label: Id, from: source_id, only_on_create: true}\n"
)
MARKED = PLAIN.replace(
    "errors:\n",
    "errors:\n  success: {at: status, is: [OK, Created]}\n  refused: {at: warning, is: [fatal]}\n",
)


def opened(folder: Path, url: str, text: str = PLAIN) -> RestTarget:
    file = folder / "desk.yaml"
    file.write_text(text)
    system = loader.load_system(file)
    return target_class(system.description)(
        system, system.form.model_validate({"url": url}), Held(), retry=QUICK
    )


async def create(folder: Path, system: Script, text: str = PLAIN) -> Outcome:
    async with opened(folder, system.url, text) as target:
        return await target.create(target.prepare("E1", AUSTRALIAN))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"success": False}),
        (200, {"status": "ERROR", "key": None}),
        (200, {"status": "ERROR", "key": 17}),
        (201, {"key": None}),
        (201, {"key": ""}),
        (201, {"key": 0}),
        (201, {"key": "-1"}),
        (201, {"key": "00000000-0000-0000-0000-000000000000"}),
        (201, {"key": "{00000000-0000-0000-0000-000000000000}"}),
        (201, {"key": "000"}),
        (201, {"key": "-"}),
        (201, {"key": "N/A"}),
        (201, {"key": {"value": 7}}),
        (200, {"data": {"key": 7}}),
        (200, [{"success": False, "key": 7}]),
        (200, {"key": 7, "errors": [{"field": "nick", "message": "taken"}]}),
        (200, {"Success": False, "key": 7}),
        (200, {"IS_SUCCESS": "false", "key": 7}),
        (200, {"Status": "Error", "key": 7}),
        (200, {"has-errors": True, "key": 7}),
        (200, {"status": 500, "message": "The roster is being rebuilt.", "key": 7}),
        (200, {"type": "about:blank", "statusCode": "422", "detail": "No such site.", "key": 7}),
        (200, {"jobId": 5}),
        (202, {"jobId": 5}),
        (202, {"key": 5}),
        (202, {"key": 5, "state": "queued"}),
        (201, []),
        (201, "7"),
        (201, None),
        (204, None),
    ],
)
async def test_a_create_without_an_id_of_the_employee_counts_as_unanswered(
    tmp_path: Path, status: int, body: object
) -> None:
    async with scripted(reply(status, body)) as system:
        with pytest.raises(UnansweredError) as caught:
            await create(tmp_path, system)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"success": False}),
        (200, {"status": "ERROR", "key": None}),
        (201, {"key": None}),
        (201, {"key": "E99"}),
        (200, {"jobId": 5}),
        (202, None),
        (201, []),
        (201, {}),
    ],
)
async def test_an_id_of_ours_does_not_make_a_failure_a_success(
    tmp_path: Path, status: int, body: object
) -> None:
    async with scripted(reply(status, body)) as system:
        with pytest.raises(UnansweredError):
            await create(tmp_path, system, OURS)


async def test_a_queued_request_has_no_employee_yet(tmp_path: Path) -> None:
    async with scripted(reply(200, {"key": 5, "status": "Queued"})) as system:
        with pytest.raises(UnansweredError) as caught:
            await create(tmp_path, system)
    assert caught.value.is_accepted
    async with scripted(reply(200, {"key": 5, "status": "Pending", "nick": None})) as system:
        assert (await create(tmp_path, system)).target_id == "5"


@pytest.mark.parametrize("body", [None, {"key": "e1"}])
async def test_an_id_of_ours_is_confirmed_by_itself_or_by_an_empty_response(
    tmp_path: Path, body: object
) -> None:
    async with scripted(reply(201, body)) as system:
        assert (await create(tmp_path, system, OURS)).target_id == "E1"


async def test_the_place_of_the_employee_in_a_response_can_be_said(tmp_path: Path) -> None:
    text = PLAIN.replace("query: {notify:", "record: data.staff, query: {notify:")
    async with scripted(reply(201, {"data": {"staff": [{"key": 7}]}})) as system:
        assert (await create(tmp_path, system, text)).target_id == "7"


async def test_the_words_of_a_response_without_an_id_are_kept(tmp_path: Path) -> None:
    body = {"success": False, "errors": {"nick": ["taken"]}, "token": "x"}
    async with scripted(reply(200, body)) as system:
        with pytest.raises(UnansweredError) as caught:
            await create(tmp_path, system)
    assert str(caught.value) == (
        "Desk responded without confirming that the employee was written: Nickname: taken."
    )


@pytest.mark.parametrize(
    "body",
    [
        {"status": "Failed", "errors": ["No such branch"], "key": 7},
        {"status": "created", "warning": "FATAL", "error": {"text": "No such branch"}},
    ],
)
async def test_a_file_can_say_what_marks_a_refusal(tmp_path: Path, body: object) -> None:
    for write in ("create", "update"):
        async with (
            scripted(reply(200, body)) as system,
            opened(tmp_path, system.url, MARKED) as target,
        ):
            prepared = target.prepare("1", AUSTRALIAN)
            outcome = await (
                target.create(prepared) if write == "create" else target.update("7", prepared, None)
            )
        assert outcome.problem is not None
        assert outcome.problem.reason is Reason.REFUSED
        assert outcome.problem.message == "Desk refused this employee: No such branch."


async def test_a_response_without_the_mark_of_success_confirms_nothing(tmp_path: Path) -> None:
    async with scripted(reply(200, {"key": 7}), reply(200, {"status": "ok", "key": 7})) as system:
        with pytest.raises(UnansweredError):
            await create(tmp_path, system, MARKED)
        assert (await create(tmp_path, system, MARKED)).target_id == "7"


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"success": False}), (200, {"error": "No"}), (202, {"job": 1})]
)
async def test_an_update_that_is_not_confirmed_counts_as_unanswered(
    tmp_path: Path, status: int, body: object
) -> None:
    async with scripted(reply(status, body)) as system, opened(tmp_path, system.url) as target:
        with pytest.raises(UnansweredError):
            await target.update("7", target.prepare("1", AUSTRALIAN), None)


@pytest.mark.parametrize("body", [None, {}, {"message": "Updated"}, {"success": True}, {"errors": []}])
async def test_an_update_needs_no_id_in_its_response(tmp_path: Path, body: object) -> None:
    async with scripted(reply(200, body)) as system, opened(tmp_path, system.url) as target:
        assert (await target.update("7", target.prepare("1", AUSTRALIAN), None)).target_id == "7"


async def test_an_update_can_need_the_employee_in_its_response(tmp_path: Path) -> None:
    text = PLAIN.replace("method: PATCH,", "method: PATCH, record: data,")
    shown, other = reply(200, {"data": {"key": 7}}), reply(200, {"message": "Not today"})
    async with scripted(shown, reply(204), other) as system, opened(tmp_path, system.url, text) as target:
        prepared = target.prepare("1", AUSTRALIAN)
        for _ in range(2):
            assert (await target.update("7", prepared, None)).target_id == "7"
        with pytest.raises(UnansweredError, match="Not today"):
            await target.update("7", prepared, None)


BULK = roster.DESCRIPTION.replace("kind: roster", "kind: desk").replace(
    "id: key\n", "id: key\n  create_many: {path: /staff/many, most: 4}\n", 1
)


async def create_two(folder: Path, answer: Any, text: str = BULK) -> list[Outcome]:
    async with scripted(answer) as system, opened(folder, system.url, text) as target:
        assert isinstance(target, BulkCreateTarget)
        people = [replace(AUSTRALIAN, first_name=name) for name in ("Ann", "Bea")]
        return list(await target.create_many([target.prepare(one.first_name or "", one) for one in people]))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, [{"key": 1}, {"key": None}]),
        (200, [{"key": 1}, {"success": False, "key": 2}]),
        (200, {"success": False}),
        (202, [{"key": 1}, {"key": 2}]),
    ],
)
async def test_creates_together_need_an_id_for_each(tmp_path: Path, status: int, body: object) -> None:
    with pytest.raises(UnansweredError) as caught:
        await create_two(tmp_path, reply(status, body))
    assert caught.value.status == status


async def test_creates_together_can_be_refused_by_a_mark(tmp_path: Path) -> None:
    text = BULK.replace("errors: {", "errors: {refused: {at: success, is: [false]}, ")
    with pytest.raises(RefusedTogetherError, match="Closed"):
        await create_two(tmp_path, reply(200, {"success": False, "wrong": "Closed"}), text)


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "error": {"text": "Key revoked"}},
        {"status": "error", "message": "Key revoked"},
        {"error": "Key revoked"},
        {"errors": [{"detail": "Key revoked"}]},
        {"error": {"text": "Key revoked"}, "data": []},
    ],
)
async def test_a_check_that_speaks_of_an_error_is_no_connection(tmp_path: Path, body: object) -> None:
    async with scripted(reply(200, body)) as system, opened(tmp_path, system.url) as target:
        with pytest.raises(TemporaryError, match="did not say whose data this is: Key revoked"):
            await target.check()


@pytest.mark.parametrize("body", [{"code": 401, "msg": "expired"}, {}, None, "OK"])
async def test_a_check_without_the_organisation_is_no_connection(tmp_path: Path, body: object) -> None:
    text = PLAIN.replace("records: data, id: number", "id: number")
    async with scripted(reply(200, body)) as system, opened(tmp_path, system.url, text) as target:
        with pytest.raises(TemporaryError, match="in a form iHUB does not understand"):
            await target.check()
