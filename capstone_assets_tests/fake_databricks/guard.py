"""Run a module or a script as a cluster does: what is not on the cluster cannot be opened.

Started as `python -S guard.py -m MODULE ...` or `python -S guard.py SCRIPT ...`: without `site`
nothing of a virtual environment's .pth files is followed, so an editable install leads nowhere.
Python workers of Spark are started through it too.
"""

import os
import runpy
import sys

_AWAY = [folder for folder in os.environ["FAKE_AWAY"].split(os.pathsep) if folder]
_PRESENT = [folder for folder in os.environ["FAKE_PRESENT"].split(os.pathsep) if folder]
_EVENTS = {
    "open",
    "os.listdir",
    "os.scandir",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "shutil.copyfile",
}


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def _keep_away(event: str, arguments: tuple) -> None:
    if event not in _EVENTS or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    path = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100  Of a link, not its target.
    if any(_within(path, there) for there in _PRESENT):
        return
    if any(_within(path, away) for away in _AWAY):
        raise PermissionError(f"{path} is on the launching machine, not on the cluster")


if __name__ == "__main__":
    sys.addaudithook(_keep_away)
    # Not this folder, which is in the checkout, nor nothing: Dagster takes out what comes first.
    sys.path[0] = os.getcwd()  # noqa: PTH109
    if sys.argv[1] == "-m":
        module = sys.argv[2]
        sys.argv = sys.argv[2:]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv = sys.argv[1:]
        runpy.run_path(sys.argv[0], run_name="__main__")
