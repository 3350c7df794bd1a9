"""Connectors are found by name, and a source's options are checked before anything runs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from connectors import registry
from connectors.registry import UnknownConnector, check_options, get, names


def test_the_built_in_connectors_are_found_by_their_names() -> None:
    assert set(names()) >= {"replay", "rss", "simulated", "x", "youtube"}
    assert all(get(name).info.name == name for name in registry.BUILT_IN)


def test_an_unknown_name_is_answered_with_the_closest_one() -> None:
    with pytest.raises(UnknownConnector, match=r"did you mean youtube\?"):
        get("youtub")
    assert check_options("mastodon", {})[0][0] == "connector"
    assert f"there are: {registry.names()[0]}," in check_options("mastodon", {})[0][1]


def test_every_error_in_options_is_told_with_its_path() -> None:
    told = dict(check_options("replay", {"pth": "a", "columns": {"txt": "b"}, "time_zone": "Solo"}))
    assert told["options.pth"] == "unknown key `pth`; did you mean `path`?"
    assert told["options.path"] == "`path` is missing here; it is needed"
    assert told["options.columns"].startswith("no such field: txt; there are: text")
    assert told["options.time_zone"].startswith("no such time zone: Solo")


@pytest.mark.parametrize(
    ("connector", "options", "sentence"),
    [
        ("rss", {}, "state either `url` or `google_news`"),
        ("rss", {"url": "file:///etc/passwd"}, "must begin with http"),
        ("youtube", {"channel": "kopi senja"}, "its @handle"),
        ("youtube", {}, "state one of `channel`, `videos` and `search`"),
        ("x", {"base_url": "http://api.x.com"}, "only go over https"),
        ("simulated", {"scenario": "no-such", "platform": "x"}, "there is no scenario no-such"),
    ],
)
def test_options_that_cannot_work_are_refused(
    connector: str, options: dict[str, object], sentence: str
) -> None:
    assert sentence in " ".join(message for _, message in check_options(connector, options))


def test_good_options_have_no_errors() -> None:
    assert check_options("rss", {"google_news": '"kopi senja"'}) == []
    assert check_options("x", {"posts": True, "max_usd_per_day": 1}) == []
    assert check_options("youtube", {"channel": "UC" + "a" * 22, "replies_for": "3d"}) == []


def test_a_plugin_is_found_and_a_broken_one_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = {
        "fine": EntryPoint("fine", "connectors.replay.connector:Replay", registry.GROUP),
        "torn": EntryPoint("torn", "no_such_module:Thing", registry.GROUP),
    }
    monkeypatch.setattr(registry, "_installed", lambda: installed)
    get.cache_clear()
    assert "fine" in names()
    assert get("fine").info.name == "replay"
    with pytest.raises(UnknownConnector, match=r"'torn' is installed .* cannot be loaded"):
        get("torn")
    get.cache_clear()


def test_asking_for_names_loads_no_sdk() -> None:
    code = (
        "import sys; from connectors.registry import check_options, names; names();"
        "assert check_options('replay', {'path': 'a'}) == [];"
        "assert check_options('x', {}) == [];"
        "heavy = {'tweepy', 'googleapiclient', 'feedparser', 'requests'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
