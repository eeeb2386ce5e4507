"""The parts of the web process that Home.py puts together: routes, middleware and the start."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from starlette.middleware import Middleware

from connectors import registry
from core import logs
from core.db import engine
from core.errors import HubError
from core.security import passwords
from core.security.vault import vault
from core.store_errors import OUTAGES
from web import api, auth, export, health, metrics, notice, oauth, redirect_script, start_page
from web.base_path import BasePath
from web.forwarded_headers import ForwardedHeaders
from web.responses import refusal
from web.security_headers import SecurityHeaders
from web.store_version import StoreVersion

# What pages import when they are drawn for the first time.
IMPORTED = (
    "pandas",
    "pyarrow",
    "streamlit.emojis",
    "streamlit_authenticator",
    "pages.ui.layout.routing",
)
# A page makes thousands of objects and nearly none that refer to each other: Python need not look for these so often.
GARBAGE_THRESHOLDS = (20_000, 20, 20)

routes = [
    *health.routes,
    *metrics.routes,
    *auth.routes,
    *notice.routes,
    *redirect_script.routes,
    *oauth.routes,
    *export.routes,
    *api.routes,
    *start_page.routes,
]
middleware = [
    Middleware(BasePath),
    Middleware(ForwardedHeaders),
    Middleware(SecurityHeaders, routes=routes),
    Middleware(StoreVersion),
]
exception_handlers = {HubError: refusal, **dict.fromkeys(OUTAGES, health.store_down)}


@asynccontextmanager
async def warm_up(_app: object) -> AsyncIterator[None]:
    """Load what the first page would wait for, and exclude it from garbage collection."""
    logs.configure()
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    for module in IMPORTED:
        import_module(module)
    # The catalogue of systems, which the first page with a connection would read.
    registry.connectors()
    vault()
    passwords.verify(None, "")  # makes the hash for unknown user names, so that the first sign-in is as fast
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    yield
    engine().dispose()
