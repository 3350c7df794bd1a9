"""House rules no linter has: sizes of files and functions, imports no contract speaks of,
languages without words, undocumented settings and commands, links that lead nowhere.

``gates.py`` runs them all, ``gates.py imports sizes`` those two.
"""

from __future__ import annotations

import ast
import gc
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE, MAX_FUNCTION = 400, 40
MAX_UNFORMATTED = 45
PACKAGES = ("monitor", "connectors", "alerting")

ANYWHERE = {"numpy", "orjson", "pydantic", "pydantic_core"}
"""Third-party packages that hold values and speak to nobody: every layer may use them."""

NOT_A_CONNECTOR = {"base", "kit", "registry", "testing", "platform_testing", "mutants"}


def project_files(*endings: str) -> list[Path]:
    """The project's files whose names end so, those not yet committed too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if name.endswith(endings) and (ROOT / name).exists()]


def sizes() -> list[str]:
    found = []
    for path in project_files(".py"):
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


def unformatted() -> list[str]:
    """Statements that the formatter may not touch: only where a table is read as one."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in project_files(".py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if line.endswith("# fmt: skip")
    ]
    if len(found) <= MAX_UNFORMATTED:
        return []
    more = f"{len(found)} statements are not formatted; {MAX_UNFORMATTED} is the limit"
    return [f"{more}: {', '.join(found)}"]


def deferred() -> list[str]:
    """Imports inside functions without a reason: a comment behind the first of them, or above."""
    found = []
    for path in sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        source = path.read_text()
        lines = source.splitlines()
        inside = {
            node.lineno
            for function in ast.walk(ast.parse(source))
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        for number in sorted(inside):
            above = lines[number - 2].strip()
            if number - 1 in inside or "#" in lines[number - 1] or above.startswith("#"):
                continue
            name = path.relative_to(ROOT)
            found.append(
                f"{name}:{number}: an import inside a function needs its reason as a comment (what "
                f"it would cost at every start); else it belongs to the top of the module"
            )
    return found


def imports() -> list[str]:
    """What import-linter cannot say: a library no contract names, a connector that knows another.

    So that whoever brings a library in also says where it may be used.
    """
    sys.path.insert(0, str(ROOT))
    import grimp

    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    contracts = tools["importlinter"]["contracts"]
    named = {m for c in contracts if c["type"] == "protected" for m in c["protected_modules"]}
    known = named | ANYWHERE | set(sys.stdlib_module_names) | set(PACKAGES)
    found = []
    for module in sorted(graph.modules):
        if graph.is_module_squashed(module) and module not in known:
            users = ", ".join(sorted(graph.find_modules_that_directly_import(module)))
            found.append(f"{users}: no contract in pyproject.toml says where {module} may be used")
    for module in sorted(graph.find_descendants("connectors")):
        for other in sorted(graph.find_modules_directly_imported_by(module)):
            if (ours := _connector(module)) and (theirs := _connector(other)) and ours != theirs:
                found.append(f"{module} imports {other}: connectors do not know each other")
    return found


def _connector(module: str) -> str:
    """Which connector a module belongs to; "" where to none."""
    package, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    return name if package == "connectors" and name not in NOT_A_CONNECTOR else ""


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


def options() -> list[str]:
    """Options of connectors that their pages do not name."""
    from connectors.registry import BUILT_IN, get

    found = []
    for name in sorted(BUILT_IN):
        info = get(name).info
        page = info.docs.partition("#")[0]
        pages = [page] if page else [f"docs/{name}.md", "docs/connectors.md"]
        told = "\n".join((ROOT / p).read_text() for p in pages if (ROOT / p).is_file())
        for option in info.options.model_fields:
            if f"`{option}`" not in told and f"{option}:" not in told:
                found.append(f"option `{option}` of {name} is not in {pages[0]}")
    return found


def migrations() -> list[str]:
    """Revisions that do not follow each other by number up to HEAD: two branches met."""
    store = ROOT / "monitor" / "store"
    files = sorted((store / "migrations" / "versions").glob("[0-9]*.py"))
    found = []
    for number, path in enumerate(files, 1):
        source, this, before = path.read_text(), f"{number:04}", f"{number - 1:04}"
        parent = f'down_revision = "{before}"' if number > 1 else "down_revision = None"
        wanted = (f'\nrevision = "{this}"', f"\n{parent}")
        if not path.name.startswith(this) or not all(line in source for line in wanted):
            found.append(f"{path.relative_to(ROOT)}: should be revision {this} after {before}")
    if f'HEAD = "{len(files):04}"' not in (store / "schema.py").read_text():
        found.append(f"monitor/store/schema.py: HEAD should be {len(files):04}")
    return found


def architecture() -> list[str]:
    """Where ARCHITECTURE.md and the import contracts differ."""
    import architecture as paper

    return paper.problems()


def languages() -> list[str]:
    """Languages that have a folder and do not say everything."""
    import messages

    return messages.problems()


CITED = re.compile(
    r"(?<![\w/.{}\"'-])(?:[\w.-]+/)*[\w-]+\.md\b"
    r"|(?<![\w/.{}-])(?:monitor|connectors|alerting|config|docs|deploy|tests|bench)/[\w/.-]*"
    r"(?:\.(?:py|yaml|po|html|toml)\b|(?<=\w)/(?![\w/*<{]))"
)
"""A paper by its name, or a file or folder of ours by its path."""

MADE_LATER = {
    "deploy/etc/",
    "deploy/etc/siaga.yaml",
    "deploy/secrets/",
    "tests/slack-emulator/node_modules/",
}
"""What a clean checkout does not have: people make it, or `make test` installs it."""


def citations() -> list[str]:
    """Files that a comment or a paper sends its reader to, and that are not there."""
    found = []
    for path in project_files(".py", ".md", ".yaml", ".yml", ".toml", ".html", "Makefile"):
        if path.is_relative_to(ROOT / "tests"):
            continue  # they make files up
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for cited in map(re.Match.group, CITED.finditer(line)):
                here = (path.parent / cited, ROOT / cited)
                if cited not in MADE_LATER and not any(place.exists() for place in here):
                    found.append(f"{path.relative_to(ROOT)}:{number}: there is no {cited}")
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


GATES = {
    f.__name__: f
    for f in (
        sizes,
        unformatted,
        deferred,
        imports,
        migrations,
        architecture,
        languages,
        undocumented,
        options,
        citations,
        dead_links,
    )
}


def main(names: list[str]) -> int:
    gc.disable()  # nothing of what is parsed is garbage; looking for some doubles the time
    problems = [problem for name in names or GATES for problem in GATES[name]()]
    for problem in problems:
        print(problem)
    print(f"house rules: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
