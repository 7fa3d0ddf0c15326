#!/usr/bin/env python3
"""Checks a list of zones with zoneprobe on Spark: a row comes out for each line that goes in.

    spark-submit deploy/spark/sweep.py --input zones.jsonl --output rows -- --compare serials

The lines are those of `zoneprobe check --zones`. Lines with the same servers go to one partition, each partition goes
through a zoneprobe process on the machine of its executor, and the rows that come back are read by an explicit schema.
A zone that is wrong and a line that cannot be read are rows. The job fails only where zoneprobe could not do its work,
or where a row is missing.
"""

import argparse
import math
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark import RDD
from pyspark.sql import Column, DataFrame, Observation, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

# PySpark starts the process of a pipe with these variables and no others.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        usage="%(prog)s --input PATH --output PATH [OPTION]... [-- ARGUMENT...]",
        description="Checks a list of zones with zoneprobe on Spark: a row for each line.",
    )
    parser.add_argument(
        "--input",
        required=True,
        metavar="PATH",
        help="the lines, as `zoneprobe check --zones` takes them: a file, a folder or a pattern",
    )
    parser.add_argument("--output", required=True, metavar="PATH", help="the folder for the rows")
    parser.add_argument(
        "--format",
        choices=["parquet", "json"],
        default="parquet",
        help="parquet has the columns of the schema, json the rows as zoneprobe writes them (default: %(default)s)",
    )
    parser.add_argument(
        "--mode",
        choices=["errorifexists", "overwrite", "append"],
        default="errorifexists",
        help="what to do if there are files in the output folder (default: %(default)s)",
    )
    parser.add_argument(
        "--schema",
        type=Path,
        default=Path(__file__).with_name("schema.ddl"),
        metavar="FILE",
        help="the columns of a row (default: schema.ddl beside this program)",
    )
    parser.add_argument(
        "--lines-per-partition",
        type=positive,
        default=10_000,
        metavar="N",
        help="about how many lines a zoneprobe process gets (default: %(default)s)",
    )
    parser.add_argument(
        "--max-qps",
        type=positive,
        metavar="N",
        help="new queries a second to each address, of all processes together (default: no limit)",
    )
    parser.add_argument(
        "--processes",
        type=positive,
        metavar="N",
        help="how many processes run at once and share --max-qps (default: the cores that Spark has at the start)",
    )
    parser.add_argument(
        "--zoneprobe", default="zoneprobe", metavar="FILE", help="the program, on each executor (default: %(default)s)"
    )
    parser.add_argument(
        "--env",
        type=variable,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an environment variable for zoneprobe, which gets none but PATH otherwise; may be repeated",
    )
    parser.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="more arguments of `zoneprobe check`")
    return parser.parse_args(arguments)


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def variable(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not name or not separator:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def read_lines(spark: SparkSession, path: str) -> DataFrame:
    """Reads the lines that zoneprobe answers: all but empty ones and comments."""
    lines = spark.read.text(path, lineSep="\n").withColumnRenamed("value", "line")
    # `(?U)` makes `\s` the white space of Unicode. A byte order mark is in front of each file that has one.
    lines = lines.where(~F.col("line").rlike(r"(?U)^\x{FEFF}?\s*(#.*)?$"))
    return lines.withColumns({"server_set": server_set(), "line_hash": F.xxhash64("line")})


def server_set() -> Column:
    """A number for the servers that a line names; all lines that name none have the same."""
    servers = F.from_json(
        "line", "group STRING, primaries ARRAY<STRING>, signers ARRAY<STRING>, secondaries ARRAY<STRING>"
    )
    lists = [F.sort_array(servers[role]) for role in ("primaries", "signers", "secondaries")]
    return F.xxhash64(servers["group"], *lists)


def count_lines(lines: DataFrame, size: int) -> dict[int | None, int]:
    """Counts the lines of each server set that has more than `size`, and of all others together as `None`."""
    sets = lines.groupBy("server_set").count()
    large = F.when(F.col("count") > size, F.col("server_set")).alias("large")
    return {row["large"]: row["lines"] for row in sets.groupBy(large).agg(F.sum("count").alias("lines")).collect()}


def plan_partitions(counts: dict[int | None, int], size: int) -> dict[int | None, range]:
    """Gives each large server set, and all others together, partitions of their own, for about `size` lines each."""
    plan: dict[int | None, range] = {}
    start = 0
    for servers, lines in counts.items():
        end = start + math.ceil(lines / size)
        plan[servers] = range(start, end)
        start = end
    return plan


def partition_lines(lines: DataFrame, plan: dict[int | None, range]) -> RDD[str]:
    """Moves each line to its partition: of a large server set to any by the line, else to the one of the set."""

    def number(row: Row) -> int:
        servers: int = row["server_set"]
        is_large = servers in plan
        partitions = plan[servers] if is_large else plan[None]
        key: int = row["line_hash"] if is_large else servers
        return partitions[key % len(partitions)]

    count = max(1, sum(len(partitions) for partitions in plan.values()))
    return lines.rdd.map(lambda row: (number(row), row["line"])).partitionBy(count, int).values()


def zoneprobe_command(arguments: argparse.Namespace, processes: int) -> str:
    command = [arguments.zoneprobe, "check", "--zones", "-", "--format", "ndjson", "--fail-on", "never"]
    if arguments.max_qps:
        command += ["--max-qps", f"{arguments.max_qps}/{processes}"]
    return shlex.join(command + arguments.arguments)


def main(arguments: argparse.Namespace) -> None:
    spark = SparkSession.builder.appName("zoneprobe sweep").getOrCreate()
    lines = read_lines(spark, arguments.input)
    counts = count_lines(lines, arguments.lines_per_partition)
    partitioned = partition_lines(lines, plan_partitions(counts, arguments.lines_per_partition))
    processes = min(arguments.processes or spark.sparkContext.defaultParallelism, partitioned.getNumPartitions())
    command = zoneprobe_command(arguments, processes)
    rows = partitioned.pipe(command, env=ENVIRONMENT | dict(arguments.env), checkCode=True)

    # One action alone, since each would ask all servers again.
    written = Observation()
    frame = spark.createDataFrame(rows, StringType()).observe(written, F.count(F.lit(1)).alias("rows"))
    if arguments.format == "json":
        frame.write.mode(arguments.mode).text(arguments.output)
    else:
        row = F.from_json("value", arguments.schema.read_text(), {"mode": "FAILFAST"}).alias("row")
        frame.select(row).select("row.*").write.mode(arguments.mode).parquet(arguments.output)

    total = sum(counts.values())
    print(f"{total} lines, {written.get['rows']} rows")
    if written.get["rows"] != total:
        sys.exit("error: there are not as many rows as lines; did the input change meanwhile?")


if __name__ == "__main__":
    main(parse_arguments(sys.argv[1:]))
