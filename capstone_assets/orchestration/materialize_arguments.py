"""Report wrong arguments of `dagster asset materialize` in a sentence instead of a traceback.

Belongs here: arguments that Dagster's command rejects, or accepts and then fails at.
Not here: the arguments of our own commands (commands/).
"""

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click
import dagster as dg

from capstone_assets.lake.years import PARTITIONS, YEAR_KEYS, YearsError, parse_years
from capstone_assets.orchestration.assets.steps import ASSETS

_COMMAND = "asset materialize"
# How Dagster names the first of the assets that do not exist.
_UNKNOWN = re.compile(r"AssetKey\(s\) \['([^']+)'")


def check_materialize_arguments() -> None:
    """Check the arguments of the `dagster asset materialize` that loads the definitions, if any.

    Dagster validates them later and shows a mistake as its own traceback. click prints the error
    raised here and exits with 2.

    Raises:
        UsageError: the selection names no asset, or its years cannot be made.
    """
    context = click.get_current_context(silent=True)
    if context is None or not context.command_path.endswith(_COMMAND):
        return
    if fault := fault_of(context.params):
        raise click.UsageError(fault, context)
    if not os.environ.get("DAGSTER_HOME"):
        click.echo(
            "DAGSTER_HOME is not set, so Dagster forgets this run. To see it in the web UI: "
            "export DAGSTER_HOME=$PWD/.dagster",
            err=True,
        )


def fault_of(arguments: Mapping[str, Any]) -> str | None:
    """Return a sentence on what is wrong with `select`, `partition` and `partition_range`."""
    select = arguments["select"]
    try:
        selected = dg.AssetSelection.from_coercible(select.split(",")).resolve(ASSETS)
    except (dg.DagsterError, ValueError) as error:
        if unknown := _UNKNOWN.search(str(error)):
            return _unknown_asset(unknown[1])
        return f"--select {select!r} cannot be read: {error}"
    if not selected:
        return f"--select {select!r} selects no asset. `dagster asset list -m ...` lists them."
    partitioned = sorted(
        key.to_user_string()
        for assets in ASSETS
        for key in assets.keys & selected
        if assets.specs_by_key[key].partitions_def
    )
    return _fault_of_years(partitioned, arguments["partition"], arguments["partition_range"])


def _unknown_asset(name: str) -> str:
    names = sorted(key.to_user_string() for assets in ASSETS for key in assets.keys)
    close = get_close_matches(name, names, n=1)
    return f"{name} is not an asset. " + (
        f"Did you mean {close[0]}?" if close else f"The assets are {', '.join(names)}."
    )


def _fault_of_years(
    partitioned: Sequence[str], partition: str | None, years: str | None
) -> str | None:
    if partition and years:
        return "Give --partition or --partition-range, not both."
    if not partitioned:
        return (
            "None of the selected assets is partitioned: leave --partition and --partition-range "
            "out."
            if partition or years
            else None
        )
    if not partition and not years:
        return (
            f"{partitioned[0]} is partitioned by year: add --partition 1999, or --partition-range "
            "1990...1999."
        )
    if partition and partition not in YEAR_KEYS:
        return f"{partition!r} is not a partition. {PARTITIONS}."
    if years and "..." not in years:
        return f"--partition-range {years!r} is not a range: write 1990...1999."
    try:
        parse_years(years or partition or "")
    except YearsError as error:
        return str(error)
    return None
