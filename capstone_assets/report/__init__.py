"""Report the results: figures by score, and their charts.

Belongs here: plain numbers and matplotlib.
Not here: Dagster, Spark, making links (matching/).
"""
