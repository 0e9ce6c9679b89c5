import socket
import subprocess
import sys

from capstone_assets_tests.programs import called


def test_the_web_ui_on_a_taken_port_ends_at_once_and_says_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = called("ui", "--port", str(port))

    assert done.exit_code == 1
    assert f"Port {port} of 127.0.0.1 is in use" in done.output
    assert f"make ui PORT={port + 1}" in done.output


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "capstone_assets", "--version"], capture_output=True, text=True
    )

    assert done.returncode == 0
    assert done.stdout.startswith("capstone, version ")


def test_the_web_ui_does_not_start_where_no_run_could(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "file"))

    done = called("ui", "--port", "3999")

    assert done.exit_code == 1
    assert "file is a file. Name another folder" in done.output
