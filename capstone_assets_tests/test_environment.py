import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from capstone_assets.environment import (
    ApiKeys,
    EnvFileError,
    Environment,
    SettingsError,
    load_env_file,
    read_api_keys,
    read_change_window,
    read_sensors_running,
    read_settings,
    read_sinks,
    read_webhook,
)


def test_without_variables_the_lake_is_local_and_the_catalog_bundled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    settings = read_settings({"CAPSTONE_LAKE": " ", "CAPSTONE_CATALOG": ""})

    assert settings.environment is Environment.LOCAL
    assert settings.lake == str(tmp_path / "data/lake")
    assert settings.catalog is None


def test_a_lake_on_azure_keeps_its_url():
    url = "abfss://{container}@account.dfs.core.windows.net"

    assert read_settings({"CAPSTONE_LAKE": url + "/"}).lake == url


@pytest.mark.parametrize(
    ("library", "read", "environ"),
    [
        ("adlfs", read_settings, {"CAPSTONE_LAKE": "abfss://{container}@a.dfs.core.windows.net"}),
        ("adlfs", read_settings, {"CAPSTONE_DISCOGS_DUMP": "abfss://raw@a.dfs.core.windows.net"}),
        ("azure", read_sinks, {"CAPSTONE_AUDIT_COPY": "account/container"}),
        (
            "dagster_databricks",
            read_settings,
            {
                "CAPSTONE_ENVIRONMENT": "databricks",
                "DATABRICKS_HOST": "https://adb-1.azuredatabricks.net",
                "CAPSTONE_LAKE": "memory://{container}",
            },
        ),
    ],
)
def test_azure_without_its_libraries_is_refused_with_the_command_that_installs_them(
    library, read, environ, monkeypatch
):
    read(environ)
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(SettingsError, match="Run `make setup-azure`"):
        read(environ)


def test_a_catalog_that_is_not_a_directory_is_refused_by_name():
    with pytest.raises(
        SettingsError, match="CAPSTONE_CATALOG is 'nowhere', which is not a directory"
    ):
        read_settings({"CAPSTONE_CATALOG": "nowhere"})


def test_an_unknown_environment_is_refused():
    with pytest.raises(SettingsError, match="CAPSTONE_ENVIRONMENT is 'moon'"):
        read_settings({"CAPSTONE_ENVIRONMENT": "moon"})


def test_on_a_cluster_the_runtime_decides():
    environ = {"DATABRICKS_RUNTIME_VERSION": "16.4", "CAPSTONE_ENVIRONMENT": "local"}

    assert read_settings(environ).environment is Environment.ON_CLUSTER


def test_two_keys_mean_the_real_apis_and_none_the_emulator():
    keys = read_api_keys({"TMDB_API_TOKEN": "abc", "DISCOGS_TOKEN": "def"})

    assert keys == ApiKeys("abc", "def")
    assert "abc" not in repr(keys)
    assert read_api_keys({"TMDB_API_TOKEN": "  "}) is None


@pytest.mark.parametrize(
    ("present", "absent"),
    [("TMDB_API_TOKEN", "DISCOGS_TOKEN"), ("DISCOGS_TOKEN", "TMDB_API_TOKEN")],
)
def test_one_key_without_the_other_is_refused_without_showing_it(present, absent):
    with pytest.raises(SettingsError, match=f"{present} is set and {absent} is not") as error:
        read_api_keys({present: "s3cret"})

    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("key", ["0123456789abcdef" * 2, "ABCDEF0123456789" * 2])
def test_tmdbs_v3_key_in_the_tokens_place_is_refused_before_anything_is_asked(key):
    with pytest.raises(SettingsError, match=r"v3 API key.*'API Read Access Token'") as caught:
        read_api_keys({"TMDB_API_TOKEN": key, "DISCOGS_TOKEN": "d"})
    assert key not in str(caught.value)


