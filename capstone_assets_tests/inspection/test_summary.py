import datetime as dt

from capstone_assets.audit.records import SUCCESS, AuditRecord, write_record
from capstone_assets.inspection.stored_run import read_run
from capstone_assets.inspection.summary import render_summary, summarize_run
from capstone_assets.lake.storage import Lakehouse

MOMENT = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)


def record(step: str, rows: int | None) -> AuditRecord:
    return AuditRecord(
        run_id="20261126T120000-1a2b3c4d",
        dagster_run_id="1a2b3c4d",
        step=step,
        layer="silver",
        partitions=[],
        records_out=rows,
        duration_seconds=1.5,
        output="lake/intermediate/films" if rows is not None else "",
        started=MOMENT,
        finished=MOMENT,
        outcome=SUCCESS,
    )


def test_a_step_of_checks_is_not_a_row_of_the_summary(lakehouse: Lakehouse):
    for each in (record("silver/films", 1014), record("silver_films_schema", None)):
        write_record(lakehouse, each)

    summary = summarize_run(read_run(lakehouse, "20261126T120000-1a2b3c4d"))

    assert [step["step"] for step in summary["steps"]] == ["silver/films"]
    assert "1,014" in render_summary(summary)


def test_a_narrow_terminal_gets_the_summary_without_its_widest_column(lakehouse: Lakehouse):
    write_record(lakehouse, record("silver/films", 1014))
    summary = summarize_run(read_run(lakehouse, "20261126T120000-1a2b3c4d"))
    row = "silver/films  silver        1,014      1.5"

    assert f"{row}  lake/intermediate/films" in render_summary(summary, 67).splitlines()
    assert row in render_summary(summary, 66).splitlines()


def test_no_figures_of_links_are_shown_for_a_run_that_made_none(lakehouse: Lakehouse):
    write_record(lakehouse, record("silver/films", 1014))

    printed = render_summary(summarize_run(read_run(lakehouse, "20261126T120000-1a2b3c4d")))

    assert "links:" not in printed
    assert "linked_share_of_soundtracks" not in printed
