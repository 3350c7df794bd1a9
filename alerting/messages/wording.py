"""Phrases: severities, classes and figures put into words a manager reads at 3 a.m."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from alerting.i18n import Localizer
from monitor.model import ALL, BLINDNESS, TOLD_LATE, Signal

MOSTLY = 0.5
"""A share of negative mentions that is called mostly negative."""

SHARES = ("negative_share", "slow_burn")
"""Detectors that speak of a share of negative mentions."""

Titles = Callable[[], Mapping[str, str]]
"""Gives what platforms and connectors are called, by their names in data and config."""

_titles: list[Titles] = []


def use_titles(titles: Titles) -> None:
    """Where platforms' names come from: their connectors declare them. Asked with each message."""
    _titles[:] = [titles]


def platform_name(platform: str) -> str:
    """As the platform writes itself; one that no connector knows is called as it is."""
    titles = _titles[0]() if _titles else {}
    return titles.get(platform, platform)


def by_platform(localizer: Localizer, platforms: Sequence[tuple[str, float]], limit: int) -> str:
    """``X 150 · YouTube 62``, most first; beyond the limit how many others there are, and what they
    have in all."""
    named, rest = platforms[:limit], platforms[limit:]
    if len(rest) == 1:  # naming it is no longer
        named, rest = platforms, ()
    parts = [f"{platform_name(name)} {localizer.number(count)}" for name, count in named]
    if rest:
        count = localizer.number(sum(count for _, count in rest))
        parts.append(
            localizer.n_(
                "{n} other platform {total}", "{n} other platforms {total}", len(rest), total=count
            )
        )
    return " · ".join(parts)


def severity_word(localizer: Localizer, severity: str) -> str:
    """``critical``, ``high``, ``moderate``, ``low``."""
    words = {
        "SEV1": localizer._("critical"),
        "SEV2": localizer._("high"),
        "SEV3": localizer._("moderate"),
        "SEV4": localizer._("low"),
    }
    return words.get(severity, severity)


def risk_name(localizer: Localizer, risk_class: str) -> str:
    """A risk class in words."""
    names = {
        "reputation": localizer._("Reputation"),
        "coordinated_attack": localizer._("Coordinated attack"),
        "data_privacy": localizer._("Data privacy"),
        "copyright": localizer._("Copyright"),
        "misleading_ad": localizer._("Misleading advertising"),
        "product_safety": localizer._("Product safety"),
        "platform_policy": localizer._("Platform policy"),
        "visibility": localizer._("Visibility"),
        "unanswered": localizer._("Unanswered complaints"),
        BLINDNESS: localizer._("A source that cannot be read"),
    }
    return names.get(risk_class, risk_class.replace("_", " "))


def state_word(localizer: Localizer, state: str) -> str:
    """An incident's state in words."""
    words = {
        "open": localizer._("open"),
        "acknowledged": localizer._("acknowledged"),
        "resolved": localizer._("over"),
    }
    return words.get(state, state)


def standing_word(localizer: Localizer, state: str) -> str:
    """How a platform judges a post, an ad or an account."""
    words = {
        "live": localizer._("live"),
        "pending": localizer._("under review"),
        "rejected": localizer._("rejected"),
        "disapproved": localizer._("disapproved"),
        "restricted": localizer._("restricted"),
        "claimed": localizer._("claimed by somebody"),
        "limited": localizer._("shown to fewer people"),
        "failed": localizer._("could not be processed"),
        "removed": localizer._("taken down by the platform"),
    }
    return words.get(state, state)


def subject_word(localizer: Localizer, kind: str) -> str:
    """What a standing speaks of."""
    words = {
        "post": localizer._("post"),
        "ad": localizer._("ad"),
        "account": localizer._("account"),
    }
    return words.get(kind, kind)


def happening(localizer: Localizer, lead: Signal, negative: float | None) -> str:
    """What it is about in a few words, for a headline."""
    match lead.detector:
        case "volume" if negative is not None and negative >= MOSTLY:
            return localizer._("many more mentions than usual, mostly negative")
        case "volume":
            return localizer._("many more mentions than usual")
        case "negative_share":
            return localizer._("far more negative than usual")
        case "slow_burn":
            return localizer._("the mood has been turning for some time")
        case "first_days" if negative is not None and negative >= MOSTLY:
            return localizer._("mostly negative, though what is usual is not yet learned")
        case "first_days":
            return localizer._("many name a crisis, though what is usual is not yet learned")
        case "told_late":
            return localizer._("told late by the platform")
    return localizer._("something unusual")


