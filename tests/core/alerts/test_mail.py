"""Mail servers that hang, refuse, offer no TLS or are not there: a sentence, a later try, and nothing lost."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from core import settings
from core.alerts import choices, feed, states
from core.alerts.sending import delivery, mail, outbox
from core.alerts.sending.mail import MailError
from core.db import transaction
from core.errors import ConflictError, InvalidError
from core.models import Delivery
from core.security.actor import ActingRole, Actor
from harness.receivers import Mailbox, mail_server, silent_server
from tests.browser.tls import make_certificate
from tests.core.alerts import changes
from tests.core.alerts.conftest import Clock, Team

PASSWORD = "canary-smtp-password"


def configure(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"IHUB_{name.upper()}", value)
    settings.settings.cache_clear()


def send() -> str:
    return mail.send(mail.compose("ada@example.com", "Test", "Text"))


def refusal() -> MailError:
    with pytest.raises(MailError) as error:
        send()
    return error.value


def test_the_answer_of_the_server_is_returned(smtp_port: int) -> None:
    mailbox = Mailbox()
    with mail_server(smtp_port, mailbox):
        assert send() == "250 2.0.0 queued as 4711"
    message = mailbox.messages[0]
    assert (message["From"], message["Subject"]) == ("iHUB <ihub@hub.example>", "[iHUB] Test")
    assert message["Auto-Submitted"] == "auto-generated" and "/Alerts" in message.get_content()


def test_nothing_in_a_subject_becomes_another_header(smtp_port: int) -> None:
    mailbox = Mailbox()
    with mail_server(smtp_port, mailbox):
        mail.send(mail.compose("ada@example.com", "Kiwi\r\nBcc: all@example.com\u2028Zoë → Pay", "Text"))
    assert mailbox.recipients == ["ada@example.com"] and mailbox.messages[0]["Bcc"] is None
    assert mailbox.messages[0]["Subject"] == "[iHUB] Kiwi Bcc: all@example.com Zoë → Pay"


@pytest.mark.parametrize("greeting", [b"", b"220 hub ESMTP\r\n", b"220-still\r\n220-talking\r\n"])
def test_a_server_that_hangs_is_left(
    smtp_port: int, monkeypatch: pytest.MonkeyPatch, greeting: bytes
) -> None:
    monkeypatch.setattr(mail, "SILENCE_SECONDS", 0.3)
    with silent_server(greeting) as port:
        configure(monkeypatch, smtp_port=str(port))
        error = refusal()
    assert str(error) == "The mail server 127.0.0.1 did not respond in time." and error.of_server


def test_a_server_that_answers_byte_by_byte_is_cut_off(
    smtp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "TOTAL_SECONDS", 0.3)
    with silent_server(b"220 hub ESMTP\r\n") as port:
        configure(monkeypatch, smtp_port=str(port))
        assert str(refusal()) == "The mail server 127.0.0.1 did not respond in time."


def test_a_server_that_is_not_there_is_named(smtp_port: int) -> None:
    assert str(refusal()) == "The mail server 127.0.0.1 could not be reached."


def test_what_is_not_set_up_says_what_the_operator_sets(home: Path) -> None:
    assert str(refusal()) == mail.NOT_SET_UP


def test_nothing_is_sent_without_tls_unless_the_operator_says_so(
    smtp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, smtp_security="starttls", smtp_user="hub", smtp_password=PASSWORD)
    mailbox = Mailbox()
    with mail_server(smtp_port, mailbox):
        assert "offers no TLS, so nothing was sent" in str(refusal())
    assert not mailbox.messages


def test_a_password_travels_by_tls_and_is_never_repeated(
    smtp_port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = make_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    configure(
        monkeypatch, smtp_security="starttls", smtp_host="localhost", smtp_user="hub", smtp_password=PASSWORD
    )
    mailbox = Mailbox()
    with mail_server(smtp_port, mailbox, tls=tls, login=("hub", PASSWORD)):
        assert "cannot be trusted" in str(refusal())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send().startswith("250")
        configure(monkeypatch, smtp_password=f"wrong {PASSWORD}")
        sentence = str(refusal())
    assert "refused the sign-in (535)" in sentence and "IHUB_SMTP_PASSWORD" in sentence
    assert PASSWORD not in sentence + repr(settings.settings()) + capsys.readouterr().out
    assert len(mailbox.messages) == 1


def test_an_address_that_is_refused_keeps_nobody_else_waiting_and_is_shown(
    team: Team, clock: Clock, smtp_port: int
) -> None:
    mailbox = Mailbox(refused={"ada@example.com"})
    ada = Actor("Ada", ActingRole.ACCOUNT_ADMIN, team.admin, team.account)
    changes.hold(team.connection, clock.moment)
    states.refresh()
    with mail_server(smtp_port, mailbox):
        delivery.deliver_due()
        assert mailbox.recipients == ["bob@work.example"]
        shown = feed.list_undelivered(ada)
        assert [(view.channel, view.attempts, view.number) for view in shown] == [("E-mail to you", 1, 1)]
        assert "550 5.1.1 User unknown. Check the address." in shown[0].answer and shown[0].next_try_at
        with pytest.raises(InvalidError, match="takes no mail for this address: 550"):
            choices.send_test_mail(ada)
        choices.save_preferences(
            ada, {**choices.get_preferences(ada).model_dump(), "email": "ada@new.example"}
        )
        delivery.deliver_due()  # at once, to the new address
    assert mailbox.recipients[-1] == "ada@new.example" and not feed.list_undelivered(ada)


def test_a_message_is_tried_for_three_days_and_then_shown_as_not_delivered(team: Team, clock: Clock) -> None:
    ada = Actor("Ada", ActingRole.ACCOUNT_ADMIN, team.admin, team.account)
    changes.hold(team.connection, clock.moment)
    states.refresh()
    delivery.deliver_due()
    tries = range(1, outbox.MOST_ATTEMPTS)
    assert 2 <= sum(map(outbox.pause_after, tries), timedelta()).days <= 4
    with transaction() as session:
        session.execute(update(Delivery).values(attempts=outbox.MOST_ATTEMPTS - 2))
    for _ in range(2):
        clock.forward(hours=7)
        delivery.deliver_due()
    assert not outbox.any_due()
    shown = feed.list_undelivered(ada)
    assert [(view.attempts, view.next_try_at) for view in shown] == [(outbox.MOST_ATTEMPTS, None)]
    assert shown[0].answer == "The mail server 127.0.0.1 could not be reached."


@pytest.mark.both_engines
def test_a_process_killed_after_sending_sends_it_again_under_the_same_id_and_no_third_time(
    team: Team, clock: Clock, smtp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Mailbox(refused={"bob@work.example"})
    changes.hold(team.connection, clock.moment)
    states.refresh()

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    with mail_server(smtp_port, mailbox):
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(outbox, "settle", die)
            delivery._send_mails([[outbox.due()[0].id]])
        changes.run_stopped(team.connection, clock.moment)
        states.refresh()
        for _ in range(4):
            clock.forward(minutes=11)
            delivery.deliver_due()
    first, *others = (message["Message-ID"] for message in mailbox.messages)
    assert len(mailbox.messages) == 3 and others.count(first) == 1
    by_id = {message["Message-ID"]: message["Subject"] for message in mailbox.messages}
    assert sorted("held" in subject for subject in by_id.values()) == [False, True]


def test_a_mail_whose_answer_is_lost_is_repeated_under_the_same_id_and_with_the_same_content(
    team: Team, clock: Clock, smtp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "SILENCE_SECONDS", 0.3)
    mailbox = Mailbox(refused={"bob@work.example"}, slow=0.6)
    ada = Actor("Ada", ActingRole.ACCOUNT_ADMIN, team.admin, team.account)
    changes.hold(team.connection, clock.moment)
    states.refresh()
    with mail_server(smtp_port, mailbox):
        delivery.deliver_due()
        assert "did not say whether it took the mail" in feed.list_undelivered(ada)[0].answer
        mailbox.slow = 0
        changes.run_stopped(team.connection, clock.moment)
        states.refresh()
        clock.forward(minutes=2)
        delivery.deliver_due()
    first, *others = [(message["Message-ID"], message.get_content()) for message in mailbox.messages]
    assert len(others) == 2 and others.count(first) == 1 and not feed.list_undelivered(ada)


def test_tests_are_counted(team: Team, smtp_port: int) -> None:
    ada = Actor("Ada", ActingRole.ACCOUNT_ADMIN, team.admin, team.account)
    mailbox = Mailbox()
    with mail_server(smtp_port, mailbox):
        assert choices.send_test_mail(ada) == "250 2.0.0 queued as 4711"
        for _ in range(choices.TESTS - 1):
            choices.send_test_mail(ada, "somebody@else.example")
        with pytest.raises(ConflictError, match="Wait"):
            choices.send_test_mail(ada)
    assert len(mailbox.messages) == choices.TESTS
    with pytest.raises(InvalidError, match="one e-mail address"):
        choices.send_test_mail(ada, "nobody")
