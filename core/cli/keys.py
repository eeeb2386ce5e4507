"""``keys``: the encryption keys."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.output import command_group, print_text, print_warning
from core.operations import key_rotation
from core.security import key_files

app = command_group("Make, exchange and forget encryption keys.")


@app.command()
def new(
    write: Annotated[
        bool, typer.Option("--write", help="Write it into the home folder, where there is none yet.")
    ] = False,
) -> None:
    """Print a new key, to be put into IHUB_KEYS, or write the first one into the home folder."""
    if not write:
        print_text(key_files.new_key())
        return
    key_rotation.create_keys()
    print_text(
        f"The key is in {key_files.key_file()}. Keep a copy: without it the store's secrets cannot be read."
    )


@app.command()
def rotate() -> None:
    """Put a new key in front and encrypt everything again under it, while iHUB runs."""
    rotation = key_rotation.rotate_keys()
    made = "A new key is in use. " if rotation.made_key else ""
    print_text(f"{made}Values encrypted again: {rotation.resealed}.")
    if rotation.made_key:
        print_text(f"Keep a copy of {key_files.key_file()} and {key_files.fingerprint_file()}.")
        print_text("Older keys stay readable until `python -m core keys retire` forgets them.")
    elif key_files.read_fingerprint_key() is None:
        print_warning(
            "Before you remove the last key of IHUB_KEYS, set IHUB_FINGERPRINT_KEY to that key: fingerprints are made with it."
        )


@app.command()
def retire() -> None:
    """Forget all keys but the newest, once nothing is encrypted under them any more."""
    print_text(f"Keys forgotten: {key_rotation.retire_keys()}.")
