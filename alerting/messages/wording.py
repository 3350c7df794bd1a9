"""Phrases: severities, classes and figures put into words a manager reads at 3 a.m."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.i18n import Speech
from monitor.model import ALL, BLINDNESS, Signal

MOSTLY = 0.5
"""A share of negative mentions that is called mostly negative."""

SHARES = ("negative_share", "slow_burn")
"""Detectors that speak of a share of negative mentions."""

_PLATFORMS = {
    "x": "X", "youtube": "YouTube", "tiktok": "TikTok", "instagram": "Instagram",
    "facebook": "Facebook", "linkedin": "LinkedIn", "rss": "RSS", "news": "News",
    "twitter": "Twitter", "threads": "Threads", "reddit": "Reddit",
}  # fmt: skip


def platform_name(platform: str) -> str:
    """As the platform writes itself."""
    return _PLATFORMS.get(platform, platform)


def severity_word(speech: Speech, severity: str) -> str:
    """``critical``, ``high``, ``moderate``, ``low``."""
    words = {
        "SEV1": speech._("critical"),
        "SEV2": speech._("high"),
        "SEV3": speech._("moderate"),
        "SEV4": speech._("low"),
    }
    return words.get(severity, severity)


def risk_name(speech: Speech, risk_class: str) -> str:
    """A risk class in words."""
    names = {
        "reputation": speech._("Reputation"),
        "coordinated_attack": speech._("Coordinated attack"),
        "data_privacy": speech._("Data privacy"),
        "copyright": speech._("Copyright"),
        "misleading_ad": speech._("Misleading advertising"),
        "product_safety": speech._("Product safety"),
        "platform_policy": speech._("Platform policy"),
        "visibility": speech._("Visibility"),
        "unanswered": speech._("Unanswered complaints"),
        BLINDNESS: speech._("A source that cannot be read"),
    }
    return names.get(risk_class, risk_class.replace("_", " "))


def state_word(speech: Speech, state: str) -> str:
    """An incident's state in words."""
    words = {
        "open": speech._("open"),
        "acknowledged": speech._("acknowledged"),
        "resolved": speech._("over"),
    }
    return words.get(state, state)


def happening(speech: Speech, lead: Signal, negative: float | None) -> str:
    """What it is about in a few words, for a headline."""
    match lead.detector:
        case "volume" if negative is not None and negative >= MOSTLY:
            return speech._("many more mentions than usual, mostly negative")
        case "volume":
            return speech._("many more mentions than usual")
        case "negative_share":
            return speech._("far more negative than usual")
        case "slow_burn":
            return speech._("the mood has been turning for some time")
    return speech._("something unusual")


def how_far(speech: Speech, signal: Signal) -> str:
    """How far from normal, as one clause: ``212 mentions in 1 h, normally 40–75``."""
    where = "" if signal.platform == ALL else f"{platform_name(signal.platform)}: "
    window = speech.duration(signal.window)
    if signal.detector == "volume":
        return where + speech.n_(
            "{n} mention in {window}, normally {normal}",
            "{n} mentions in {window}, normally {normal}",
            round(signal.observed), window=window, normal=normal(speech, signal),
        )  # fmt: skip
    if signal.detector in SHARES:
        return where + speech._(
            "{share} negative over {window}, normally {normal}",
            share=speech.percent(share_of(signal)), window=window, normal=normal(speech, signal),
        )  # fmt: skip
    return where + speech._(
        "{what}: {observed}, normally {normal}",
        what=signal.detector.replace("_", " "), observed=speech.number(signal.observed),
        normal=normal(speech, signal),
    )  # fmt: skip


def share_of(signal: Signal) -> float:
    """The share of negative mentions a signal speaks of."""
    return float(signal.facts.get("negative_share", signal.observed))


