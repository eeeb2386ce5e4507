"""JSON responses and errors in the form of each system."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response


class Json(Response):
    """A JSON response."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode the content as JSON."""
        return orjson.dumps(content)


def enablehr_error(status: int, title: str, detail: str) -> Json:
    """Return an error as enableHR does: one problem, or a list of problems for 400."""
    entry = {"type": "about:blank", "title": title, "detail": detail, "status": status}
    return Json([entry] if status == 400 else entry, status)


def enablehr_errors(details: list[str]) -> Json:
    """Return enableHR's list of problems with a request."""
    return Json(
        [
            {"type": "about:blank", "title": "Bad Request", "detail": detail, "status": 400}
            for detail in details
        ],
        400,
    )


def ipayroll_error(status: int, *messages: str) -> Json:
    """Return an error as iPayroll does."""
    return Json({"id": f"E{status}", "messages": list(messages), "status": str(status)}, status)


async def json_body(request: Request) -> Any:
    """Return the JSON body of a request. Raises ValueError when it is not JSON."""
    return orjson.loads(await request.body())
