"""Find which releases belong to which film.

Belongs here: plain functions on plain dataclasses, and thin Spark functions around them.
Not here: Dagster (orchestration/), tables and how they are stored (lake/), HTTP (ingest/).
"""
