import subprocess
import sys

# `capstone run` starts the session in a thread of its own, and the first step may ask for it then.
SCRIPT = """
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from capstone_assets.orchestration.resources.spark import start_local_spark

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
