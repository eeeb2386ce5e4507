"""The shapes the two systems answer in."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response


class Json(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write the content as JSON."""
        return orjson.dumps(content)


def problem(status: int, title: str, detail: str) -> Json:
    """Return enableHR's error: one problem, or for 400 a list of them."""
    one = {"type": "about:blank", "title": title, "detail": detail, "status": status}
    return Json([one] if status == 400 else one, status)


def problems(details: list[str]) -> Json:
    """Return enableHR's list of what is wrong with a request."""
    return Json(
        [{"type": "about:blank", "title": "Bad Request", "detail": one, "status": 400} for one in details],
        400,
    )


def refusal(status: int, *messages: str) -> Json:
    """Return iPayroll's error."""
    return Json({"id": f"E{status}", "messages": list(messages), "status": str(status)}, status)


async def body_of(request: Request) -> Any:
    """Return the JSON a request carries; ValueError when it is none."""
    return orjson.loads(await request.body())
