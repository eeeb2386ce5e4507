"""Clients of the sandbox's two systems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from harness.sandbox import Sandbox


class Api:
    """A client with a token for one system."""

    def __init__(self, base: str, token: str) -> None:
        """Talk to an API at an address."""
        self.base = base
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Send a request and return its answer."""
        return self.session.request(
            method, f"{self.base}{path}", json=body, params=query, timeout=30, allow_redirects=False
        )

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of an answer that has to be good."""
        answer = self("GET", path, **query)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def enablehr(sandbox: Sandbox) -> Iterator[Api]:
    """Give a client of enableHR."""
    api = Api(sandbox.enablehr_url, sandbox.control.grant("enablehr")["access_token"])
    yield api
    api.session.close()


@pytest.fixture
def ipayroll(sandbox: Sandbox) -> Iterator[Api]:
    """Give a client of iPayroll's employees."""
    api = Api(f"{sandbox.ipayroll_url}/api/v1/employees", sandbox.control.grant("ipayroll")["access_token"])
    yield api
    api.session.close()
