"""An archive of the classes that Spark loads, which halves the time in which its JVM starts.

Belongs here: where the archive is, the JVM's options for it, making it.
Not here: Spark's other settings (local_spark.py), choosing a Java runtime (java.py).

Java parses and verifies 6,400 classes before a Spark session exists, and twice as many until a
table is written. With Java's class data sharing it maps them from a file: a session that writes a
small table takes 6.5 CPU seconds instead of 10.7. The first session that works lists its classes;
when it has ended, a background process of the lowest priority makes the archive, in some 20 CPU
seconds, once for each virtual environment. Without an archive Spark starts as ever.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pyspark import SparkContext

# In a virtual environment only: it belongs to the project, and goes with its packages.
FOLDER = Path(sys.prefix) / "var" / "java" if sys.prefix != sys.base_prefix else None
# A session that only started has listed half of the classes; the next one lists more.
FEWEST_CLASSES = 10_000
_VARIABLE = "SPARK_SUBMIT_OPTS"
# spark-submit splits its options at spaces, and Java a list of archives at colons.
_PLAIN = re.compile(r"[\w./+@=-]+", re.ASCII)
_SECONDS_TO_END = 30


@contextlib.contextmanager
def sharing_classes(java_home: Path, jars: Path, folder: Path | None = FOLDER) -> Iterator[None]:
    """Start a JVM inside of this context: it uses the archive, or lists its classes for one.

    A process starts one JVM; every later session is in it, and changes nothing here.
    """
    archive = archive_of(java_home, jars, folder)
    if archive is None or SparkContext._gateway is not None:
        yield
        return
    classes = archive.with_suffix(f".{os.getpid()}.classes")
    os.environ[_VARIABLE] = jvm_options(archive, classes)
    try:
        yield
    finally:
        del os.environ[_VARIABLE]
    if not archive.exists():
        atexit.register(_make_in_background, java_home, jars, archive, classes)


def archive_of(java_home: Path, jars: Path, folder: Path | None) -> Path | None:
    """Return where the archive for this Java and these jars is; None if it cannot be anywhere.

    Java accepts it only for the same build and the same jars, in the same order.
    """
    if folder is None or not _PLAIN.fullmatch(str(folder)):
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = [(str(java_home), _stamp(java_home / "lib" / "modules")), (str(jars), 0, 0)]
        with os.scandir(jars) as found:
            known += [(each.name, *_stamp(Path(each.path))) for each in found]
    except OSError:
        return None
    return folder / f"spark-{hashlib.sha256(repr(known).encode()).hexdigest()[:16]}.jsa"


def _stamp(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def jvm_options(archive: Path, classes: Path) -> str:
    """Return the options that use the archive, or write to `classes` what is loaded without it."""
    if archive.exists():
        return f"-XX:SharedArchiveFile={archive} -Xlog:cds=off"
    if os.access(archive.parent, os.W_OK):
        return f"-XX:DumpLoadedClassList={classes}"
    return ""


def _make_in_background(java_home: Path, jars: Path, archive: Path, classes: Path) -> None:
    """Start the process that makes the archive once the JVM of this one has ended."""
    gateway = SparkContext._gateway
    jvm = getattr(getattr(gateway, "proc", None), "pid", 0)
    arguments = [str(each) for each in (jvm, java_home, jars, archive, classes)]
    with contextlib.suppress(OSError):
        subprocess.Popen(
            [sys.executable, "-m", __name__, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=archive.parent,
            start_new_session=True,
        )


def make_archive(
    java_home: Path, jars: Path, archive: Path, classes: Path, fewest: int = FEWEST_CLASSES
) -> bool:
    """Make the archive from a list of classes; returns whether this process made it.

    A process at a time; the list is deleted, and so are archives for other versions.
    """
    with (archive.parent / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            listed = classes.read_text("utf-8").splitlines(keepends=True)
        except OSError:
            classes.unlink(missing_ok=True)
            return False
        # The last line of a JVM that was killed may be half a line.
        whole = [line for line in listed if line.endswith("\n")]
        if archive.exists() or len(whole) < fewest:
            classes.unlink()
            return False
        classes.write_text("".join(whole), "utf-8")
        part = archive.with_suffix(".part")
        ran = subprocess.run(
            [
                java_home / "bin" / "java",
                *("-Xshare:dump", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                *(f"-XX:SharedClassListFile={classes}", f"-XX:SharedArchiveFile={part}"),
                *("-cp", f"{jars}/*"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if is_made := ran.returncode == 0 and part.exists():
            part.replace(archive)
        for other in archive.parent.iterdir():
            if other.name not in (archive.name, "lock"):
                other.unlink(missing_ok=True)
        return is_made


def _await_end(process: int) -> None:
    """Wait until the process has ended: a JVM completes its list of classes when it exits."""
    latest = time.monotonic() + _SECONDS_TO_END
    with contextlib.suppress(OSError):
        while process and time.monotonic() < latest:
            os.kill(process, 0)
            time.sleep(0.2)


if __name__ == "__main__":
    os.nice(19)
    _await_end(int(sys.argv[1]))
    home, jar_folder, made, of_classes = map(Path, sys.argv[2:])
    make_archive(home, jar_folder, made, of_classes)
