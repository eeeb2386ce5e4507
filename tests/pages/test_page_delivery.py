"""What a page draws reaches its browser whole and in order, and with few wake-ups."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit import runtime
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import ScriptRunnerEvent
from streamlit.runtime.session_manager import SessionClientDisconnectedError

from pages.ui.layout import page_delivery

START, ELEMENT = ScriptRunnerEvent.SCRIPT_STARTED, ScriptRunnerEvent.ENQUEUE_FORWARD_MSG
END = ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS


class Session:
    """A session as far as a page that is drawn touches it; records the events, and what its browser is sent."""

    def __init__(self, *, fails_at: ScriptRunnerEvent | None = None, disconnects_at: str = "") -> None:
        self.id, self.client = "session", "browser"
        self._event_loop = asyncio.get_running_loop()
        self._scriptrunner, self._browser_queue = "runner", self
        self._fails_at, self._disconnects_at = fails_at, disconnects_at
        self._message_enqueued_callback: object = "wake up"
        self._queue: list[object] = []
        self.told: list[object] = []
        self.wake_ups = 0
        self.is_connected = True

    def _call_soon_on_event_loop(self, callback: Callable[[], None]) -> None:
        self.wake_ups += 1
        self._event_loop.call_soon_threadsafe(callback)

    def _handle_scriptrunner_event_on_event_loop(
        self, sender: object, event: ScriptRunnerEvent, message: object, **more: object
    ) -> None:
        assert self._message_enqueued_callback is None  # what it has to say is sent with the rest
        if event is self._fails_at:
            raise RuntimeError("not told")
        self._queue.append((event, more))

    def enqueue(self, message: ForwardMsg) -> None:
        self._queue.append(message.ref_hash)

    def flush(self) -> list[object]:
        queue, self._queue = self._queue, []
        return queue

    def on_flushed_messages_sent(self) -> None:
        self.told.append("sent")

    # The part of the runtime.

    @property
    def _session_mgr(self) -> Session:
        return self

    def get_active_session_info(self, _session_id: str) -> Session | None:
        return self if self.is_connected else None

    def _send_message(self, _session: Session, message: object) -> None:
        if message == self._disconnects_at:
            raise SessionClientDisconnectedError
        self.told.append(message)

    def disconnect_session(self, _session_id: str, *, client: str) -> None:
        assert client == self.client
        self.is_connected = False


def tell(
    session: Session, event: ScriptRunnerEvent, text: str = "", sender: str = "runner", **more: Any
) -> None:
    message = ForwardMsg(ref_hash=text) if text else None
    page_delivery._on_event(session, sender, event, message, **more)  # type: ignore[arg-type]


def drawn(draw: Callable[[Session], None], **options: Any) -> tuple[list[object], int]:
    """Draw a page in a thread of its own; return what its session was given, and how often the loop was woken up."""

    async def run() -> tuple[list[object], int]:
        session = Session(**options)
        session._event_loop.set_exception_handler(lambda *_: None)
        with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as thread:
            patch.setattr(runtime, "get_instance", lambda: session)
            await session._event_loop.run_in_executor(thread, draw, session)
            await asyncio.sleep(2 * page_delivery.WAIT_SECONDS)
            assert session._message_enqueued_callback == "wake up"
        return session.told, session.wake_ups

    return asyncio.run(run())


def page_of_a_hundred(session: Session) -> None:
    tell(session, START, run_descriptor=1)
    for number in range(100):
        tell(session, ELEMENT, f"e{number}")
    tell(session, END)


def test_a_page_arrives_whole_and_in_order_with_few_wake_ups() -> None:
    told, wake_ups = drawn(page_of_a_hundred)
    expected = [(START, {"run_descriptor": 1}), *(f"e{number}" for number in range(100)), (END, {})]
    assert [each for each in told if each != "sent"] == expected
    assert wake_ups <= 6


def test_an_element_does_not_wait_for_the_end() -> None:
    told, _ = drawn(lambda session: tell(session, ELEMENT, "spinner"))
    assert told == ["spinner", "sent"]


def test_elements_of_a_page_that_was_replaced_are_dropped() -> None:
    def draw(session: Session) -> None:
        tell(session, ELEMENT, "old", sender="another runner")
        tell(session, ELEMENT, "new")
        tell(session, END)

    assert [each for each in drawn(draw)[0] if each != "sent"] == ["new", (END, {})]


def test_an_event_that_fails_does_not_keep_the_others() -> None:
    told, _ = drawn(page_of_a_hundred, fails_at=START)
    assert (END, {}) in told and "e99" in told and told[-1] == "sent"


def test_a_long_page_is_sent_in_parts_so_that_its_browser_is_not_given_up() -> None:
    def draw(session: Session) -> None:
        for number in range(450):
            session.enqueue(ForwardMsg(ref_hash=f"e{number}"))
        session._call_soon_on_event_loop(lambda: flush(session))

    def flush(session: Session) -> None:
        told.append(page_delivery._flush(session))  # type: ignore[arg-type]
        told.append(len(session.told))

    told: list[object] = []
    sent, _ = drawn(draw)
    assert sent == [*(f"e{number}" for number in range(450)), "sent"]
    assert told == [[], page_delivery.MOST_AT_ONCE]


def test_what_a_browser_that_has_gone_misses_is_not_sent_to_the_next_one() -> None:
    def draw(session: Session) -> None:
        page_of_a_hundred(session)

    told, _ = drawn(draw, disconnects_at="e50")
    assert told[-1] == "e49"  # also not that everything was sent


@pytest.mark.parametrize("section", ["theme", "theme.light", "theme.dark.sidebar"])
def test_the_theme_is_the_one_that_streamlit_makes(section: str) -> None:
    ours, theirs = CustomThemeConfig(), CustomThemeConfig()
    page_delivery._add_theme(ours, section)
    page_delivery._populate_theme(theirs, section)
    assert ours == theirs


def test_streamlit_still_has_what_is_replaced() -> None:
    assert list(inspect.signature(page_delivery._populate_theme).parameters) == ["msg", "section"]
    told = list(inspect.signature(AppSession._on_scriptrunner_event).parameters)
    handled = list(inspect.signature(AppSession._handle_scriptrunner_event_on_event_loop).parameters)
    assert told[:4] == handled[:4] == ["self", "sender", "event", "forward_msg"]
    source = inspect.getsource(AppSession)
    for name in ("_event_loop", "_scriptrunner", "_browser_queue", "_message_enqueued_callback"):
        assert f"self.{name}" in source
    assert "if self._message_enqueued_callback:" in source  # it may be None
    loop = inspect.getsource(Runtime._loop_coroutine)
    for line in (
        "msg_list = active_session_info.session.flush_browser_queue()",
        "self._send_message(active_session_info, msg)",
        "except SessionClientDisconnectedError",
        "active_session_info.session.on_flushed_messages_sent()",
    ):
        assert line in loop
    assert "_populate_theme_msg(" in inspect.getsource(app_session)
