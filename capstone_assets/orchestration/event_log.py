"""Dagster's event log in SQLite, fast enough for a step of 129 partitions.

Belongs here: how events reach the disk on one machine.
Not here: what is logged (table_steps.py), production's PostgreSQL (infrastructure/).
"""

import functools
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from dagster import AssetKey, EventLogEntry
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from capstone_assets.orchestration.dagster_internals import (
    INDEX_SHARD_NAME,
    SQLITE_BUSY_TIMEOUT_SECONDS,
    ConfigurableClassData,
    SqliteEventLogStorage,
)


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """Dagster's own SQLite storage under DAGSTER_HOME, with one transaction for a batch of events.

    Dagster reopens both of its files and waits for the disk for every event: 129 years took longer
    to record than to compute. It collects batches when `DAGSTER_EVENT_BATCH_SIZE` is set. For every
    connection it also makes an engine, which compiles each statement again: here a file keeps its.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._batch: dict[str, Connection] = {}
        self._last_of_assets: dict[AssetKey, tuple[EventLogEntry, int]] = {}
        # A lock of its own: in a new home the constructor connects under Dagster's, which is not
        # reentrant.
        self._batch_lock = threading.RLock()
        # The web UI may read any number of runs, each a file of its own.
        self._engine_of = functools.lru_cache(maxsize=8)(self._make_engine)
        super().__init__(base_dir, inst_data)
        # A batch holds both files at once.
        self._db_lock = threading.RLock()  # type: ignore[assignment]
        # Dagster asks with every event, and the tables are never dropped.
        self.has_table = functools.cache(self.has_table)  # type: ignore[method-assign]

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing is configurable: the files lie where Dagster's own storage has them."""
        return {}

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Any,  # noqa: ARG003
    ) -> Self:
        """Return the storage of the instance in DAGSTER_HOME."""
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store a run's events, all or none."""
        run_id = events[0].run_id
        with self._connect(run_id) as run, self._connect(INDEX_SHARD_NAME) as index:
            self._batch = {run_id: run, INDEX_SHARD_NAME: index}
            try:
                for event in events:
                    self.store_event(event)
                for last, event_id in self._last_of_assets.values():
                    super()._store_asset_event(index, last, event_id)
            finally:
                self._batch = {}
                self._last_of_assets = {}

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        # Dagster keeps an asset's last event: each event of a batch would replace the one before.
        if self._batch and event.dagster_event and event.dagster_event.asset_key:
            self._last_of_assets[event.dagster_event.asset_key] = (event, event_id)
        else:
            super()._store_asset_event(conn, event, event_id)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._batch_lock:
            if shard in self._batch:
                yield self._batch[shard]
                return
            if shard not in self._initialized_dbs:
                with super()._connect(shard):
                    pass  # It makes the tables of a new file.
            with self._engine_of(shard).connect() as connection, connection.begin():
                yield connection

    def _make_engine(self, shard: str) -> Engine:
        return create_engine(
            self.conn_string_for_shard(shard),
            poolclass=NullPool,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
        )
