from capstone_assets.environment import Environment
from capstone_assets.orchestration.resources.local_spark import spark_config
from capstone_assets.orchestration.resources.spark import SparkResource


def test_the_resources_of_a_process_share_its_session(spark):
    resource = SparkResource(spark_config=spark_config(Environment.LOCAL))

    assert resource.spark_session is spark
    assert resource.spark_context is spark.sparkContext
