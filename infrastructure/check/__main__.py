"""Run every check on infrastructure/ and say what is wrong; exit code 1 if anything is."""

import sys
from pathlib import Path

from infrastructure.check import files, hardening, promises, wiring
from infrastructure.check.templates import TemplateError, deployed

ROOT = Path(__file__).parents[1]


def find_faults(root: Path) -> list[str]:
    """Every fault in the files under a folder that is laid out as infrastructure/ is."""
    found = list(files.faults(root))
    try:
        resources = deployed(root)
        found += wiring.faults(root, resources)
    except (TemplateError, OSError, ValueError) as error:
        return [*found, str(error)]
    return [*found, *hardening.faults(resources), *promises.faults(root, resources)]


if __name__ == "__main__":
    faults = find_faults(ROOT)
    for fault in faults:
        print(fault, file=sys.stderr)
    count = len(list(ROOT.rglob("*.bicep")))
    print(f"infrastructure: {count} templates examined, {len(faults)} faults")
    sys.exit(1 if faults else 0)
