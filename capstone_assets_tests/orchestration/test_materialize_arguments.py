import click
import dagster as dg
import pytest
from click.testing import CliRunner
from dagster._cli import create_dagster_cli

from capstone_assets.orchestration.materialize_arguments import (
    check_materialize_arguments,
    fault_of,
)
from capstone_assets.orchestration.partitions import RELEASE_YEARS
from capstone_assets.orchestration.step_audit import years_of


def fault(select: str, partition: str | None = None, years: str | None = None) -> str | None:
    return fault_of({"select": select, "partition": partition, "partition_range": years})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("silver/films", "1899"), "'1899' is not a partition. The partitions are 'unknown'"),
        (("silver/films", "all"), "'all' is not a partition."),
        (("silver/films", None, "1999...1990"), "is reversed. Give 1990...1999."),
        (("silver/films", None, "1990-1999"), "is not a range: write 1990...1999."),
        (("silver/films", None, "1990..."), "'' is not a partition."),
        (("silver/films", "1999", "1990...1999"), "not both"),
        (("silver/films",), "silver/films is partitioned by year: add --partition 1999"),
        (("gold/genre_popularity", "1999"), "leave --partition and --partition-range out"),
        (("silver/film", "1999"), "silver/film is not an asset. Did you mean silver/films?"),
        (("*silver.films+", "1999"), "silver.films is not an asset. Did you mean silver/films?"),
        (("xyzzy", "1999"), "xyzzy is not an asset. The assets are bronze/discogs_masters, "),
        (("group:sliver", "1999"), "selects no asset"),
        (("group:(", "1999"), "--select 'group:(' cannot be read"),
        (("", "1999"), "--select '' "),
    ],
)
def test_a_wrong_argument_gets_a_sentence_that_says_what_to_do(arguments, sentence):
    assert sentence in (fault(*arguments) or "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("silver/films", "unknown"),
        ("group:silver", None, "1990...1999"),
        ("silver/films,gold/genre_popularity", "1999"),
        ("gold/genre_popularity",),
    ],
)
def test_what_can_be_made_has_no_fault(arguments):
    assert fault(*arguments) is None


def test_dagsters_command_shows_the_sentence_and_no_traceback(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))

    ran = CliRunner().invoke(
        create_dagster_cli(),
        [
            *("asset", "materialize", "-m", "capstone_assets.definitions"),
            *("--select", "silver/films", "--partition-range", "1999...1990"),
        ],
    )

    assert ran.exit_code == 2
    assert "Error: The range 1999...1990 is reversed. Give 1990...1999." in ran.output
    assert "Traceback" not in ran.output


def test_other_commands_load_the_definitions_unexamined():
    with click.Context(click.Command("list"), info_name="dagster asset list"):
        check_materialize_arguments()


def test_a_reversed_range_that_the_web_server_was_sent_makes_nothing():
    @dg.asset(partitions_def=RELEASE_YEARS, backfill_policy=dg.BackfillPolicy.single_run())
    def years(context: dg.AssetExecutionContext) -> None:
        years_of(context)

    span = {
        "dagster/asset_partition_range_start": "1999",
        "dagster/asset_partition_range_end": "1990",
    }
    with pytest.raises(dg.DagsterInvalidInvocationError, match="1990 is reversed"):
        dg.materialize([years], tags=span)
