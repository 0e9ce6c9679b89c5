import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from capstone_assets.environment import Environment, Settings, SettingsError
from capstone_assets.preflight import (
    PreflightError,
    check_before_run,
    dagster_home,
    holding_lake,
    prepare_dagster_home,
    writable,
)
from capstone_assets_tests.lake.lock_holder import another_process


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    for name in ("TMDB_API_TOKEN", "DISCOGS_TOKEN", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return Settings(lake=str(tmp_path / "lake"))


def test_a_machine_that_has_everything_passes(settings: Settings):
    check_before_run(settings)


def test_all_faults_are_named_at_once(settings: Settings, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TMDB_API_TOKEN", "s3cret")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "no-java"))
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (catalog / "films.jsonl").write_text('{"id": 1, "title": "Joe"\n')
    (catalog / "releases.jsonl").write_text("")

    with pytest.raises(PreflightError) as raised:
        check_before_run(Settings(lake=settings.lake, catalog=catalog))

    text = str(raised.value)
    assert text.startswith("3 faults prevent this run from starting:")
    assert "TMDB_API_TOKEN is set and DISCOGS_TOKEN is not" in text
    assert "films.jsonl" in text
    assert "no Java runtime" in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("filled_from", "key", "sentence"),
    [
        ("emulator-0123456789ab", "", None),
        ("api.themoviedb.org", "s3cret", None),
        ("discogs-dump-20260101", "", None),
        ("discogs-dump-20260101", "s3cret", None),
        ("emulator-0123456789ab", "s3cret", "was filled from the emulator, and with keys"),
        ("api.themoviedb.org", "", "was filled from the real APIs, and without keys"),
    ],
)
def test_a_lake_takes_no_rows_of_the_emulator_beside_those_of_the_real_apis(
    filled_from: str, key: str, sentence: str | None, settings: Settings, monkeypatch
):
    for name in ("TMDB_API_TOKEN", "DISCOGS_TOKEN"):
        monkeypatch.setenv(name, key)
    Path(settings.lake, "raw", "pages", filled_from).mkdir(parents=True)

    if sentence is None:
        check_before_run(settings)
        return
    with pytest.raises(PreflightError, match=sentence) as raised:
        check_before_run(settings)
    assert str(raised.value).endswith("keys. Nothing was started.")


@pytest.mark.usefixtures("settings")
def test_one_fault_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(PreflightError) as raised:
        check_before_run(Settings(lake=str(tmp_path / "file" / "lake")))

    assert str(raised.value) == (
        f"The lake {tmp_path}/file/lake cannot be written: {tmp_path}/file is a file. "
        "Name another folder with CAPSTONE_LAKE, or change its permissions. Nothing was started."
    )


def test_broken_overrides_are_found_before_anything_starts(settings: Settings, tmp_path: Path):
    decisions = tmp_path / "overrides.csv"
    decisions.write_text("film,release\n1,2\n")

    with pytest.raises(PreflightError, match="no column decision, who, when, why"):
        check_before_run(Settings(lake=settings.lake, overrides=str(decisions)))


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("hard", "is_enough"), [(256, False), (511, False), (512, True), (resource.RLIM_INFINITY, True)]
)
def test_too_low_a_limit_of_open_files_is_found_before_anything_starts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, hard: int, is_enough: bool
):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, hard))
    if is_enough:
        check_before_run(settings)
        return

    with pytest.raises(PreflightError, match=f"open {hard} files at once, and Spark needs 512"):
        check_before_run(settings)


def test_java_is_not_asked_for_where_a_cluster_runs_the_steps(monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    check_before_run(Settings(environment=Environment.DATABRICKS, lake="abfss://{container}@a/b"))


def test_a_lake_that_another_process_writes_is_refused_with_its_number(tmp_path: Path):
    with (
        another_process(tmp_path) as other,
        pytest.raises(PreflightError, match=f"is in use: process {other.pid} since"),
        holding_lake(str(tmp_path)),
    ):
        pytest.fail("it is held")


def test_a_lake_is_free_again_when_its_process_was_killed(tmp_path: Path):
    script = (
        "import os, sys\n"
        "from capstone_assets.preflight import holding_lake\n"
        "with holding_lake(sys.argv[1]):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)

    assert (tmp_path / ".run.lock").exists()
    with holding_lake(str(tmp_path)):
        pass


@pytest.mark.usefixtures("settings")
def test_a_new_home_of_dagster_sends_no_telemetry_and_an_old_one_is_left_alone():
    home = prepare_dagster_home()
    settings = yaml.safe_load((home / "dagster.yaml").read_text())
    assert settings["telemetry"] == {"enabled": False}
    assert settings["nux"] == {"enabled": False}
    # Ticks of sensors are kept for good otherwise.
    assert settings["retention"]["sensor"]["purge_after_days"]["skipped"] == 7
    # The default home, which Dagster's own command finds before any `make run`, has the same.
    assert settings == yaml.safe_load(
        (Path(__file__).parents[1] / ".dagster/dagster.yaml").read_text()
    )

    (home / "dagster.yaml").write_text("run_monitoring:\n  enabled: true\n")
    prepare_dagster_home()
    assert "run_monitoring" in (home / "dagster.yaml").read_text()


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", "history")

    assert prepare_dagster_home() == tmp_path / "history"
    assert os.environ["DAGSTER_HOME"] == str(tmp_path / "history")


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path):
    file = tmp_path / "lake"
    file.touch()

    assert writable(file) == f"{file} is a file"
    assert writable(file / "below" / "it") == f"{file} is a file"


def test_a_folder_is_made_and_no_probe_stays_in_it(tmp_path: Path):
    assert writable(tmp_path / "a" / "b") is None
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("name", ["home #1", "home?", "home %20"])
def test_a_home_that_dagsters_database_cannot_lie_in_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / name))

    with pytest.raises(SettingsError, match="Set DAGSTER_HOME to a folder without"):
        dagster_home()
