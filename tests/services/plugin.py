"""Loaded before the settings are read (`-p tests.services.plugin`): gives a test run its own everything.

    pytest                          on SQLite, in a file that processes and threads share
    pytest --database postgres      on a real PostgreSQL, started for this run

Nothing of the person at the keyboard is touched: folder, database, broker, mail and keys are the run's own.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csa.serve.prepare import compile_translations
from tests.services.broker import Broker, running_broker
from tests.services.mail import MailServer, running_mail_server
from tests.services.postgres import Postgres, running_postgres
from tests.services.worker import Worker

OF_THE_PERSON = ("SECRET_KEY", "ALLOWED_HOSTS", "CSA_MODE", "CSA_NOW", "DEBUG", "EMAIL_URL", "SITE_URL", "PORT")
OF_THE_PERSON += ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE", "LOG_LEVEL")
_services = contextlib.ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    chosen = os.environ.get("HISSA_TEST_DATABASE", "sqlite")
    parser.addoption("--database", choices=["sqlite", "postgres"], default=chosen, help="what the tests run on")
    words = "of what is tried with many cases only the first, but for what commits (races, kills)"
    parser.addoption("--first-cases", action="store_true", help=words)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before pytest-django reads the settings."""
    options = early_config.known_args_namespace
    if options.help or options.version or options.collectonly:
        return
    early_config.add_cleanup(_services.close)
    prepare_environment(options.database)


def prepare_environment(database: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hissa-tests-"))
    _services.callback(shutil.rmtree, folder, ignore_errors=True)
    compile_translations()
    for name in OF_THE_PERSON:
        os.environ.pop(name, None)
    broker = _services.enter_context(running_broker())
    os.environ.update({"VAR_DIR": str(folder), "REDIS_URL": broker.url})
    _running["broker"] = broker
    if database == "postgres":
        postgres = _services.enter_context(running_postgres())
        os.environ.update({"DATABASE_URL": postgres.url(), "TEST_DATABASE_NAME": "hissa_test"})
        os.environ["PATH"] = f"{postgres.programs}{os.pathsep}{os.environ.get('PATH', '')}"  # pg_dump of its version
        _running["postgres"] = postgres
    else:
        os.environ.pop("DATABASE_URL", None)
        os.environ["TEST_DATABASE_NAME"] = str(folder / "test.sqlite3")
        os.environ["SQLITE_SYNCHRONOUS"] = "OFF"


_running: dict[str, Broker | Postgres] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in filter(_touches_a_database, items):
        item.add_marker(pytest.mark.database)
    if config.getoption("first_cases"):
        first = set({item.nodeid.partition("[")[0]: item for item in reversed(items)}.values())
        _choose(config, items, [item for item in items if item in first or _commits(item)])


def _choose(config: pytest.Config, items: list[pytest.Item], chosen: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


def _touches_a_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    known = {"db", "transactional_db", "django_db_setup", "live_server"}
    return bool(fixtures & known) or item.get_closest_marker("django_db") is not None


def _commits(item: pytest.Item) -> bool:
    """Whether others see what it writes: several threads, a worker, a browser."""
    marker = item.get_closest_marker("django_db")
    own = marker is not None and marker.kwargs.get("transaction", False)
    return own or bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


def pytest_collection_finish() -> None:
    """What thousands of tests are made of stays: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 10, 100)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Between two tests that commit, PostgreSQL empties its tables: TRUNCATE makes a new file for each of a hundred,
    DELETE takes away the few rows there are, in a tenth of the time."""
    if session.config.getoption("database") != "postgres" or "postgres" not in _running:
        return
    from django.db.backends.postgresql.operations import DatabaseOperations

    truncate = DatabaseOperations.sql_flush

    def delete(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        if options.get("reset_sequences") or not tables:
            return truncate(self, style, tables, **options)
        rows = [f"DELETE FROM {self.quote_name(table)}" for table in tables]
        in_any_order = "SET LOCAL session_replication_role = replica"  # no key is looked after
        return ["; ".join([in_any_order, *rows])]

    DatabaseOperations.sql_flush = delete  # type: ignore[method-assign,assignment]


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('database')}, broker: Valkey, folder: {os.environ.get('VAR_DIR', '-')}"


def database_url() -> str:
    """The address of the test database, for another process."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    postgres = _running.get("postgres")
    return postgres.url(name) if isinstance(postgres, Postgres) else f"sqlite:///{name}"


@pytest.fixture(scope="session")
def broker() -> Broker:
    """The broker of this run."""
    running = _running["broker"]
    assert isinstance(running, Broker)
    return running


@pytest.fixture(autouse=True)
def nobody_counted_yet() -> None:
    """Rate limits count in the cache, which all tests of a run share."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def on_postgres() -> bool:
    return "postgres" in _running


@pytest.fixture
def idle_worker(
    transactional_db: None, broker: Broker, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Worker]:
    """A real worker on the test database and broker, to be furnished (`environment`, `loads`, `hands`) and started."""
    from django.conf import settings

    broker.wipe()
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "TEST_DATABASE_NAME": ""}
    if settings.CSA_NOW:
        environment["CSA_NOW"] = settings.CSA_NOW.isoformat()
    environment |= getattr(request, "param", {})
    worker = Worker(environment=environment, log=tmp_path / "worker.log")
    try:
        yield worker
    finally:
        worker.kill()
        broker.wipe()


@pytest.fixture
def celery_worker_process(idle_worker: Worker) -> Worker:
    """A real worker on the test database and broker, running: kill(), start(), restart(), stop(), words().

    Its clock stands where the test's stood when it started. For more environment:
    `worker.environment["EMAIL_URL"] = mail_server.url; worker.restart()`.
    """
    idle_worker.start()
    return idle_worker


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A real SMTP server: `.url` for EMAIL_URL, `.delivered`, `.wait_for(n)`, `.answer = "451 later"`."""
    with running_mail_server() as server:
        yield server
