"""A real mail server and a real HTTP receiver get exactly the alerts they should, also after an hour of being down."""

from __future__ import annotations

import base64
import hashlib
import hmac
from contextlib import ExitStack
from random import Random

import pytest
from sqlalchemy import select

from core.alerts import states, webhooks
from core.alerts.sending import delivery, run_signals
from core.db import reading
from core.models import AlertTopic, Delivery
from core.security.actor import ActingRole, Actor
from harness.receivers import HOST, Mailbox, Receiver, free_port, http_receiver, mail_server
from tests.core.alerts import changes
from tests.core.alerts.changes import CANARIES, CHANGES
from tests.core.alerts.conftest import Clock, Team

STEPS = 50
DOWN_FROM, DOWN_UNTIL = 20, 32  # an hour, in steps of five minutes


class Expected:
    """What should be sent, worked out apart from core.alerts: a thing that was not there before, or the end of all."""

    def __init__(self) -> None:
        self.holding: set[tuple[AlertTopic, str]] = set()
        self.told: list[tuple[AlertTopic, bool]] = []

    def apply(self, change: changes.Change) -> None:
        for (topic, thing), holds in sorted(CHANGES[change].items(), key=lambda each: -each[1]):
            before = {each for each in self.holding if each[0] is topic}
            if holds and (topic, thing) not in self.holding:
                self.told.append((topic, False))
            self.holding = self.holding - {(topic, thing)} | ({(topic, thing)} if holds else set())
            if before and not any(each[0] is topic for each in self.holding):
                self.told.append((topic, True))


def changing(expected: Expected) -> list[changes.Change]:
    """Return the changes that would change something now."""
    return [
        change
        for change, sets in CHANGES.items()
        if any(((key in expected.holding) != holds) for key, holds in sets.items())
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_everybody_is_told_once_of_each_change(team: Team, clock: Clock, smtp_port: int, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - which changes follow each other
    expected, mailbox, receiver, port = Expected(), Mailbox(), Receiver(), free_port()
    admin = Actor("Ada", ActingRole.ACCOUNT_ADMIN, team.admin, team.account)
    secret = webhooks.save_webhook(admin, team.connection, {"alerts": f"http://{HOST}:{port}/in?key=x"})
    with ExitStack() as up:
        for step in range(STEPS):
            if step in (0, DOWN_UNTIL):
                up.enter_context(mail_server(smtp_port, mailbox))
                up.enter_context(http_receiver(port, receiver))
            elif step == DOWN_FROM:
                up.close()
            change = random.choice(changing(expected))
            change(team.connection, clock.moment)
            expected.apply(change)
            look_and_deliver()
            repeat_last_run(team.connection, expected, clock)
            look_and_deliver()
            clock.forward(minutes=5)
        clock.forward(hours=6)
        look_and_deliver()
    assert len(expected.told) >= 40
    check_webhook(receiver, expected, secret or "")
    check_mails(mailbox, len(expected.told))
    with reading() as session:
        rows = session.scalars(select(Delivery)).all()
    assert all(row.delivered_at is not None for row in rows) and max(row.attempts for row in rows) > 1
    everything = [str(message) for message in mailbox.messages] + [
        each.body.decode() for each in receiver.requests
    ]
    everything += [repr(vars(row)) for row in rows]
    assert not [canary for canary in CANARIES for each in everything if canary in each]


def look_and_deliver() -> None:
    states.refresh()
    run_signals.store()
    delivery.deliver_due()


def repeat_last_run(connection_id: int, expected: Expected, clock: Clock) -> None:
    """Run once more with the outcome of the last run, which is no change."""
    if (AlertTopic.FAILED, "errors") in expected.holding:
        changes.run_failed(connection_id, clock.moment)
    elif (AlertTopic.FAILED, "stopped") in expected.holding:
        changes.run_stopped(connection_id, clock.moment)
    else:
        changes.run_completed(connection_id, clock.moment)


def check_webhook(receiver: Receiver, expected: Expected, secret: str) -> None:
    """Each change came once and with a good signature; those of the hour in which nobody listened came too."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    for each in receiver.requests:
        signed = f"{each.headers['webhook-id']}.{each.headers['webhook-timestamp']}.".encode() + each.body
        signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert each.headers["webhook-signature"] == f"v1,{signature}"
    assert len({each.headers["webhook-id"] for each in receiver.requests}) == len(receiver.requests)
    in_order = sorted(receiver.requests, key=lambda each: str(each.content["timestamp"]))
    told = [(each.content["data"]["topic"], each.content["type"] == "alert.ended") for each in in_order]
    assert sorted(told) == sorted((topic.value, ended) for topic, ended in expected.told)
    assert {each.path for each in receiver.requests} == {"/in?key=x"}


def check_mails(mailbox: Mailbox, number: int) -> None:
    """Both Account Admins have each alert once, several in one mail after the hour; the Analyst chose no mails."""
    assert set(mailbox.recipients) == {"ada@example.com", "bob@work.example"}
    for address in set(mailbox.recipients):
        texts = [
            message.get_content()
            for message, to in zip(mailbox.messages, mailbox.recipients, strict=True)
            if to == address
        ]
        assert sum(text.count("http://localhost:8501/") - 1 for text in texts) == number
        assert len(texts) < number
    ids = [message["Message-ID"] for message in mailbox.messages]
    assert len(set(ids)) == len(ids)
