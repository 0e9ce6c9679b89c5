"""Show what was found: figures by score, and charts of them.

Belongs here: plain numbers and matplotlib. Not here: Dagster, Spark, making links (matching/).
"""
