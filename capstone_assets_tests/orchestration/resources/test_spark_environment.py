import os
import sys
import tempfile
from pathlib import Path

import pyspark
import pytest

from capstone_assets.orchestration.resources import spark_environment
from capstone_assets.orchestration.resources.spark_environment import (
    ForeignSparkError,
    drop_foreign_spark,
    java_options,
    prepare_environment,
)

LEFT_IN_A_PROFILE = {
    "SPARK_HOME": "/opt/spark-3.3.1-bin-hadoop3",
    "SPARK_CONF_DIR": "/etc/spark/conf",
    "SPARK_REMOTE": "sc://cluster:15002",
    "SPARK_DIST_CLASSPATH": "/opt/hadoop/share/*",
    "PYSPARK_SUBMIT_ARGS": "--packages org.apache.hadoop:hadoop-aws:3.3.4 pyspark-shell",
    "PYSPARK_DRIVER_PYTHON": "jupyter",
    "PYSPARK_GATEWAY_PORT": "25333",
    "HADOOP_CONF_DIR": "/etc/hadoop/conf",
    "YARN_CONF_DIR": "/etc/hadoop/conf",
    "JAVA_TOOL_OPTIONS": "-javaagent:/opt/agent.jar",
    "_JAVA_OPTIONS": "-Dfile.encoding=ISO-8859-1",
    "JDK_JAVA_OPTIONS": "-Xmx64m",
    "MASTER": "yarn",
}


def test_nothing_that_a_profile_left_behind_reaches_spark():
    environ = {**LEFT_IN_A_PROFILE, "PATH": "/usr/bin", "HOME": "/home/ada"}

    prepare_environment(environ)

    assert environ["SPARK_HOME"] == str(Path(pyspark.__file__).parent)
    assert environ["PYSPARK_PYTHON"] == sys.executable
    assert {*environ} - {"PATH", "HOME", "LC_ALL", "SPARK_USER", "HADOOP_USER_NAME"} == {
        *("SPARK_HOME", "SPARK_LOCAL_IP", "SPARK_LOCAL_DIRS", "PYSPARK_PYTHON", "SPARK_CONF_DIR")
    }


def test_variables_of_other_programs_stay():
    environ = {"PATH": "/usr/bin", "JAVA_HOME": "/opt/jdk", "SPARKLE": "1", "TMPDIR": "/var/tmp"}

    prepare_environment(environ)

    assert {name: environ[name] for name in ("PATH", "JAVA_HOME", "SPARKLE", "TMPDIR")} == {
        "PATH": "/usr/bin",
        "JAVA_HOME": "/opt/jdk",
        "SPARKLE": "1",
        "TMPDIR": "/var/tmp",
    }


def test_what_is_removed_is_named_once(caplog):
    caplog.set_level("INFO")
    environ = {"SPARK_HOME": "/opt/spark", "HADOOP_CONF_DIR": "/etc/hadoop"}

    prepare_environment(environ)
    prepare_environment(environ)

    assert [record.getMessage() for record in caplog.records] == [
        "Spark starts without what the environment has in HADOOP_CONF_DIR, SPARK_HOME"
    ]


def test_spark_keeps_its_files_where_the_system_keeps_temporary_ones():
    environ = {"SPARK_LOCAL_DIRS": "/mnt/of/another/machine"}

    prepare_environment(environ)

    assert environ["SPARK_LOCAL_DIRS"] == tempfile.gettempdir()


@pytest.mark.parametrize(
    ("encoding", "wanted"), [("ANSI_X3.4-1968", "C.UTF-8"), ("ISO-8859-1", "C.UTF-8")]
)
def test_java_gets_a_locale_that_can_name_every_file(monkeypatch, encoding, wanted):
    monkeypatch.setattr("locale.getencoding", lambda: encoding)
    environ = {"LC_ALL": "C"}

    prepare_environment(environ)

    assert environ["LC_ALL"] == wanted


def test_a_locale_in_utf_8_stays(monkeypatch):
    monkeypatch.setattr("locale.getencoding", lambda: "UTF-8")
    environ = {"LC_ALL": "de_AT.UTF-8"}

    prepare_environment(environ)

    assert environ["LC_ALL"] == "de_AT.UTF-8"


def test_a_user_without_a_passwd_line_gets_a_name(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 2_000_012_345)
    environ: dict[str, str] = {}

    prepare_environment(environ)

    assert (environ["SPARK_USER"], environ["HADOOP_USER_NAME"]) == ("capstone", "capstone")
    assert "-Duser.name=capstone" in java_options()
    assert f"-Duser.home={tempfile.gettempdir()}" in java_options()


def test_a_user_with_a_passwd_line_keeps_their_name():
    environ: dict[str, str] = {}

    prepare_environment(environ)

    assert "SPARK_USER" not in environ
    assert "-Duser.name" not in java_options()


def test_another_pyspark_on_the_import_path_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "python" / "pyspark").mkdir(parents=True)
    (tmp_path / "python" / "pyspark" / "__init__.py").touch()
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}/python:{tmp_path}/mine")
    installed = str(Path(pyspark.__file__).parent.parent)
    path = [f"{tmp_path}/python", f"{tmp_path}/mine", installed]

    drop_foreign_spark(path)

    assert path == [f"{tmp_path}/mine", installed]


def test_a_pyspark_of_another_place_is_refused_before_anything_starts(tmp_path, monkeypatch):
    (tmp_path / "pyspark").mkdir()
    monkeypatch.setattr(spark_environment, "_INSTALLED", tmp_path)
    environ = {"SPARK_HOME": "/opt/spark"}

    with pytest.raises(ForeignSparkError, match="PYTHONPATH names the other one: unset it"):
        prepare_environment(environ)

    assert environ == {"SPARK_HOME": "/opt/spark"}
