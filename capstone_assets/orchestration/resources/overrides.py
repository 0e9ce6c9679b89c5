"""A person's decisions as a Dagster resource."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from capstone_assets.matching.overrides import Override, read_overrides


class OverridesResource(dg.ConfigurableResource[Any]):
    """The CSV file, by path or URL, in which people decide pairs.

    Without a `path` it is the review's file, once a review has written one.
    """

    path: str | None = None
    review_file: str | None = None

    def read(self) -> Sequence[Override]:
        """Return the decisions.

        Raises:
            InvalidOverridesError: the file has faults; all of them are listed.
        """
        if self.path:
            return read_overrides(self.path)
        if self.review_file and Path(self.review_file).is_file():
            return read_overrides(self.review_file)
        return ()
