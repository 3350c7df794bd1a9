"""Make the bodies anew that are kept beside the connectors and were never recorded: what each
platform's fake answers in one poll, and its refusals. Run it when a connector asks otherwise."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "connectors")]


def main() -> None:
    from test_bodies import SUITES

    from connectors.kit.loopback import LoopbackServer
    from connectors.kit.recording import recording

    for name, made in SUITES.items():
        suite = made()
        path = ROOT / "connectors" / name / "recordings" / "documentation.json"
        path.parent.mkdir(exist_ok=True)
        fake = suite.platform()
        fake.items = fake.items[:2]
        with LoopbackServer(fake) as server, recording(path, suite.secrets):
            suite.polled(server.url, fake)
        kept = json.loads(path.read_text("utf-8"))
        for what, refusal in suite.failures.items():
            if refusal is not None and refusal.reply.raw() not in (b"", b"{}"):
                kept["exchanges"].append(
                    {
                        "path": "/refusal",
                        "params": {"is": what},
                        "status": refusal.reply.status,
                        "headers": dict(refusal.reply.headers),
                        "body": refusal.reply.raw().decode(),
                    }
                )
        path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"{path.relative_to(ROOT)}: {len(kept['exchanges'])}")


if __name__ == "__main__":
    main()
