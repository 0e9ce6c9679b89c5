"""`capstone evaluate` keeps stdout for its result, whatever else it writes."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result

from capstone_assets_tests.matching.catalog import film, write_jsonl
from capstone_assets_tests.programs import called


@pytest.fixture
def files(tmp_path) -> Path:
    links = [
        {"film_id": 218, "release_id": 10, "tier": "strong", "score": 0.99},
        {"film_id": 218, "release_id": 11, "tier": "probable", "score": 0.6},
    ]
    pd.DataFrame(links).to_parquet(tmp_path / "links.parquet")
    (tmp_path / "labels.csv").write_text(
        "film_tmdb_id,release_id,label,kind\n218,10,1,reissue\n679,11,1,sequel\n"
    )
    films = [film(218, "The Terminator", "1984-10-26"), film(679, "Aliens", "1986-07-18")]
    write_jsonl(tmp_path / "films.jsonl", films)
    return tmp_path


def evaluate(files: Path, *options: str) -> Result:
    given = ["--links", str(files / "links.parquet"), "--labels", str(files / "labels.csv")]
    return called("evaluate", *given, *options)


def test_json_stays_machine_readable_while_charts_are_drawn(files):
    result = evaluate(files, "--json", "--plots", str(files / "charts"))

    found = json.loads(result.stdout)
    precision = found["overall"]["precision"]
    assert (precision["hits"], precision["total"]) == (1, 2)
    assert precision["low"] < 0.5 < precision["high"]
    assert {path.stem for path in (files / "charts").iterdir()} == {
        "precision_recall",
        "thresholds",
        "calibration",
        "by_kind",
    }


def test_the_films_give_the_decades(files):
    result = evaluate(files, "--json", "--films", str(files / "films.jsonl"))

    assert list(json.loads(result.stdout)["by_decade"]) == ["1980s"]


def test_links_that_are_not_there_get_a_sentence(files):
    (files / "links.parquet").unlink()

    result = evaluate(files)

    assert result.exit_code == 1
    assert "Write one with `capstone link`" in result.stderr
