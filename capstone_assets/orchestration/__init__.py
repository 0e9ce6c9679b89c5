"""The wing that imports Dagster: assets, checks, jobs, sensors and resources."""
