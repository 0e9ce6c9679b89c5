import dagster as dg

from capstone_assets.orchestration.launching import record_submission, submitted_job_runs


@dg.job
def refresh() -> None:
    """Nothing: only its runs' events are of interest."""


def test_a_run_knows_the_job_runs_that_it_submitted_and_no_others():
    with dg.DagsterInstance.ephemeral() as instance:
        run, other = (instance.create_run_for_job(refresh) for _ in range(2))
        for step, job_run in (("films", 11), ("links", 2**40)):
            record_submission(instance, run, step, job_run)
        instance.report_engine_event("The job run 99 of another run ended.", run)

        assert submitted_job_runs(instance, run.run_id) == [11, 2**40]
        assert submitted_job_runs(instance, other.run_id) == []
