"""Run every check on infrastructure/ and say what is wrong; exit code 1 if anything is."""

import sys
from pathlib import Path

from infrastructure.check import bundle, files, hardening, promises, wiring
from infrastructure.check.templates import TemplateError, deployed
from infrastructure.databricks import libraries

ROOT = Path(__file__).parents[1]
LOCK = Path(libraries.__file__).parents[2] / "requirements.lock"


def find_faults(root: Path) -> list[str]:
    """Every fault in the files under a folder that is laid out as infrastructure/ is."""
    if unreadable := list(files.unreadable(root)):
        return unreadable
    try:
        resources = deployed(root)
        return [
            *files.faults(root),
            *bundle.faults(root),
            *libraries.faults(root / "databricks", LOCK),
            *wiring.faults(root, resources),
            *hardening.faults(resources),
            *promises.faults(root, resources),
        ]
    except (TemplateError, OSError) as error:
        return [str(error)]


if __name__ == "__main__":
    faults = find_faults(ROOT)
    for fault in faults:
        print(fault, file=sys.stderr)
    count = len(list(ROOT.rglob("*.bicep")))
    print(f"infrastructure: {count} templates examined, {len(faults)} faults")
    sys.exit(1 if faults else 0)
