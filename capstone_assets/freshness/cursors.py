"""A sensor's cursor: what it remembers between two ticks, as text that Dagster stores.

Belongs here: reading and writing a cursor.
Not here: what is remembered (source_changes.py, due_partitions.py).
"""

import json
from dataclasses import asdict, dataclass
from typing import Self


class CursorError(ValueError):
    """A sensor's cursor is not one that it wrote: a person can edit it."""

    def __init__(self, cursor: str) -> None:
        super().__init__(cursor)
        self.cursor = cursor

    def __str__(self) -> str:
        return (
            f"The sensor's cursor cannot be read: {self.cursor[:80]!r}. Retrying cannot help: "
            "reset the cursor in the web UI; the next tick then starts over."
        )


@dataclass(frozen=True)
class JsonCursor:
    """A cursor whose fields are plain JSON; the defaults are those before the first tick."""

    @classmethod
    def of(cls, cursor: str | None) -> Self:
        """Read a cursor; None is that of the first tick.

        Raises:
            CursorError: it is not one that `to_json` wrote.
        """
        try:
            return cls(**json.loads(cursor)) if cursor else cls()
        except (ValueError, TypeError):
            raise CursorError(cursor or "") from None

    def to_json(self) -> str:
        """The text that Dagster stores."""
        return json.dumps(asdict(self))
