"""`capstone run`: what is refused before anything runs."""

from pathlib import Path

import pytest

from capstone_assets_tests.programs import called, capstone


@pytest.mark.parametrize(
    ("layer", "table"),
    [
        ("silver", "bronze/tmdb_movies"),
        ("gold", "silver/films"),
        ("metrics", "gold/matches"),
    ],
)
def test_a_layer_without_the_one_before_it_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str, table: str
):
    monkeypatch.setenv("CAPSTONE_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))

    done = called("run", "--layer", layer)

    assert done.exit_code == 1
    assert done.output == (
        f"Error: {table} was never materialized. Run `make run` first. Nothing was started.\n"
    )


def test_a_year_outside_the_partitions_is_refused_before_anything_runs(tmp_path):
    done = capstone(tmp_path, "run", "--years", "1899")

    assert done.returncode == 2
    assert "'1899' is not a partition" in done.stderr
    assert not (tmp_path / "lake").exists()


def test_a_catalog_with_a_broken_line_is_named_and_nothing_is_written(tmp_path):
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (catalog / "films.jsonl").write_text('{"id": 1, "title": "Joe"\n')
    (catalog / "releases.jsonl").write_text("")

    done = capstone(tmp_path, "run", "--years", "1999", CAPSTONE_CATALOG=str(catalog))

    assert done.returncode == 1
    assert "films.jsonl" in done.stderr
    assert "line 1" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "lake").rglob("*.parquet")) == []


def test_one_key_without_the_other_ends_the_run_with_a_sentence(tmp_path):
    done = capstone(tmp_path, "run", "--years", "1999", TMDB_API_TOKEN="s3cret-token")

    assert done.returncode == 1
    assert "TMDB_API_TOKEN is set and DISCOGS_TOKEN is not" in done.stderr
    assert "s3cret-token" not in done.stderr + done.stdout


def test_java_of_the_wrong_version_ends_the_run_with_a_sentence(tmp_path):
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'openjdk version \"21.0.1\"' >&2\n")
    java.chmod(0o755)

    done = capstone(tmp_path, "run", "--years", "1999", JAVA_HOME=str(tmp_path / "jdk"))

    assert done.returncode == 1
    assert "holds Java 21" in done.stderr
    assert "Traceback" not in done.stderr
