"""The suite that channels are tried by is tried itself: channels that are wrong fail it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from alerting.channels import registry
from alerting.channels.base import ChannelType

BAD = '''
"""A channel with one thing wrong: {name}."""
import json, urllib.request, urllib.error
import pytest
from alerting.channels.base import ChannelInfo, DeliveryError
from alerting.channels.testing import HttpChannelContract

class Hook:
    info = ChannelInfo("hook", max_in_flight_s=2.0)
    def __init__(self, url, secret, timeout_s):
        self._url, self._secret, self._timeout_s = url, secret, timeout_s
    def send(self, delivery):
        request = urllib.request.Request(
            self._url, data=json.dumps({{"text": delivery.notice.headline}}).encode(),
            headers={{"Authorization": f"Bearer {{self._secret}}"}},
        )
        {send}
        return {{"sent": delivery.key}}

class TestIt(HttpChannelContract):
    @pytest.fixture
    def made(self):
        return Hook
    @pytest.fixture
    def destination(self):
        return "room"
'''

MUTANTS = {
    "a 500 counts as success": (
        """
        try:
            urllib.request.urlopen(request, timeout=self._timeout_s).close()
        except urllib.error.HTTPError:
            pass
        """,
        "test_what_failed_over_there_may_have_been_sent[500]",
    ),
    "the token is put into the error": (
        """
        try:
            urllib.request.urlopen(request, timeout=self._timeout_s).close()
        except Exception as error:
            raise DeliveryError(f"{self._secret} was refused", "not_sent") from None
        """,
        "test_what_is_refused_is_surely_not_sent[401]",
    ),
    "what the other side says of an error is repeated": (
        """
        try:
            urllib.request.urlopen(request, timeout=self._timeout_s).close()
        except urllib.error.HTTPError as error:
            raise DeliveryError(error.read().decode(), "not_sent") from None
        """,
        "test_what_is_refused_is_surely_not_sent[403]",
    ),
    "a dropped connection counts as not sent": (
        """
        try:
            urllib.request.urlopen(request, timeout=self._timeout_s).close()
        except Exception:
            raise DeliveryError("no luck", "not_sent") from None
        """,
        "test_an_answer_that_never_came_leaves_it_open_and_ends_in_time[drop]",
    ),
    "it tries again by itself": (
        """
        for _ in range(2):
            try:
                urllib.request.urlopen(request, timeout=self._timeout_s).close()
                break
            except urllib.error.HTTPError:
                pass
        else:
            raise DeliveryError("failed", "unknown")
        """,
        "test_what_failed_over_there_may_have_been_sent[503]",
    ),
    "redirects are followed with the token": (
        """
        try:
            urllib.request.urlopen(request, timeout=self._timeout_s).close()
        except urllib.error.HTTPError:
            raise DeliveryError("refused", "not_sent") from None
        """,
        "test_a_redirect_is_not_success_and_does_not_get_the_secret[302]",
    ),
    "an answer that drips is read to its end": (
        """
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:
                for _ in range(80):
                    answer.read(1)
        except Exception:
            pass
        raise DeliveryError("nobody knows", "unknown")
        """,
        "test_an_answer_that_never_came_leaves_it_open_and_ends_in_time[drip]",
    ),
    "a rate limit is not told": (
        """
        try:
            urllib.request.urlopen(request, timeout=self._timeout_s).close()
        except urllib.error.HTTPError:
            raise DeliveryError("refused", "not_sent") from None
        """,
        "test_a_rate_limit_says_how_long_to_wait[7-7.0]",
    ),
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The test of each mutant's that failed, of those that are there to notice: in one process."""
    folder = tmp_path_factory.mktemp("mutants")
    files = {name: folder / f"test_bad_{n}.py" for n, name in enumerate(MUTANTS)}
    for name, (send, _) in MUTANTS.items():
        body = textwrap.indent(textwrap.dedent(send).strip(), " " * 8).strip()
        files[name].write_text(BAD.format(name=name, send=body))
    plain = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder)]
    wanted = [f"{files[name]}::TestIt::{caught_by}" for name, (_, caught_by) in MUTANTS.items()]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *plain, *wanted],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    told = re.findall(r"^(?:FAILED|ERROR) (\S+)::TestIt::(\S+)", ran.stdout, re.MULTILINE)
    names = {path.name: name for name, path in files.items()}
    return {names[Path(file).name]: test for file, test in told}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_channel_with_one_thing_wrong_fails_the_suite(name: str, failed: dict[str, str]) -> None:
    _, caught_by = MUTANTS[name]
    assert failed.get(name) == caught_by


def test_every_channel_of_ours_is_in_the_registry_under_its_own_name():
    for name in registry.names():
        channel = registry.get(name)
        assert isinstance(channel, ChannelType)
        assert channel.name == name


def test_a_channel_that_is_not_there_is_named_with_the_closest_that_is():
    assert registry.check_options("slak", {}) == [
        ("", "there is no channel 'slak'; did you mean slack?")
    ]


def test_a_wrong_option_is_told_without_what_was_written():
    (found,) = registry.check_options("email", {"port": "k3epm3"})
    assert found[0] == "port"
    assert "k3epm3" not in found[1]
