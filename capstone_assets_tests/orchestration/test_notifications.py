"""Messages to a chat, posted by Dagster's own sensors to a real HTTP server."""

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from capstone_assets.orchestration.notifications import (
    NotificationError,
    notifications,
    notify,
    payload,
)
from capstone_assets_tests.loopback import Request, answering

run_failure_notification, check_failure_notification = notifications(enabled=True)

SECRET_PATH = "/services/T0/B0/a-secret"


class Webhook:
    def __init__(self) -> None:
        self.answers: list[int] = []
        self.messages: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        return str(self.messages[-1]["text"])


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    found = Webhook()

    def answer(request: Request) -> int:
        found.messages.append(json.loads(request.body))
        return found.answers.pop(0) if found.answers else 200

    with answering(answer) as url:
        monkeypatch.setenv("CAPSTONE_WEBHOOK_URL", f"{url}{SECRET_PATH}")
        yield found


@dg.asset
def films() -> None:
    pass


@dg.asset
def broken() -> None:
    raise ValueError("the disk is full")


@dg.asset_check(asset=films)
def rows_are_as_many_as_before() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False, severity=dg.AssetCheckSeverity.WARN, description="900 rows, 1,000 before"
    )


def tick(instance: dg.DagsterInstance, sensor: Any, run_id: str, event_of: str) -> None:
    """What the daemon does when a run has ended."""
    run = instance.get_run_by_id(run_id)
    assert run is not None
    [record] = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType(event_of)).records
    event = record.event_log_entry.dagster_event
    assert event is not None
    context = dg.build_run_status_sensor_context(
        sensor.name, event, instance, run, partition_key=None
    )
    sensor(context.for_run_failure() if event_of == "PIPELINE_FAILURE" else context)


def test_a_failed_run_is_reported_with_its_error(webhook: Webhook):
    with dg.DagsterInstance.ephemeral() as instance:
        ran = dg.materialize([broken], instance=instance, raise_on_error=False)
        tick(instance, run_failure_notification, ran.run_id, "PIPELINE_FAILURE")

    [message] = webhook.messages
    assert message == {"text": webhook.text}
    assert f"failed (run {ran.run_id[:8]})" in webhook.text
    assert "broken: ValueError: the disk is full" in webhook.text


def test_a_run_that_succeeds_with_a_warning_is_reported_with_the_check(webhook: Webhook):
    with dg.DagsterInstance.ephemeral() as instance:
        ran = dg.materialize([films, rows_are_as_many_as_before], instance=instance)
        tick(instance, check_failure_notification, ran.run_id, "PIPELINE_SUCCESS")

    assert "succeeded with 1 failed checks" in webhook.text
    assert "warn: films: rows_are_as_many_as_before failed: 900 rows, 1,000 before" in webhook.text


def test_a_run_without_a_failed_check_is_not_reported(webhook: Webhook):
    with dg.DagsterInstance.ephemeral() as instance:
        ran = dg.materialize([films], instance=instance)
        tick(instance, check_failure_notification, ran.run_id, "PIPELINE_SUCCESS")

    assert webhook.messages == []


def test_a_webhook_that_stumbles_is_tried_again(webhook: Webhook):
    webhook.answers = [503, 502]

    notify("title", ["line"])

    assert len(webhook.messages) == 3


def test_a_webhook_that_refuses_is_reported_without_its_address(webhook: Webhook):
    webhook.answers = [404]

    with pytest.raises(NotificationError, match="HTTP 404") as raised:
        notify("title", ["line"])

    assert "a-secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert len(webhook.messages) == 1


def test_teams_gets_an_adaptive_card_and_others_text():
    card = payload("https://x.westeurope.logic.azure.com/workflows/1", "title", ["one", "two"])
    content = card["attachments"][0]["content"]

    assert card["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [block["text"] for block in content["body"]] == ["title", "one", "two"]
    assert payload("https://hooks.slack.com/services/1", "title", ["one"]) == {
        "text": "*title*\n• one"
    }


def test_without_a_webhook_a_notification_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CAPSTONE_WEBHOOK_URL", raising=False)

    with pytest.raises(NotificationError, match="CAPSTONE_WEBHOOK_URL is not set"):
        notify("title", [])


@pytest.mark.parametrize("enabled", [True, False])
def test_the_sensors_run_by_themselves_only_where_there_is_a_webhook(enabled: bool):
    expected = dg.DefaultSensorStatus.RUNNING if enabled else dg.DefaultSensorStatus.STOPPED

    assert {each.default_status for each in notifications(enabled)} == {expected}
