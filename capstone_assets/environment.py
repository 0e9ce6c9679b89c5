"""Read where this process runs, and everything else that the environment configures.

Belongs here: every environment variable the product reads, with its meaning and default, and the
`.env` file that may set them.
Not here: acting on it (definitions.py, orchestration/resources/).
"""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import load_dotenv
from dotenv.parser import Original, parse_stream

from capstone_assets.text_files import encoding_of, numbered_lines


class Environment(StrEnum):
    """The places a process of the product can run in.

    `databricks` is the machine that launches steps, `on_cluster` the one that they run on, which
    Databricks' own variable shows.
    """

    LOCAL = "local"
    DATABRICKS = "databricks"
    ON_CLUSTER = "on_cluster"


class SettingsError(ValueError):
    """An environment variable has an invalid value."""


@dataclass(frozen=True)
class Settings:
    """Where to run and on what; an empty variable counts as absent.

    `lake` is the lakehouse's root and `catalog` the folder that the emulator serves (None: the
    bundled catalog). `discogs_dump` is a folder, a path or a URL, with dumps to read releases from
    instead of the API. `overrides` is the CSV file of a person's decisions, a path or a URL.
    `databricks_settings` is the file with the settings for running steps on Databricks.
    """

    environment: Environment = Environment.LOCAL
    lake: str = "data/lake"
    catalog: Path | None = None
    discogs_dump: str | None = None
    overrides: str | None = None
    databricks_settings: Path = Path("infrastructure/databricks/job_cluster.json")

    @property
    def review_file(self) -> str:
        """Where `capstone review` writes decisions when `overrides` names no other file."""
        return f"{self.lake}/overrides.csv"

    @property
    def decisions(self) -> str | None:
        """The decisions to use now: `overrides`, or the review's file once there is one."""
        if self.overrides or "://" in self.lake:
            return self.overrides
        return self.review_file if Path(self.review_file).is_file() else None


@dataclass(frozen=True)
class ApiKeys:
    """The keys of the real APIs, hidden in `repr`; with a dump, Discogs needs none."""

    tmdb: str = field(repr=False)
    discogs: str = field(repr=False)


class EnvFileError(ValueError):
    """A `.env` file cannot be read; lists all of its faults with their lines, but no value."""

    def __init__(self, path: Path, faults: Sequence[str]) -> None:
        super().__init__(path, faults)
        self.path, self.faults = path, tuple(faults)

    def __str__(self) -> str:
        return (
            f"The settings in {self.path} cannot be read: {'; '.join(self.faults)}. Write one "
            "variable a line, NAME=value, and save the file as UTF-8."
        )


def load_env_file(path: Path) -> None:
    """Set the variables of a `.env` file that the environment lacks; do nothing without a file.

    Raises:
        EnvFileError: the file is not UTF-8, or has lines that are not settings.
    """
    faults: list[str] = []
    try:
        with path.open("rb") as file:
            encoding = encoding_of(file.read(64))
            file.seek(0)
            text = "".join(f"{line}\n" for _, line in numbered_lines(file, faults))
    except (FileNotFoundError, IsADirectoryError):
        return
    except OSError as error:
        raise EnvFileError(path, [error.strerror or type(error).__name__]) from None
    if encoding != "utf-8":
        # Dagster's own reading of the file could not follow.
        faults = [f"it is saved as {encoding[:6].upper()}, as PowerShell's > does"]
    if not faults:
        # Without the line's text, which may hold a key.
        faults = [
            f"line {_line_of(binding.original)} is not a setting"
            for binding in parse_stream(StringIO(text))
            if binding.error or not _is_setting(binding.key, binding.value)
        ]
    if faults:
        raise EnvFileError(path, faults)
    load_dotenv(stream=StringIO(text))


def _line_of(written: Original) -> int:
    """The line of a setting: what was written for it begins with the blank lines before it."""
    return written.line + written.string[: -len(written.string.lstrip())].count("\n")


