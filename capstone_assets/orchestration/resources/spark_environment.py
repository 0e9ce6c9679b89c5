"""The environment in which local Spark starts, whatever the shell sets.

Belongs here: the variables that Spark, Hadoop and Java read, the JVM's encoding and user.
Not here: Spark's own settings (local_spark.py), the product's variables (environment.py).

A profile, a notebook or a container image often leaves variables behind that change how Spark
starts: another SPARK_HOME, packages to download, a Hadoop cluster's file system, a Java agent. None
of them is meant for this project, so all are removed, and this module sets what Spark needs.
"""

import locale
import logging
import os
import pwd
import sys
import sysconfig
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)

_PREFIXES = ("SPARK_", "PYSPARK_", "HADOOP_", "HDFS_", "YARN_")
# The three that every JVM reads, and the master that spark-submit falls back on.
_NAMES = frozenset({"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "MASTER"})
# Only once a session exists: its sockets read them.
_SET_BY_PYSPARK = frozenset({"SPARK_AUTH_SOCKET_TIMEOUT", "SPARK_BUFFER_SIZE"})
_USER = "capstone"
_INSTALLED = Path(sysconfig.get_paths()["purelib"])
# Without it Spark prints greetings and irrelevant warnings.
_LOGGING = Path(__file__).with_name("spark_conf") / "log4j2.properties"
_UTF_8 = ("utf-8", "utf8")


class ForeignSparkError(RuntimeError):
    """Python imported another PySpark than the one installed with the project."""

    def __init__(self, found: Path, wanted: Path) -> None:
        super().__init__(found, wanted)
        self.found, self.wanted = found, wanted

    def __str__(self) -> str:
        return (
            f"Python imported PySpark from {self.found}; the project's own is in {self.wanted}. "
            "Nothing was started. PYTHONPATH names the other one: unset it, and run again."
        )


def prepare_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Remove variables that change how Spark starts, and set those that it needs, except JAVA_HOME.

    Raises:
        ForeignSparkError: another PySpark was imported, so its JVM would not match.
    """
    own = _own_variables()
    foreign = sorted(
        name
        for name, value in environ.items()
        if (name.startswith(_PREFIXES) or name in _NAMES)
        and name not in _SET_BY_PYSPARK
        and own.get(name) != value
    )
    for name in foreign:
        del environ[name]
    if foreign:
        log.info("Spark starts without what the environment has in %s", ", ".join(foreign))
    environ.update(own)


def _own_variables() -> dict[str, str]:
    own = {
        "SPARK_HOME": str(_own_spark_home()),
        # Or Spark looks up this machine's name in the network, and warns about the result.
        "SPARK_LOCAL_IP": "127.0.0.1",
        # TMPDIR counts, which Java does not read.
        "SPARK_LOCAL_DIRS": tempfile.gettempdir(),
        # Or the workers run whichever python3 is on PATH.
        "PYSPARK_PYTHON": sys.executable,
        # A folder that does not exist: with one that has files on its class path, Java refuses an
        # archive of classes. The log's settings are a JVM option below.
        "SPARK_CONF_DIR": str(_LOGGING.with_name("none")),
    }
    if locale.getencoding().lower() not in _UTF_8:
        # Java takes the encoding of file names from the locale: under LC_ALL=C it is ASCII.
        own["LC_ALL"] = "C.UTF-8"
    if not _has_name():
        own["SPARK_USER"] = own["HADOOP_USER_NAME"] = _USER
    return own


def java_options() -> str:
    """The JVM options that follow from where the process runs: encoding, log, a missing user."""
    options = [
        *("-Dfile.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8"),
        # As a URL: it has no spaces, at which Spark splits, nor commas, at which Log4j does.
        f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}",
    ]
    if not _has_name():
        # Java takes both from the passwd line, and Spark resolves folders against the home.
        options += [f"-Duser.name={_USER}", f"-Duser.home={tempfile.gettempdir()}"]
    return " ".join(options)


def name_the_user(session: "SparkSession") -> None:
    """Give Hadoop a user where the system has none: it refuses to open a file without."""
    if not _has_name() and (jvm := session.sparkContext._jvm) is not None:
        users = jvm.org.apache.hadoop.security.UserGroupInformation
        users.setLoginUser(users.createRemoteUser(_USER))


def drop_foreign_spark(path: list[str] = sys.path) -> None:
    """Remove folders with another PySpark from the import path; call it before PySpark is imported.

    PYTHONPATH puts them there, ahead of what is installed with the project.
    """
    if "PYTHONPATH" not in os.environ or not (_INSTALLED / "pyspark").is_dir():
        return
    path[:] = [
        folder
        for folder in path
        if Path(folder).resolve() == _INSTALLED.resolve()
        or not (Path(folder) / "pyspark" / "__init__.py").is_file()
    ]


def _own_spark_home() -> Path:
    import pyspark

    found, wanted = Path(pyspark.__file__).absolute().parent, _INSTALLED / "pyspark"
    if wanted.is_dir() and found.resolve() != wanted.resolve():
        raise ForeignSparkError(found, wanted)
    return found


def _has_name() -> bool:
    """Whether the user has a line in passwd: in a container any number may run the process."""
    try:
        return bool(pwd.getpwuid(os.getuid()))
    except KeyError:
        return False
