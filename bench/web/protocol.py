"""The messages between a browser and Streamlit, as far as somebody who clicks needs them.

What a page shows is not read: a message is looked into only where it is short, or where something has to be found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# A message that says that a page is complete is shorter; anything longer draws something.
LONGEST_END = 150
# Streamlit lets the browser keep messages of this length (global.minCachedMessageSize), for two clicks.
SHORTEST_KEPT, KEPT_CLICKS = 10_000, 2
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
FAILURES = ("Something went wrong", "There is no such", "You are signed out", "Your role does not allow")


class Kept:
    """The long messages that a browser keeps, so that the server does not send them again."""

    def __init__(self) -> None:
        self._clicks: OrderedDict[str, int] = OrderedDict()
        self._click = 0

    def begin(self) -> list[str]:
        """Begin a click; return the hashes of what is kept."""
        self._click += 1
        self._clicks = OrderedDict(
            (kept, click) for kept, click in self._clicks.items() if click >= self._click - KEPT_CLICKS
        )
        return list(self._clicks)

    def notice(self, message: bytes) -> None:
        """Keep a message that is long enough. Its hash is the first thing in it."""
        if len(message) >= SHORTEST_KEPT and message[0] == 0x0A:
            self._clicks[message[2 : 2 + message[1]].decode()] = self._click


@dataclass(frozen=True, slots=True)
class Address:
    """Where a click leads: a page of the menu, and what follows the question mark."""

    page: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Widget:
    """Something to fill in or to press: its id, and the field of a widget state that takes its value."""

    id: str
    field: str


def click(
    address: Address, page_hash: str, kept: Iterable[str] = (), values: Mapping[Widget, object] | None = None
) -> bytes:
    """Return the message of a click that opens an address, or that changes widgets on its page."""
    message = BackMsg()
    state = message.rerun_script
    state.query_string, state.page_script_hash, state.page_name = address.query, page_hash, ""
    state.cached_message_hashes.extend(kept)
    state.context_info.timezone, state.context_info.locale = "Australia/Brisbane", "en-AU"
    state.context_info.url = f"http://localhost/{address.page}"
    for widget, value in (values or {}).items():
        entry = state.widget_states.widgets.add(id=widget.id)
        setattr(entry, widget.field, value)
    return bytes(message.SerializeToString())


def is_end(message: bytes) -> bool:
    """Say whether a message tells that the page is complete."""
    if len(message) > LONGEST_END:
        return False
    parsed = ForwardMsg.FromString(message)
    return parsed.WhichOneof("type") == "script_finished" and parsed.script_finished in DONE


class Page:
    """What a page has shown, read in full: its widgets by label, the pages of the menu, and its HTML."""

    def __init__(self, messages: Iterable[bytes]) -> None:
        self.page_hashes: dict[str, str] = {}
        self.widgets: dict[str, Widget] = {}
        self.html: list[str] = []
        for message in messages:
            self._read(ForwardMsg.FromString(message))

    def failure(self) -> str:
        """Return the first sentence that says that something failed; empty when there is none."""
        return next((text for text in self.html if any(each in text for each in FAILURES)), "")

    def _read(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "navigation":
            self.page_hashes = {
                page.url_pathname: page.page_script_hash for page in message.navigation.app_pages
            }
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "text_input":
                self.widgets[element.text_input.label] = Widget(element.text_input.id, "string_value")
            case "button":
                self.widgets[element.button.label] = Widget(element.button.id, "trigger_value")
            case "selectbox":
                self.widgets[element.selectbox.label] = Widget(element.selectbox.id, "string_value")
            case "html":
                self.html.append(element.html.body)
            case "alert":
                self.html.append(element.alert.body)
