"""Serve the web UI, or both APIs from a catalog; write catalogs.

Belongs here: the commands ui, emulator and catalog: arguments, exit codes, printing.
Not here: the work (each command's own module).
"""

from pathlib import Path

import click

from capstone_assets.commands.common import FILE, FOLDER, CommandError, sentence_of


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Of 127.0.0.1."
)
def ui(port: int) -> None:
    """Start the Dagster web UI and its daemon on loopback, until interrupted.

    \b
    Example: capstone ui --port 3001

    Exit codes: 1 the port is taken or a setting is wrong, 2 the arguments cannot be used, 130
    interrupted.
    """
    from capstone_assets.emulator.server import ServerError, listen
    from capstone_assets.environment import read_settings
    from capstone_assets.preflight import PreflightError, check_before_run, prepare_dagster_home
    from capstone_assets.terminal import showing_wait

    try:
        check_before_run(read_settings())
        listen(port).close()
    except PreflightError as error:
        raise CommandError(str(error)) from None
    except ServerError as error:
        raise CommandError(
            f"{error} For example: capstone ui --port {port + 1}, or make ui PORT={port + 1}"
        ) from None
    prepare_dagster_home()
    with showing_wait("Loading Dagster"):
        from capstone_assets.web_ui import WebUi, WebUiError, limit_pools

        limit_pools()
    workspace = Path("workspace.yaml")
    code = ["-w", str(workspace)] if workspace.exists() else ["-m", "capstone_assets.definitions"]
    server = WebUi(port, code)
    try:
        server.wait_until_ready()
        click.echo(f"The web UI is at {server.url}; Ctrl-C ends it.", err=True)
        server.wait()
    except WebUiError as error:
        raise CommandError(f"The web UI stopped unexpectedly.\n{error}".rstrip()) from None
    finally:
        server.end()


@click.command()
@click.option("--catalog", type=FOLDER, help="Folder to serve. Default: the bundled catalog.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8123, show_default=True, help="Of 127.0.0.1."
)
@click.option("--enforce-limits", is_flag=True, help="Enforce the APIs' rate limits.")
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="How many times faster the limits' time passes.",
)
@click.option(
    "--latency-ms",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="How long to delay every response.",
)
@click.option("--faults", type=FILE, help="File with faults to inject.")
def emulator(
    catalog: Path | None,
    port: int,
    enforce_limits: bool,
    time_scale: float,
    latency_ms: int,
    faults: Path | None,
) -> None:
    """Serve both APIs over a catalog on loopback, until interrupted.

    \b
    Example: capstone emulator --port 8123 --enforce-limits

    Exit codes: 0 interrupted, 1 it cannot be started, 2 the arguments cannot be used.
    """
    from capstone_assets.emulator import EmulatorError
    from capstone_assets.emulator.server import serve

    try:
        serve(
            catalog,
            port=port,
            enforce_limits=enforce_limits,
            time_scale=time_scale,
            latency_ms=latency_ms,
            faults=faults,
        )
    except EmulatorError as error:
        raise CommandError(str(error)) from None


@click.command()
@click.option("--films", type=int, help="Number of films.")
@click.option("--releases", type=int, help="Number of releases.")
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds, equal catalogs.")
@click.option("--bundled", is_flag=True, help="Write the bundled catalog instead.")
@click.option(
    "--odd",
    type=click.IntRange(0),
    default=0,
    help="Number of malformed rows to mix in, such as one without an id: each kind in turn.",
)
@click.option("--out", type=FOLDER, required=True, help="Folder to write.")
def catalog(
    films: int | None, releases: int | None, seed: int, bundled: bool, odd: int, out: Path
) -> None:
    """Write a catalog with known truth: generated at any size, or the bundled one.

    \b
    Example: capstone catalog --films 10000 --releases 30000 --out data/catalog

    Exit codes: 0 written, 1 it cannot be generated, 2 the arguments cannot be used.
    """
    from capstone_assets.emulator.catalogs.bundled import bundled_catalog
    from capstone_assets.emulator.catalogs.generator import (
        GeneratorError,
        generate_catalog,
        write_catalog,
    )
    from capstone_assets.emulator.catalogs.odd_rows import with_odd_rows

    if [films is not None, releases is not None] != [not bundled] * 2:
        raise click.UsageError("Give both --films and --releases, or --bundled.")
    try:
        made = bundled_catalog() if bundled else generate_catalog(films or 0, releases or 0, seed)
        made = with_odd_rows(made, odd)
        write_catalog(made, out)
    except (GeneratorError, OSError) as error:
        raise CommandError(sentence_of(error)) from None
    click.echo(f"{len(made.films):,} films and {len(made.releases):,} releases in {out}")
