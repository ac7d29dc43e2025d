"""No bare ``save()``: it writes every column back, and with them what a concurrent request had changed."""

from __future__ import annotations

import ast

from tests.architecture.sources import modules, name_of, tree_of

NAMED = {"update_fields", "force_insert"}


def test_no_save_without_its_columns() -> None:
    bare = [
        f"{name_of(file)}:{node.lineno} {ast.unparse(node)}"
        for file in modules()
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "save"
        and not node.args
        and not NAMED & {keyword.arg for keyword in node.keywords}
    ]
    assert bare == []
