"""One language: YAML, JSON and the model give the same digest, and the page shows what works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.mapping import checking
from core.mapping import document as documents
from core.mapping.document import MappingFaultsError
from core.mapping.merging import merge
from tests.connectors.mapping.made import ANY_STEP

PAGE = Path(__file__).parents[3] / "docs" / "mapping.md"
WORDS = st.one_of(
    st.sampled_from(
        ["no", "yes", "on", "1", "0412", "1e5", "y", "~", "null", "2024-01-01", " a ", "a: b", "#", "é", ""]
    ),
    st.text(
        st.characters(
            codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff"
        ),
        max_size=12,
    ),
)
SCALARS = st.one_of(WORDS, st.integers(-9999, 9999), st.booleans())
CHANGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": st.from_regex(r"[a-z]{1,6}(\.[a-z]{1,6})?", fullmatch=True)},
    optional={
        "value": SCALARS,
        "map": st.dictionaries(WORDS.filter(bool), SCALARS, min_size=1, max_size=3),
        "steps": st.lists(ANY_STEP, max_size=3),
        "default": SCALARS,
        "send": st.just(False),
        "unique": st.booleans(),
        "when": st.fixed_dictionaries(
            {"at": st.just("title"), "is": st.lists(WORDS, min_size=1, max_size=3)}
        ),
    },
)
DOCUMENTS = st.builds(
    lambda fields, people: {"connector": "ipayroll", "fields": fields, **people},
    st.lists(CHANGES, max_size=4),
    st.sampled_from([{}, {"people": {"include": ["1", "no"]}}, {"starters": {"days_before": 14}}]),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(DOCUMENTS)
def test_every_form_has_one_digest(said: dict[str, Any]) -> None:
    document = documents.from_json(said)
    digest = documents.digest(document)
    written = documents.to_yaml(document)
    assert documents.digest(documents.from_yaml(written)) == digest, written
    assert documents.digest(documents.from_json(documents.to_json(document))) == digest
    shuffled = {key: said[key] for key in sorted(said, reverse=True)}
    assert documents.digest(documents.from_json(shuffled)) == digest


@settings(max_examples=100, deadline=None, derandomize=True)
@given(DOCUMENTS, DOCUMENTS)
def test_laying_nothing_over_changes_nothing(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    base, other = (documents.to_json(documents.from_json(each)) for each in (ours, theirs))
    assert _digest(merge(base, base, other)[0]) == _digest(other) or _names(other) != len(
        other.get("fields", ())
    )
    merged, overlaps = merge(base, other, base)
    assert overlaps == []
    assert _names(other) != len(other.get("fields", ())) or {
        field["name"] for field in merged.get("fields", ())
    } == {field["name"] for field in other.get("fields", ())}


def _digest(said: dict[str, Any]) -> str:
    return documents.digest(documents.from_json(said))


def _names(said: dict[str, Any]) -> int:
    return len({field["name"] for field in said.get("fields", ())})


def test_the_order_of_a_list_counts_and_comments_do_not() -> None:
    one = documents.from_yaml("connector: k\nfields:\n- {name: a, from: [title, position]}  # first\n")
    two = documents.from_yaml("fields:\n  - from: [title, 'position']\n    name: a\nconnector: 'k'\n")
    other = documents.from_yaml("connector: k\nfields:\n- {name: a, from: [position, title]}\n")
    assert documents.digest(one) == documents.digest(two) != documents.digest(other)


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "connector:", "connector: K!", "connector: k\nfields: 3", "connector: k\nfields: [x]",
             "connector: k\nscope: [", "connector: k\nfields:\n- {name: a, value: {x: 1}}", "connector: k\npeople: 3",
             "form: new\nconnector: k", "form: true\nconnector: k", "connector: k\nstarters: {days_before: -1}",
             "\x00", "a: &x 1\nb: *x", "connector: k\nfields:\n- {name: a, cases: []}", "connector: k\nfields: ~"]
)  # fmt: skip
def test_odd_texts_are_a_sentence_with_a_line_or_taken(text: str) -> None:
    try:
        documents.from_yaml(text)
    except MappingFaultsError as error:
        assert all(re.fullmatch(r"Line \d+: .*[.?]", sentence, re.DOTALL) for sentence in error.sentences)


def test_the_mapping_on_the_page_works_as_printed() -> None:
    [block] = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    document, yaml = documents.read_yaml(block)
    checking.require_usable("ipayroll", document, yaml)
    assert documents.digest(documents.from_yaml(documents.to_yaml(document))) == documents.digest(document)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"connector: k\n" + b"#" * 1_000_000, "far too long"),
        ("connector: k\nfields: [{name: a, value: Zoë}]".encode("latin-1"), "UTF-8"),
        ("connector: k".encode("utf-16"), "UTF-8"),
    ],
)
def test_a_file_is_taken_whole_or_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(MappingFaultsError, match=sentence):
        documents.decode_upload(content)
    assert documents.decode_upload("\ufeffconnector: k".encode()) == "connector: k"


def test_half_a_sign_is_refused_with_its_line() -> None:
    with pytest.raises(MappingFaultsError, match="Line 3: This text has a character"):
        documents.from_yaml('connector: k\nfields:\n- {name: a, value: "\\ud800"}')
