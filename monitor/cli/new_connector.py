"""``siaga new-connector``: the files of a new connector, green before anybody has touched them."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import click

from connectors.registry import BUILT_IN
from monitor.problems import Problem

MADE_BY = " Made by ``siaga new-connector``; make it yours."

REASONS = Path("alerting/locale/id/LC_MESSAGES/reasons.po")
"""Where the sentences of connectors are said in Indonesian; `make check` asks for all of them."""

LINE = re.compile(r'^    "(\w+)": "connectors\.', re.MULTILINE)


@click.command("new-connector")
@click.argument("name")
def new_connector(name: str) -> None:
    """Make the files of a connector NAME, in a checkout of Siaga: its code, a recording, its test
    with mutants, its page, and its line in the registry. All of it passes before it is changed.

    NAME is the platform's, in lower case.
    """
    root = Path()
    registry = root / "connectors" / "registry.py"
    if not registry.is_file() or not (root / "tests" / "connectors").is_dir():
        raise Problem(
            "This is no checkout of Siaga: run it where connectors/registry.py and tests/ are. "
            "A connector of your own package is described in docs/connectors.md."
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name):
        raise Problem(f"{name} is no name for a connector; write one like kicau.")
    if name in BUILT_IN or (root / "connectors" / name).exists():
        raise Problem(f"There is a connector {name} already.")
    for target, text in _files(name).items():
        path = root / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        click.echo(f"made {path}")
    registry.write_text(_registered(registry.read_text("utf-8"), name), "utf-8")
    click.echo(f"changed {registry}")
    reasons = root / REASONS
    if reasons.is_file():
        known = reasons.read_text("utf-8")
        with reasons.open("a", encoding="utf-8") as file:
            for said in _renamed(_scaffold("reasons.id.po"), name).split("\n\n"):
                if said.partition("\n")[0] not in known:  # another new one may say it too
                    file.write(f"\n{said.rstrip()}\n")
        click.echo(f"changed {reasons}")
    click.echo(f"\nNow: .venv/bin/python -m pytest tests/connectors/test_{name}.py")
    click.echo(f"then make connectors/{name}/connector.py the platform's, test by test.")


def _files(name: str) -> dict[str, str]:
    """Path -> text of everything that is made."""

    def text(*parts: str) -> str:
        return _renamed(_scaffold(*parts), name)

    code = text("connector.py").replace(MADE_BY, "", 1)
    return {
        f"connectors/{name}/__init__.py": "",
        f"connectors/{name}/connector.py": code,
        f"connectors/{name}/recordings/documentation.json": text(
            "recordings", "documentation.json"
        ),
        f"tests/connectors/test_{name}.py": text("contract_test.py"),
        f"docs/connectors/{name}.md": text("page.md"),
    }


def _scaffold(*parts: str) -> str:
    return files("connectors.scaffold").joinpath(*parts).read_text("utf-8")


def _renamed(text: str, name: str) -> str:
    words = "".join(part.capitalize() for part in name.split("_"))
    text = text.replace("Scaffold", words).replace("SCAFFOLD", name.upper())
    return text.replace("scaffold", name)


def _registered(source: str, name: str) -> str:
    """The registry with a line more, in its order."""
    words = "".join(part.capitalize() for part in name.split("_"))
    line = f'    "{name}": "connectors.{name}.connector:{words}",\n'
    for found in LINE.finditer(source):
        if found[1] > name:
            return source[: found.start()] + line + source[found.start() :]
    last = list(LINE.finditer(source))[-1]
    end = source.index("\n", last.end()) + 1
    return source[:end] + line + source[end:]
