"""Schema steps, run from code: no configuration file, any working directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from core.errors import StorageError, StorageUnavailable
from core.storage.engines import (
    SQLITE_WRITE,
    VENDOR_ERRORS,
    begin,
    database_url,
    house_error,
    is_sqlite,
    make_engine,
)

HERE = Path(__file__).parent

_LOCK_WAIT_S = 60
# Per database: a server may hold several installations.
_LOCK = text("SELECT GET_LOCK(CONCAT('peilian.migrate.', MD5(DATABASE())), :wait_s)")
_UNLOCK = text("SELECT RELEASE_LOCK(CONCAT('peilian.migrate.', MD5(DATABASE())))")


def migrate(url: str = "", *, data_dir: Path | None = None, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`; empty means `peilian.db` in `data_dir`.

    Runs from an empty database and from any earlier revision; several processes may call it at
    once. Blocks. Raises SettingsError, StorageUnavailable or StorageError; the last also for a
    database that a newer version of the program has brought further than this one knows.
    """
    _run(command.upgrade, database_url(url, data_dir=data_dir), revision)


def downgrade(url: str = "", *, data_dir: Path | None = None, revision: str) -> None:
    """Take the database back to `revision`; what the later tables held is lost."""
    _run(command.downgrade, database_url(url, data_dir=data_dir), revision)


def _run(step: Callable[[Config, str], None], url: URL, revision: str) -> None:
    config = Config()
    # The percent sign is the configuration's own escape.
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    if is_sqlite(url):
        url = url.update_query_dict({"timeout": str(_LOCK_WAIT_S)})
    engine = make_engine(url, answer_s=None)
    try:
        with engine.connect() as connection, _alone(connection, file=is_sqlite(url)):
            config.attributes["connection"] = connection
            _refuse_newer(connection, ScriptDirectory.from_config(config))
            step(config, revision)
    except CommandError as error:
        raise StorageError(f"schema: {error}") from error
    except VENDOR_ERRORS as error:
        raise house_error(error) from error
    finally:
        engine.dispose()


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    for revision in MigrationContext.configure(connection).get_current_heads():
        if revision not in known:
            raise StorageError(
                f"the database is at schema step {revision}, which this version does not know: "
                "a newer one has used it; install that, or use another database"
            )


@contextmanager
def _alone(connection: Connection, *, file: bool) -> Iterator[None]:
    """One process at a time: by the transaction on SQLite, which keeps all steps or none, and by
    a named lock on MySQL, which commits after every statement that changes the schema."""
    if file:
        with connection.begin():
            begin(connection, SQLITE_WRITE)
            yield
        return
    if not connection.execute(_LOCK, {"wait_s": _LOCK_WAIT_S}).scalar():
        raise StorageUnavailable("another process is migrating")
    connection.commit()
    try:
        yield
        connection.commit()
    finally:
        connection.execute(_UNLOCK)
        connection.commit()
