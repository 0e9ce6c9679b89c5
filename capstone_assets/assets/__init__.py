"""The tables as Dagster assets: thin shells that call pure functions and let them be stored."""
