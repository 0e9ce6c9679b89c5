import pytest

from capstone_assets.environment import (
    ApiKeys,
    Environment,
    SettingsError,
    read_api_keys,
    read_settings,
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


def test_a_catalog_that_is_no_folder_is_refused_by_name():
    with pytest.raises(SettingsError, match="CAPSTONE_CATALOG is 'nowhere', which is no folder"):
        read_settings({"CAPSTONE_CATALOG": "nowhere"})


def test_an_unknown_environment_is_refused():
    with pytest.raises(SettingsError, match="CAPSTONE_ENVIRONMENT is 'moon'"):
        read_settings({"CAPSTONE_ENVIRONMENT": "moon"})


def test_on_a_cluster_the_runtime_says_so():
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
