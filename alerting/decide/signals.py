"""The facts of a signal that a playbook's conditions ask about."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import ALL, Fact, Signal


def severity_facts(signal: Signal, beside: Sequence[Signal]) -> dict[str, Fact]:
    """What a condition may ask of ``signal``; ``beside``: all the live ones of its incident."""
    facts = dict(signal.facts)
    facts["score"] = signal.score
    facts["observed"] = signal.observed
    facts["detector"] = signal.detector
    facts["platform"] = signal.platform
    facts["detectors"] = len({other.detector for other in beside})
    facts["platforms"] = len({other.platform for other in beside} - {ALL})
    if signal.expected is not None:
        facts["expected"] = signal.expected.middle
        if signal.expected.middle > 0:
            facts.setdefault("ratio", signal.observed / signal.expected.middle)
    return facts
