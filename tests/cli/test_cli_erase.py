"""`siaga erase`: counted first, done when it is meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.lines import INFO, T0, Script, make_app, mention, poll_due

from connectors.base import Page
from monitor.cli.erase import erase
from monitor.problems import Problem

CONFIG = "version: 1\nbrands:\n  - {slug: kopi, name: Kopi, query: kopi}\n"


def test_posts_are_counted_first_and_erased_when_it_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "siaga.yaml").write_text(CONFIG)
    mine = [mention(n, T0, url=f"https://x.example/{n}") for n in range(4)]
    mine[1] = replace(mine[1], author=mine[0].author)
    script = Script(lambda source, cursor: iter([Page(tuple(mine))]), INFO)
    app = make_app(f"sqlite:///{tmp_path / 'siaga.db'}", script)
    poll_due(app)
    app.db.close()
    author = mine[0].author
    assert author is not None
    platform = mine[0].platform

    def run(*words: str) -> str:
        done = CliRunner().invoke(erase, [*words, "--reason", "their letter", "--who", "Sari"])
        if isinstance(done.exception, Problem):
            return str(done.exception)
        return done.output

    by = ("--author", f"{platform}:@{author.handle}")
    assert run(*by) == "2 posts would be erased; to do it, say it again with --yes."
    assert run(*by, "--yes") == "2 posts erased.\n"
    assert run(*by, "--yes") == "0 posts erased.\n"
    assert run("--url", "https://x.example/2", "--yes") == "1 post erased.\n"
    assert run("--mention", f"{platform}:3", "--yes") == "1 post erased.\n"
    assert "write PLATFORM:NAME" in run("--mention", "3", "--yes")
    assert "Say what by" in run("--yes")
