"""Where a step runs is decided by a resource: the name by which a step requires it.

Belongs here: the name. Not here: the decision (definitions.py), the launcher itself
(resources/databricks.py).
"""

STEP_LAUNCHER = "step_launcher"