def test_other_tokens_of_tmdb_are_not_taken_for_v3_keys():
    for token in ("0123456789abcdef" * 2 + "0", "g" * 32, "eyJ" + "0" * 29):
        assert read_api_keys({"TMDB_API_TOKEN": token, "DISCOGS_TOKEN": "d"}) is not None


@pytest.mark.parametrize(
    ("written", "lake"),
    [
        ("~/lake", f"{Path.home()}/lake"),
        ("$DATA/lake", "/srv/data/lake"),
        ("${DATA}/lake", "/srv/data/lake"),
        ("/srv/lake [2026] {a,b} 100%", "/srv/lake [2026] {a,b} 100%"),
        (
            "abfss://{container}@$ACCOUNT.dfs.core.windows.net",
            "abfss://{container}@acc.dfs.core.windows.net",
        ),
    ],
)
def test_a_path_is_read_as_a_shell_reads_it(written, lake):
    environ = {"CAPSTONE_LAKE": written, "DATA": "/srv/data", "ACCOUNT": "acc"}

    assert read_settings(environ).lake == lake


@pytest.mark.parametrize("user", ["~", f"~{Path.home().name}"])
def test_a_home_folder_is_that_of_its_user(user):
    assert read_settings({"CAPSTONE_LAKE": f"{user}/lake"}).lake == f"{Path.home()}/lake"


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("~nobody-of-that-name/lake", "the home folder of ~nobody-of-that-name is not known"),
        ("$NOT_SET/lake", "the variable NOT_SET is not set"),
    ],
)
def test_a_path_that_names_nothing_is_refused(written, fault):
    with pytest.raises(SettingsError, match=fault):
        read_settings({"CAPSTONE_LAKE": written})


def test_a_lake_that_the_locale_cannot_name_is_refused_with_what_to_set(monkeypatch):
    monkeypatch.setattr("sys.getfilesystemencoding", lambda: "iso8859-1")

    with pytest.raises(SettingsError, match="Set PYTHONUTF8=1"):
        read_settings({"CAPSTONE_LAKE": "/srv/映画"})
    assert read_settings({"CAPSTONE_LAKE": "/srv/films"}).lake == "/srv/films"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_settings_are_read_from_a_file_with_or_without_a_byte_order_mark(
    tmp_path, monkeypatch, encoding
):
    monkeypatch.setenv("CAPSTONE_CATALOG", "of the environment")
    monkeypatch.setenv("CAPSTONE_LAKE", "")
    monkeypatch.delenv("CAPSTONE_LAKE")
    file = tmp_path / ".env"
    file.write_text("# Mine\nCAPSTONE_LAKE='/srv/映画'\r\nCAPSTONE_CATALOG=of the file\n", encoding)

    load_env_file(file)

    assert os.environ["CAPSTONE_LAKE"] == "/srv/映画"
    assert os.environ["CAPSTONE_CATALOG"] == "of the environment"


