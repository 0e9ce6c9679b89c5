from benchmarks.speed import OURS_ON_SPARK, Timed, render


def test_the_table_shows_medians_and_how_many_times_as_long_as_ours_each_way_takes():
    timed = {
        OURS_ON_SPARK: [Timed(OURS_ON_SPARK, s, 0.99, s + 5, 900.0) for s in (4.0, 5.0, 9.0)],
        "Splink": [Timed("Splink", s, 0.95, s + 2, 1200.0) for s in (10.0, 10.0, 10.0)],
    }

    lines = render(timed, "Linking 10 films and 30 releases").splitlines()

    assert lines[0] == "# Linking 10 films and 30 releases"
    assert "medians of 3 runs" in lines[2]
    assert lines[-2] == "| ours, on Spark | 5.0 | 1.00 | 10.0 | 900 | 0.990 |"
    assert lines[-1] == "| Splink | 10.0 | 2.00 | 12.0 | 1,200 | 0.950 |"
