"""The assets: which recipes are one step.

Belongs here: the grouping, and why.
Not here: the recipes, what a step does (table_steps.py).

On Databricks a step with Spark is a job with a cluster, which takes minutes to start. So what is
made of one source is one step, up to silver, and everything that follows from both sources is the
next: a whole run submits three jobs, of which the first two run side by side.
"""

import dagster as dg

from capstone_assets.orchestration.assets import bronze, gold, metrics, silver
from capstone_assets.orchestration.assets.raw import discogs_pages, tmdb_pages
from capstone_assets.orchestration.table_steps import table_step

FILMS_STEP = table_step("films", [bronze.tmdb_movies, bronze.tmdb_movie_details, silver.films])
SOUNDTRACKS_STEP = table_step(
    "soundtracks", [bronze.discogs_releases, bronze.discogs_masters, silver.soundtracks]
)
LINKS_STEP = table_step(
    "links", [silver.candidates, gold.links, gold.film_soundtracks, gold.popularity]
)
QUARANTINE_STEP = table_step("quarantine", [bronze.quarantine], launched=False)
METRICS_STEP = table_step(
    "metrics",
    [
        *(metrics.schema_alignment, metrics.output_inventory, metrics.pipeline_summary),
        metrics.accounting,
    ],
    launched=False,
)

ASSETS: list[dg.AssetsDefinition] = [
    *(tmdb_pages, discogs_pages),
    *(FILMS_STEP, SOUNDTRACKS_STEP, QUARANTINE_STEP, LINKS_STEP, METRICS_STEP),
]
