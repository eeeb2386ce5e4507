"""What a process needs to play companies: a store of its own, and a server for the systems."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bench.proofs.web import Web, served


@contextmanager
def prepared(parent: Path | None = None) -> Iterator[Web]:
    """Make a new SQLite store in a folder of its own, and serve the systems."""
    folder = Path(tempfile.mkdtemp(prefix="ihub-proofs-", dir=parent))
    for name in [each for each in os.environ if each.startswith("IHUB_") or each == "DATABASE_URL"]:
        del os.environ[name]
    # One request after the other, so that a seed always tells the same story.
    os.environ |= {
        "IHUB_HOME": str(folder),
        "IHUB_CONCURRENCY": "1",
        "IHUB_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    from core import schema
    from core.db import forget_engine
    from core.security import key_files
    from core.security.vault import vault
    from core.settings import settings

    for forget in (forget_engine, settings.cache_clear, vault.cache_clear):
        forget()  # an earlier store of this process
    try:
        key_files.write_keys([key_files.new_key()])
        schema.upgrade()
        with served() as web:
            yield web
    finally:
        shutil.rmtree(folder, ignore_errors=True)
