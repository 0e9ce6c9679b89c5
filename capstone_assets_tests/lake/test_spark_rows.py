import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import IntegerType, StructField, StructType

from capstone_assets.lake.spark_rows import map_rows, on_every_core, rows_of_batch

SCHEMA = pa.schema(
    [
        ("title", pa.string()),
        ("year", pa.int32()),
        ("rating", pa.float64()),
        ("keys", pa.list_(pa.string())),
        ("released", pa.date32()),
        ("titles", pa.list_(pa.struct([("title", pa.string()), ("year", pa.int64())]))),
    ]
)
text, year = st.none() | st.text(max_size=5), st.none() | st.integers(0, 2100)
titles = st.fixed_dictionaries({"title": text, "year": year})
rows = st.fixed_dictionaries(
    {
        "title": text,
        "year": year,
        "rating": st.none() | st.floats(0, 10),
        "keys": st.none() | st.lists(text, max_size=3),
        "released": st.none() | st.dates(),
        "titles": st.none() | st.lists(st.none() | titles, max_size=3),
    }
)


@given(st.lists(rows, max_size=6), st.integers(0, 3), st.integers(0, 6))
def test_rows_of_a_batch_are_those_that_arrow_itself_would_make(given_rows, start, length):
    batch = pa.RecordBatch.from_pylist(given_rows, schema=SCHEMA).slice(start, length)

    assert rows_of_batch(batch) == batch.to_pylist()


def test_a_function_may_yield_many_rows_for_one_and_none_for_another(spark):
    schema = StructType([StructField("n", IntegerType(), nullable=False)])
    frame = spark.createDataFrame([(0,), (3,), (1,)], schema)

    def repeat(given_rows):
        for row in given_rows:
            yield from [{"n": row["n"]}] * row["n"]

    assert sorted(row.n for row in map_rows(frame, repeat, schema).collect()) == [1, 3, 3, 3]


def test_rows_of_one_key_are_in_one_task(spark):
    schema = StructType([StructField("n", IntegerType(), nullable=False)])
    frame = on_every_core(spark.createDataFrame([(n % 7,) for n in range(70)], schema), "n")

    per_task = frame.rdd.mapPartitions(lambda rows: [{row.n for row in rows}]).collect()

    assert len(per_task) == spark.sparkContext.defaultParallelism
    assert sorted(n for keys in per_task for n in keys) == list(range(7))
