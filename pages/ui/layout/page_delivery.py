"""Send what a page draws to the browser together, and what never changes without making it again.

Streamlit wakes the thread that talks to all browsers up once for each element that a page draws, looks through all
sessions then, pauses after each message, and makes the theme again for each click. With many people at work, that takes
a third of the time of the process; and in each pause the thread waits for pages that are being drawn, up to 5 ms. These
are replaced here; what a browser is sent stays the same, in the same order.
"""

from __future__ import annotations

import threading
from collections import deque
from functools import cache, partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from streamlit import runtime
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.session_manager import SessionClientDisconnectedError

# How long an element waits for those behind it, at most. The end of a page waits for nothing.
WAIT_SECONDS = 0.02
# Messages sent without a pause. Streamlit gives up a browser that 500 wait for.
MOST_AT_ONCE = 200

_populate_theme = app_session._populate_theme_msg


class _Event(NamedTuple):
    """Something that a page being drawn has to tell: an element, or that it has begun or ended."""

    sender: ScriptRunner | None
    kind: ScriptRunnerEvent
    message: ForwardMsg | None
    more: dict[str, Any]

    @property
    def is_element(self) -> bool:
        return self.kind is ScriptRunnerEvent.ENQUEUE_FORWARD_MSG and self.message is not None


class _Waiting:
    """What one session has to tell and has not handed over yet, in order."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.events: deque[_Event] = deque()
        self.unsent: deque[ForwardMsg] = deque()

    def add(self, event: _Event) -> bool:
        """Add an event; say whether it is the first one."""
        with self.lock:
            self.events.append(event)
            return len(self.events) == 1

    def take(self) -> deque[_Event]:
        """Return all events, and keep none."""
        with self.lock:
            events, self.events = self.events, deque()
        return events

    def put_back(self, events: deque[_Event]) -> None:
        """Add events before those that have come since they were taken."""
        with self.lock:
            self.events.extendleft(reversed(events))


_waiting: WeakKeyDictionary[AppSession, _Waiting] = WeakKeyDictionary()


def install() -> None:
    """Replace these in this process."""
    app_session._populate_theme_msg = _add_theme  # type: ignore[assignment]
    AppSession._on_scriptrunner_event = _on_event  # type: ignore[method-assign, assignment]
    AppSession.flush_browser_queue = _flush  # type: ignore[method-assign, assignment]


@cache
def _theme(section: str) -> CustomThemeConfig:
    theme = CustomThemeConfig()
    _populate_theme(theme, section)
    return theme


def _add_theme(message: CustomThemeConfig, section: str = "theme") -> None:
    theme = _theme(section)
    if theme.ByteSize():
        message.MergeFrom(theme)


def _on_event(
    session: AppSession,
    sender: ScriptRunner | None,
    event: ScriptRunnerEvent,
    forward_msg: ForwardMsg | None = None,
    **more: Any,
) -> None:
    """Keep an element until others have joined it; hand everything over at any other event, such as the end."""
    waiting = _waiting.setdefault(session, _Waiting())
    told = _Event(sender, event, forward_msg, more)
    is_first = waiting.add(told)
    hand_over = partial(_hand_over, session, waiting)
    if not told.is_element:
        session._call_soon_on_event_loop(hand_over)
    elif is_first:
        session._call_soon_on_event_loop(partial(_hand_over_later, session, hand_over))


def _hand_over_later(session: AppSession, hand_over: partial[None]) -> None:
    session._event_loop.call_later(WAIT_SECONDS, hand_over)


def _hand_over(session: AppSession, waiting: _Waiting) -> None:
    """Tell the session what waits, in the thread that talks to its browser, and send what follows from it."""
    events = waiting.take()
    wake_up, session._message_enqueued_callback = session._message_enqueued_callback, None
    try:
        while events:
            _tell(session, events.popleft())
    finally:
        session._message_enqueued_callback = wake_up
        _send(session)
        if events:  # one has failed, which the event loop logs; the others follow
            waiting.put_back(events)
            session._call_soon_on_event_loop(partial(_hand_over, session, waiting))


def _flush(session: AppSession) -> list[ForwardMsg]:
    """Send what waits for a browser when Streamlit asks for it, so that there is one order; nothing is left to send."""
    _send(session)
    return []


def _send(session: AppSession) -> None:
    """Send the browser of a session what waits for it; without a browser it waits on."""
    streamlit = runtime.get_instance()
    info = streamlit._session_mgr.get_active_session_info(session.id)
    unsent = _waiting.setdefault(session, _Waiting()).unsent
    if info is None:
        unsent.clear()
        return
    unsent.extend(session._browser_queue.flush())
    try:
        for _ in range(min(len(unsent), MOST_AT_ONCE)):
            streamlit._send_message(info, unsent.popleft())
    except SessionClientDisconnectedError:
        unsent.clear()
        streamlit.disconnect_session(session.id, client=info.client)
        return
    if unsent:
        session._event_loop.call_soon(_send, session)
    else:
        session.on_flushed_messages_sent()


def _tell(session: AppSession, event: _Event) -> None:
    """Tell the session of an event."""
    if event.message is None or not event.is_element:
        session._handle_scriptrunner_event_on_event_loop(
            event.sender, event.kind, event.message, **event.more
        )
    elif event.sender is session._scriptrunner:  # else of a page that another click has replaced
        session._browser_queue.enqueue(event.message)
