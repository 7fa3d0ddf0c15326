use super::*;

fn target(server: &str, address: &str) -> Target {
    Target::at(server, address.parse().unwrap())
}

fn text(metrics: &Metrics) -> String {
    let mut text = String::new();
    metrics.write(&mut text);
    text
}

#[test]
fn labels_that_are_equal_when_put_together_are_different_series() {
    let metrics = Metrics::new().unwrap();
    let took = Ok(Duration::from_millis(3));
    metrics.record_query(&target("ns1", "1.2.3.4:53"), Transport::Udp, took);
    metrics.record_query(&target("ns", "11.2.3.4:53"), Transport::Udp, took);
    metrics.record_query(&target("ns", "11.2.3.4:53"), Transport::Udp, took);
    let text = text(&metrics);
    for line in [
        "zoneprobe_queries_total{server=\"ns1\",address=\"1.2.3.4:53\",transport=\"udp\"} 1\n",
        "zoneprobe_queries_total{server=\"ns\",address=\"11.2.3.4:53\",transport=\"udp\"} 2\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[test]
fn a_mistake_lasts_until_the_file_that_has_it_is_read_again() {
    let metrics = Metrics::new().unwrap();
    let is_read = || text(&metrics).contains("zoneprobe_config_last_reload_successful 1\n");
    metrics.record_reload(Ok(SystemTime::UNIX_EPOCH));
    assert!(is_read());
    metrics.record_web_config(false);
    assert!(!is_read());
    metrics.record_web_config(true);
    assert!(is_read());
    metrics.record_reload(Err(()));
    metrics.record_web_config(true);
    assert!(!is_read(), "the mistake is in the rest of the configuration");
    metrics.record_web_config(false);
    metrics.record_reload(Ok(SystemTime::UNIX_EPOCH));
    assert!(is_read(), "all of it was read");
}

#[test]
fn failures_are_counted_by_reason_and_latencies_in_buckets() {
    let metrics = Metrics::new().unwrap();
    let one = target("ns1", "[2001:db8::1]:53");
    metrics.record_query(&one, Transport::Tcp, Err(&Failure::Timeout));
    metrics.record_transfer(&one, Rtype::AXFR, Err(&Failure::ConnectionRefused));
    metrics.record_transfer(&one, Rtype::AXFR, Ok(()));
    metrics.record_transfer(&one, Rtype::IXFR, Ok(()));
    metrics.record_publication("ns1", Duration::from_secs(4));
    metrics.record_publication("ns1", Duration::ZERO);
    metrics.record_publication("ns1", Duration::from_hours(48));
    let text = text(&metrics);
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
fn series_of_servers_that_left_are_dropped() {
    let metrics = Metrics::new().unwrap();
    metrics.record_query(&target("ns1", "192.0.2.1:53"), Transport::Udp, Ok(Duration::ZERO));
    metrics.record_query(&target("ns2", "192.0.2.2:53"), Transport::Udp, Ok(Duration::ZERO));
    metrics.record_query(&target("ns1", "192.0.2.3:53"), Transport::Udp, Ok(Duration::ZERO));
    metrics.record_publication("ns1", Duration::ZERO);
    metrics.record_publication("ns2", Duration::ZERO);
    metrics.retain_servers(&BTreeMap::from([("ns1", BTreeSet::from(["192.0.2.3:53"]))]));
    let text = text(&metrics);
    assert!(text.contains("192.0.2.3") && text.contains("latency_seconds_count{server=\"ns1\"} 1"), "{text}");
    assert!(!text.contains("192.0.2.1") && !text.contains("ns2"), "{text}");
}

#[test]
fn every_metric_of_the_program_is_written() {
    let metrics = Metrics::new().unwrap();
    metrics.count_check(false);
    metrics.count_check(true);
    metrics.set_running_checks(3);
    metrics.set_detail(MetricsDetail::Exceptions);
    metrics.set_detail(MetricsDetail::Server);
    metrics.count_request("metrics", 200);
    metrics.record_reload(Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000)));
    metrics.record_reload(Err(()));
    let text = text(&metrics);
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

#[test]
fn the_url_of_the_pages_is_there_where_it_is_set() {
    let metrics = Metrics::new().unwrap();
    metrics.set_identity(None, None, None);
    assert!(!text(&metrics).contains("zoneprobe_external_url_info"));
    metrics.set_identity(None, None, Some("https://dns.example.com/zoneprobe/".parse().unwrap()));
    let line = "zoneprobe_external_url_info{url=\"https://dns.example.com/zoneprobe\"} 1\n";
    assert!(text(&metrics).contains(line));
}
