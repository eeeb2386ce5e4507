"""The Content Security Policy of iHUB's pages: the strictest with which Streamlit works.

Scripts come from iHUB itself. Of inline scripts, only those of Streamlit's own start page run, allowed by their hashes.
Inline styles are allowed, because Streamlit's components use them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache

from core.settings import settings
from web.start_page import start_page

INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def content_policy() -> str:
    """Return the value of the header."""
    scripts = " ".join(("'self'", *start_page_hashes()))
    websocket = settings().origin.replace("http", "ws", 1)
    parts = {
        "default-src": "'self'",
        "script-src": scripts,
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' {websocket}",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    policy = [f"{name} {value}" for name, value in parts.items()]
    return "; ".join([*policy, "upgrade-insecure-requests"] if websocket.startswith("wss:") else policy)


def start_page_hashes() -> list[str]:
    """Return the hashes of the inline scripts in Streamlit's start page."""
    return [f"'sha256-{_hash(script)}'" for script in INLINE_SCRIPT.findall(start_page())]


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
