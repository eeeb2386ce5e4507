"""What the response to a bulk request means, wherever a file says that the results are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.contract.capabilities import CreatesMany, CreatesOnce, Update, UpdatesMany
from connectors.contract.errors import AuthError, RefusedTogetherError, UnansweredError
from connectors.contract.records import Reason
from connectors.rest import loader
from tests.connectors.described import QUICK
from tests.connectors.people import AUSTRALIAN
from tests.connectors.rest import roster
from tests.connectors.rest.roster import DESCRIPTION, KEYED, MANY, RESULTS
from tests.connectors.stand_ins import Held, Script, reply, scripted

TWO = [AUSTRALIAN, replace(AUSTRALIAN, first_name="Rose")]


def opened(
    folder: Path, url: str = "https://roster.example.com", results: str = RESULTS, text: str = MANY
) -> Any:
    file = folder / "roster.yaml"
    file.write_text(text.replace(RESULTS, results))
    system = loader.load_system(file)
    entry = loader.make_connector(system)
    assert entry.target is not None
    return entry.target(system.form.model_validate({"url": url}), Held(), retry=QUICK)


async def create_two(folder: Path, results: str, answer: bytes) -> list[tuple[str | None, str | None]]:
    """Return id and message of two employees whose creation gets this response."""
    async with scripted(answer) as system, opened(folder, system.url, results) as target:
        outcomes = await target.create_many(
            [target.prepare(str(number), employee) for number, employee in enumerate(TWO)]
        )
    return [(each.target_id, each.problem and each.problem.message) for each in outcomes]


async def update_two(folder: Path, results: str, answer: bytes) -> list[tuple[str | None, str | None]]:
    """Return the same for updates of two employees that the target has as 7 and 8."""
    async with scripted(answer) as system, opened(folder, system.url, results) as target:
        outcomes = await target.update_many(
            [Update(target_id, target.prepare(target_id, AUSTRALIAN), None) for target_id in ("7", "8")]
        )
    return [(each.target_id, each.problem and each.problem.message) for each in outcomes]


@pytest.mark.parametrize(
    ("results", "body"),
    [
        ("results: {}", [{"key": 7}, {"wrong": "Too young"}]),
        ("results: {messages: [error.text]}", [{"key": 7, "wrong": "no"}, {"error": {"text": "Too young"}}]),
        ("results: {records: all.done}", {"all": {"done": [{"key": 7}, {"wrong": "Too young"}]}}),
        (
            "results: {status: how, taken: [Created]}",
            [{"how": "created", "key": 7}, {"how": "failed", "wrong": "Too young"}],
        ),
        (
            "results: {status: code, id: new.id}",
            [{"code": 200, "new": {"id": 7}}, {"code": 400, "wrong": "Too young"}],
        ),
        ("results: {status: code}", [{"code": "201", "key": 7}, {"code": "422", "wrong": "Too young"}]),
        (
            'results: {status: code, taken: ["001"]}',
            [{"code": "001", "key": 7}, {"code": "002", "wrong": "Too young"}],
        ),
        ("results: {position: at}", [{"at": 1, "wrong": "Too young"}, {"at": 0, "key": "7"}]),
    ],
)
async def test_each_outcome_is_found_wherever_the_file_says(
    tmp_path: Path, results: str, body: object
) -> None:
    assert await create_two(tmp_path, results, reply(200, body)) == [
        ("7", None),
        (None, "Roster refused this employee: Too young."),
    ]


@pytest.mark.parametrize(
    ("results", "body"),
    [
        ("results: {}", [{"key": 7}]),
        ("results: {}", [{"key": 7}, {}]),
        ("results: {}", [{"key": 7}, "x"]),
        ("results: {}", {"key": 7}),
        ("results: {}", None),
        ("results: {}", [{"key": 7}, {"key": 7}]),
        ("results: {status: how}", [{"key": 7}, {"key": 8}]),
        ("results: {status: how}", [{"key": 7, "how": "Created"}, {"key": 8, "how": "Created"}]),
        ("results: {records: done}", [{"key": 7}, {"key": 8}]),
        ("results: {position: at}", [{"key": 7, "at": 0}, {"key": 8, "at": 0}]),
        ("results: {position: at}", [{"key": 7, "at": 0}, {"key": 8, "at": 9}]),
        ("results: {position: at}", [{"key": 7, "at": 0}]),
    ],
)
async def test_a_response_without_each_outcome_counts_as_none(
    tmp_path: Path, results: str, body: object
) -> None:
    with pytest.raises(UnansweredError, match="did not give the outcome of each"):
        await create_two(tmp_path, results, reply(200, body))


@pytest.mark.parametrize(
    "body", [[{"key": 8}, {"key": 7}], [{"key": 8}, {"key": 7, "wrong": "No bank"}], [{"key": 7}, {"key": 9}]]
)
async def test_a_result_with_another_id_gives_no_outcome(tmp_path: Path, body: object) -> None:
    with pytest.raises(UnansweredError, match="did not give the outcome of each"):
        await update_two(tmp_path, "results: {}", reply(200, body))


async def test_an_update_keeps_the_id_whatever_spelling_the_result_has(tmp_path: Path) -> None:
    assert await update_two(tmp_path, "results: {}", reply(200, [{"key": "007"}, {}])) == [
        ("7", None),
        ("8", None),
    ]


async def test_nobody_who_was_to_be_created_is_said_to_be_gone(tmp_path: Path) -> None:
    answer = reply(200, [{"key": 7, "code": 201}, {"code": 404, "wrong": "No such branch"}])
    assert await create_two(tmp_path, "results: {status: code}", answer) == [
        ("7", None),
        (None, "Roster refused this employee: No such branch."),
    ]


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_a_refusal_of_the_whole_request_has_done_nothing(tmp_path: Path, status: int) -> None:
    with pytest.raises(RefusedTogetherError, match=r"Roster refused 2 employees together: Too many\."):
        await create_two(tmp_path, RESULTS, reply(status, {"wrong": "Too many"}))
    with pytest.raises(AuthError):
        await create_two(tmp_path, RESULTS, reply(403))


@pytest.mark.parametrize(
    "body", [[{}, {"family": ["Too long"]}], [{"key": 7}, {"key": 8}], [{"wrong": "a"}, {"wrong": "b"}]]
)
async def test_a_refusal_with_an_object_per_employee_has_done_nothing(tmp_path: Path, body: object) -> None:
    with pytest.raises(RefusedTogetherError):
        await update_two(tmp_path, "results: {}", reply(400, body))


async def test_a_refusal_with_a_new_id_has_created_that_employee(tmp_path: Path) -> None:
    outcomes = await create_two(tmp_path, "results: {}", reply(400, [{"key": 7}, {"wrong": "Too young"}]))
    assert outcomes == [("7", None), (None, "Roster refused this employee: Too young.")]
    with pytest.raises(RefusedTogetherError):
        await create_two(tmp_path, "results: {}", reply(400, [{}, {"wrong": "Too young"}]))


async def test_a_refusal_of_a_bulk_request_does_not_repeat_a_number(tmp_path: Path) -> None:
    taxed = replace(AUSTRALIAN, au_tax=replace(cast(Any, AUSTRALIAN.au_tax), tfn="AB123"))
    refusal = reply(422, {"wrong": "Number AB123 is wrong"})
    async with scripted(refusal) as system, opened(tmp_path, system.url) as target:
        with pytest.raises(RefusedTogetherError, match=r"together: Number ••• is wrong\."):
            await target.create_many([target.prepare(str(number), taxed) for number in range(2)])
    whole = MANY.replace("sends: ours", "sends: everything")
    results = reply(207, {"results": [{"row": 0, "status": 422, "wrong": "Number CD456 is wrong"}]})
    async with (
        scripted(reply(200, {"key": 7, "tfn": "CD456"}), results) as system,
        opened(tmp_path, system.url, text=whole) as target,
    ):
        untaxed = target.prepare("1", replace(AUSTRALIAN, au_tax=None))
        values = {name: value for name, value in untaxed.values.items() if name != "tfn"}
        [outcome] = await target.update_many([Update("7", replace(untaxed, values=values), None)])
    assert outcome.problem.message == "Roster refused this employee: Number ••• is wrong."


async def test_an_unanswered_request_has_the_status_of_its_failure(tmp_path: Path) -> None:
    for answer, status in ((reply(500), 500), (reply(503), 503), (reply(200, raw=b"<html>"), None)):
        with pytest.raises(UnansweredError) as failure:
            await create_two(tmp_path, RESULTS, answer)
        assert failure.value.status == status


async def test_a_locked_employee_and_a_missing_one_have_their_own_reasons(tmp_path: Path) -> None:
    async with (
        scripted(reply(200, [{"status": 423}, {"status": "404"}])) as system,
        opened(tmp_path, system.url, "results: {status: status}") as target,
    ):
        updates = [
            Update(str(number), target.prepare("1", employee), None) for number, employee in enumerate(TWO)
        ]
        outcomes = await target.update_many(updates)
    assert [outcome.problem.reason for outcome in outcomes] == [Reason.LOCKED, Reason.NOT_FOUND]
    assert [(asked.method, [employee["key"] for employee in asked.json]) for asked in system.asked] == [
        ("PATCH", [0, 1])
    ]


async def test_an_employee_who_is_gone_is_left_out_of_the_request(tmp_path: Path) -> None:
    with roster.running() as system:
        text = MANY.replace("sends: ours", "sends: everything")
        async with opened(tmp_path, system.url, text=text) as target:
            [made] = await target.create_many([target.prepare("1", AUSTRALIAN)])
            updates = [
                Update(target_id, target.prepare("1", AUSTRALIAN), None)
                for target_id in ("999", made.target_id, "..")
            ]
            gone, there, odd = await target.update_many(updates)
    assert (gone.problem.reason, there.target_id, odd.problem.reason) == (
        Reason.NOT_FOUND,
        "100",
        Reason.NOT_FOUND,
    )
    assert system.whole == [1, 1]


def test_a_target_has_the_capabilities_that_its_file_names(tmp_path: Path) -> None:
    plain, many = opened(tmp_path, text=DESCRIPTION), opened(tmp_path)
    assert not isinstance(plain, CreatesMany) and not isinstance(plain, UpdatesMany)
    assert isinstance(many, CreatesMany) and isinstance(many, UpdatesMany) and many.batch_size == 4
    only = [line for line in MANY.splitlines() if not line.startswith("  update_many")]
    creates = opened(tmp_path, text="\n".join(only).replace("most: 4", "most: 9"))
    assert (
        isinstance(creates, CreatesMany) and not isinstance(creates, UpdatesMany) and creates.batch_size == 9
    )
    assert isinstance(opened(tmp_path, text=KEYED), CreatesOnce) and not isinstance(many, CreatesOnce)


async def test_the_key_is_sent_with_each_repetition_and_no_other_request(tmp_path: Path) -> None:
    answers = [reply(502), reply(201, {"key": 7}), reply(200, {"key": 7})]
    async with scripted(*answers) as system, opened(tmp_path, system.url, text=KEYED) as target:
        once = cast(CreatesOnce, target)
        assert (await once.create_once(target.prepare("1", AUSTRALIAN), "k1")).target_id == "7"
        await target.find("7")
    assert keys(system) == ["k1", "k1", None]


def keys(system: Script) -> list[str | None]:
    return [asked.headers.get("idempotency-key") for asked in system.asked]
