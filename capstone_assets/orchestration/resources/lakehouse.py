"""The lakehouse as a Dagster resource."""

from typing import Any

import dagster as dg

from capstone_assets.lake.storage import Lakehouse


class LakehouseResource(dg.ConfigurableResource[Any]):
    """Where the tables lie; see `Lakehouse` for what a root may be."""

    root: str

    @property
    def lakehouse(self) -> Lakehouse:
        """The tables under the root."""
        return Lakehouse(self.root)
