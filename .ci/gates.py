"""House rules no linter has: sizes of files and functions, undocumented settings and commands,
links that lead nowhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE, MAX_FUNCTION = 400, 40


def python_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def sizes() -> list[str]:
    found = []
    for path in python_files():
        source = path.read_text()
        name = path.relative_to(ROOT)
        if (lines := len(source.splitlines())) > MAX_FILE:
            found.append(f"{name}: {lines} lines; {MAX_FILE} is the limit")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION:
                    found.append(
                        f"{name}:{node.lineno}: {node.name} has {length} lines; "
                        f"{MAX_FUNCTION} is the limit"
                    )
    return found


def setting_names(model: type) -> list[str]:
    from pydantic import BaseModel

    names: list[str] = []
    for name, field in model.model_fields.items():  # type: ignore[attr-defined]
        names.append(name)
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                names += setting_names(part)
    return names


def undocumented() -> list[str]:
    from monitor.cli.main import main_group
    from monitor.settings.model import Settings

    example = "\n".join(p.read_text() for p in (ROOT / "config").rglob("*.yaml"))
    found = [
        f"setting `{name}` is not in config/"
        for name in sorted(set(setting_names(Settings)))
        if f"{name}:" not in example
    ]
    docs = "\n".join((ROOT / n).read_text() for n in ("README.md", "README.id.md"))
    import click

    context = click.Context(main_group)
    for name in main_group.list_commands(context):
        if f"siaga {name}" not in docs:
            found.append(f"command `siaga {name}` is not in the README")
    return found


def dead_links() -> list[str]:
    """Files and pictures that a page names and that are not there."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/*.md")]
    return [
        f"{page.relative_to(ROOT)}: there is no {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#: ]+)", page.read_text())
        if not (page.parent / target).exists()
    ]


def main() -> int:
    problems = sizes() + undocumented() + dead_links()
    for problem in problems:
        print(problem)
    print(f"house rules: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
