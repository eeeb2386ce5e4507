"""Every text on a page is iHUB's own, or goes through the function that takes the formatting out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest

from core.settings import ROOT

# What Streamlit draws as Markdown: the argument at the beginning, and these by name.
SINKS = {
    *("markdown", "write", "caption", "title", "header", "subheader", "info", "warning", "error", "success"),
    *(
        "toast",
        "expander",
        "popover",
        "button",
        "form_submit_button",
        "checkbox",
        "toggle",
        "radio",
        "spinner",
    ),
    *("text_input", "text_area", "number_input", "date_input", "time_input", "selectbox", "multiselect"),
    *("segmented_control", "pills", "progress", "tabs", "dialog", "metric", "status", "link_button", "badge"),
    *("slider", "file_uploader", "download_button", "exception"),
}
NAMED = {"label", "body", "text", "help", "help_text"}
# Their options are Markdown too.
OPTIONS = {"radio", "segmented_control", "pills"}
# Modules of the pages whose functions escape HTML.
HTML_ONLY = {"links"}
# Functions whose result holds nothing that others wrote.
OWN = {
    *(
        "plain",
        "aloud",
        "format_time",
        "format_day",
        "format_duration",
        "len",
        "sentence",
        "fill",
        "explain",
        "settings",
    ),
}
# Attributes that hold nothing that others wrote.
OWN_ATTRIBUTES = {"id", "status", "key", "url", "position"}
# A wrapper that passes on what its callers give, each of which is looked at, and labels of settings of connectors.
PASSED_ON = {
    "pages/ui/layout/confirmation.py": {"sentence", "label", "help_text"},
    "pages/ui/layout/url_filters.py": {"label", "help_text", "sentence"},
    "pages/ui/connections/settings_form.py": {"label", "meaning"},
    "pages/ui/reports/match_review.py": {"label"},
    "pages/ui/jobs/limits_dialog.py": {"label"},
    "pages/ui/mapping/step_form.py": {"label", "help_text"},
    "pages/ui/mapping/field_drawer.py": {"label"},
    "pages/ui/scope/row_form.py": {"label"},
    "pages/ui/mapping/way_form.py": {"label"},
    "pages/ui/layout/current_user.py": {"permission"},
    "pages/ui/jobs/schedule_form.py": {"every"},
    "pages/ui/reports/kept_plan.py": {"label", "reject"},
}


class Texts:
    """The texts that a module of the pages shows."""

    def __init__(self, tree: ast.Module, passed_on: set[str]) -> None:
        """``passed_on`` names what the module only passes on."""
        self._tree, self._passed_on = tree, passed_on
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self._functions = {function.name: function for function in functions}

    def unsafe(self) -> Iterator[ast.expr]:
        """Return the texts that may hold what others wrote."""
        for function in (self._tree, *self._functions.values()):
            assigned = dict(_assigned(function))
            for call in _calls(function):
                yield from (text for text in _texts(call) if not self._is_own(text, assigned, 0))

    def _is_own(self, text: ast.expr, assigned: Mapping[str, list[ast.expr]], depth: int) -> bool:
        """Say whether an expression holds only what iHUB itself says."""
        if isinstance(text, ast.Call) or depth > 9:
            return depth <= 9 and self._is_own_call(text, assigned, depth)
        if isinstance(text, ast.Attribute):
            options = text.attr == "__getitem__" and self._is_own(text.value, assigned, depth + 1)
            return text.attr.isupper() or text.attr in OWN_ATTRIBUTES or options
        if isinstance(text, ast.FormattedValue) and text.format_spec is not None:
            return True
        if isinstance(text, ast.Name):
            if text.id.isupper() or text.id in self._passed_on:
                return True
            values = assigned.get(text.id, [])
            return bool(values) and all(self._is_own(value, assigned, depth + 1) for value in values)
        parts = _parts(text)
        return parts is not None and all(self._is_own(part, assigned, depth + 1) for part in parts)

    def _is_own_call(self, call: ast.expr, assigned: Mapping[str, list[ast.expr]], depth: int) -> bool:
        assert isinstance(call, ast.Call)
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        if name == "join":
            return self._is_own(call.args[0], assigned, depth + 1)
        if name in OWN or not isinstance(call.func, ast.Name) or name not in self._functions:
            return name in OWN
        function = self._functions[name]
        inside = dict(_assigned(function))
        results = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        return all(value is not None and self._is_own(value, inside, depth + 1) for value in results)


# What Streamlit gives to screen readers as it is written: the labels of these, and the options of those with a list.
READ_ALOUD = {
    *("checkbox", "toggle", "radio", "segmented_control", "pills", "metric", "file_uploader", "slider"),
    *("text_input", "text_area", "number_input", "date_input", "time_input", "selectbox", "multiselect"),
}
LISTS = {"selectbox", "multiselect"}


def escaped_texts(source: str, name: str = "") -> list[str]:
    """Return the places where a screen reader would be given backslashes."""
    tree, found = ast.parse(source), []
    assigned = dict(_assigned(tree))
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in READ_ALOUD
        ):
            read = call.args[:1] + [each.value for each in call.keywords if each.arg == "label"]
            if call.func.attr in LISTS:
                read += [each.value for each in call.keywords if each.arg == "format_func"]
            read += [
                value for text in read if isinstance(text, ast.Name) for value in assigned.get(text.id, [])
            ]
            found += [f"{name}:{text.lineno}: {ast.unparse(text)}" for text in read if _is_escaped(text)]
    return found


def _is_escaped(text: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "plain" for node in ast.walk(text))


def _parts(text: ast.expr) -> list[ast.expr] | None:
    """Return what an expression is put together from; None for one that is not known."""
    match text:
        case ast.Constant():
            return []
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
            return parts
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
            return parts
        case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, right=second):
            return [first, second]
        case (
            ast.FormattedValue(value=part)
            | ast.Subscript(value=part)
            | ast.GeneratorExp(elt=part)
            | ast.ListComp(elt=part)
        ):
            return [part]
    return None


def _calls(function: ast.AST) -> Iterator[ast.Call]:
    """Return the calls in a function that show a text, without those of functions in it."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.FunctionDef):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and _is_sink(child.func):
            yield child
        yield from _calls(child)


