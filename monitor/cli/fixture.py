"""An incident's counts as a file that ``siaga backtest --counts`` reads."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from alerting.model import Incident
from monitor.app import App
from monitor.jobs.views.export import fixture


def write_fixture(folder: Path, app: App, incident: Incident) -> Path:
    """Write ``BRAND-N.csv`` (timestamp, value) into ``folder``, and its window into
    ``windows.json`` there, beside those of earlier incidents. No text and no author is kept."""
    rows, window = fixture(app, incident)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{incident.brand}-{incident.id}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("timestamp", "value"))
        writer.writerows(rows)
    kept = folder / "windows.json"
    known = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    known[path.name] = [window] if not incident.not_a_crisis else []
    kept.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    return path
