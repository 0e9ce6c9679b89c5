"""The outside world as Dagster resources: Spark, the two APIs, the lake."""
