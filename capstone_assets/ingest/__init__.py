"""Bring the two APIs' responses into the lake: landed unchanged, then parsed strictly.

Belongs here: clients, rate limit, retry, landing of raw pages, and the reading of landed pages into
bronze rows.
Not here: Dagster, Spark, or what a row means (matching/).
"""
