"""Which releases belong to which film.

Belongs here: plain functions on plain dataclasses, and the Spark functions that are shells of them.
Not here: Dagster (orchestration/), tables and how they are stored (lake/), HTTP (ingest/).
"""
