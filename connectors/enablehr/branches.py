"""Read the branches of an enableHR account, and which of them lie below others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.branches import Branch
from connectors.enablehr.json_values import MalformedError, json_object, read_text
from connectors.values.normalise import without_point

# Between the names in a path.
SEPARATOR = " > "


def translate_branches(nodes: Sequence[Mapping[str, Any]]) -> list[Branch]:
    """Return the branches. One that does not name its parent has the branch whose path its own begins with."""
    named = [_translate(node) for node in nodes]
    id_by_path = {branch.path: branch.id for branch in named}
    return [
        branch
        if branch.parent_id is not None
        else Branch(branch.id, branch.name, branch.path, id_by_path.get(branch.path.rpartition(SEPARATOR)[0]))
        for branch in named
    ]


def _translate(node: Mapping[str, Any]) -> Branch:
    try:
        branch_id, parent = str(node["id"]), json_object(node.get("parent"), "parent")
        name = read_text(node, "name") or branch_id
        parent_id = without_point(parent.get("id"))
        return Branch(
            branch_id, name, read_text(node, "path") or name, None if parent_id is None else str(parent_id)
        )
    except MalformedError:  # a branch that cannot be read lies below no other
        return Branch(str(node["id"]), str(node["id"]), str(node["id"]))