def _is_sink(function: ast.Attribute) -> bool:
    on = function.value.id if isinstance(function.value, ast.Name) else ""
    return (function.attr in SINKS and on not in HTML_ONLY) or (on, function.attr) == (
        "confirmation",
        "render_button",
    )


def _texts(call: ast.Call) -> Iterator[ast.expr]:
    assert isinstance(call.func, ast.Attribute)
    if call.args and call.func.attr != "progress":
        yield call.args[0]
    for keyword in call.keywords:
        if keyword.arg in NAMED:
            yield keyword.value
        if keyword.arg == "format_func" and call.func.attr in OPTIONS:
            yield keyword.value.body if isinstance(keyword.value, ast.Lambda) else keyword.value


def _assigned(function: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    """Return the names that are assigned in a function, with all that they are given."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for each, value in _pairs(target, node.value):
                    found.setdefault(each, []).append(value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append(node.value)
    yield from found.items()


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple):
        values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
        for each, one in zip(target.elts, values, strict=False):
            yield from _pairs(each, one)


def unsafe_texts(source: str, name: str = "") -> list[str]:
    """Return the places where a text may hold what others wrote."""
    texts = Texts(ast.parse(source), PASSED_ON.get(name, set()))
    return [f"{name}:{text.lineno}: {ast.unparse(text)}" for text in texts.unsafe()]


PAGES = {str(path.relative_to(ROOT)): path for path in sorted((ROOT / "pages").rglob("*.py"))}


@pytest.mark.parametrize("name", PAGES)
def test_every_text_is_ihubs_own_or_plain(name: str) -> None:
    assert unsafe_texts(PAGES[name].read_text(), name) == []
    assert escaped_texts(PAGES[name].read_text(), name) == []


@pytest.mark.parametrize(
    "source",
    [
        "st.checkbox(plain(name))",
        "st.radio(f'Choose {plain(name)}', options)",
        "label = plain(name)\nst.selectbox(label, options)",
        "st.multiselect('Who', ids, format_func=lambda each: plain(names[each]))",
        "st.number_input('Number', format_func=plain, label=plain(name))",
    ],
)
def test_a_label_that_would_be_read_with_backslashes_is_found(source: str) -> None:
    assert len(escaped_texts(source)) == 1
    assert escaped_texts(source.replace("plain", "aloud")) == []


@pytest.mark.parametrize(
    "line",
    [
        "st.title(view.name)",
        "st.error(f'{name} failed')",
        "st.button('Go', help=run.message)",
        "column.radio('Which', options, format_func=lambda each: each.name)",
        "st.write(str(error))",
        "st.expander(title)",
        "confirmation.render_button(f'Link {name}', 'key')",
    ],
)
def test_a_text_that_others_wrote_is_found(line: str) -> None:
    source = f"def show(name, view, run, error, options, title):\n    {line}\n"
    assert len(unsafe_texts(source)) == 1


def test_texts_of_ihub_are_left_alone() -> None:
    source = """
def show(view):
    label = "One" if view.single else f"{view.number:,}"
    st.title(f"{plain(view.name)}: {label}")
    st.caption(_words())

def _words():
    return NAMES["a"]
"""
    assert unsafe_texts(source) == []