def test_the_faults_of_a_settings_file_come_at_once_and_without_a_value(tmp_path):
    file = tmp_path / ".env"
    file.write_text("A=1\nTOKEN abc-s3cret\nB=2\n'x\n")

    with pytest.raises(EnvFileError) as raised:
        load_env_file(file)

    assert raised.value.faults == ("line 2 is not a setting", "line 4 is not a setting")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "line",
    [
        *(b"TOKEN=a\0b", b"TO\0KEN=a", b"TOKEN", b'$env:TOKEN="a"', b'{"TOKEN": "a"}', b"=a"),
        *(b"TOKEN: a", b"set TOKEN=a", b"7TOKEN=a"),
    ],
)
def test_what_no_environment_can_hold_is_not_a_setting(tmp_path, line: bytes):
    (tmp_path / ".env").write_bytes(b"# Mine\n\n" + line + b"\n")

    with pytest.raises(EnvFileError, match="line 3 is not a setting"):
        load_env_file(tmp_path / ".env")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_settings_are_read_whatever_ends_their_lines(tmp_path, monkeypatch, end: str):
    for name in ("CAPSTONE_LAKE", "CAPSTONE_CATALOG"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    lines = ["# Mine", "", "export CAPSTONE_LAKE=/srv/a", 'CAPSTONE_CATALOG="b c" # ours', ""]
    (tmp_path / ".env").write_bytes(end.join(lines).encode())

    load_env_file(tmp_path / ".env")

    assert (os.environ["CAPSTONE_LAKE"], os.environ["CAPSTONE_CATALOG"]) == ("/srv/a", "b c")


def test_a_settings_file_in_a_code_page_is_refused_with_what_to_do(tmp_path):
    (tmp_path / ".env").write_bytes("CAPSTONE_LAKE=Müsik\n".encode("cp1252"))

    with pytest.raises(EnvFileError, match=r"line 1: byte 16 \(0xfc\) is not UTF-8; save the file"):
        load_env_file(tmp_path / ".env")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_settings_file_in_utf_16_is_refused_as_dagster_could_not_read_it(tmp_path, encoding):
    (tmp_path / ".env").write_text("CAPSTONE_LAKE=lake\n", encoding)

    with pytest.raises(EnvFileError, match=r"saved as UTF-16.*save the file as UTF-8"):
        load_env_file(tmp_path / ".env")


def test_without_a_settings_file_nothing_is_set(tmp_path):
    before = {**os.environ}

    load_env_file(tmp_path / ".env")

    assert {**os.environ} == before


def test_sensors_start_turned_on_unless_the_environment_stops_them():
    assert read_sensors_running({}) is True
    assert read_sensors_running({"CAPSTONE_SENSORS": "stopped"}) is False
    with pytest.raises(SettingsError, match="CAPSTONE_SENSORS is 'on'; it is 'running' or"):
        read_sensors_running({"CAPSTONE_SENSORS": "on"})


@pytest.mark.parametrize(("value", "hours"), [("", 0), ("0", 0), ("24", 24), ("168", 168)])
def test_changes_are_collected_for_up_to_a_week(value, hours):
    assert read_change_window({"CAPSTONE_CHANGE_WINDOW_HOURS": value}) == timedelta(hours=hours)


@pytest.mark.parametrize("value", ["-1", "168.5", "a day", "nan"])
def test_a_window_that_is_not_a_number_of_hours_of_a_week_is_refused(value):
    with pytest.raises(SettingsError, match="give hours from 0 to 168"):
        read_change_window({"CAPSTONE_CHANGE_WINDOW_HOURS": value})


@pytest.mark.parametrize("name", ["CAPSTONE_LAKE", "CAPSTONE_DISCOGS_DUMP", "CAPSTONE_OVERRIDES"])
def test_a_url_that_nothing_here_opens_is_refused(name: str):
    with pytest.raises(SettingsError, match=f"{name} begins with foo://, which cannot be opened"):
        read_settings({name: "foo://bucket/place"})


@pytest.mark.parametrize("place", ["file", "file/lake"])
def test_a_lake_where_a_file_is_is_refused(tmp_path, place: str):
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match=r"file is a file\. Name a folder"):
        read_settings({"CAPSTONE_LAKE": str(tmp_path / place)})


@pytest.mark.parametrize(
    "url", ["nourl", "https://", "hooks.example.org/x", "file:///x", "http://[1"]
)
def test_a_webhook_that_is_no_web_address_is_refused_without_being_shown(url: str):
    with pytest.raises(SettingsError, match="CAPSTONE_WEBHOOK_URL is not a web address") as raised:
        read_webhook({"CAPSTONE_WEBHOOK_URL": url})

    assert url not in str(raised.value).replace("begins with https://", "")


def test_a_webhook_at_a_web_address_is_read():
    given = "https://hooks.example.org/x?sig=sesame"

    assert read_webhook({"CAPSTONE_WEBHOOK_URL": given}) == given
