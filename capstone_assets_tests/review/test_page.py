from pathlib import Path

import pytest
from starlette.testclient import TestClient

from capstone_assets.review.decisions import DecisionFile
from capstone_assets.review.page import ReviewPage
from capstone_assets_tests.review.conftest import PINOCCHIO, TODAY, WILLOW


@pytest.fixture
def file(tmp_path: Path) -> DecisionFile:
    return DecisionFile(tmp_path / "overrides.csv")


@pytest.fixture
def client(lake, file) -> TestClient:
    page = ReviewPage(lake, file, "Ann", is_emulated=True, today=lambda: TODAY)
    return TestClient(page.app(), base_url="http://127.0.0.1:3100")


def key(client: TestClient) -> str:
    [pair] = client.get("/api/queue").json()["pairs"]
    return pair["key"]


def test_a_case_comes_with_its_evidence_and_links(client):
    case = client.get(f"/api/case/{key(client)}").json()

    assert case["film"]["url"] == "https://www.themoviedb.org/movie/10895"
    assert case["pressings"] == 2
    assert [miss["year"] for miss in case["near_misses"]] == [2022]


def test_a_decision_is_written_with_who_made_it_and_undone_by_the_same_person(client, file):
    body = {"key": key(client), "decision": "link", "who": " Ben  B. ", "why": "sleeve"}

    assert client.post("/api/decide", json=body).json() == {"written": 2}
    assert {(each.who, each.when, each.why) for each in file.read()} == {
        ("Ben B.", TODAY, "sleeve")
    }

    refused = client.post("/api/undo", json={"who": "Ann"})
    assert refused.status_code == 409
    assert "Ann has decided nothing" in refused.json()["error"]
    assert client.post("/api/undo", json={"who": "Ben B."}).json()["taken_back"] == 2
    assert file.read() == ()


def test_two_people_who_decide_the_same_pair_get_a_sentence(client):
    body = {"key": key(client), "decision": "reject"}
    client.post("/api/decide", json=body)

    again = client.post("/api/decide", json=body)

    assert again.status_code == 409
    assert "is no longer in the queue" in again.json()["error"]


def test_a_second_session_sees_what_the_first_decided(client, lake, file):
    ben = ReviewPage(lake, file, "Ben", is_emulated=True, today=lambda: TODAY)
    other = TestClient(ben.app(), base_url="http://127.0.0.1:3101")
    pair = key(other)

    client.post("/api/decide", json={"key": pair, "decision": "link", "who": "Ann"})
    late = other.post("/api/decide", json={"key": pair, "decision": "reject", "who": "Ben"})

    assert other.get("/api/queue").json()["pairs"] == []
    assert late.status_code == 409
    assert {(each.who, each.decision) for each in file.read()} == {("Ann", "link")}


def test_the_effect_is_shown_without_writing(client, file):
    body = {"key": key(client), "decision": "other", "film_id": WILLOW}

    changes = client.post("/api/effect", json=body).json()["changes"]

    assert changes[0].endswith("→ strong link to Willow (1988)")
    assert not file.path.exists()


def test_films_are_found_by_title(client):
    found = client.get("/api/films", params={"text": "Pinocchio 1940"}).json()

    assert [film["film_id"] for film in found] == [PINOCCHIO]


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
def test_another_website_cannot_decide(client, file, headers):
    body = {"key": key(client), "decision": "link"}

    assert client.post("/api/decide", json=body, headers=headers).status_code == 403
    assert not file.path.exists()


def test_a_form_of_another_website_cannot_decide_either(client, file):
    sent = client.post("/api/decide", content=b"{}", headers={"content-type": "text/plain"})

    assert sent.status_code == 403
    assert not file.path.exists()


@pytest.mark.parametrize("body", [{"decision": "maybe"}, {"decision": "other"}])
def test_an_unknown_decision_is_a_sentence(client, body):
    answer = client.post("/api/decide", json={"key": key(client), **body})

    assert answer.status_code == 400
    assert "A decision is link, reject, or other" in answer.json()["error"]
