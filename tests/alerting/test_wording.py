"""Why a source cannot be read, and what to do: every reason a connector may give has its words."""

from __future__ import annotations

import pytest
from fakes.crisis import loud

from alerting.i18n import Localizer
from alerting.messages.wording import agreement, remedy, trouble
from connectors.base import REFUSALS


@pytest.mark.parametrize("locale", ["en", "id"])
def test_each_reason_to_be_refused_has_words_and_a_remedy_of_its_own(locale):
    say = Localizer(locale)
    for words in (trouble, remedy):
        said = {words(say, reason) for reason in (*REFUSALS, "no such reason")}
        assert len(said) == len(REFUSALS) + 1


def test_a_token_that_is_not_there_was_not_refused():
    assert "refused" not in trouble(Localizer("en"), "missing")
    assert "ditolak" not in trouble(Localizer("id"), "missing")


@pytest.mark.parametrize(
    ("negative", "agrees"),
    [(None, True), ((0.6, 0.3), True), ((0.2, 0.3), False), ((0.2, None), True)],
)
def test_what_was_edited_to_be_no_more_negative_than_ever_agrees_no_more(negative, agrees):
    said = agreement(Localizer("en"), loud(agreed="negative_share, authors"), negative)
    assert ("negative" in said) == agrees
    assert "many more people speak" in said
