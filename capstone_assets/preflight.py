"""Find the faults that would fail a run, before anything starts.

Belongs here: keys, sources, files, folders, Java, limits, and that one run at a time writes a lake.
Not here: the values of single variables (environment.py), the run (run.py).
"""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from capstone_assets.emulator import EmulatorError
from capstone_assets.emulator.catalogs.catalog import read_catalog
from capstone_assets.environment import (
    Environment,
    Settings,
    SettingsError,
    read_api_keys,
    read_webhook,
)
from capstone_assets.ingest.dump.file import newest_dumps
from capstone_assets.ingest.errors import IngestError
from capstone_assets.ingest.landing import EMULATOR_ORIGIN, PageStore, why_not_from
from capstone_assets.ingest.settings import TMDB_URL
from capstone_assets.lake import lock
from capstone_assets.matching.errors import MatchingError
from capstone_assets.matching.overrides import read_overrides
from capstone_assets.orchestration.resources.java import JavaNotFoundError, find_java_home


class PreflightError(Exception):
    """Something that a run needs is missing or invalid; nothing was started."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return f"{self.faults[0]} Nothing was started."
        listed = "\n".join(f"  - {fault}" for fault in self.faults)
        return f"{len(self.faults)} faults prevent this run from starting:\n{listed}"


def check_before_run(settings: Settings) -> None:
    """Check the keys, the files and folders that the settings name, Java, and the limits.

    Raises:
        PreflightError: all faults at once.
    """
    faults = [fault for check in _CHECKS if (fault := check(settings))]
    if faults:
        raise PreflightError(faults)


@contextmanager
def holding_lake(lake: str) -> Iterator[None]:
    """Keep other runs off a lake on this machine's disk while the block runs.

    Raises:
        PreflightError: another process holds it.
    """
    with ExitStack() as held:
        try:
            held.enter_context(lock.holding_lake(lake, wait=False))
        except lock.LakeInUseError as error:
            raise PreflightError([str(error)]) from None
        yield


def writable(folder: Path) -> str | None:
    """Create a folder if it is missing; return why it cannot be written, if so."""
    if in_the_way := next((each for each in (folder, *folder.parents) if each.is_file()), None):
        return f"{in_the_way} is a file"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return None


def unwritable_folder(folder: Path) -> str | None:
    """Return why no file can be created in a folder, as a predicate of it; None if one can."""
    if not folder.is_dir():
        return "does not exist"
    return None if os.access(folder, os.W_OK) else "is not writable"


def _keys(settings: Settings) -> str | None:  # noqa: ARG001
    return _fault_of(SettingsError, read_api_keys)


def _webhook(settings: Settings) -> str | None:  # noqa: ARG001
    return _fault_of(SettingsError, read_webhook)


def _catalog(settings: Settings) -> str | None:
    folder = settings.catalog
    if folder is None:
        return None
    return _fault_of(EmulatorError, lambda: read_catalog(folder))


def _dump(settings: Settings) -> str | None:
    folder = settings.discogs_dump
    if folder is None or "://" in folder:
        return None
    return _fault_of((SettingsError, IngestError), lambda: newest_dumps(folder))


def _overrides(settings: Settings) -> str | None:
    file = settings.decisions
    if file is None or "://" in file:
        return None
    return _fault_of(MatchingError, lambda: read_overrides(file))


def _lake(settings: Settings) -> str | None:
    if "://" in settings.lake:
        return None
    if why := writable(Path(settings.lake)):
        return (
            f"The lake {settings.lake} cannot be written: {why}. Name another folder with "
            "CAPSTONE_LAKE, or change its permissions."
        )
    return None


def _source(settings: Settings) -> str | None:
    if "://" in settings.lake:
        return None
    try:
        origin = urlsplit(TMDB_URL).netloc if read_api_keys() else EMULATOR_ORIGIN
        return why_not_from(PageStore(f"{settings.lake}/raw"), origin) or None
    except (SettingsError, OSError):
        return None  # The checks of the keys and of the lake say so.


def _home(settings: Settings) -> str | None:  # noqa: ARG001
    home = dagster_home()
    if why := writable(home):
        return (
            f"DAGSTER_HOME, {home}, cannot be written: {why}. Name another folder, or change its "
            "permissions."
        )
    return None


def _java(settings: Settings) -> str | None:
    if settings.environment is not Environment.LOCAL:
        return None
    return _fault_of(JavaNotFoundError, find_java_home)


def _open_files(settings: Settings) -> str | None:
    if settings.environment is not Environment.LOCAL:
        return None
    # Java raises the soft limit to the hard one by itself.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if resource.RLIM_INFINITY != most < _FEWEST_OPEN_FILES:
        return (
            f"This shell lets a program open {most:,} files at once, and Spark needs "
            f"{_FEWEST_OPEN_FILES:,}. Raise the limit (ulimit -Hn) or use another shell."
        )
    return None


# Spark opens its 252 jars: with a limit of 256 Java does not start.
_FEWEST_OPEN_FILES = 512
_CHECKS: tuple[Callable[[Settings], str | None], ...] = (
    *(_keys, _webhook, _catalog, _dump, _overrides),
    *(_lake, _source, _home, _java, _open_files),
)


def dagster_home() -> Path:
    """Return where Dagster keeps its history, and make sure that it finds it.

    DAGSTER_HOME or `.dagster`, made absolute, because Dagster refuses a relative one.

    Raises:
        SettingsError: its path has a character that ends the path of a database's URL.
    """
    home = Path(os.environ.get("DAGSTER_HOME", "").strip() or ".dagster").expanduser().absolute()
    if wrong := sorted({*"?#%"} & {*str(home)}):
        raise SettingsError(
            f"Dagster cannot keep its database in {home}, because of {' and '.join(wrong)} in the "
            "path. Set DAGSTER_HOME to a folder without."
        )
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def prepare_dagster_home() -> Path:
    """Set up a new Dagster home with the project's settings of an instance; return it."""
    home = dagster_home()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        settings = files("capstone_assets").joinpath("dagster.yaml").read_text("utf-8")
        (home / "dagster.yaml").write_text(settings, "utf-8")
    return home


def _fault_of(
    error: type[Exception] | tuple[type[Exception], ...], read: Callable[[], object]
) -> str | None:
    try:
        read()
    except error as fault:
        return str(fault)
    return None
