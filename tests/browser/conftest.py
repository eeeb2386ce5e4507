"""People of two accounts, as the tests of the web server have them."""

from __future__ import annotations

from tests.web.conftest import people

__all__ = ["people"]