def unlike(localizer: Localizer, lead: Signal, negative: float | None) -> str:
    """What is unusual about mentions that have been counted already."""
    if lead.detector != "volume":
        return happening(localizer, lead, negative)
    if negative is not None and negative >= MOSTLY:
        return localizer._("far more than usual, mostly negative")
    return localizer._("far more than usual")


def how_far(localizer: Localizer, signal: Signal) -> str:
    """How far from normal, as one clause: ``212 mentions in 1 h, normally 40–75``."""
    where = "" if signal.platform == ALL else f"{platform_name(signal.platform)}: "
    window = localizer.duration(signal.window)
    if signal.detector == "volume":
        return where + localizer.n_(
            "{n} mention in {window}, normally {normal}",
            "{n} mentions in {window}, normally {normal}",
            round(signal.observed),
            window=window,
            normal=normal(localizer, signal),
        )
    if signal.detector in SHARES:
        return where + localizer._(
            "{share} negative over {window}, normally {normal}",
            share=localizer.percent(share_of(signal)),
            window=window,
            normal=normal(localizer, signal),
        )
    if signal.detector == "first_days":
        return where + _first_days(localizer, signal, window)
    if signal.detector == TOLD_LATE:
        return told_late(localizer, signal)
    return where + localizer._(
        "{what}: {observed}, normally {normal}",
        what=signal.detector.replace("_", " "),
        observed=localizer.number(signal.observed),
        normal=normal(localizer, signal),
    )


def _first_days(localizer: Localizer, signal: Signal, window: str) -> str:
    """Nothing is known to hold it against: how many, and what is the matter with them."""
    counted = localizer.n_(
        "{n} mention in {window}", "{n} mentions in {window}", signal.observed, window=window
    )
    if crises := int(signal.facts.get("crisis_terms", 0)):
        counted += localizer.n_(
            ", {n} of them names a crisis", ", {n} of them name a crisis", crises
        )
    return counted


def told_late(localizer: Localizer, signal: Signal) -> str:
    """How many mentions of which time became visible only now."""
    end = signal.start + signal.window
    since, until = (localizer.moment(at, signal.at) for at in (signal.start, end))
    return localizer.n_(
        "{n} mention of {since} became visible only now",
        "{n} mentions of {since} to {until} became visible only now",
        round(signal.observed),
        since=since,
        until=until,
    )


def share_of(signal: Signal) -> float:
    """The share of negative mentions a signal speaks of."""
    return float(signal.facts.get("negative_share", signal.observed))


def normal(localizer: Localizer, signal: Signal) -> str:
    """What is ordinary there: ``40–75``, or ``22–38%`` of a share. What lies within its range is
    held against the middle: rare for its persistence, not for its size."""
    expected = signal.expected
    if signal.detector in SHARES:
        return _normal_share(localizer, signal)
    if expected is None:
        return "?"
    if signal.observed <= expected.high:
        return localizer._("about {n}", n=localizer.number(round(expected.middle)))
    low, high = (localizer.number(round(x)) for x in (expected.low, expected.high))
    return low if low == high else f"{low}–{high}"


def _normal_share(localizer: Localizer, signal: Signal) -> str:
    """A detector of sums (a slow burn) has a range that is no share; then the ordinary share."""
    expected = signal.expected
    if expected is None or expected.high > 1:
        return localizer.percent(float(signal.facts.get("expected_negative_share", 0.0)))
    low, high = localizer.number(round(expected.low * 100)), localizer.percent(expected.high)
    return high if localizer.percent(expected.low) == high else f"{low}–{high}"


def times_usual(localizer: Localizer, signal: Signal) -> str:
    """``about 4 times as many as usual``, or "" where that says nothing."""
    ratio = float(signal.facts.get("ratio", 0.0))
    if signal.detector != "volume" or ratio < 1.5:
        return ""
    if ratio >= 100:
        return localizer._("more than 100 times as many as usual")
    written = localizer.number(round(ratio) if ratio >= 3 else round(ratio, 1))
    return localizer._("about {times} times as many as usual", times=written)


def how_rare(localizer: Localizer, score: float) -> str:
    """A score in words: how rarely an ordinary interval looks like this."""
    if score < 1:
        return ""
    if score >= 9:
        return localizer._("fewer than one in a billion ordinary intervals look like this")
    once = round(10**score, -int(score))
    return localizer._(
        "only about one in {n} ordinary intervals looks like this", n=localizer.number(float(once))
    )


BY_DEFAULT = frozenset(("otherwise", "blindness", "watch", ""))
"""What is kept for the rule where no condition of the playbook asks for a severity."""


