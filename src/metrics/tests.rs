use super::*;

fn target(server: &str, address: &str) -> Target {
    Target {
        server: server.to_owned(),
        address: address.parse().unwrap(),
        source: None,
        role: crate::plan::Role::Secondary,
        key: None,
        host: None,
    }
}

fn text(meters: &Metrics) -> String {
    let mut text = String::new();
    meters.write(&mut text);
    text
}

#[test]
fn labels_that_are_the_same_when_put_together_stay_apart() {
    let meters = Metrics::new().unwrap();
    let took = Ok(Duration::from_millis(3));
    meters.record_query(&target("ns1", "1.2.3.4:53"), Transport::Udp, took);
    meters.record_query(&target("ns", "11.2.3.4:53"), Transport::Udp, took);
    meters.record_query(&target("ns", "11.2.3.4:53"), Transport::Udp, took);
    let text = text(&meters);
    for line in [
        "zoneprobe_queries_total{server=\"ns1\",address=\"1.2.3.4:53\",transport=\"udp\"} 1\n",
        "zoneprobe_queries_total{server=\"ns\",address=\"11.2.3.4:53\",transport=\"udp\"} 2\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[test]
fn failures_have_a_reason_and_latencies_their_buckets() {
    let meters = Metrics::new().unwrap();
    let one = target("ns1", "[2001:db8::1]:53");
    meters.record_query(&one, Transport::Tcp, Err(&Failure::Timeout));
    meters.record_transfer(&one, Rtype::AXFR, Err(&Failure::ConnectionRefused));
    meters.record_transfer(&one, Rtype::AXFR, Ok(()));
    meters.record_transfer(&one, Rtype::IXFR, Ok(()));
    meters.arrived("ns1", Duration::from_secs(4));
    meters.arrived("ns1", Duration::ZERO);
    meters.arrived("ns1", Duration::from_hours(48));
    let text = text(&meters);
    for line in [
        "zoneprobe_query_failures_total{server=\"ns1\",address=\"[2001:db8::1]:53\",transport=\"tcp\",reason=\"timeout\"} 1\n",
        "zoneprobe_transfers_total{server=\"ns1\",address=\"[2001:db8::1]:53\",method=\"axfr\"} 2\n",
        "zoneprobe_transfers_total{server=\"ns1\",address=\"[2001:db8::1]:53\",method=\"ixfr\"} 1\n",
        "reason=\"connection_refused\"} 1\n",
        "zoneprobe_publication_latency_seconds_bucket{server=\"ns1\",le=\"0\"} 1\n",
        "zoneprobe_publication_latency_seconds_bucket{server=\"ns1\",le=\"2\"} 1\n",
        "zoneprobe_publication_latency_seconds_bucket{server=\"ns1\",le=\"5\"} 2\n",
        "zoneprobe_publication_latency_seconds_bucket{server=\"ns1\",le=\"86400\"} 2\n",
        "zoneprobe_publication_latency_seconds_bucket{server=\"ns1\",le=\"+Inf\"} 3\n",
        "zoneprobe_publication_latency_seconds_sum{server=\"ns1\"} 172804\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[test]
fn servers_that_left_are_forgotten() {
    let meters = Metrics::new().unwrap();
    meters.record_query(&target("ns1", "192.0.2.1:53"), Transport::Udp, Ok(Duration::ZERO));
    meters.record_query(&target("ns2", "192.0.2.2:53"), Transport::Udp, Ok(Duration::ZERO));
    meters.record_query(&target("ns1", "192.0.2.3:53"), Transport::Udp, Ok(Duration::ZERO));
    meters.arrived("ns1", Duration::ZERO);
    meters.arrived("ns2", Duration::ZERO);
    meters.keep_servers(&BTreeMap::from([("ns1", BTreeSet::from(["192.0.2.3:53"]))]));
    let text = text(&meters);
    assert!(text.contains("192.0.2.3") && text.contains("latency_seconds_count{server=\"ns1\"} 1"), "{text}");
    assert!(!text.contains("192.0.2.1") && !text.contains("ns2"), "{text}");
}

#[test]
fn what_the_probe_counts_of_itself_is_told() {
    let meters = Metrics::new().unwrap();
    meters.check_began(false);
    meters.check_began(true);
    meters.in_flight(3);
    meters.detail(MetricsDetail::Exceptions);
    meters.detail(MetricsDetail::Server);
    meters.request("metrics", 200);
    meters.reloaded(Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000)));
    meters.reloaded(Err(()));
    let text = text(&meters);
    for line in [
        "zoneprobe_checks_total 2\n",
        "zoneprobe_checks_late_total 1\n",
        "zoneprobe_checks_in_flight 3\n",
        "zoneprobe_metrics_detail{detail=\"server\"} 1\n",
        "zoneprobe_http_requests_total{code=\"200\",handler=\"metrics\"} 1\n",
        "zoneprobe_config_last_reload_successful 0\n",
        "zoneprobe_config_last_reload_success_timestamp_seconds 1000\n",
        "process_resident_memory_bytes ",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    assert!(!text.contains("detail=\"exceptions\""), "{text}");
}
