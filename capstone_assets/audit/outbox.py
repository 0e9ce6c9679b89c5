"""Send audit records to places outside the lake: Log Analytics, another storage account.

Belongs here: sending, and the outbox that keeps what could not be sent.
Not here: the records (records.py), the variables that name a sink (environment.py).

A record is put into the outbox, a folder of the lake, before it is sent, and removed once the sink
has confirmed it. A thread does the sending, so a slow or absent sink does not delay a step; queued
records are sent by the next step or run, in this process or another. A process that dies between
the two sends a record twice: equal run, step and outcome show it.
"""

import atexit
import functools
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import fsspec

from capstone_assets.environment import SinkSettings
from capstone_assets.lake.files import files_below, write_whole
from capstone_assets.lake.renames import move
from capstone_assets.redaction import without_secrets

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.storage.filedatalake import DataLakeServiceClient

log = logging.getLogger(__name__)

_LOOPBACK = {"127.0.0.1", "localhost"}
_SECONDS_AT_EXIT = 5.0
_MOST_AT_ONCE = 500


class Sink(Protocol):
    """Something that takes audit records."""

    name: str

    def send(self, records: Mapping[str, str]) -> None:
        """Send records, JSON by file name; after any exception none counts as delivered."""


class LogAnalyticsSink:
    """The audit table in Log Analytics, through the data collection rule that fills it."""

    name = "log_analytics"

    def __init__(
        self, endpoint: str, rule_id: str, stream: str, credential: "TokenCredential | None" = None
    ) -> None:
        self._rule_id, self._stream = rule_id, stream
        # Only to this machine may the token be sent unencrypted.
        self._enforce_https = urlsplit(endpoint).hostname not in _LOOPBACK
        self._endpoint, self._credential = endpoint, credential

    @functools.cached_property
    def _client(self) -> Any:
        # It takes a second to import, so only when there is something to send, and not in the step.
        from azure.identity import DefaultAzureCredential
        from azure.monitor.ingestion import LogsIngestionClient

        return LogsIngestionClient(
            self._endpoint,
            self._credential or DefaultAzureCredential(),
            retry_total=1,
            connection_timeout=5,
            read_timeout=30,
        )

    def send(self, records: Mapping[str, str]) -> None:
        """Send records as rows of the stream."""
        rows = [json.loads(record) for record in records.values()]
        rows = [{**row, "TimeGenerated": row["finished"] or row["started"]} for row in rows]
        self._client.upload(self._rule_id, self._stream, rows, enforce_https=self._enforce_https)


class AdlsSink:
    """A container of another storage account: `audit/run_id=<id>/<file>`, a record each."""

    name = "adls"

    def __init__(self, client: "DataLakeServiceClient", container: str) -> None:
        self._client, self._container = client, container

    def send(self, records: Mapping[str, str]) -> None:
        """Write each record to its own file, replacing that of an earlier attempt."""
        folder = self._client.get_file_system_client(self._container)
        for name, record in records.items():
            path = f"audit/run_id={json.loads(record)['run_id']}/{name}"
            folder.get_file_client(path).upload_data(record.encode(), overwrite=True)


def sinks_of(settings: SinkSettings) -> list[Sink]:
    """Return the sinks that the settings name."""
    found: list[Sink] = []
    if settings.endpoint and settings.rule_id and settings.stream:
        found.append(LogAnalyticsSink(settings.endpoint, settings.rule_id, settings.stream))
    if settings.copy_to:
        from azure.identity import DefaultAzureCredential
        from azure.storage.filedatalake import DataLakeServiceClient

        account, container = settings.copy_to.split("/")
        client = DataLakeServiceClient(
            f"https://{account}.dfs.core.windows.net", credential=DefaultAzureCredential()
        )
        found.append(AdlsSink(client, container))
    return found


class Outbox:
    """Records that wait for their sinks, in a folder for each; a thread sends them."""

    def __init__(
        self, filesystem: fsspec.AbstractFileSystem, folder: str, sinks: Sequence[Sink]
    ) -> None:
        self._filesystem, self._folder, self._sinks = filesystem, folder, sinks
        self._wake, self._idle = threading.Event(), threading.Event()
        self._idle.set()
        if sinks:
            threading.Thread(target=self._send_forever, name="audit", daemon=True).start()
            atexit.register(self.flush, _SECONDS_AT_EXIT)

    def post(self, name: str, record: str) -> None:
        """Queue a record, JSON, for every sink, and start sending."""
        for sink in self._sinks:
            write_whole(self._filesystem, f"{self._folder}/{sink.name}/{name}", record)
        if self._sinks:
            self._idle.clear()
            self._wake.set()

    def flush(self, seconds: float) -> bool:
        """Wait, at most so many seconds, until everything was tried; return whether it was."""
        return self._idle.wait(seconds)

    def _send_forever(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            for sink in self._sinks:
                try:
                    self._send(sink)
                except Exception as error:
                    reason = without_secrets(f"{type(error).__name__}: {error}".splitlines()[0])
                    log.warning(
                        "Audit records for %s are queued in %s/%s until it accepts them: %s",
                        *(sink.name, self._folder, sink.name, reason[:300]),
                    )
            if not self._wake.is_set():
                self._idle.set()

    def _send(self, sink: Sink) -> None:
        folder = f"{self._folder}/{sink.name}"
        while names := [*files_below(self._filesystem, folder, "*.jsonl")]:
            batch = {}
            for name in names[:_MOST_AT_ONCE]:
                record = self._filesystem.cat_file(name).decode(errors="replace")
                if read_line(record) is None:
                    self._set_aside(name)
                else:
                    batch[name] = record
            if batch:
                sink.send({name.rsplit("/", 1)[1]: record for name, record in batch.items()})
            for name in batch:
                # Another process may have sent and removed it meanwhile.
                if self._filesystem.exists(name):
                    self._filesystem.rm_file(name)

    def _set_aside(self, name: str) -> None:
        """Move a record that a power cut left half-written out of the queue."""
        move(self._filesystem, name, f"{name}.unreadable")
        log.warning("Kept a half-written audit record as %s.unreadable; it is not sent", name)


def read_line(line: str) -> dict[str, Any] | None:
    """A record from its line; None if the line was not written to its end."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "run_id" in record else None
