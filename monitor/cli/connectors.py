"""``siaga connectors``: what can be listened to, and what each still needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import orjson

from connectors.base import Info
from connectors.kit.recording import Bodies, bodies_of
from connectors.registry import declared, get
from monitor.settings.secrets import secret

GRANTED_BY = {
    "you": "you, in your own account",
    "admin": "the page's or organization's administrator",
    "platform": "the platform, by a review or contract",
}

CAN = {
    "mentions": "mentions by keyword or tag",
    "own_comments": "comments on your own content",
    "own_posts": "your own posts",
    "own_metrics": "what your posts reach",
    "own_standing": "how the platform judges them",
    "counts": "how much is written",
    "deletions": "deletions and edits",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def connectors(as_json: bool) -> None:
    """What can be listened to: what each connector brings, what it still needs and who grants it,
    its limits, and how many of the bodies it is tested with were recorded."""
    found = {name: (info, bodies_of(get(name).__module__)) for name, info in declared().items()}
    if as_json:
        told = [_fields(name, info, bodies) for name, (info, bodies) in found.items()]
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
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
    lines = [f"{name}{title}: {', '.join(CAN[one] for one in sorted(info.can))}"]
    lines += [
        f"  {'has' if is_set else 'needs'} {variable} in the environment"
        for variable, is_set in _secrets(info).items()
    ]
    for need in info.needs:
        why = f" ({need.why})" if need.why else ""
        lines.append(f"  needs {need.what}{why}: granted by {GRANTED_BY[need.who]}")
    if not info.secrets and not info.needs:
        lines.append("  needs nothing")
    if info.quota:
        lines.append(f"  limits: {info.quota}")
    if info.retention:
        terms = f" ({info.terms})" if info.terms else ""
        lines.append(f"  its terms: texts are kept {info.retention.days} days at most{terms}")
    if bodies.recorded or bodies.made:
        lines.append(
            f"  tested with {bodies.recorded} recorded bodies and {bodies.made} made by hand from "
            "the documentation, unproven"
        )
    if info.docs:
        lines.append(f"  {info.docs}")
    return [line.rstrip() for line in lines]