def _is_setting(name: str | None, value: str | None) -> bool:
    """Whether an environment can hold a parsed line; comments and blank lines have no name."""
    if name is None:
        return True
    return bool(_NAME.fullmatch(name)) and value is not None and "\0" not in value


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; README.md lists the variables. No key is read.

    Raises:
        SettingsError: a variable's value is unknown, or names a folder that does not exist.
    """
    values = _with_expanded_paths(environ)
    environment = _environment(values)
    if environment is Environment.DATABRICKS:
        _require_what_a_cluster_reaches(values)
        _require_library("dagster_databricks", "CAPSTONE_ENVIRONMENT is 'databricks'")
    for name in _PATHS:
        if values.get(name, "").startswith(_IN_AZURE):
            _require_library("adlfs", f"{name} is in Azure")
    file = values.get("CAPSTONE_DATABRICKS_SETTINGS", Settings.databricks_settings)
    return Settings(
        environment=environment,
        lake=_lake(values.get("CAPSTONE_LAKE", Settings.lake)),
        catalog=_existing("CAPSTONE_CATALOG", values, Path.is_dir, _NO_CATALOG),
        discogs_dump=_dump(values),
        overrides=_overrides(values),
        databricks_settings=Path(file),
    )


def read_api_keys(environ: Mapping[str, str] = os.environ) -> ApiKeys | None:
    """Read the keys of the real APIs, None if neither is set: then the emulator is used.

    Raises:
        SettingsError: one API has a key and the other has none, nor a dump in its place; or
            TMDB's is a key of its API v3, which its v4 authorization refuses.
    """
    values = _present(environ)
    tmdb, discogs = values.get("TMDB_API_TOKEN"), values.get("DISCOGS_TOKEN")
    if tmdb and re.fullmatch(r"[0-9a-fA-F]{32}", tmdb):
        raise SettingsError(
            "TMDB_API_TOKEN holds 32 hexadecimal digits, which is a v3 API key, so no request "
            "was made. Set it to the 'API Read Access Token', which begins with eyJ and is below "
            "the key at https://www.themoviedb.org/settings/api."
        )
    if tmdb and (discogs or "CAPSTONE_DISCOGS_DUMP" in values):
        return ApiKeys(tmdb, discogs or "")
    if tmdb or discogs:
        names = ("TMDB_API_TOKEN", "DISCOGS_TOKEN")
        present, absent = names if tmdb else reversed(names)
        raise SettingsError(
            f"{present} is set and {absent} is not. Films of one source would be linked with "
            "releases of the other, so nothing was requested. Set both for the real APIs, or "
            "neither for the emulator."
        )
    return None


@dataclass(frozen=True)
class Launch:
    """Facts that a step on a cluster cannot find out, sent by the process that launched it.

    `nodes` is the most that the cluster may have, the driver included; the rates are a node's.
    `submitted` is when the job was, in seconds since 1970: from then on its machines may be paid.
    `emulated` says whether the pages come from the emulator, whose catalog has labels.
    """

    run_id: str
    git_commit: str | None
    emulated: bool
    node_type: str
    nodes: int
    dbus_per_node_hour: float
    dollars_per_node_hour: float
    submitted: float

    def to_variables(self) -> dict[str, str]:
        """The variables that `read_launch` reads."""
        return {_LAUNCH: json.dumps(asdict(self))}


def read_launch(environ: Mapping[str, str] = os.environ) -> Launch | None:
    """Return what the launching process sent; None where no step was launched."""
    return Launch(**json.loads(environ[_LAUNCH])) if _LAUNCH in environ else None


_LAUNCH = "CAPSTONE_LAUNCH"
UNITY_CATALOG = "CAPSTONE_UNITY_CATALOG"
# TMDB lists changes of the last fortnight only.
_HOURS_OF_A_WEEK = 168


@dataclass(frozen=True)
class SinkSettings:
    """Where audit records are sent, outside the lake; None: nowhere.

    `endpoint`, `rule_id` and `stream` are of the data collection rule that fills the audit table;
    `copy_to` is `account/container` of a storage account.
    """

    endpoint: str | None = None
    rule_id: str | None = None
    stream: str | None = None
    copy_to: str | None = None

    def to_variables(self) -> dict[str, str]:
        """The variables that `read_sinks` reads."""
        return {name: value for at, name in _SINKS.items() if (value := getattr(self, at))}


_SINKS = {
    "endpoint": "CAPSTONE_AUDIT_ENDPOINT",
    "rule_id": "CAPSTONE_AUDIT_RULE_ID",
    "stream": "CAPSTONE_AUDIT_STREAM",
    "copy_to": "CAPSTONE_AUDIT_COPY",
}


def read_sinks(environ: Mapping[str, str] = os.environ) -> SinkSettings:
    """Read where audit records go.

    Raises:
        SettingsError: the rule is named in part, or the copy is not `account/container`.
    """
    values = _present(environ)
    if any(name in values for name in _SINKS.values()):
        _require_library("azure.identity", "Audit records go to Azure")
    found = SinkSettings(**{at: values.get(name) for at, name in _SINKS.items()})
    rule = [name for at, name in _SINKS.items() if at != "copy_to"]
    absent = [name for name in rule if name not in values]
    if 0 < len(absent) < len(rule):
        raise SettingsError(
            f"{', '.join(absent)} is not set. A data collection rule is named by "
            f"{', '.join(rule)}: set all of them or none."
        )
    if found.copy_to and len(list(filter(None, found.copy_to.split("/")))) != 2:
        raise SettingsError(
            f"CAPSTONE_AUDIT_COPY is {found.copy_to!r}; give a storage account and a container: "
            "account/container."
        )
    return found


@dataclass(frozen=True)
class OpenLineageServer:
    """A server that gets an event for each step; `namespace` is that of its jobs."""

    url: str
    namespace: str = "capstone"
    api_key: str | None = field(default=None, repr=False)


def read_openlineage(environ: Mapping[str, str] = os.environ) -> OpenLineageServer | None:
    """Read the OpenLineage server, by the names of OpenLineage's own clients; None: none.

    Raises:
        SettingsError: the URL is not an http(s) address.
    """
    values = _present(environ)
    url = values.get("OPENLINEAGE_URL")
    if url is None:
        return None
    if not re.match(r"https?://[^/\s]+", url):
        raise SettingsError(
            f"OPENLINEAGE_URL is {url!r}; give the address of an OpenLineage server, for example "
            "http://127.0.0.1:5000."
        )
    return OpenLineageServer(
        url.rstrip("/"),
        values.get("OPENLINEAGE_NAMESPACE", OpenLineageServer.namespace),
        values.get("OPENLINEAGE_API_KEY"),
    )


def read_unity_catalog(environ: Mapping[str, str] = os.environ) -> str | None:
    """Read the Unity Catalog that gold is registered in; None: in none."""
    return _present(environ).get(UNITY_CATALOG)


def read_sensors_running(environ: Mapping[str, str] = os.environ) -> bool:
    """Read whether sensors start turned on; they do, unless the environment says otherwise.

    Raises:
        SettingsError: the value is neither `running` nor `stopped`.
    """
    value = _present(environ).get("CAPSTONE_SENSORS", "running")
    if value not in ("running", "stopped"):
        raise SettingsError(f"CAPSTONE_SENSORS is {value!r}; it is 'running' or 'stopped'.")
    return value == "running"


def read_change_window(environ: Mapping[str, str] = os.environ) -> timedelta:
    """Read how long changes are collected before a sensor requests the next run; default 0.

    Raises:
        SettingsError: the value is not a number of hours from 0 to 168.
    """
    value = _present(environ).get("CAPSTONE_CHANGE_WINDOW_HOURS", "0")
    try:
        hours = float(value)
    except ValueError:
        hours = -1
    if not 0 <= hours <= _HOURS_OF_A_WEEK:
        raise SettingsError(
            f"CAPSTONE_CHANGE_WINDOW_HOURS is {value!r}; give hours from 0 to {_HOURS_OF_A_WEEK}."
        )
    return timedelta(hours=hours)


def read_git_commit(environ: Mapping[str, str] = os.environ) -> str | None:
    """Read the commit that an image was built from; None where a checkout can be asked."""
    return _present(environ).get("CAPSTONE_GIT_COMMIT")


def read_webhook(environ: Mapping[str, str] = os.environ) -> str | None:
    """Read the address that failures are posted to, a secret; None: they are not posted.

    Raises:
        SettingsError: it is not a web address. The message leaves it out: it is a secret.
    """
    url = _present(environ).get("CAPSTONE_WEBHOOK_URL")
    if url is not None and not _is_web_address(url):
        raise SettingsError(
            "CAPSTONE_WEBHOOK_URL is not a web address, so no failure would be posted: give one "
            "that begins with https://, as Slack or Teams shows it, or unset the variable."
        )
    return url


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _present(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in environ.items() if value.strip()}


def _with_expanded_paths(environ: Mapping[str, str]) -> dict[str, str]:
    values = _present(environ)
    paths = {name: _expanded(name, values[name], environ) for name in _PATHS if name in values}
    return {**values, **paths}


def _environment(values: Mapping[str, str]) -> Environment:
    if "DATABRICKS_RUNTIME_VERSION" in values:
        return Environment.ON_CLUSTER
    name = values.get("CAPSTONE_ENVIRONMENT", Environment.LOCAL)
    if name not in (Environment.LOCAL, Environment.DATABRICKS):
        raise SettingsError(
            f"CAPSTONE_ENVIRONMENT is {name!r}; the environments are 'local' and 'databricks'."
        )
    return Environment(name)


def _require_what_a_cluster_reaches(values: Mapping[str, str]) -> None:
    faults = []
    if "DATABRICKS_HOST" not in values:
        faults.append("DATABRICKS_HOST is not set: give the workspace's URL")
    lake = values.get("CAPSTONE_LAKE", "")
    if "://" not in lake or "{container}" not in lake:
        faults.append(
            "CAPSTONE_LAKE has to be abfss://{container}@<account>.dfs.core.windows.net, with "
            "{container} as it stands"
        )
    if "CAPSTONE_CATALOG" in values:
        faults.append("CAPSTONE_CATALOG is a folder of this machine: unset it")
    if "://" not in values.get("CAPSTONE_DISCOGS_DUMP", "://"):
        faults.append("CAPSTONE_DISCOGS_DUMP is a folder of this machine: give a URL in the lake")
    if "://" not in values.get("CAPSTONE_OVERRIDES", "://"):
        faults.append("CAPSTONE_OVERRIDES is a file of this machine: give a URL in the lake")
    if faults:
        raise SettingsError(
            "CAPSTONE_ENVIRONMENT is 'databricks', where a step sees nothing of this machine. "
            + "; ".join(faults)
            + "."
        )


def _require_library(name: str, why: str) -> None:
    """Raise SettingsError where a library of the extra `azure` is needed and not installed."""
    package = name.partition(".")[0]
    if find_spec(package) is None or find_spec(name) is None:
        raise SettingsError(
            f"{why}, and the libraries for that are not installed. Run `make setup-azure`."
        )


def _require_protocol(name: str, url: str) -> None:
    """Raise SettingsError where no library that is installed opens such a URL."""
    from fsspec.registry import get_filesystem_class

    protocol = url.partition("://")[0]
    try:
        get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        raise SettingsError(
            f"{name} begins with {protocol}://, which cannot be opened here ({error}). Name a "
            "folder of this machine, or a URL in Azure, abfss://."
        ) from None


def _overrides(values: Mapping[str, str]) -> str | None:
    return _address("CAPSTONE_OVERRIDES", values, Path.is_file, _NO_OVERRIDES)


def _dump(values: Mapping[str, str]) -> str | None:
    return _address("CAPSTONE_DISCOGS_DUMP", values, Path.is_dir, _NO_DUMP)


def _address(
    name: str, values: Mapping[str, str], exists: Callable[[Path], bool], otherwise: str
) -> str | None:
    """A path of this machine that exists, or a URL that a library here can open."""
    if "://" in values.get(name, ""):
        _require_protocol(name, values[name])
        return values[name]
    path = _existing(name, values, exists, otherwise)
    return str(path) if path else None


def _lake(root: str) -> str:
    if "://" in root:
        _require_protocol("CAPSTONE_LAKE", root)
        return root.rstrip("/")
    if file := next((each for each in (Path(root), *Path(root).parents) if each.is_file()), None):
        raise SettingsError(f"CAPSTONE_LAKE is {root!r}, and {file} is a file. Name a folder.")
    if not root.isascii() and sys.getfilesystemencoding().lower() != "utf-8":
        raise SettingsError(
            f"CAPSTONE_LAKE is {root!a}, which Python cannot name in this locale "
            f"({sys.getfilesystemencoding()}). Set PYTHONUTF8=1, or a locale in UTF-8."
        )
    # A relative path would change with the working directory.
    return str(Path(root).absolute())


_PATHS = (
    *("CAPSTONE_LAKE", "CAPSTONE_CATALOG", "CAPSTONE_DISCOGS_DUMP", "CAPSTONE_OVERRIDES"),
    "CAPSTONE_DATABRICKS_SETTINGS",
)
_IN_AZURE = ("abfss://", "abfs://", "az://")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


def _expanded(name: str, written: str, environ: Mapping[str, str]) -> str:
    """A path with `~`, `~user` and `$VARIABLE` as a shell reads them, which no .env file does."""

    def value_of(found: re.Match[str]) -> str:
        variable = found[1] or found[2]
        if variable not in environ:
            raise SettingsError(f"{name} is {written!r}, and the variable {variable} is not set.")
        return environ[variable]

    path = _VARIABLE.sub(value_of, written)
    if path.startswith("~"):
        try:
            path = str(Path(path).expanduser())
        except RuntimeError:
            user = path.partition("/")[0]
            raise SettingsError(
                f"{name} is {written!r}, and the home folder of {user} is not known: write it out."
            ) from None
    return path


_NO_CATALOG = (
    "is not a directory. Name one with films.jsonl and releases.jsonl, or unset it for the bundled "
    "catalog."
)
_NO_DUMP = (
    "is not a directory. Name one with discogs_YYYYMMDD_releases.xml.gz and ..._masters.xml.gz, or "
    "unset it and releases come from the API."
)
_NO_OVERRIDES = (
    "is not a file. Name a CSV file with the columns film, release, decision, who, when, why, or "
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
