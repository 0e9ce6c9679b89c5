"""Where this process runs, and the few environment variables that say so.

Belongs here: every environment variable the product reads, with its meaning and default.
Not here: what follows from it (definitions.py, resources/).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Environment(StrEnum):
    """The places a step can run in."""

    LOCAL = "local"
    ON_CLUSTER = "on_cluster"


class SettingsError(ValueError):
    """An environment variable has a value that nothing can be done with."""


@dataclass(frozen=True)
class Settings:
    """What the environment variables say; an empty one counts as absent.

    `lake` is the lakehouse's root and `catalog` the folder that the emulator serves (None: the
    bundled catalog). `has_keys` tells whether the real APIs are to be asked. Tokens are hidden
    in `repr`.
    """

    environment: Environment = Environment.LOCAL
    lake: str = "data/lake"
    catalog: Path | None = None
    tmdb_token: str | None = field(default=None, repr=False)
    discogs_token: str | None = field(default=None, repr=False)

    @property
    def has_keys(self) -> bool:
        """Whether both APIs have a key."""
        return bool(self.tmdb_token and self.discogs_token)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from environment variables; README.md lists them.

    Raises:
        SettingsError: a variable's value is unknown, or names a folder that does not exist, or
            one API has a key and the other has none.
    """
    values = {name: value.strip() for name, value in environ.items() if value.strip()}
    tokens = {name: values.get(name) for name in ("TMDB_API_TOKEN", "DISCOGS_TOKEN")}
    absent = [name for name, token in tokens.items() if token is None]
    if len(absent) == 1:
        present = next(name for name in tokens if name not in absent)
        raise SettingsError(
            f"{present} is set and {absent[0]} is not. Films of the one source would be linked "
            "with releases of the other, so nothing was started. Set both for the real APIs, or "
            "neither for the emulator."
        )
    return Settings(
        environment=_environment(values),
        lake=_lake(values.get("CAPSTONE_LAKE", Settings.lake)),
        catalog=_catalog(values.get("CAPSTONE_CATALOG")),
        tmdb_token=tokens["TMDB_API_TOKEN"],
        discogs_token=tokens["DISCOGS_TOKEN"],
    )


def _environment(values: Mapping[str, str]) -> Environment:
    if "DATABRICKS_RUNTIME_VERSION" in values:
        return Environment.ON_CLUSTER
    name = values.get("CAPSTONE_ENVIRONMENT", Environment.LOCAL)
    if name != Environment.LOCAL:
        raise SettingsError(f"CAPSTONE_ENVIRONMENT is {name!r}; the only environment is 'local'.")
    return Environment.LOCAL


def _lake(root: str) -> str:
    # A relative path would move with whoever changes the working directory.
    return root.rstrip("/") if "://" in root else str(Path(root).absolute())


def _catalog(folder: str | None) -> Path | None:
    if folder is None:
        return None
    path = Path(folder).absolute()
    if not path.is_dir():
        raise SettingsError(
            f"CAPSTONE_CATALOG is {folder!r}, which is no folder. Name one with films.jsonl and "
            "releases.jsonl, or unset it for the bundled catalog."
        )
    return path
