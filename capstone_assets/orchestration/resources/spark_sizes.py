"""The size of local Spark, by the machine and by the size of its input.

Belongs here: memory, the JVM's options, and settings that pay off only for some table sizes. Not
here: settings for every size (local_spark.py).
"""

import os
from pathlib import Path

# The file with a container's limit, in versions 2 and 1 of Linux's control groups.
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_GIB = 1024**3
# Silver of some 100,000 films and 300,000 releases; at a tenth of it a stage lasts a second.
LARGE_BYTES = 40_000_000

SMALL = {
    # Steps are short: compiling their code for speed costs more than it gains.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms1g -Xmn512m",
    "spark.sql.codegen.wholeStage": "false",
    # Nor are projections compiled, some 20 for each stage: another tenth of the JVM's CPU seconds
    # at 3,000 films, and no difference at 10,000.
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # Planning each stage again pays for big shuffles; here there is a partition a core.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": str(os.cpu_count() or 2),
}
LARGE = {
    "spark.driver.extraJavaOptions": "-XX:+UseG1GC -Xms1g",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.adaptive.enabled": "true",
    # Small enough to be sorted in memory; adaptive execution puts together what is too small.
    "spark.sql.shuffle.partitions": str(8 * (os.cpu_count() or 2)),
}


def sized_for(input_bytes: int) -> dict[str, str]:
    """Return the settings on this machine for so many bytes of silver tables or catalog files."""
    by_size = LARGE if input_bytes >= LARGE_BYTES else SMALL
    return {**by_size, "spark.driver.memory": f"{driver_gib(memory_bytes())}g"}


def driver_gib(machine_bytes: int) -> int:
    """Return the JVM's memory: a third of the machine's, because Python's workers need as much.

    At least 1 GiB, which the bundled catalog fits in, and at most 31, beyond which the JVM's
    pointers double in size.
    """
    return min(max(machine_bytes // 3 // _GIB, 1), 31)


def memory_bytes(limits: tuple[Path, ...] = _LIMITS) -> int:
    """Return the memory that this process may use: the machine's, or less in a container."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in limits:
        # Without a limit it says `max`, or there is no such file.
        if limit.is_file() and (written := limit.read_text().strip()).isdigit():
            found.append(int(written))
    return min(found)


def bytes_below(folder: str) -> int:
    """Return how many bytes a local folder holds; 0 of one that is not there, or a URL."""
    found = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                found += os.stat(os.path.join(path, name)).st_size  # noqa: PTH116, PTH118
            except FileNotFoundError:
                continue  # A run that ends moves its files.
    return found
