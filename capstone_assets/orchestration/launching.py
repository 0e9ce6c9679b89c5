"""Where a step runs is decided by a resource; this is how a step requires it.

Belongs here: the requirement. Not here: the decision (definitions.py), the launcher itself
(resources/databricks.py).
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import dagster as dg

STEP_LAUNCHER = "step_launcher"

Step = TypeVar("Step", bound=Callable[..., Any])


def launched(step: Step) -> Step:
    """Let the function of an asset or a check require the step launcher, of which it sees nothing.

    By an argument, because Dagster refuses `required_resource_keys` beside resources that are
    arguments.
    """

    @functools.wraps(step)
    def run(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop(STEP_LAUNCHER)
        return step(*args, **kwargs)

    @functools.wraps(step)
    def generate(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop(STEP_LAUNCHER)
        yield from step(*args, **kwargs)

    # Dagster looks whether a function is a generator before it calls it.
    made = generate if inspect.isgeneratorfunction(step) else run
    required = dg.ResourceParam[object]
    signature = inspect.signature(step)
    launcher = inspect.Parameter(STEP_LAUNCHER, inspect.Parameter.KEYWORD_ONLY, annotation=required)
    made.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), launcher]
    )
    made.__annotations__ = {**step.__annotations__, STEP_LAUNCHER: required}
    return made  # type: ignore[return-value]
