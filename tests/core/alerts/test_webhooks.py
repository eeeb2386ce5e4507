"""Webhooks that redirect, answer too much, are down or lead to a private network: a sentence, and nothing lost."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from connectors.http import addresses
from connectors.http.transport import Timeouts
from core import settings
from core.alerts import feed, states, webhooks
from core.alerts.sending import delivery, outbox, run_signals, webhook_client
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import AlertTopic, Audit, Delivery, Run, RunStatus, Webhook
from core.security.actor import ActingRole, Actor
from harness import world
from harness.receivers import HOST, Receiver, free_port, http_receiver, silent_server
from tests.core.alerts import changes
from tests.core.alerts.conftest import Clock, Team
from tests.core.reports import reported_runs


@pytest.fixture
def ada(team: Team, monkeypatch: pytest.MonkeyPatch) -> Actor:
    monkeypatch.delenv("IHUB_SMTP_HOST")  # no mails here
    settings.settings.cache_clear()
    return Actor("Ada", ActingRole.ACCOUNT_ADMIN, team.admin, team.account)


def url(port: int, path: str = "/in") -> str:
    return f"http://{HOST}:{port}{path}"


def deliver() -> None:
    states.refresh()
    run_signals.store()
    delivery.deliver_due()


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # The example of https://github.com/standard-webhooks/standard-webhooks
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signature = webhook_client.sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


REFUSED = {
    "not an address": "Enter a whole web address",
    "https://user:secret@example.com/in": "Enter a whole web address",
    "https://example.com/in#part": "Enter a whole web address",
    "ftp://example.com/in": "Enter a whole web address",
    "http://example.com/in": "must begin with https://",
    "https://10.1.2.3/in": "leads to this machine or to a private network",
    "https://169.254.169.254/latest": "leads to this machine or to a private network",
    "https://[fd00::1]/in": "leads to this machine or to a private network",
    "https://inside.example/in": "leads to this machine or to a private network",
    "https://nowhere.example/in": "cannot be found",
}


def test_an_address_that_is_not_called_is_refused(
    ada: Actor, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, port: int) -> list[str]:
        if host == "nowhere.example":
            raise socket.gaierror
        return {"inside.example": ["192.168.1.5"], "example.com": ["93.184.216.34"]}.get(host, [host])

    monkeypatch.setattr(addresses, "_look_up", look_up)
    for address, sentence in REFUSED.items():
        with pytest.raises(InvalidError, match=sentence) as refusal:
            webhooks.save_webhook(ada, team.connection, {"alerts": address})
        assert "secret" not in str(refusal.value)
    assert webhooks.get_webhook(ada, team.connection) is None


def test_a_webhook_is_told_of_what_was_chosen_for_it(ada: Actor, team: Team, clock: Clock) -> None:
    port, receiver = free_port(), Receiver()
    other = world.active_connection(team.account, "bamboohr", "keypay")
    chosen = {team.connection: ["HELD", "RECOVERED"], other: ["FAILED"]}
    for connection_id, topics in chosen.items():
        webhooks.save_webhook(ada, connection_id, {"alerts": url(port, f"/{connection_id}")}, topics)
    with http_receiver(port, receiver):
        for change in (changes.run_stopped, changes.hold, changes.run_completed):
            for connection_id in chosen:
                change(connection_id, clock.moment)
            deliver()
        changes.decide(team.connection, clock.moment)
        deliver()
        assert received(receiver) == [
            (f"/{other}", "FAILED", "alert.began"),
            (f"/{team.connection}", "HELD", "alert.began"),
            (f"/{team.connection}", "HELD", "alert.ended"),
        ]
    for topics, sentence in (
        ([], "Choose at least one"),
        (["RECOVERED"], "Choose at least one"),
        (["WAITING"], "WAITING"),
    ):
        with pytest.raises(InvalidError, match=sentence):
            webhooks.save_webhook(ada, other, {}, topics)
    view = webhooks.get_webhook(ada, other)
    assert view is not None and view.topics == (AlertTopic.FAILED,)


def received(receiver: Receiver) -> list[tuple[str, str, str]]:
    return [(each.path, each.content["data"]["topic"], each.content["type"]) for each in receiver.requests]


def test_what_waits_for_a_webhook_follows_its_new_choice(ada: Actor, team: Team, clock: Clock) -> None:
    port, receiver = free_port(), Receiver()
    webhooks.save_webhook(ada, team.connection, {"alerts": url(port)})
    changes.hold(team.connection, clock.moment)
    changes.run_stopped(team.connection, clock.moment)
    deliver()
    assert feed.list_undelivered(ada)
    webhooks.save_webhook(ada, team.connection, {}, ["FAILED"])
    with http_receiver(port, receiver):
        deliver()
    assert [topic for _, topic, _ in received(receiver)] == ["FAILED"] and not feed.list_undelivered(ada)


def test_an_address_that_leads_inside_later_is_not_called_either(
    ada: Actor, team: Team, clock: Clock
) -> None:
    receiver, port = Receiver(), free_port()
    webhooks.save_webhook(ada, team.connection, {"alerts": url(port)})
    before = addresses.allowed()
    with http_receiver(port, receiver):
        addresses.allow(())
        try:
            changes.hold(team.connection, clock.moment)
            deliver()
        finally:
            addresses.allow(before)
        assert not receiver.requests
        assert "private network, which iHUB does not call" in feed.list_undelivered(ada)[0].answer
        clock.forward(minutes=1)
        deliver()  # the operator has allowed the network meanwhile
    assert len(receiver.requests) == 1 and not feed.list_undelivered(ada)


NO_SUCCESS: dict[int, str] = {
    302: "answered 302, a redirect, which iHUB does not follow",
    404: "answered 404. Check the address.",
    503: "answered 503. iHUB tries again.",
}


def test_an_answer_that_is_no_success_is_tried_again_and_shown(ada: Actor, team: Team, clock: Clock) -> None:
    port, receiver = free_port(), Receiver()
    webhooks.save_webhook(ada, team.connection, {"alerts": url(port)})
    changes.hold(team.connection, clock.moment)
    states.refresh()
    with http_receiver(port, receiver):
        for status, sentence in NO_SUCCESS.items():
            receiver.answer = lambda _, status=status: (status, {"Location": url(1)}, b"no")  # type: ignore[misc]
            deliver()
            shown = feed.list_undelivered(ada)
            assert [view.channel for view in shown] == ["Webhook"] and sentence in shown[0].answer
            clock.forward(minutes=10)
        with pytest.raises(InvalidError, match="answered 503"):
            webhooks.send_test_call(ada, team.connection)
        receiver.answer = lambda _: (204, {}, b"")
        deliver()
    *ids, tested, last = (each.headers["webhook-id"] for each in receiver.requests)
    assert len(ids) == 3 and {*ids, last} == {last} != {tested} and not feed.list_undelivered(ada)


def test_a_huge_answer_is_not_read_and_the_message_has_arrived(ada: Actor, team: Team, clock: Clock) -> None:
    port = free_port()
    receiver = Receiver(answer=lambda path: (200, {}, b"x" * 1_000_000))
    webhooks.save_webhook(ada, team.connection, {"alerts": url(port)})
    changes.hold(team.connection, clock.moment)
    with http_receiver(port, receiver):
        deliver()
        assert webhooks.send_test_call(ada, team.connection).startswith("The receiver answered 200, and more")
    with reading() as session:
        webhook = session.scalars(select(Delivery).where(Delivery.user_id.is_(None))).one()
    assert webhook.delivered_at is not None


def test_a_receiver_that_hangs_delays_no_other(
    ada: Actor, team: Team, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_client, "TIMEOUTS", Timeouts(total=0.5, connect=0.5, silence=0.5))
    other, port, receiver = (
        world.active_connection(team.account, "bamboohr", "keypay"),
        free_port(),
        Receiver(),
    )
    webhooks.save_webhook(ada, other, {"alerts": url(port)})
    with http_receiver(port, receiver), silent_server() as hanging:
        webhooks.save_webhook(ada, team.connection, {"alerts": url(hanging)})
        for connection_id in (team.connection, other):
            changes.hold(connection_id, clock.moment)
            changes.lose_source(connection_id, clock.moment)
        deliver()
        answers = {view.answer for view in feed.list_undelivered(ada) if view.channel == "Webhook"}
    assert answers == {"The receiver did not respond in time."} and len(receiver.requests) == 2


@pytest.mark.both_engines
def test_an_uptime_service_is_told_of_each_run_once(ada: Actor, team: Team, clock: Clock) -> None:
    port, receiver = free_port(), Receiver()
    reported_runs.run(team.connection, RunStatus.ERROR, ended_at=clock.moment - timedelta(days=1))
    signals = {"start": url(port, "/p/start"), "success": url(port, "/p"), "failure": url(port, "/p/fail")}
    webhooks.save_webhook(ada, team.connection, signals)
    at = clock.moment + timedelta(minutes=1)
    with http_receiver(port, receiver):
        run_id = reported_runs.run(team.connection, RunStatus.RUNNING, started_at=at)
        deliver()
        deliver()
        with transaction() as session:
            session.execute(
                update(Run)
                .where(Run.id == run_id)
                .values(status=RunStatus.COMPLETE, ended_at=at, **{"read": 3, "unchanged": 3})
            )
        for status in (RunStatus.ERROR, RunStatus.HELD, RunStatus.CANCELLED):
            deliver()
            reported_runs.run(team.connection, status, started_at=at, ended_at=at)
        deliver()
        clock.forward(days=91)
        outbox.delete_old()
        deliver()
    paths = [each.path for each in receiver.requests]
    assert paths == ["/p/start", "/p", *("/p/start", "/p/fail") * 3]
    assert [each.content["type"] for each in receiver.requests[:2]] == ["run.started", "run.succeeded"]
    assert receiver.requests[1].content["data"]["read"] == 3
    assert {each.content["data"]["status"] for each in receiver.requests} == {
        *("RUNNING", "COMPLETE", "ERROR", "HELD", "CANCELLED")
    }


def test_the_start_of_a_run_that_has_ended_is_not_told_late(ada: Actor, team: Team, clock: Clock) -> None:
    port, receiver = free_port(), Receiver()
    webhooks.save_webhook(ada, team.connection, {"start": url(port, "/start"), "success": url(port, "/ok")})
    at = clock.moment + timedelta(minutes=1)
    run_id = reported_runs.run(team.connection, RunStatus.RUNNING, started_at=at)
    deliver()
    with transaction() as session:
        session.execute(update(Run).where(Run.id == run_id).values(status=RunStatus.COMPLETE, ended_at=at))
    clock.forward(minutes=2)
    with ExitStack() as up:
        up.enter_context(http_receiver(port, receiver))
        deliver()
    assert [each.path for each in receiver.requests] == ["/ok"] and not feed.list_undelivered(ada)


def test_addresses_are_stored_encrypted_and_shown_by_their_host(ada: Actor, team: Team) -> None:
    port = free_port()
    secret = webhooks.save_webhook(ada, team.connection, {"alerts": url(port, "/canary-path?key=canary-key")})
    assert secret is not None and secret.startswith("whsec_")
    assert webhooks.save_webhook(ada, team.connection, {"start": url(port, "/start"), "alerts": None}) is None
    view = webhooks.get_webhook(ada, team.connection)
    assert view is not None and view.hosts.alerts == view.hosts.start == f"{HOST}:{port}"
    with reading() as session:
        stored = session.get_one(Webhook, team.connection).ciphertext
        audits = session.scalars(select(Audit.detail).where(Audit.action == "webhook.save")).all()
    assert b"canary" not in stored and "canary" not in repr([view, audits])
    webhooks.remove_webhook(ada, team.connection)
    assert webhooks.get_webhook(ada, team.connection) is None
    with pytest.raises(NotFoundError):
        webhooks.remove_webhook(ada, team.connection)
    with pytest.raises(InvalidError, match="has no such webhook"):
        webhooks.send_test_call(ada, team.connection)
    with pytest.raises(InvalidError, match="at least one address"):
        webhooks.save_webhook(ada, team.connection, {"alerts": " "})


def test_a_webhook_is_tested_so_often_and_no_more(ada: Actor, team: Team) -> None:
    port, receiver = free_port(), Receiver()
    webhooks.save_webhook(ada, team.connection, {"alerts": url(port)})
    with http_receiver(port, receiver):
        for _ in range(webhooks.TESTS):
            assert webhooks.send_test_call(ada, team.connection) == "The receiver answered 200: OK"
        with pytest.raises(ConflictError, match="Wait"):
            webhooks.send_test_call(ada, team.connection)
    assert {each.content["type"] for each in receiver.requests} == {"test"}
