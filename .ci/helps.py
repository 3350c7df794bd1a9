"""What commands say of themselves in ``--help``: the docstrings of the functions that are commands,
the ``help`` of their options, and the list of all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "monitor" / "cli"


def helps() -> Iterator[str]:
    """Every such text, in the order of the files."""
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.keyword(arg="help", value=ast.Constant(value=str(text))):
                    yield text
                case ast.FunctionDef() if any(map(_is_command, node.decorator_list)):
                    yield from filter(None, [ast.get_docstring(node)])
                case ast.Assign(targets=[ast.Name(id="COMMANDS")], value=ast.Dict(values=values)):
                    yield from (str(v.value) for v in values if isinstance(v, ast.Constant))


def _is_command(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(attr="command" | "group")):
            return True
    return False
