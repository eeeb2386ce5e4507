"""What the browser may load and run in a page of iHUB: the strictest policy that Streamlit works under.

Scripts come from iHUB itself; of those that stand in a page, only the one of Streamlit's own start page runs, known by
its hash. Styles may stand in a page, as Streamlit's components write theirs there.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from core.settings import settings

INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def content_policy() -> str:
    """Return the value of the header."""
    scripts = " ".join(("'self'", *start_page_hashes()))
    websocket = settings().url.replace("http", "ws", 1)
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
    """Return the hashes of the scripts that stand in Streamlit's start page."""
    package = find_spec("streamlit")
    if package is None or package.origin is None:
        return []
    page = (Path(package.origin).parent / "static" / "index.html").read_text()
    return [f"'sha256-{_hash(script)}'" for script in INLINE_SCRIPT.findall(page)]


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
