"""The two APIs as one Dagster resource: the real ones with keys, the emulator without, a dump.

Belongs here: choosing the source of rows, starting the emulator if it is the source, its labels.
Not here: requests (ingest/), reading the keys' variables (environment.py).
"""

import hashlib
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from capstone_assets import emulator
from capstone_assets.emulator.catalogs.bundled import bundled_catalog
from capstone_assets.emulator.server import running_emulator
from capstone_assets.environment import read_api_keys, read_launch
from capstone_assets.ingest.discogs import Kind
from capstone_assets.ingest.dump.file import newest_dumps
from capstone_assets.ingest.landing import EMULATOR_ORIGIN
from capstone_assets.ingest.settings import ApiSettings, discogs_settings, tmdb_settings
from capstone_assets.matching.evaluation import Label, read_labels

log = logging.getLogger(__name__)

# The emulator accepts any token and enforces no limits.
_EMULATOR_TOKEN = "emulator"  # noqa: S105


class ApisResource(dg.ConfigurableResource[Any]):
    """Both APIs. A step reads the keys from the environment; they are in no configuration.

    `dump` is a folder with Discogs' dumps, which then stand in for its API.
    """

    catalog: str | None = None
    dump: str | None = None
    _running: ExitStack = PrivateAttr(default_factory=ExitStack)
    _emulator_url: str | None = PrivateAttr(default=None)

    def tmdb(self) -> ApiSettings:
        """Return how to reach TMDB.

        Raises:
            SettingsError: one API has a key and the other has none.
            EmulatorError: the emulator cannot be started, or its catalog is broken.
        """
        if keys := read_api_keys():
            return tmdb_settings(keys.tmdb)
        return self._emulated(tmdb_settings(_EMULATOR_TOKEN, f"{self._emulator()}/3"))

    def discogs(self) -> ApiSettings:
        """Return how to reach Discogs; raises as `tmdb` does."""
        if keys := read_api_keys():
            return discogs_settings(keys.discogs)
        return self._emulated(discogs_settings(_EMULATOR_TOKEN, self._emulator()))

    def discogs_dump(self, kind: Kind) -> str | None:
        """Return the path or URL of the newest dump of releases or masters; None without a folder.

        Raises:
            IngestSettingsError: the folder has no pair of dumps.
            NetworkError: its server does not answer.
        """
        return newest_dumps(self.dump)[f"{kind}s"] if self.dump else None

    def labels(self) -> tuple[Label, ...]:
        """Return the labels of the catalog in use: which release is which film's.

        None for the real APIs, a dump, or a catalog folder without labels.csv.

        Raises:
            InvalidLabelsError: the catalog's labels break their rules.
        """
        launch = read_launch()
        # A cluster has no keys: pages are fetched on the host of the run.
        if self.dump or (not launch.emulated if launch else read_api_keys()):
            return ()
        if self.catalog is None:
            return tuple(map(_label, bundled_catalog().labels))
        path = Path(self.catalog) / "labels.csv"
        return read_labels(path) if path.is_file() else ()

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Stop the emulator if it was started."""
        self._running.close()
        self._emulator_url = None

    def _emulated(self, settings: ApiSettings) -> ApiSettings:
        return replace(settings, limit=None, origin=f"{EMULATOR_ORIGIN}{self._fingerprint()}")

    def _emulator(self) -> str:
        if self._emulator_url is None:
            log.warning(
                "No API keys are set: films and releases come from the EMULATOR, which serves %s.",
                self.catalog or "the bundled catalog",
            )
            folder = Path(self.catalog) if self.catalog else None
            self._emulator_url = self._running.enter_context(running_emulator(folder))
        return self._emulator_url

    def _fingerprint(self) -> str:
        """Identify this catalog, so that pages of one are never taken for those of another."""
        folder = Path(self.catalog) if self.catalog else Path(emulator.__path__[0])
        digest = hashlib.sha256()
        for file in sorted(file for file in folder.rglob("*") if file.suffix != ".pyc"):
            if file.is_file():
                digest.update(file.name.encode())
                digest.update(file.read_bytes())
        return digest.hexdigest()[:12]


def _label(row: Mapping[str, str]) -> Label:
    film_id = row["film_tmdb_id"]
    return Label(
        int(film_id) if film_id else None, int(row["release_id"]), row["label"] == "1", row["kind"]
    )
