"""A process that polls the sources of a config once, to be killed: ``python poll_worker.py PLAN``.

It says the platform's names of what it stored.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path


def main() -> None:
    from monitor.app import assemble
    from monitor.clock import ManualClock
    from monitor.jobs.poll.poll import claim_due, poll, sync_sources
    from monitor.settings.model import Settings
    from monitor.store.tables.listening import MentionRow

    plan = json.loads(sys.argv[1])
    clock = ManualClock(datetime.fromisoformat(plan["now"]))
    app = assemble(
        Settings.model_validate(plan["settings"]),
        folder=Path(plan["folder"]),
        database_url=plan["database"],
        now=clock,
        wall=clock,
    )
    sync_sources(app, clock())
    for lease in claim_due(app, clock(), 10):
        poll(app, lease.source_id, lease.token, clock(), clock())
    with app.db.read() as tx:
        print(json.dumps([row.external_id for row in tx.query(MentionRow)]))
    app.db.close()


if __name__ == "__main__":
    main()
