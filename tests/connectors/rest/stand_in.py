"""The base of stand-ins for described systems: it counts requests, checks the sign-in and fails on request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

Handle = Callable[[Request, Any], Response]


@dataclass
class Switches:
    """How a stand-in misbehaves."""

    fail_next: int = 0
    fail_every: int = 0
    fail_status: int = 500
    answer_lost_next: int = 0
    only_method: str | None = None
    unauthorised: bool = False
    refuse_employees: dict[str, str] = field(default_factory=dict)


class StandIn(ABC):
    """A system in this process, controlled as the sandbox is."""

    def __init__(self) -> None:
        self.on, self.counted, self.url = Switches(), Counter[str](), ""
        self.control = self

    def switches(self, system: str, **changes: Any) -> None:
        """Set switches."""
        for name, value in changes.items():
            setattr(self.on, name, value)

    def counters(self, system: str) -> Counter[str]:
        """Return how many requests there were of each kind."""
        return self.counted

    @abstractmethod
    def is_signed_in(self, request: Request) -> bool:
        """Say whether a request is signed in."""

    def answering(self, handle: Handle) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler with the counting, the sign-in check and the failures around it."""

        async def answer(request: Request) -> Response:
            request.scope["sandbox.exchange"] = {"provoked": False}
            self.counted["requests"] += 1
            if self.on.unauthorised or not self.is_signed_in(request):
                return self._provoked(request, 401)
            if self._fails(request):
                return self._provoked(request, self.on.fail_status)
            sent = await request.json() if request.method in {"POST", "PUT", "PATCH"} else None
            response = handle(request, sent)
            if self.on.answer_lost_next and self._concerns(request):
                self.on.answer_lost_next -= 1
                return self._provoked(request, 504)
            return response

        return answer

    def _fails(self, request: Request) -> bool:
        if not self._concerns(request):
            return False
        if self.on.fail_next:
            self.on.fail_next -= 1
            return True
        return bool(self.on.fail_every) and self.counted["requests"] % self.on.fail_every == 0

    def _concerns(self, request: Request) -> bool:
        return self.on.only_method in {None, request.method}

    def _provoked(self, request: Request, status: int) -> Response:
        request.scope["sandbox.exchange"]["provoked"] = True
        return Response(status_code=status)
