"""Where this process runs, and the few environment variables that say so.

Belongs here: every environment variable the product reads, with its meaning and default.
Not here: what follows from it (definitions.py, resources/).
"""

import os
from collections.abc import Callable, Mapping
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
    """Where to run and on what; an empty variable counts as absent.

    `lake` is the lakehouse's root and `catalog` the folder that the emulator serves (None: the
    bundled catalog). `discogs_dump` is a folder, a path or a URL, with dumps to read releases from
    instead of the API. `overrides` is the CSV file of a person's decisions.
    """

    environment: Environment = Environment.LOCAL
    lake: str = "data/lake"
    catalog: Path | None = None
    discogs_dump: str | None = None
    overrides: Path | None = None


@dataclass(frozen=True)
class ApiKeys:
    """The keys of the real APIs, hidden in `repr`; with a dump, Discogs needs none."""

    tmdb: str = field(repr=False)
    discogs: str = field(repr=False)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; README.md lists the variables. No key is read.

    Raises:
        SettingsError: a variable's value is unknown, or names a folder that does not exist.
    """
    values = _present(environ)
    return Settings(
        environment=_environment(values),
        lake=_lake(values.get("CAPSTONE_LAKE", Settings.lake)),
        catalog=_existing("CAPSTONE_CATALOG", values, Path.is_dir, _NO_CATALOG),
        discogs_dump=_dump(values),
        overrides=_existing("CAPSTONE_OVERRIDES", values, Path.is_file, _NO_OVERRIDES),
    )


def read_api_keys(environ: Mapping[str, str] = os.environ) -> ApiKeys | None:
    """Read the keys of the real APIs, None when neither is set: the emulator stands in.

    Raises:
        SettingsError: one API has a key and the other has none, nor a dump in its place.
    """
    values = _present(environ)
    tmdb, discogs = values.get("TMDB_API_TOKEN"), values.get("DISCOGS_TOKEN")
    if tmdb and (discogs or "CAPSTONE_DISCOGS_DUMP" in values):
        return ApiKeys(tmdb, discogs or "")
    if tmdb or discogs:
        names = ("TMDB_API_TOKEN", "DISCOGS_TOKEN")
        present, absent = names if tmdb else reversed(names)
        raise SettingsError(
            f"{present} is set and {absent} is not. Films of the one source would be linked with "
            "releases of the other, so nothing was asked. Set both for the real APIs, or neither "
            "for the emulator."
        )
    return None


def _present(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in environ.items() if value.strip()}


def _environment(values: Mapping[str, str]) -> Environment:
    if "DATABRICKS_RUNTIME_VERSION" in values:
        return Environment.ON_CLUSTER
    name = values.get("CAPSTONE_ENVIRONMENT", Environment.LOCAL)
    if name != Environment.LOCAL:
        raise SettingsError(f"CAPSTONE_ENVIRONMENT is {name!r}; the only environment is 'local'.")
    return Environment.LOCAL


def _dump(values: Mapping[str, str]) -> str | None:
    if "://" in values.get("CAPSTONE_DISCOGS_DUMP", ""):
        return values["CAPSTONE_DISCOGS_DUMP"]
    folder = _existing("CAPSTONE_DISCOGS_DUMP", values, Path.is_dir, _NO_DUMP)
    return str(folder) if folder else None


def _lake(root: str) -> str:
    # A relative path would move with whoever changes the working directory.
    return root.rstrip("/") if "://" in root else str(Path(root).absolute())


_NO_CATALOG = (
    "is no folder. Name one with films.jsonl and releases.jsonl, or unset it for the bundled "
    "catalog."
)
_NO_DUMP = (
    "is no folder. Name one with discogs_YYYYMMDD_releases.xml.gz and ..._masters.xml.gz, or unset "
    "it and releases come from the API."
)
_NO_OVERRIDES = (
    "is no file. Name a CSV file with the columns film, release, decision, who, when, why, or "
    "unset it."
)


def _existing(
    name: str, values: Mapping[str, str], exists: Callable[[Path], bool], otherwise: str
) -> Path | None:
    if name not in values:
        return None
    path = Path(values[name]).absolute()
    if not exists(path):
        raise SettingsError(f"{name} is {values[name]!r}, which {otherwise}")
    return path
