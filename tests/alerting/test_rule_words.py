"""A playbook's rule as people read it."""

from __future__ import annotations

import pytest
from fakes.crisis import default_playbook

from alerting.i18n import Localizer
from alerting.messages.rule_words import rule_in_words

ENGLISH, INDONESIAN = Localizer("en", "Asia/Jakarta"), Localizer("id", "Asia/Jakarta")

SAID = {
    "score >= 5 and ratio >= 4 and negative_share >= 0.5": (
        "it is rarer than one in 100,000 ordinary intervals and what came is at least 4 times the "
        "usual and the negative share is at least 50%"
    ),
    "detector == 'slow_burn'": "the mood has been turning for some time",
    "level == 'watch' and platform != 'all'": (
        "it is a watch and not (it is seen on all platforms together)"
    ),
    "10 <= mentions or not (crisis_terms < 3)": (
        "the number of mentions is at least 10 or not (the number of mentions that name a crisis "
        "is less than 3)"
    ),
    "mentions > 2 * expected": "the number of mentions is more than 2 × what is usual",
    "(score >= 3 or detectors >= 2) and mentions >= 5": (
        "(it is rarer than one in 1,000 ordinary intervals or the number of measures that say so "
        "is at least 2) and the number of mentions is at least 5"
    ),
    "risk register": "the risk register asks for no less",
}


@pytest.mark.parametrize("rule", SAID)
def test_it_is_said_in_words(rule: str) -> None:
    assert rule_in_words(ENGLISH, rule) == SAID[rule]


def test_no_code_of_a_shipped_rule_reaches_a_reader_in_either_language() -> None:
    for condition, _ in default_playbook().rules:
        for localizer in (ENGLISH, INDONESIAN):
            said = rule_in_words(localizer, condition.text)
            assert not set("`=_'") & set(said), said
    assert " is " not in rule_in_words(INDONESIAN, "mentions >= 5 and level == 'watch'")
