"""Make the script that installs on a cluster what the package needs, from the lock's pins.

Belongs here: which libraries, and the text of the script.
Not here: uploading it (set_up.py).

Databricks would install a library with all that it depends on: dagster-pyspark brings a Spark of
its own, which would run in the runtime's place. So every library is named and none brings others.

They go to a folder of their own, which Python looks into last. The runtime's own programs find what
they came with, and a step finds the runtime's version of what both need, although the lock is newer
and dagster-databricks, anyio, alembic and grpcio-health-checking ask for more. What a step imports
of them works with the older ones, which test_cluster_libraries.py proves.
"""

import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
# Where job_cluster.json and databricks.yml look for the script in the workspace.
SCRIPT_PATH = "/capstone/install_libraries.sh"
# On the cluster's own disk, on every machine of it.
LIBRARIES = "/local_disk0/capstone/libraries"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    """Return the versions that a requirements file or a lock pins, by normalized name."""
    return {name.lower().replace("_", "-"): version for name, version in _PIN.findall(text)}


def install_script(root: Path = HERE) -> str:
    """Return the init script: it installs the pinned libraries beside the runtime's, not over them.

    It also forbids pip to bring others.
    """
    libraries = (root / "cluster_libraries.txt").read_text("utf-8")
    return f"""#!/bin/bash
# Made by infrastructure/databricks/set_up.py: change cluster_libraries.txt, not this.
set -euo pipefail
cat > /tmp/cluster_libraries.txt <<'LIBRARIES'
{libraries.strip()}
LIBRARIES
/databricks/python/bin/pip install --quiet --no-deps --target {LIBRARIES} \\
  --requirement /tmp/cluster_libraries.txt
# A path in such a file comes after the runtime's packages.
site=$(/databricks/python/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo {LIBRARIES} > "$site/capstone.pth"
# The wheel of a job must bring no Spark, pandas or pyarrow over the runtime's either.
printf '[install]\\nno-deps = true\\n' > /etc/pip.conf
"""


def faults(root: Path, lock: Path) -> Iterator[str]:
    """Report libraries that differ from the lock, or would replace what the runtime brings."""
    libraries = pins((root / "cluster_libraries.txt").read_text("utf-8"))
    locked = pins(lock.read_text("utf-8"))
    brought = pins((root / "runtime_packages.txt").read_text("utf-8"))
    for name, version in sorted(libraries.items()):
        if name in brought:
            yield f"cluster_libraries.txt: {name} is in the runtime, whose version would be found."
        elif locked.get(name) != version:
            yield f"cluster_libraries.txt: {name} is {version}, in the lock {locked.get(name)}."
