"""A machine that launches steps on the fake workspace."""

import json
from pathlib import Path

from capstone_assets_tests.fake_databricks.workspace import (
    CHECKOUT,
    TOKEN,
    Workspace,
)
from capstone_assets_tests.programs import environment

LAKE = "abfss://{container}@lake.dfs.core.windows.net"

SETTINGS = CHECKOUT / "infrastructure" / "databricks" / "job_cluster.json"

SUBMIT = "POST /api/2.2/jobs/runs/submit"


def on_databricks(folder: Path, workspace: Workspace, **more: str) -> dict[str, str]:
    """The environment of a machine that launches steps."""
    how = json.loads(SETTINGS.read_text()) | {"poll_seconds": 0.5, "retry_wait_seconds": 0}
    (folder / "settings.json").write_text(json.dumps(how))
    return environment(
        folder,
        CAPSTONE_ENVIRONMENT="databricks",
        CAPSTONE_LAKE=LAKE,
        CAPSTONE_DATABRICKS_SETTINGS=str(folder / "settings.json"),
        DATABRICKS_HOST=workspace.url,
        DATABRICKS_TOKEN=TOKEN,
        # The pages are landed from here, so the lake has to be reached from here.
        FAKE_STORE=str(workspace.store),
        FAKE_DATA_LAKE=workspace.data_lake_url,
        PYTHONPATH=str(CHECKOUT / "capstone_assets_tests" / "fake_databricks" / "host"),
        **more,
    )
