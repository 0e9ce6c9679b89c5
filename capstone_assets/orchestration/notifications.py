"""Notify Slack or Teams about failed runs, and about failed checks of runs that succeeded.

Belongs here: the sensors that watch runs, and the message in the formats of Slack and Teams.
Not here: what a check is (checks.py), alerts on the audit table (infrastructure/monitoring/).
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import httpx

from capstone_assets.environment import read_webhook
from capstone_assets.orchestration.root_cause import root_cause
from capstone_assets.quality.validation import failure
from capstone_assets.redaction import without_secrets

_ATTEMPTS = 3
_SECONDS = 10.0
_MOST_LINES = 10
# Incoming webhooks of Teams are Power Automate workflows.
_TEAMS = (".logic.azure.com", ".powerplatform.com", ".office.com")


class NotificationError(RuntimeError):
    """The webhook did not accept a message; its address is a secret and not in the text."""


def payload(url: str, title: str, lines: Sequence[str]) -> dict[str, Any]:
    """Return a message in the format of the webhook's host.

    An adaptive card for Teams; for any other the text that Slack, Mattermost and others accept.
    """
    host = urlsplit(url).hostname or ""
    if not host.endswith(_TEAMS):
        return {"text": "\n".join([f"*{title}*", *(f"• {line}" for line in lines)])}
    blocks = [{"type": "TextBlock", "text": title, "weight": "Bolder", "wrap": True}]
    blocks += [{"type": "TextBlock", "text": line, "wrap": True} for line in lines]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def notify(title: str, lines: Sequence[str]) -> None:
    """Post a message to the webhook of the environment.

    Raises:
        NotificationError: three attempts failed, or no webhook is set.
    """
    url = read_webhook()
    if url is None:
        raise NotificationError("CAPSTONE_WEBHOOK_URL is not set, so no notification was sent.")
    message = payload(url, without_secrets(title), [without_secrets(line) for line in lines])
    reason = ""
    for _ in range(_ATTEMPTS):
        try:
            answer = httpx.post(url, json=message, timeout=_SECONDS)
        except httpx.HTTPError as error:
            reason = type(error).__name__
            continue
        if answer.is_success:
            return
        reason = f"HTTP {answer.status_code}"
        if answer.status_code < 500:
            break
    raise NotificationError(f"The webhook did not accept the message: {reason}.")


def failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """Return a line for each failed check of a run."""
    records = instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    lines = []
    for record in records:
        event = record.event_log_entry.dagster_event
        check = event.asset_check_evaluation_data if event else None
        if check and not check.passed:
            asset = check.asset_key.to_user_string()
            failed = failure(asset, check.check_name, check.description or "")
            lines.append(f"{check.severity.value.lower()}: {failed}")
    return lines


def notifications(enabled: bool) -> list[dg.SensorDefinition]:
    """Return the sensors that watch runs; unless `enabled` they wait for a person to start them."""
    status = dg.DefaultSensorStatus.RUNNING if enabled else dg.DefaultSensorStatus.STOPPED

    @dg.run_failure_sensor(
        name="run_failure_notification",
        description="Post every failed run, and why it failed, to CAPSTONE_WEBHOOK_URL.",
        default_status=status,
    )
    def run_failure_notification(context: dg.RunFailureSensorContext) -> None:
        """Report a failed run: the errors of its steps, and its failed checks."""
        steps = []
        for event in context.get_step_failure_events():
            error = root_cause(event.step_failure_data.error)
            first = (error.message if error else event.message or "").strip().splitlines()[:1]
            steps.append(f"{event.step_key}: {''.join(first)}")
        run = context.dagster_run
        lines = steps + failed_checks(context.instance, run.run_id)
        notify(
            f"{run.job_name} failed (run {run.run_id[:8]})",
            lines[:_MOST_LINES] or [context.failure_event.message or "No step says why."],
        )

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="check_failure_notification",
        description="Post failed checks of runs that succeeded to CAPSTONE_WEBHOOK_URL.",
        default_status=status,
    )
    def check_failure_notification(context: dg.RunStatusSensorContext) -> None:
        """Report a run that succeeded with warnings."""
        run = context.dagster_run
        if lines := failed_checks(context.instance, run.run_id):
            notify(
                f"{run.job_name} succeeded with {len(lines)} failed checks (run {run.run_id[:8]})",
                lines[:_MOST_LINES],
            )

    return [run_failure_notification, check_failure_notification]
