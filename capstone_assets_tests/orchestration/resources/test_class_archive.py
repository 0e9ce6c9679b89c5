import os
import subprocess
from pathlib import Path

import pyspark
import pytest
from pyspark import SparkContext

from capstone_assets.orchestration.resources.class_archive import (
    archive_of,
    jvm_options,
    make_archive,
    sharing_classes,
)
from capstone_assets.orchestration.resources.java import find_java_home

JARS = Path(pyspark.__file__).parent / "jars"
# Reads Spark's jars as a session does, and ends in a fifth of a second.
PROGRAM = [
    "-cp",
    f"{JARS}/*",
    "org.apache.spark.launcher.Main",
    "org.apache.spark.deploy.SparkSubmit",
]


@pytest.fixture(scope="module")
def java_home() -> Path:
    return find_java_home()


@pytest.fixture
def archive(tmp_path, java_home) -> Path:
    found = archive_of(java_home, JARS, tmp_path)
    assert found
    return found


@pytest.fixture(autouse=True)
def _no_jvm_yet(monkeypatch):
    # Other tests of this process may have started one.
    monkeypatch.setattr(SparkContext, "_gateway", None)


def run_java(java_home, *options):
    ran = subprocess.run(
        [java_home / "bin" / "java", *options, *PROGRAM, "pyspark-shell"],
        capture_output=True,
        text=True,
        env={**os.environ, "SPARK_HOME": str(JARS.parent), "SPARK_SCALA_VERSION": "2.12"},
        timeout=120,
        check=True,
    )
    return ran.stdout


def test_classes_that_one_jvm_listed_are_mapped_by_the_next(tmp_path, java_home, archive):
    classes = tmp_path / "a.classes"
    left_over = tmp_path / "spark-of-another-version.jsa"
    left_over.touch()
    run_java(java_home, jvm_options(archive, classes))
    # As a JVM leaves it that was killed.
    with classes.open("a") as listed:
        listed.write("org/apache/spark/sql/cata")

    assert make_archive(java_home, JARS, archive, classes, fewest=100)

    loaded = run_java(java_home, *jvm_options(archive, classes).split(), "-Xlog:class+load")
    [main] = [line for line in loaded.splitlines() if "org.apache.spark.launcher.Main " in line]
    assert "shared objects file" in main
    assert sorted(each.name for each in tmp_path.iterdir()) == ["lock", archive.name]


def test_a_short_list_is_left_to_a_session_that_does_more(tmp_path, java_home, archive):
    classes = tmp_path / "a.classes"
    classes.write_text("java/lang/Object id: 0\n" * 9_999)

    assert not make_archive(java_home, JARS, archive, classes)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["lock"]


def test_an_archive_is_made_once(tmp_path, java_home, archive):
    classes = tmp_path / "a.classes"
    archive.write_text("made before")
    classes.write_text("java/lang/Object id: 0\n" * 10_000)

    assert not make_archive(java_home, JARS, archive, classes)
    assert archive.read_text() == "made before"


def test_another_jar_asks_for_another_archive(tmp_path, java_home):
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "spark.jar").write_text("3.5.8")
    before = archive_of(java_home, jars, tmp_path)
    assert archive_of(java_home, jars, tmp_path) == before

    (jars / "spark.jar").write_text("3.5.10")

    assert archive_of(java_home, jars, tmp_path) != before


@pytest.mark.parametrize("name", ["of Ada", "a:b", "Äpfel"])
def test_no_archive_is_kept_where_spark_or_java_would_misread_its_path(tmp_path, java_home, name):
    with sharing_classes(java_home, JARS, tmp_path / name):
        assert "SPARK_SUBMIT_OPTS" not in os.environ


def test_spark_starts_without_an_archive_where_its_folder_cannot_be_made(tmp_path, java_home):
    (tmp_path / "var").write_text("a file in the way")

    with sharing_classes(java_home, JARS, tmp_path / "var" / "java"):
        assert "SPARK_SUBMIT_OPTS" not in os.environ


def test_only_the_jvm_that_starts_gets_the_options(tmp_path, java_home, archive):
    archive.touch()

    with sharing_classes(java_home, JARS, tmp_path):
        assert f"-XX:SharedArchiveFile={archive}" in os.environ["SPARK_SUBMIT_OPTS"]

    assert "SPARK_SUBMIT_OPTS" not in os.environ


def test_a_second_session_of_a_process_lists_nothing(tmp_path, java_home, monkeypatch):
    monkeypatch.setattr(SparkContext, "_gateway", "of the JVM that runs")

    with sharing_classes(java_home, JARS, tmp_path):
        assert "SPARK_SUBMIT_OPTS" not in os.environ
