"""How the Spark session is configured and started."""

import subprocess
import sys

from capstone_assets.environment import Environment
from capstone_assets.orchestration.resources.local_spark import spark_config
from capstone_assets.orchestration.resources.spark_sizes import (
    LARGE_BYTES,
    sized_for,
)

# `capstone run` starts the session in a thread of its own, and the first step may ask for it then.
SCRIPT = """
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from capstone_assets.orchestration.resources.local_spark import start_local_spark

both = Barrier(2)

def start(_):
    both.wait()
    return start_local_spark().sparkContext.applicationId

with ThreadPoolExecutor(2) as pool:
    print(len({*pool.map(start, range(2))}), "SPARK_SUBMIT_OPTS" in os.environ)
"""


def test_two_threads_that_start_spark_at_once_share_a_session():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "False"]


def test_the_jvms_options_are_those_of_the_size_and_of_every_size():
    options = spark_config(Environment.LOCAL, LARGE_BYTES)["spark.driver.extraJavaOptions"]

    assert "-XX:+UseG1GC" in options
    assert "VFORK" in options
    assert "-Dfile.encoding=UTF-8" in options


def test_a_cluster_keeps_its_own_sizes():
    assert not {*sized_for(0)} & {*spark_config(Environment.ON_CLUSTER)}
