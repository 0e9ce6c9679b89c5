"""Bring the two APIs' answers to the lake: asked politely, landed untouched, read strictly.

Belongs here: clients, rate limit, retry, landing of raw pages, and the reading of landed pages into
bronze rows. Not here: Dagster, Spark, and everything that judges what a row means (matching/).
"""
