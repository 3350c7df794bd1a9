"""``siaga risks``: the risk register as a matrix, beside what was observed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from alerting.register import DAYS, RiskEntry, matrix, severity_of
from monitor.cli.opened import opened_at
from monitor.cli.options import config_option, count_of
from monitor.cli.remote import SERVED, echo
from monitor.jobs.views.risks import RiskView, risk_view

CELL = 13
COLOURS = {"SEV1": "red", "SEV2": "yellow", "SEV3": "cyan", "SEV4": "white"}


@click.command()
@config_option
@click.option("--list", "listed", is_flag=True, help="Every risk with owner, review and playbook.")
@click.option(
    "--language", type=click.Choice(["en", "id"]), default="en", help="Of the risks' titles."
)
def risks(config: Path | None, listed: bool, language: str) -> None:
    """The matrix of likelihood and impact, what was observed in 90 days, and overdue reviews."""
    with opened_at(config, None, reads=True) as (app, now):
        view = risk_view(app, now)
    say = echo if SERVED.get() else click.echo  # which has no colours where a daemon answers
    for line in (*drawn(view.risks), "", *observed_lines(view, language)):
        say(line)
    if listed:
        say("")
        for risk in view.risks:
            platforms = ", ".join(risk.platforms) or "everywhere"
            say(f"{risk.slug}: {risk.name(language)}")
            say(f"  {risk.severity} · {risk.risk_class} · {platforms} · owner {risk.owner}"
                       f" · playbook {risk.playbook} · review {risk.review}")  # fmt: skip


def drawn(found: Sequence[RiskEntry]) -> Iterator[str]:
    """The matrix, likelihood upwards, impact to the right; the letters are listed below."""
    letters = {risk.slug: _letter(n) for n, risk in enumerate(found)}
    yield "likelihood"
    for row, cells in enumerate(matrix(found)):
        likelihood = 5 - row
        shown = []
        for column, cell in enumerate(cells, 1):
            severity = severity_of(likelihood, column)
            text = " ".join(letters[risk.slug] for risk in cell)[:CELL]
            shown.append(click.style(f"{text or '·':^{CELL}}", fg=COLOURS[severity]))
        yield f"  {likelihood} │{'│'.join(shown)}│"
    yield "    └" + "┴".join("─" * CELL for _ in range(5)) + "┘"
    yield "     " + " ".join(f"{n:^{CELL}}" for n in range(1, 6)) + "  impact"
    for risk in found:
        yield f"  {letters[risk.slug]:>2} {risk.slug} ({risk.severity})"


def observed_lines(view: RiskView, language: str = "en") -> Iterator[str]:
    """What was seen, what it speaks for, and which reviews are due."""
    seen = [one for one in view.observed if one.incidents]
    yield (
        f"Observed in {DAYS} days:" if seen else f"Nothing of the register was seen in {DAYS} days."
    )
    for one in seen:
        numbers = ", ".join(map(str, one.incidents[:10]))
        yield (
            f"  {one.risk.slug}: {len(one.incidents)} (incident {numbers}); stated likelihood "
            f"{one.risk.likelihood}, observed {one.likelihood}"
        )
    for one in view.proposals:
        why = f"{count_of(len(one.incidents), 'incident')} in {DAYS} days"
        yield (
            f"! proposed: {one.risk.slug}, likelihood {one.risk.likelihood} -> {one.likelihood} "
            f"({why}); change it in risks.yaml if you agree"
        )
    for risk in view.overdue:
        yield f"! review of {risk.slug} was due on {risk.review} ({risk.name(language)})"


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"A{chr(ord('A') + number - 26)}"
