"""Send audit records to an OpenLineage server: an event for each start and end of a step.

Belongs here: a record as an event, what it reads and writes as datasets, sending.
Not here: waiting for a server that is down (outbox.py), the variables that name it
(environment.py).

The format is https://openlineage.io/spec/2-0-2/OpenLineage.json. Its Python client would bring a
second HTTP library for one POST.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import httpx

from capstone_assets import __version__
from capstone_assets.environment import OpenLineageServer
from capstone_assets.lake.schemas import TABLES
from capstone_assets.lake.tables import Table

log = logging.getLogger(__name__)

PRODUCER = f"urn:capstone-assets:{__version__}"
JOB = "lakehouse"
_SPEC = "https://openlineage.io/spec"
_EVENT_TYPES = {
    "started": "START",
    "success": "COMPLETE",
    "failure": "FAIL",
    "canceled": "ABORT",
}
# Sending such an event again cannot help.
_REFUSED = {400, 413, 422}

# Where a table lies, a path or a URL.
Locate = Callable[[Table], str]


class OpenLineageSink:
    """An OpenLineage server, such as Marquez; gets an event for each audit record."""

    name = "openlineage"

    def __init__(self, server: OpenLineageServer, locate: Locate) -> None:
        self._server, self._locate = server, locate
        key = {"Authorization": f"Bearer {server.api_key}"} if server.api_key else {}
        self._client = httpx.Client(headers=key, timeout=10)

    def send(self, records: Mapping[str, str]) -> None:
        """Send an event for each record; one that the server refuses is logged and dropped."""
        for name, record in records.items():
            event = as_event(json.loads(record), self._server.namespace, self._locate)
            answer = self._client.post(f"{self._server.url}/api/v1/lineage", json=event)
            if answer.status_code in _REFUSED:
                log.warning("The OpenLineage server refused %s: %s", name, answer.status_code)
            else:
                answer.raise_for_status()


def as_event(record: Mapping[str, Any], namespace: str, locate: Locate) -> dict[str, Any]:
    """Return the event of an audit record; equal records are of the same run and job.

    A step that writes a table has it as its output, and as inputs the tables that its columns are
    derived from. A step of checks has the checked tables as inputs, with the result of each check.
    """
    facets: dict[str, Any] = {
        "parent": _facet(
            "1-2-0/ParentRunFacet",
            run={"runId": record["dagster_run_id"]},
            job={"namespace": namespace, "name": JOB},
        )
    }
    if record["error"]:
        facets["errorMessage"] = _facet(
            "1-0-1/ErrorMessageRunFacet",
            message=record["error"],
            programmingLanguage="Python",
        )
    table = TABLES.get(record["step"])
    return {
        "eventType": _EVENT_TYPES[record["outcome"]],
        "eventTime": record["finished"] or record["started"],
        "producer": PRODUCER,
        "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {
            "runId": str(uuid5(NAMESPACE_URL, f"{record['run_id']}/{record['step']}")),
            "facets": facets,
        },
        "job": {"namespace": namespace, "name": record["step"], "facets": {}},
        "inputs": [*_read(table, locate), *_checked(record["checks"], locate)],
        "outputs": [_written(table, record["records_out"], locate)] if table else [],
    }


def _read(table: Table | None, locate: Locate) -> Iterator[dict[str, Any]]:
    columns = table.columns if table else ()
    for name in sorted({source.split(".")[0] for each in columns for source in each.sources}):
        yield _dataset(TABLES[name], locate)


def _checked(checks: list[dict[str, Any]], locate: Locate) -> Iterator[dict[str, Any]]:
    for name in sorted({each["asset"] for each in checks} & {*TABLES}):
        assertions = [
            {
                "assertion": each["name"],
                "success": each["passed"],
                "severity": each["severity"].lower(),
                "description": each["description"],
            }
            for each in checks
            if each["asset"] == name
        ]
        facet = _facet("1-1-0/DataQualityAssertionsDatasetFacet", assertions=assertions)
        yield {
            **_dataset(TABLES[name], locate),
            "inputFacets": {"dataQualityAssertions": facet},
        }


def _written(table: Table, rows: int | None, locate: Locate) -> dict[str, Any]:
    fields = [
        {
            "name": column.name,
            "type": column.type.simpleString(),
            "description": column.description,
        }
        for column in table.columns
    ]
    lineage = {
        column.name: {"inputFields": [_field(source, locate) for source in column.sources]}
        for column in table.columns
        if column.sources
    }
    statistics = {} if rows is None else {"rowCount": rows}
    return {
        **_dataset(table, locate),
        "facets": {
            "schema": _facet("1-2-0/SchemaDatasetFacet", fields=fields),
            "columnLineage": _facet("1-2-0/ColumnLineageDatasetFacet", fields=lineage),
            "documentation": _facet(
                "1-1-0/DocumentationDatasetFacet", description=table.description
            ),
        },
        "outputFacets": {
            "outputStatistics": _facet("1-0-2/OutputStatisticsOutputDatasetFacet", **statistics)
        },
    }


def _field(source: str, locate: Locate) -> dict[str, str]:
    table, column = source.split(".")
    return {**_dataset(TABLES[table], locate), "field": column}


def _dataset(table: Table, locate: Locate) -> dict[str, str]:
    """Name a table as https://openlineage.io/docs/spec/naming says, by where it lies."""
    url = urlsplit(locate(table))
    namespace = f"{url.scheme}://{url.netloc}" if url.netloc else "file"
    return {"namespace": namespace, "name": url.path}


def _facet(schema: str, **content: Any) -> dict[str, Any]:
    kind = schema.split("/")[1]
    url = f"{_SPEC}/facets/{schema}.json#/$defs/{kind}"
    return {"_producer": PRODUCER, "_schemaURL": url, **content}
