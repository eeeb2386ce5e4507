"""The column headings that the Reports page and its exports share, and the words in those columns."""

from __future__ import annotations

from core.runs import messages

RUN_ID, STATUS, TYPE, KIND = "Job run ID#", "Status", "Type", "Kind"
START_TIME, END_TIME = "Start Time", "End Time"
READ, FILTERED, WRITTEN, ERRORS = "Records Read", "Record Filtered", "Record Written", "Record Errors"
UNCHANGED, HELD = "Unchanged", "Held"
DURATION, STARTED_BY, ENDING = "Duration", "Started by", "How it ended"
# Employees somebody has to do something about: they are in one of the other counters too.
NEED_ACTION = "Need you"
RUNS = (RUN_ID, STATUS, TYPE, KIND, START_TIME, END_TIME, READ, FILTERED, WRITTEN, ERRORS)

EMPLOYEE_NUMBER = "Employee Number"
RECORD, SOURCE_ID, TARGET_ID = "Record", "Source ID", "Target ID"
PROCESSOR, WRITER = "Processor", "Writer"
RECORDS = (RECORD, SOURCE_ID, TARGET_ID, PROCESSOR, WRITER)
MATCHED_BY, WHO_MUST_ACT = "Matched By", "Who Must Act"
MATCH = (MATCHED_BY, WHO_MUST_ACT)
WHAT_TO_DO = "What To Do"
# What somebody has decided: ignored, or put off.
DECIDED = "Ignored or Put Off"
# The outcome of each request, where the target takes an employee in several.
PARTS = "Parts"
BY_HAND = (RECORD, SOURCE_ID, TARGET_ID, WHAT_TO_DO, "Field", "Where", WHO_MUST_ACT, RUN_ID)

KINDS = messages.KIND_LABELS
