"""Prints columns of the rows in a folder of Parquet files as lines of JSON: rows.py FOLDER EXPRESSION..."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
folder, *expressions = sys.argv[1:]
for row in spark.read.parquet(folder).selectExpr(*expressions).toJSON().collect():
    print(row)
