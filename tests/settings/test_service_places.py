"""A service's files belong to the service, whoever made them."""

from __future__ import annotations

import os
import stat

import pytest

from monitor.problems import Problem
from monitor.settings.model import Settings
from monitor.settings.places import state_folder, storage_url
from monitor.settings.vault import FILE, vault
from monitor.store.engine import Database
from monitor.store.installation import settle
from monitor.store.schema import prepare


def test_only_the_services_config_has_its_data_elsewhere(tmp_path, monkeypatch):
    etc, lib = tmp_path / "etc", tmp_path / "lib"
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr("monitor.settings.places.SYSTEM_CONFIG", etc / "siaga.yaml")
    monkeypatch.setattr("monitor.settings.places.SYSTEM_STATE", lib)
    assert state_folder(etc) == etc, "no service was set up"
    lib.mkdir()
    assert state_folder(etc) == lib
    assert state_folder(tmp_path) == tmp_path
    assert storage_url(Settings(), etc) == f"sqlite:///{lib}/siaga.db"
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}:/elsewhere")
    assert state_folder(etc) == tmp_path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work for somebody else")
def test_what_root_makes_in_the_services_folder_is_the_services(tmp_path):
    os.chown(tmp_path, 4242, 4242)
    db = Database(f"sqlite:///{tmp_path}/siaga.db")
    prepare(db)
    settle(db)
    beside = {path.name: path.stat() for path in tmp_path.iterdir()}
    vault(tmp_path, create=True)
    beside[FILE] = (tmp_path / FILE).stat()
    assert set(beside) >= {"siaga.db", "siaga.db-wal", "siaga.db-shm", "siaga.db.installation"}
    assert {name: had.st_uid for name, had in beside.items()} == dict.fromkeys(beside, 4242)
    assert stat.S_IMODE(beside[FILE].st_mode) == 0o600
    db.close()


def test_a_key_that_may_not_be_read_is_one_sentence(tmp_path, monkeypatch):
    vault(tmp_path, create=True)
    monkeypatch.setattr("pathlib.Path.read_text", _refused)
    with pytest.raises(Problem, match=r"cannot read .*Permission denied.*SIAGA_TOKEN_KEY"):
        vault(tmp_path)


def _refused(*_: object) -> str:
    raise PermissionError(13, "Permission denied")
