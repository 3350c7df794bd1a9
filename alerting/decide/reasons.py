"""Why something was, or was not, told. Stored with every decision and shown to people."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The reason of a decision of respond, escalate or act."""

    OPENED = "opened"
    WORSENED = "worsened"
    STILL_GOING = "still_going"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGED_IN_PART = "acknowledged_in_part"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    SHADOWED = "shadowed"
    SUPPRESSED = "suppressed"
    RECOVERED = "recovered"
    NOT_A_CRISIS = "not_a_crisis"
    NOTED = "noted"
    HELD = "held"
    RELEASED = "released"
    CHECKED = "checked"
    UNWATCHED = "unwatched"
    FLAPPING = "flapping"
    PAST = "past"
    QUIET_OVER = "quiet_over"
    MOVED = "moved"
