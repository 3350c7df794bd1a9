"""Signals as an incident keeps them (JSON), and the facts a playbook's conditions ask about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.model import ALL, Fact, Interval, Signal

MAX_MENTION_IDS = 20


def signal_key(signal: Signal) -> str:
    """A signal's identity within its incident."""
    return f"{signal.platform}|{signal.detector}|{signal.start.isoformat()}"


def pack_signal(signal: Signal) -> dict[str, Any]:
    """JSON-serialisable."""
    return {
        "brand": signal.brand,
        "platform": signal.platform,
        "detector": signal.detector,
        "risk_class": signal.risk_class,
        "subject": signal.subject,
        "start": signal.start.isoformat(),
        "at": signal.at.isoformat(),
        "score": signal.score,
        "observed": signal.observed,
        "expected": _pack_interval(signal.expected),
        "window_s": int(signal.window.total_seconds()),
        "final": signal.final,
        "over": signal.over,
        "facts": dict(signal.facts),
        "mention_ids": list(signal.mention_ids[:MAX_MENTION_IDS]),
    }


def unpack_signal(packed: Mapping[str, Any]) -> Signal:
    """The signal that was packed."""
    expected = packed["expected"]
    return Signal(
        brand=packed["brand"],
        platform=packed["platform"],
        detector=packed["detector"],
        risk_class=packed["risk_class"],
        subject=packed["subject"],
        start=datetime.fromisoformat(packed["start"]),
        at=datetime.fromisoformat(packed["at"]),
        score=packed["score"],
        observed=packed["observed"],
        expected=Interval(*expected) if expected else None,
        window=timedelta(seconds=packed["window_s"]),
        final=packed["final"],
        over=packed["over"],
        facts=packed["facts"],
        mention_ids=tuple(packed["mention_ids"]),
    )


def _pack_interval(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.middle, interval.high] if interval else None


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


def ranked(signals: Sequence[Signal]) -> list[Signal]:
    """The most telling first: live before over, how many before how they feel (a count is what
    people grasp at once), the whole before one platform, then by score."""
    return sorted(signals, key=lambda s: (s.over, s.platform != ALL, -s.score, s.start, s.detector))
