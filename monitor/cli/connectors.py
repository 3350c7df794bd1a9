"""``siaga connectors``: what can be listened to, and what each still needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click
import orjson

from connectors.base import Info
from connectors.kit.recording import Bodies, bodies_of
from connectors.registry import declared, get
from monitor.cli.language import _, n_, told
from monitor.settings.secrets import secret


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def connectors(as_json: bool) -> None:
    """What can be listened to: what each connector brings, what it still needs and who grants it,
    its limits, and how many of the bodies it is tested with were recorded."""
    found = {name: (info, bodies_of(get(name).__module__)) for name, info in declared().items()}
    if as_json:
        rows = [_fields(name, info, bodies) for name, (info, bodies) in found.items()]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for name, (info, bodies) in found.items():
        for line in _lines(name, info, bodies):
            click.echo(line)


def _secrets(info: Info) -> Mapping[str, bool]:
    """The environment variables a connector reads, and whether each is set."""
    return {variable: bool(secret(variable)) for variable in info.secrets.values()}


def _fields(name: str, info: Info, bodies: Bodies) -> dict[str, Any]:
    return {
        "name": name,
        "title": info.title or name,
        "platform": info.platform,
        "can": sorted(info.can),
        "secrets": _secrets(info),
        "optional": sorted(info.secrets[one] for one in info.optional),
        "connect": list(info.oauth),
        "needs": [{"what": n.what, "who": n.who, "why": n.why} for n in info.needs],
        "every_s": info.every.total_seconds(),
        "lag_s": info.lag.total_seconds(),
        "retention_s": info.retention and info.retention.total_seconds(),
        "quota": info.quota,
        "terms": info.terms,
        "docs": info.docs,
        "bodies": {"recorded": bodies.recorded, "from_documentation": bodies.made},
    }


def _lines(name: str, info: Info, bodies: Bodies) -> list[str]:
    title = f" ({info.title})" if info.title and info.title.lower() != name else ""
    lines = [f"{name}{title}: {', '.join(map(_brings, sorted(info.can)))}"]
    lines += [f"  {line}" for line in _asked(info)]
    for need in info.needs:
        what, who = told(need.what), _granted_by(need.who)
        what += f" ({told(need.why)})" if need.why else ""
        lines.append("  " + _("needs {what}: granted by {who}", what=what, who=who))
    if not info.secrets and not info.needs:
        lines.append("  " + _("needs nothing"))
    if info.quota:
        lines.append("  " + _("limits: {what}", what=told(info.quota)))
    if info.retention:
        days = info.retention.days
        kept = n_(
            "its terms: texts are kept {n} day at most",
            "its terms: texts are kept {n} days at most",
            days,
        )
        lines.append(f"  {kept} ({info.terms})" if info.terms else f"  {kept}")
    if bodies.recorded or bodies.made:
        tested = _(
            "tested with bodies: {recorded} recorded, {made} made by hand from the documentation, "
            "unproven",
            recorded=bodies.recorded,
            made=bodies.made,
        )
        lines.append(f"  {tested}")
    if info.docs:
        lines.append(f"  {info.docs}")
    return lines


def _asked(info: Info) -> Iterator[str]:
    """What must be in the environment, and whether it is."""
    connect = "|".join(info.oauth)
    for setting, variable in info.secrets.items():
        if secret(variable):
            yield _("has {name} in the environment", name=variable)
        elif setting in info.optional:
            yield _("may have {name} in the environment", name=variable)
        elif info.oauth:
            yield _(
                "needs {name} in the environment, or `siaga connect {provider}`",
                name=variable,
                provider=connect,
            )
        else:
            yield _("needs {name} in the environment", name=variable)


def _brings(capability: str) -> str:
    can = {
        "mentions": _("mentions by keyword or tag"),
        "own_comments": _("comments on your own content"),
        "own_posts": _("your own posts"),
        "own_metrics": _("what your posts reach"),
        "own_standing": _("how the platform judges them"),
        "counts": _("how much is written"),
        "deletions": _("deletions and edits"),
    }
    return can[capability]


def _granted_by(who: str) -> str:
    by = {
        "you": _("you, in your own account"),
        "admin": _("the page's or organization's administrator"),
        "platform": _("the platform, by a review or contract"),
    }
    return by[who]
