"""``keys``: the encryption keys."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.output import command_group, print_text, print_warning
from core.operations import key_rotation
from core.security import key_files

app = command_group("Create, rotate and retire encryption keys.")


@app.command()
def new(
    write: Annotated[
        bool, typer.Option("--write", help="Write it into the home folder, if there is none yet.")
    ] = False,
) -> None:
    """Print a new key for IHUB_KEYS, or write the first key into the home folder."""
    if not write:
        print_text(key_files.new_key())
        return
    key_rotation.create_keys()
    print_text(
        f"The key is in {key_files.key_file()}. Keep a copy: without it the store's secrets cannot be read."
    )


@app.command()
def rotate() -> None:
    """Make a new key and encrypt everything again under it, while iHUB runs."""
    rotation = key_rotation.rotate_keys()
    made = "A new key is in use. " if rotation.made_key else ""
    print_text(f"{made}Values encrypted again: {rotation.resealed}.")
    if rotation.made_key:
        print_text(f"Keep a copy of {key_files.key_file()} and {key_files.fingerprint_file()}.")
        print_text("Older keys stay in use for reading until `python -m core keys retire` deletes them.")
    elif key_files.read_fingerprint_key() is None:
        print_warning(
            "Before you remove the last key of IHUB_KEYS, set IHUB_FINGERPRINT_KEY to it: fingerprints need it."
        )


@app.command()
def retire() -> None:
    """Delete all keys but the newest, once nothing is encrypted under them."""
    print_text(f"Keys deleted: {key_rotation.retire_keys()}.")
