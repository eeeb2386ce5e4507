"""``keys``: the encryption keys."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.output import group, say, warn
from core.operations import key_rotation
from core.security import key_files

app = group("Make, exchange and forget encryption keys.")


@app.command()
def new(
    write: Annotated[
        bool, typer.Option("--write", help="Write it into the home folder, where there is none yet.")
    ] = False,
) -> None:
    """Print a new key, to be put into IHUB_KEYS, or write the first one into the home folder."""
    if not write:
        say(key_files.new_key())
        return
    key_rotation.create()
    say(f"The key is in {key_files.key_file()}. Keep a copy: without it the store's secrets cannot be read.")


@app.command()
def rotate() -> None:
    """Put a new key in front and encrypt everything again under it, while iHUB runs."""
    rotation = key_rotation.rotate()
    made = "A new key is in use. " if rotation.made_key else ""
    say(f"{made}Values encrypted again: {rotation.resealed}.")
    if rotation.made_key:
        say(f"Keep a copy of {key_files.key_file()} and {key_files.fingerprint_file()}.")
        say("Older keys stay readable until `python -m core keys retire` forgets them.")
    elif key_files.read_fingerprint_key() is None:
        warn(
            "Before you remove the last key of IHUB_KEYS, set IHUB_FINGERPRINT_KEY to that key: fingerprints are made with it."
        )


@app.command()
def retire() -> None:
    """Forget all keys but the newest, once nothing is encrypted under them any more."""
    say(f"Keys forgotten: {key_rotation.retire()}.")
