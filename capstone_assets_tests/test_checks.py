import dagster as dg
import pytest

from capstone_assets.checks import (
    MatchRate,
    MatchRateBounds,
    judge_match_rate,
    match_rate,
    match_rate_is_within_bounds,
    schema_check,
)
from capstone_assets.environment import Environment
from capstone_assets.resources.lakehouse import LakehouseResource
from capstone_assets.resources.spark import SparkResource, spark_config
from capstone_assets.schemas import CANDIDATES, GENRE_POPULARITY, MATCHES, SOUNDTRACKS


def write_links(lakehouse, rows, tiers: list[str], soundtracks: int) -> None:
    pairs = [{"release_id": n, "release_year": "1999"} for n in range(soundtracks)]
    lakehouse.write(rows(CANDIDATES, pairs), CANDIDATES, ["1999"])
    typed = [{**pair, "kind": "film_score"} for pair in pairs] + [
        {"release_id": 1000, "kind": "tv", "release_year": "1999"}
    ]
    lakehouse.write(rows(SOUNDTRACKS, typed), SOUNDTRACKS, ["1999"])
    links = [{**pair, "tier": tier} for pair, tier in zip(pairs, tiers, strict=False)]
    lakehouse.write(rows(MATCHES, links), MATCHES, ["1999"])


def stored_rate(lakehouse, spark) -> MatchRate:
    tables = (lakehouse.read(spark, table) for table in (CANDIDATES, SOUNDTRACKS, MATCHES))
    return match_rate(*tables)


def test_the_match_rate_counts_links_by_tier_and_leaves_out_television(lakehouse, spark, rows):
    write_links(lakehouse, rows, ["strong", "strong", "probable"], soundtracks=4)

    rate = stored_rate(lakehouse, spark)

    assert rate == MatchRate(candidates=4, soundtracks=4, strong=2, probable=1)
    assert (rate.linked_share, rate.strong_share_of_candidates) == (0.75, 0.5)


@pytest.mark.parametrize(
    ("strong", "holds"), [(0, False), (5, True), (50, True), (99, True), (100, False)]
)
def test_almost_no_links_fail_the_bounds_and_so_do_links_for_everything(strong, holds):
    rate = MatchRate(candidates=100, soundtracks=100, strong=strong, probable=0)

    finding = judge_match_rate(rate, MatchRateBounds())

    assert finding.holds is holds
    assert finding.figures["linked_share"] == strong / 100


def test_an_empty_lake_has_a_match_rate_of_zero():
    assert MatchRate(candidates=0, soundtracks=0, strong=0, probable=0).linked_share == 0.0


def run_checks(lakehouse, *checks) -> dict[str, dg.AssetCheckEvaluation]:
    defs = dg.Definitions(
        asset_checks=list(checks),
        assets=[dg.AssetSpec(key) for key in {s.asset_key for c in checks for s in c.check_specs}],
        resources={
            "lake": LakehouseResource(root=lakehouse.root),
            "pyspark": SparkResource(spark_config=spark_config(Environment.LOCAL)),
        },
    )
    job = defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(raise_on_error=False)
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def test_a_check_run_by_dagster_fails_on_a_broken_table_and_shows_the_rows(lakehouse, rows):
    repeated = rows(GENRE_POPULARITY, [{"tag": "genre", "name": "Jazz"}] * 2)
    lakehouse.write(repeated, GENRE_POPULARITY, [""])

    checked = run_checks(lakehouse, schema_check(GENRE_POPULARITY))

    assert {name for name, check in checked.items() if not check.passed} == {"key_is_unique"}
    assert checked["key_is_unique"].metadata["repeated_keys"].value == 1
    assert checked["key_is_unique"].blocking


def test_the_match_rate_check_carries_its_figures(lakehouse, rows):
    write_links(lakehouse, rows, ["strong", "probable"], soundtracks=4)

    checked = run_checks(lakehouse, match_rate_is_within_bounds)

    check = checked["match_rate_is_within_bounds"]
    assert check.passed
    assert check.metadata["linked_share"].value == 0.5
    assert check.metadata["strong"].value == 1
