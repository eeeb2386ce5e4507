"""People of two accounts, as in the tests of the web server."""

from __future__ import annotations

from tests.web.conftest import people

__all__ = ["people"]
