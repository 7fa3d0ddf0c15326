//! Times the hot paths one by one: nanoseconds a record are the inverse of the throughput that is shown.

#![expect(clippy::indexing_slicing, reason = "what a benchmark reads, it has made itself")]

mod work;
#[expect(dead_code, reason = "zone-file text is for the benchmarks with servers")]
mod zones;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use zoneprobe::digest::Buckets;

use work::{Pair, SignedStream};
use zones::{Copy, Stream, Zone};

/// Records of each stream; its octets are more than the caches of most cores hold.
const RECORDS: u64 = 100_000;

fn streams(criterion: &mut Criterion) {
    for (name, zone) in [("mixed", Zone::Mixed(RECORDS)), ("registry", Zone::Registry(RECORDS))] {
        let stream = Stream::new(zone, Copy::Good);
        let signed = SignedStream::new(&stream);
        let profile = work::profile();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(stream.records));
        group.bench_function("walk", |bencher| bencher.iter(|| work::walk(&stream)));
        group.bench_function("walk, canonical form and fingerprint", |bencher| {
            bencher.iter_batched(
                Buckets::none,
                |none| work::digest(&stream, &profile, none),
                BatchSize::LargeInput,
            );
        });
        group.bench_function("TSIG stream (HMAC-SHA256)", |bencher| bencher.iter(|| signed.verify()));
        group.finish();
    }
}

fn comparison(criterion: &mut Criterion) {
    let zone = Zone::Mixed(1_000_000);
    let (good, planted) = (Stream::new(zone, Copy::Good), Stream::new(zone, Copy::Planted));
    let pair = Pair::new([&good, &planted]);
    criterion.bench_function(
        "comparison of two copies of 1,000,000 records, 25 RRsets differing",
        |bencher| {
            bencher.iter(|| {
                let differences = pair.differences();
                assert_eq!(differences.shown.len(), 25);
                differences
            });
        },
    );
}

criterion_group! {
    name = hot_paths;
    config = Criterion::default().sample_size(20);
    targets = streams, comparison
}
criterion_main!(hot_paths);
