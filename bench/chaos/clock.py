"""The clock of workers and schedulers, which a file moves while they run."""

from __future__ import annotations

from pathlib import Path

PATCHES = Path(__file__).parent / "moved_clock"


def library() -> Path | None:
    """Return libfaketime of the Debian package faketime, if it is installed."""
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


def file(folder: Path) -> Path:
    """Return the file that says how far the clock is moved; there is none where it cannot be moved."""
    return folder / "clock"


def set_right(clock_file: Path) -> None:
    """Let the clock be right."""
    clock_file.write_text("+0s")


def environment(folder: Path) -> dict[str, str]:
    """Return what lets a process read its clock from the file; nothing where libfaketime is not installed.

    Monotonic clocks stay right, as they do when the clock of a machine is set.
    """
    faketime = library()
    if faketime is None:
        print("The clock is not moved, because libfaketime is missing: apt-get install faketime.")
        return {}
    set_right(file(folder))
    return {
        "LD_PRELOAD": str(faketime),
        "PYTHONPATH": str(PATCHES),
        "FAKETIME_TIMESTAMP_FILE": str(file(folder)),
        # Reading the file at each look at the clock would make everything several times slower.
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Otherwise a thread that waits for another one wakes up at once, again and again.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
