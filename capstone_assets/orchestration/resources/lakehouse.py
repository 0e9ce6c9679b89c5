"""The lakehouse as a Dagster resource."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import dagster as dg

from capstone_assets.lake.lock import holding_lake
from capstone_assets.lake.storage import Lakehouse


class LakehouseResource(dg.ConfigurableResource[Any]):
    """Where the tables lie; see `Lakehouse` for what a root may be."""

    root: str

    @property
    def lakehouse(self) -> Lakehouse:
        """The tables under the root."""
        return Lakehouse(self.root)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:
        """Lock the lake for a run, waiting for the run that has it; a sensor only reads."""
        if context.run is None:
            yield self
            return
        with holding_lake(self.root, wait=True):
            yield self
