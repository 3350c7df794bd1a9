"""What a signal of the volume detector tells beyond its figures; playbooks may ask for each."""

from __future__ import annotations

from monitor.detect.scales import SCALES
from monitor.model import FactSpec

FACTS = (
    FactSpec("level", "text", "", "`watch` (nobody is named) or `page`"),
    FactSpec("agreed", "text", "", "what independent of the count agrees, by commas"),
    FactSpec("ratio", "number", "", "observed over the middle of what was expected"),
    FactSpec("p", "number", "", "the score's probability; the score is -log10 of it"),
    FactSpec("persistence_buckets", "number", "buckets", "abnormal buckets of this event so far"),
    FactSpec("mentions", "number", "mentions", "mentions in the widest window that is strange"),
    FactSpec(
        "onset_minutes",
        "number",
        "minutes",
        "since it left the ordinary: by the negative ones, where these are more",
    ),
    FactSpec("expected", "number", "mentions", "mentions ordinary in the window"),
    FactSpec("bar", "number", "mentions", "what its strangest scale alone had to reach for a page"),
    FactSpec("bar_minutes", "number", "minutes", "the length of that scale"),
    FactSpec("bar_from", "text", "", "when the highest past episode at that scale was, if any"),
    FactSpec("planned", "number", "times", "what a planned event makes of the ordinary volume"),
    *(FactSpec(f"score_{name}", "number", "", f"score over {name} alone") for _, name, _ in SCALES),
    FactSpec("score_persistence", "number", "", "score of the surge's lasting, window by window"),
    FactSpec("score_negative_share", "number", "", "log10 of how much likelier in a crisis"),
    FactSpec("score_negative_volume", "number", "", "score of how many negative ones there are"),
    FactSpec("score_authors", "number", "", "score of how many authors speak"),
    FactSpec("score_new_words", "number", "", "score of how new what is said is"),
    FactSpec("score_spread", "number", "", "score of how many platforms and publishers speak up"),
    FactSpec("score_named", "number", "", "score of how large a part of the voices name a crisis"),
    FactSpec("score_crises", "number", "", "score of how many name a crisis"),
    FactSpec("score_unread", "number", "", "score of how many could not be read"),
)
