"""The file of Databricks settings: cluster, timeouts, prices.

Belongs here: reading and validating the file, the highest cost of its cluster.
Not here: requesting the cluster from Databricks (resources/databricks.py).
"""

import json
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class DatabricksSettingsError(ValueError):
    """The file of Databricks settings is missing or invalid; all its faults are listed."""

    def __init__(self, path: str, faults: list[str]) -> None:
        super().__init__(path, faults)
        self.path, self.faults = path, faults

    def __str__(self) -> str:
        faults = "".join(f"\n- {fault}" for fault in self.faults)
        return f"{self.path} cannot be used, so no step would run on Databricks:{faults}"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Autoscale(_Strict):
    """How many workers a cluster may have, beside its driver."""

    min_workers: int = Field(ge=1)
    max_workers: int = Field(ge=1, le=100)

    @model_validator(mode="after")
    def _in_order(self) -> "Autoscale":
        if self.min_workers > self.max_workers:
            raise ValueError(
                f"min_workers is {self.min_workers}, more than max_workers, {self.max_workers}"
            )
        return self


class AzureAttributes(_Strict):
    """Spot machines where available, but never as the driver, whose loss would end the step."""

    first_on_demand: int = Field(ge=1)
    availability: Literal["SPOT_WITH_FALLBACK_AZURE", "ON_DEMAND_AZURE"]
    spot_bid_max_price: float = -1


class Cluster(_Strict):
    """The job cluster, as in Databricks' Clusters API."""

    # The runtime that the project is tested with: Spark 3.5.2, Scala 2.12.
    spark_version: Literal["16.4.x-scala2.12"]
    node_type_id: str
    autoscale: Autoscale
    azure_attributes: AzureAttributes
    data_security_mode: Literal["SINGLE_USER"]
    runtime_engine: Literal["STANDARD", "PHOTON"] = "STANDARD"
    custom_tags: dict[str, str] = Field(min_length=1)
    cluster_log_conf: dict[str, Any] | None = None
    init_scripts: list[dict[str, dict[str, str]]] = Field(min_length=1)
    spark_conf: dict[str, str] = {}
    spark_env_vars: dict[str, str] = {}


class NodePrice(_Strict):
    """What an hour of a machine costs: to Databricks in DBUs, to Azure in dollars."""

    dbus_per_hour: float = Field(gt=0)
    dollars_per_hour: float = Field(gt=0)


class Prices(_Strict):
    """The price table. Spot machines cost less, so computed costs are upper bounds."""

    dollars_per_dbu: float = Field(gt=0)
    nodes: dict[str, NodePrice]


class DatabricksSettings(_Strict):
    """How steps run on Databricks.

    `policy` is the name of the cluster policy; its id differs from workspace to workspace. Where
    the workspace has the policy `pooled_policy`, clusters get the machines of the pool that it
    names, which stay warm between the steps of a run. A job that takes longer than
    `timeout_seconds` is ended. A passing failure (a lost cluster, an evicted spot machine) is tried
    `retries` times more. `partitions_per_run` splits a backfill of the web UI into runs, and so
    into jobs, of at most as many partitions. Failing calls to the workspace are retried for
    `submit_patience_seconds` while a job is submitted and for `poll_patience_seconds` while it is
    followed. The workspace may show a job, and what it wrote to DBFS last, up to `late_seconds`
    later. `steps_at_once` steps that do not need each other may run side by side.
    """

    cluster: Cluster
    policy: str = Field(min_length=1)
    pooled_policy: str | None = None
    timeout_seconds: int = Field(14_400, ge=1)
    poll_seconds: float = Field(5, gt=0)
    poll_patience_seconds: float = Field(600, ge=0)
    submit_patience_seconds: float = Field(60, ge=0)
    late_seconds: float = Field(30, ge=0)
    retries: int = Field(2, ge=0)
    retry_wait_seconds: float = Field(60, ge=0)
    partitions_per_run: int | None = Field(None, ge=1)
    steps_at_once: int = Field(4, ge=1)
    prices: Prices

    @model_validator(mode="after")
    def _priced(self) -> "DatabricksSettings":
        if self.cluster.node_type_id not in self.prices.nodes:
            known = ", ".join(self.prices.nodes)
            raise ValueError(
                f"node_type_id is {self.cluster.node_type_id!r}, which prices.nodes does not "
                f"list (it lists {known}): the cost of a run would be unknown"
            )
        return self

    @property
    def most_nodes(self) -> int:
        """The most machines that the cluster may have, the driver included."""
        return self.cluster.autoscale.max_workers + 1

    @property
    def dbus_per_node_hour(self) -> float:
        """DBUs of a machine in an hour."""
        return self.prices.nodes[self.cluster.node_type_id].dbus_per_hour

    @property
    def dollars_per_node_hour(self) -> float:
        """What a machine costs in an hour, its DBUs included."""
        node = self.prices.nodes[self.cluster.node_type_id]
        return node.dollars_per_hour + node.dbus_per_hour * self.prices.dollars_per_dbu

    def new_cluster(self, instance_pool_id: str | None = None) -> dict[str, Any]:
        """The cluster as the step launcher's configuration has it, without its policy."""
        given = self.cluster.model_dump(exclude_none=True)
        autoscale, node_type = given.pop("autoscale"), given.pop("node_type_id")
        nodes: dict[str, Any] = {"node_types": {"node_type_id": node_type}}
        if instance_pool_id:
            # A pool determines its machines: the Clusters API rejects both beside one.
            nodes = {"instance_pool_id": instance_pool_id}
            del given["azure_attributes"]
        tags = given.pop("custom_tags")
        return {
            **given,
            "size": {"autoscale": autoscale},
            "nodes": nodes,
            "custom_tags": [{"key": name, "value": value} for name, value in tags.items()],
        }


def read_databricks_settings(path: Path) -> DatabricksSettings:
    """Read and validate the file.

    Raises:
        DatabricksSettingsError: it does not exist, is not valid JSON, or breaks a rule.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        where = "Run from the project's folder, or name the file in CAPSTONE_DATABRICKS_SETTINGS"
        raise DatabricksSettingsError(str(path), [f"there is no such file. {where}"]) from None
    except ValueError as wrong:
        raise DatabricksSettingsError(str(path), [f"it is not valid JSON: {wrong}"]) from None
    try:
        return DatabricksSettings.model_validate(content)
    except ValidationError as wrong:
        faults = [_sentence(cast(dict[str, Any], fault)) for fault in wrong.errors()]
        raise DatabricksSettingsError(str(path), faults) from None


def pool_of_policy(definition: str) -> str | None:
    """Return the id of the instance pool that a cluster policy's definition fixes, if any."""
    rule = json.loads(definition).get("instance_pool_id", {})
    return rule.get("value") if rule.get("type") == "fixed" else None


def _sentence(fault: dict[str, Any]) -> str:
    place = ".".join(map(str, fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ")
    given = (
        f" (it is {fault['input']!r})" if fault["type"].startswith(("literal", "greater")) else ""
    )
    return f"{place}: {message}{given}" if place else message
