//! Times the hot paths one by one. The throughput is in records a second.

#![expect(clippy::indexing_slicing, reason = "a benchmark reads its own input")]

#[path = "work/comparison.rs"]
mod comparison;
#[path = "work/digest.rs"]
mod digest;
#[path = "work/signatures.rs"]
mod signatures;
#[path = "work/sorting.rs"]
mod sorting;
#[path = "work/walk.rs"]
mod walk;
#[expect(dead_code, reason = "the stale copy is for the comparisons with other programs")]
mod zones;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use zoneprobe::digest::Buckets;

use comparison::CopyPair;
use signatures::SignedStream;
use zones::{GeneratedZone, TransferStream, Variant, generate};

/// Records of each stream: more than fit into the caches of most processors.
const RECORDS: u64 = 100_000;

fn streams(criterion: &mut Criterion) {
    for (name, zone) in
        [("mixed", GeneratedZone::Mixed(RECORDS)), ("registry", GeneratedZone::Registry(RECORDS))]
    {
        let stream = TransferStream::new(zone, Variant::Good);
        let signed = SignedStream::new(&stream);
        let profile = digest::profile();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(stream.records));
        group.bench_function("walk", |bencher| bencher.iter(|| walk::walk(&stream)));
        group.bench_function("walk, canonical form and fingerprint", |bencher| {
            bencher.iter_batched(
                Buckets::none,
                |none| digest::digest(&stream, &profile, none),
                BatchSize::LargeInput,
            );
        });
        group.bench_function("walk and sort", |bencher| bencher.iter(|| sorting::sort(&stream)));
        let sorted = sorting::sort(&stream);
        group.bench_function("read sorted RRsets", |bencher| bencher.iter(|| sorted.iter().count()));
        group.bench_function("TSIG (HMAC-SHA256)", |bencher| bencher.iter(|| signed.verify()));
        group.finish();
    }
}

fn comparison(criterion: &mut Criterion) {
    let zone = GeneratedZone::Mixed(1_000_000);
    let streams = [Variant::Good, Variant::Planted].map(|copy| TransferStream::new(zone, copy));
    let pair = CopyPair::new(streams.each_ref());
    let planted = generate::planted().len();
    criterion.bench_function(
        "comparison of two copies of 1,000,000 records, 25 RRsets differing",
        |bencher| {
            bencher.iter(|| {
                let differences = pair.differences();
                assert_eq!(differences.listed.len(), planted);
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
