"""On PYTHONPATH of a launching machine in a test: its processes reach the lake as adlfs would."""

import sys
from pathlib import Path

import fsspec

sys.path.append(str(Path(__file__).parents[1]))
fsspec.register_implementation("abfss", "abfss.FakeAbfss", clobber=True)
