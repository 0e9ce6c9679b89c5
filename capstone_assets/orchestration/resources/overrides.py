"""A person's decisions as a Dagster resource."""

from collections.abc import Sequence

import dagster as dg

from capstone_assets.matching.overrides import Override, read_overrides


class OverridesResource(dg.ConfigurableResource):
    """The CSV file, by path or URL, in which a person decides pairs; None when there is none."""

    path: str | None = None

    def read(self) -> Sequence[Override]:
        """Return the decisions.

        Raises:
            InvalidOverridesError: the file has faults; all of them are listed.
        """
        return read_overrides(self.path) if self.path else ()
