"""The words for each kind of run."""

from core.models import RunKind

# What a column calls it.
LABELS = {RunKind.SYNC: "Sync", RunKind.PREVIEW: "Preview", RunKind.SELECTED: "Chosen employees"}
# What a sentence calls it, before its number.
NAMES = {RunKind.SYNC: "Run", RunKind.PREVIEW: "Preview", RunKind.SELECTED: "Run of chosen employees"}
