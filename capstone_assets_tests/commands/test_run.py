from pathlib import Path

import pytest
from click.testing import CliRunner

from capstone_assets.cli import capstone


@pytest.mark.parametrize(
    ("layer", "table"),
    [
        ("silver", "bronze/discogs_releases"),
        ("gold", "silver/candidates"),
        ("metrics", "gold/composer_popularity"),
    ],
)
def test_a_layer_without_the_one_before_it_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str, table: str
):
    monkeypatch.setenv("CAPSTONE_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))

    done = CliRunner().invoke(capstone, ["run", "--layer", layer])

    assert done.exit_code == 1
    assert done.output == (
        f"Error: {table} was never materialized. Run `make run` first. Nothing was started.\n"
    )