def rule_words(localizer: Localizer, severity: str, rule: str, pages: bool) -> str:
    """Why it pages, or why it names nobody: its severity and the rule, in words, that says so."""
    level = f"{severity} ({severity_word(localizer, severity)})"
    default = rule in BY_DEFAULT
    if pages and default:
        return localizer._(
            "Why it pages: it is {level}, the playbook's level where no rule says otherwise.",
            level=level,
        )
    if pages:
        return localizer._(
            "Why it pages: it is {level} by the playbook, since {rule}.", level=level, rule=rule
        )
    if default:
        return localizer._("It is {level}, which names nobody.", level=level)
    return localizer._(
        "It is {level}, which names nobody, by the playbook, since {rule}.",
        level=level,
        rule=rule,
    )


def agreement(
    localizer: Localizer, signal: Signal, negative: tuple[float, float | None] | None = None
) -> str:
    """What independent of the count says the same, or that nothing does: then it is a watch. What
    was edited since may be no more negative (its share, and the usual one) than ever."""
    words = {
        "persistence": localizer._("it lasts"),
        "negative_share": localizer._("more of it is negative"),
        "negative_volume": localizer._("there are many more negative ones"),
        "authors": localizer._("many more people speak"),
        "new_words": localizer._("what is said is new here"),
        "spread": localizer._("more platforms and publishers speak up than usual"),
        "named": localizer._("many more name a crisis"),
        "unread": localizer._("much of it is in words that cannot be read"),
    }
    if alone := _told_alone(localizer, signal):
        return alone
    names = str(signal.facts.get("agreed", "")).split(", ")
    if negative and negative[1] is not None and negative[0] <= negative[1]:
        names = [name for name in names if name not in ("negative_share", "negative_volume")]
    told = ", ".join(words[name] for name in names if name in words)
    if signal.facts.get("level") != "watch":
        return localizer._("What agrees: {pieces}.", pieces=told) if told else ""
    if told:
        return localizer._(
            "A watch, to look at: {pieces}, which is not enough to page anybody. It becomes an "
            "alert as soon as more agrees.",
            pieces=told,
        )
    return localizer._(
        "A watch, to look at: nothing else agrees so far. It becomes an alert as soon as "
        "something does."
    )


def _told_alone(localizer: Localizer, signal: Signal) -> str:
    """Why it is told although nothing agrees that could; "" where something is asked to."""
    if signal.facts.get("unlearned"):
        return localizer._(
            "Not yet learned: what is usual for this brand is not known yet. So many mentions that "
            "name a crisis, or so many angry ones, are told all the same."
        )
    if signal.detector == TOLD_LATE:
        return localizer._(
            "Told late: a platform shows them only now (its search lags, they were held back, or "
            "an outage is read back), so that nobody was alerted in their time."
        )
    return ""


def trouble(localizer: Localizer, kind: str) -> str:
    """Why a source cannot be read, in a few words."""
    words: Mapping[str, str] = {
        "token": localizer._("its token was refused"),
        "missing": localizer._("its token or key is missing"),
        "credits": localizer._("its budget is used up"),
        "permission": localizer._("permission was refused"),
        "query": localizer._("its query was refused"),
        "rate_limit": localizer._("it limits our requests"),
        "hang": localizer._("it does not come back to us"),
        "garbage": localizer._("it sends what cannot be read"),
        "overdue": localizer._("it was not asked in time"),
        "silent": localizer._("it answers, and nothing comes"),
        "missed": localizer._("it loses what it has faster than it is asked"),
    }
    return words.get(kind, localizer._("it does not answer"))


def remedy(localizer: Localizer, kind: str) -> str:
    """What somebody should do about a source that cannot be read."""
    words: Mapping[str, str] = {
        "token": localizer._("Renew the token, put it into the environment, and restart Siaga."),
        "missing": localizer._("Put the token or key into the environment, and restart Siaga."),
        "credits": localizer._(
            "Raise the budget (max_usd_per_day or the platform's own), or wait."
        ),
        "permission": localizer._("Give the account the permission it lacks, on the platform."),
        "query": localizer._("Correct the source's query or options, then run `siaga check`."),
        "overdue": localizer._("Look at `siaga status`: is the daemon running and keeping up?"),
        "silent": localizer._("Search there by hand: if people do write, look at query and token."),
        "missed": localizer._("Take a feed that shows more of its entries, or one with fewer."),
    }
    return words.get(
        kind, localizer._("It is tried again by itself; if it lasts, look at `siaga status`.")
    )


def share_of_read(localizer: Localizer, share: float, read: int) -> str:
    """``71 % negative of 40 read``."""
    return localizer._(
        "{share} negative of {n} read", share=localizer.percent(share), n=localizer.number(read)
    )