def normal(speech: Speech, signal: Signal) -> str:
    """What is ordinary there: ``40–75``, or ``22–38%`` of a share. What lies within its range is
    held against the middle: rare for its persistence, not for its size."""
    expected = signal.expected
    if signal.detector in SHARES:
        return _normal_share(speech, signal)
    if expected is None:
        return "?"
    if signal.observed <= expected.high:
        return speech._("about {n}", n=speech.number(round(expected.middle)))
    low, high = (speech.number(round(x)) for x in (expected.low, expected.high))
    return low if low == high else f"{low}–{high}"


def _normal_share(speech: Speech, signal: Signal) -> str:
    """A detector of sums (a slow burn) has a range that is no share; then the ordinary share."""
    expected = signal.expected
    if expected is None or expected.high > 1:
        return speech.percent(float(signal.facts.get("expected_negative_share", 0.0)))
    low, high = speech.number(round(expected.low * 100)), speech.percent(expected.high)
    return high if speech.percent(expected.low) == high else f"{low}–{high}"


def times_usual(speech: Speech, signal: Signal) -> str:
    """``about 4 times as many as usual``, or "" where that says nothing."""
    ratio = float(signal.facts.get("ratio", 0.0))
    if signal.detector != "volume" or ratio < 1.5:
        return ""
    if ratio >= 100:
        return speech._("more than 100 times as many as usual")
    written = speech.number(round(ratio) if ratio >= 3 else round(ratio, 1))
    return speech._("about {times} times as many as usual", times=written)


def how_rare(speech: Speech, score: float) -> str:
    """A score in words: how rarely an ordinary interval looks like this."""
    if score < 1:
        return ""
    if score >= 9:
        return speech._("fewer than one in a billion ordinary intervals look like this")
    once = round(10**score, -int(score))
    return speech._(
        "only about one in {n} ordinary intervals looks like this", n=speech.number(float(once))
    )


def rule_words(speech: Speech, severity: str, rule: str, pages: bool) -> str:
    """Why it pages, or why it names nobody: its severity and the rule that says so."""
    level = f"{severity} ({severity_word(speech, severity)})"
    default = rule in ("otherwise", "blindness", "")
    if pages and default:
        return speech._(
            "Why it pages: it is {level}, the playbook's level where no rule says otherwise.",
            level=level,
        )
    if pages:
        return speech._(
            "Why it pages: it is {level} by the playbook's rule `{rule}`.", level=level, rule=rule
        )
    if default:
        return speech._("It is {level}, which names nobody.", level=level)
    return speech._(
        "It is {level}, which names nobody, by the playbook's rule `{rule}`.",
        level=level, rule=rule,
    )  # fmt: skip


def trouble(speech: Speech, kind: str) -> str:
    """Why a source cannot be read, in a few words."""
    words: Mapping[str, str] = {
        "token": speech._("its token was refused"),
        "credits": speech._("its budget is used up"),
        "permission": speech._("permission was refused"),
        "query": speech._("its query was refused"),
        "rate_limit": speech._("it limits our requests"),
        "hang": speech._("it does not come back to us"),
        "garbage": speech._("it sends what cannot be read"),
        "overdue": speech._("it was not asked in time"),
        "silent": speech._("it answers, and nothing comes"),
    }
    return words.get(kind, speech._("it does not answer"))


def remedy(speech: Speech, kind: str) -> str:
    """What somebody should do about a source that cannot be read."""
    words: Mapping[str, str] = {
        "token": speech._("Renew the token, put it into the environment, and restart Siaga."),
        "credits": speech._("Raise the budget (max_usd_per_day or the platform's own), or wait."),
        "permission": speech._("Give the account the permission it lacks, on the platform."),
        "query": speech._("Correct the source's query or options, then run `siaga check`."),
        "overdue": speech._("Look at `siaga status`: is the daemon running and keeping up?"),
        "silent": speech._("Search there by hand: if people do write, look at query and token."),
    }
    return words.get(
        kind, speech._("It is tried again by itself; if it lasts, look at `siaga status`.")
    )


def share_of_read(speech: Speech, share: float, read: int) -> str:
    """``71 % negative of 40 read``."""
    return speech._(
        "{share} negative of {n} read", share=speech.percent(share), n=speech.number(read)
    )
