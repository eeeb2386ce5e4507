"""The pictures in the documents are there and small."""

from __future__ import annotations

import re

from core.settings import ROOT
from tools.screenshots import FOLDER, LARGEST_BYTES


def test_every_picture_that_a_document_shows_is_there_and_none_is_left_over() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {name for path in documents for name in re.findall(r"screenshots/([a-z-]+\.png)", path.read_text())}
    assert shown == {path.name for path in FOLDER.glob("*")}


def test_no_picture_is_large() -> None:
    assert all(path.stat().st_size <= LARGEST_BYTES for path in FOLDER.glob("*.png"))
