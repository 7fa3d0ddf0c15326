"""Parses rows of JSON by a schema and prints them again, null fields left out: round_trip.py SCHEMA ROWS"""

import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

schema, rows = (Path(path).read_text() for path in sys.argv[1:])
spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
frame = spark.createDataFrame([(row,) for row in rows.splitlines()], "value STRING")
parsed = F.from_json("value", schema, {"mode": "FAILFAST"})
for row in frame.select(F.to_json(parsed, {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ssXXX"})).collect():
    print(row[0])
