use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot};

use super::connections::MAX_CONNECTIONS;
use super::server::Timeouts;
use super::{AccessFile, ActiveConfig, AppState, ReloadRequest, metrics, server};
use crate::check::Checker;
use crate::config::{HttpConfig, MetricsConfig, MonitorSettings};
use crate::dns::Name;
use crate::metrics::Metrics;
use crate::monitor::testing::checker;
use crate::monitor::{Results, WantedZone};
use crate::net::Client;
use crate::plan::{Compare, ComparisonRules, LineId, Role, Server, ServerSelection, ZoneSettings};
use crate::report::tests::samples;
use crate::report::{Outlines, PackedSnapshot, RecordsState, ServerSnapshot, ZoneReport, ZoneSnapshot};

/// A service on loopback, with the results that a test puts there.
struct TestService {
    address: SocketAddr,
    results: Arc<Results>,
    reloads: mpsc::Receiver<ReloadRequest>,
    _stop: oneshot::Sender<()>,
}

async fn serve(lifecycle: bool) -> TestService {
    serve_with(lifecycle, Timeouts::default()).await
}

async fn serve_with(lifecycle: bool, timeouts: Timeouts) -> TestService {
    serve_checked_by(HttpConfig { lifecycle, ..HttpConfig::default() }, timeouts, checker()).await
}

async fn serve_checked_by(http: HttpConfig, timeouts: Timeouts, checker: Checker) -> TestService {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let results = Arc::new(Results::default());
    let (reload, reloads) = mpsc::channel(1);
    let state = state(&results, reload, http, checker);
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server::serve_with(listener, state, timeouts, async { drop(stopped.await) }));
    TestService { address, results, reloads, _stop: stop }
}

fn state(
    results: &Arc<Results>,
    reload: mpsc::Sender<ReloadRequest>,
    http: HttpConfig,
    checker: Checker,
) -> Arc<AppState> {
    let metrics = Arc::new(Metrics::new().unwrap());
    let config = ActiveConfig {
        http,
        metrics: MetricsConfig::default(),
        checker: Arc::new(checker),
        vantage: None,
        access: AccessFile::default(),
    };
    Arc::new(AppState::new(Arc::clone(results), metrics, reload, config))
}

/// Settings that compare the serials of these servers.
pub(super) fn settings(servers: Vec<(Role, Server)>) -> Arc<MonitorSettings> {
    let servers = ServerSelection { servers, source: None, keys: Arc::from([]), default_key: None };
    Arc::new(MonitorSettings {
        group: None,
        zone: ZoneSettings { servers, comparison: ComparisonRules::new(Compare::Serials) },
        interval: Duration::from_mins(1),
        compare_interval: Duration::from_hours(1),
        whole_interval: Duration::from_hours(24),
    })
}

/// Publishes reports; zones without one were not checked yet.
fn publish(results: &Results, zones: Vec<(&str, Option<ZoneReport>)>) {
    let settings = settings(Vec::new());
    let name = |name: &str| name.parse::<Name>().unwrap();
    let wanted =
        |zone| WantedZone { zone: name(zone), settings: Arc::clone(&settings), membership: None, id: None };
    results.configure(zones.iter().map(|(zone, _)| wanted(zone)).collect());
    for (zone, report) in zones {
        if let Some(report) = report {
            let zone = name(zone);
            results.publish(&zone, Arc::new(snapshot(ZoneReport { zone: zone.to_string(), ..report })));
        }
    }
}

pub(super) fn snapshot(report: ZoneReport) -> PackedSnapshot {
    let zone = report.zone.parse().unwrap();
    let snapshot = ZoneSnapshot {
        checked: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
        took: Duration::from_millis(3),
        publications: 1,
        regressions: 0,
        last_publication: None,
        servers: report.servers.iter().map(|_| ServerSnapshot::default()).collect(),
        records: RecordsState::default(),
        last_exception: None,
        history: [].into(),
        report,
    };
    PackedSnapshot::pack(zone, snapshot, &mut Outlines::default())
}

/// A response.
struct TestResponse {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl TestResponse {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

async fn send(address: SocketAddr, request: &str) -> TestResponse {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    TestResponse { status, head, body: bytes[end + 4..].to_vec() }
}

async fn get(address: SocketAddr, target: &str) -> TestResponse {
    request(address, "GET", target, "").await
}

async fn request(address: SocketAddr, method: &str, target: &str, fields: &str) -> TestResponse {
    let host = if fields.to_ascii_lowercase().contains("host:") { "" } else { "Host: localhost\r\n" };
    send(address, &format!("{method} {target} HTTP/1.1\r\n{host}Connection: close\r\n{fields}\r\n")).await
}

#[tokio::test]
async fn every_path_has_its_status() {
    let service = serve(false).await;
    let at = service.address;
    publish(&service.results, vec![("a.example", Some(samples::diverged())), ("b.example", None)]);
    for (method, target, status) in [
        ("GET", "/", 200),
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("GET", "/sd", 200),
        ("GET", "/-/healthy", 200),
        ("GET", "/-/ready", 503),
        ("GET", "/api/v1/zones", 200),
        ("GET", "/api/v1/zones/a.example", 200),
        ("GET", "/api/v1/zones/A.Example.", 200),
        ("GET", "/api/v1/zones/%61.example", 200),
        ("GET", "/api/v1/zones/b.example", 503),
        ("GET", "/api/v1/zones/c.example", 404),
        ("GET", "/api/v1/zones/a..b", 400),
        ("GET", "/api/v1/zones/", 404),
        ("GET", "/probe", 400),
        ("GET", "/probe?target=a.example&debug=maybe", 400),
        ("GET", "/probe?target=c.example&module=x", 400),
        ("GET", "/?verdict", 400),
        ("GET", "/metrics?collect[]=x", 400),
        ("GET", "/sd?x=1", 400),
        ("GET", "/-/healthy?x=1", 400),
        ("GET", "/-/ready?x=1", 400),
        ("POST", "/-/reload?x=1", 400),
        ("GET", "/api/v1/zones?limit=2&after=c.example&verdict=stuck,behind&verdict=ahead", 200),
        ("GET", "/api/v1/zones?limit=0", 400),
        ("GET", "/api/v1/zones?limit=-1", 400),
        ("GET", "/api/v1/zones?after=a..b", 400),
        ("GET", "/api/v1/zones?verdict=", 400),
        ("GET", "/api/v1/zones?severity=bad", 400),
        ("GET", "/api/v1/zones?code=stcuk", 400),
        ("GET", "/api/v1/zones?q=a&q=b", 400),
        ("GET", "/api/v1/zones/a.example?q=a", 400),
        ("GET", "/probe?target=c.example", 404),
        ("GET", "/nothing", 404),
        ("GET", "/explain", 200),
        ("HEAD", "/explain/stuck", 200),
        ("GET", "/explain/stack", 404),
        ("GET", "/explain?code=stuck", 400),
        ("POST", "/explain", 405),
        ("GET", "/assets/style.css", 404),
        ("GET", "/metrics/", 404),
        ("POST", "/metrics", 405),
        ("DELETE", "/api/v1/zones/a.example", 405),
        ("GET", "/-/reload", 405),
        ("POST", "/-/reload", 403),
    ] {
        let response = request(at, method, target, "").await;
        assert_eq!(response.status, status, "{method} {target}");
        assert!(response.head.contains("x-content-type-options: nosniff"), "{}", response.head);
    }
    publish(&service.results, vec![("a.example", Some(samples::diverged()))]);
    assert_eq!(get(at, "/-/ready").await.status, 200);
    tokio::time::sleep(metrics::MAX_AGE).await;
    let text = get(at, "/metrics").await.text();
    assert!(text.contains("zoneprobe_http_requests_total{code=\"404\",handler=\"none\"} 3\n"), "{text}");
}

#[tokio::test]
async fn pages_of_servers_have_their_status() {
    let service = serve(false).await;
    publish(&service.results, vec![("a.example", Some(samples::diverged()))]);
    for (method, target, status) in [
        ("GET", "/servers", 200),
        ("HEAD", "/servers/ns1", 200),
        ("GET", "/servers/ns9", 404),
        ("GET", "/servers?page=0", 400),
        ("GET", "/servers?x=1", 400),
        ("POST", "/servers", 405),
    ] {
        assert_eq!(request(service.address, method, target, "").await.status, status, "{method} {target}");
    }
}

#[tokio::test]
async fn pages_are_found_at_the_external_url() {
    let external_url = Some("https://dns.example.com/zoneprobe/".parse().unwrap());
    let http = HttpConfig { external_url, ..HttpConfig::default() };
    let service = serve_checked_by(http, Timeouts::default(), checker()).await;
    publish(&service.results, vec![("a.example", Some(samples::diverged()))]);
    for (target, status) in [
        ("/zoneprobe", 200),
        ("/zoneprobe/", 200),
        ("/zoneprobe/metrics", 200),
        ("/zoneprobe/api/v1/zones/a.example", 200),
        ("/", 200),
        ("/api/v1/zones/a.example", 200),
        ("/zoneprobes", 404),
        ("/zoneprobe/zoneprobe/metrics", 404),
    ] {
        let response = request(service.address, "GET", target, "Host: dns.example.com\r\n").await;
        assert_eq!(response.status, status, "{target}");
    }
    let page = "\"page\":\"https://dns.example.com/zoneprobe/zones/a.example\"";
    assert!(get(service.address, "/api/v1/zones/a.example").await.text().contains(page));
    let list = get(service.address, "/api/v1/zones").await.text();
    assert!(list.contains(page) && list.contains("\"url\":\"/zoneprobe/api/v1/zones/a.example\""), "{list}");
}

#[tokio::test]
async fn a_page_loads_what_is_kept_for_a_year_and_nothing_else() {
    let service = serve(false).await;
    let response = request(service.address, "GET", "/explain", "Accept-Encoding: gzip\r\n").await;
    for header in [
        "content-encoding: gzip",
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "cross-origin-opener-policy: same-origin",
        "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n",
    ] {
        assert!(response.head.contains(header), "{}", response.head);
    }
    let page = get(service.address, "/explain").await.text();
    let assets = page.split('"').filter(|path| path.starts_with("/assets/"));
    let mut found = Vec::new();
    for path in assets {
        let asset = get(service.address, path).await;
        assert_eq!(asset.status, 200, "{path}");
        assert!(asset.head.contains("cache-control: public, max-age=31536000, immutable"), "{}", asset.head);
        found.push(
            asset.head.split("content-type: ").nth(1).unwrap().split(['\r', ';']).next().unwrap().to_owned(),
        );
    }
    assert_eq!(found, ["text/css", "image/svg+xml", "text/javascript"]);
    let nothing = request(service.address, "GET", "/nothing", "Accept: text/html,*/*\r\n").await;
    assert_eq!(nothing.status, 404);
    assert!(nothing.text().contains("<h1>There is nothing here</h1>"), "{}", nothing.text());
}

#[tokio::test]
async fn every_path_is_refused_to_another_host() {
    let service = serve(false).await;
    publish(&service.results, vec![("a.example", Some(samples::diverged()))]);
    for target in ["/", "/metrics", "/sd", "/-/healthy", "/api/v1/zones/a.example", "/probe?target=a.example"]
    {
        let refused = request(service.address, "GET", target, "Host: evil.example:19353\r\n").await;
        assert_eq!(refused.status, 421, "{target}");
        assert!(refused.text().contains("http.hosts"), "{}", refused.text());
        let own = format!("Host: {}\r\n", service.address);
        assert_eq!(request(service.address, "GET", target, &own).await.status, 200, "{target}");
    }
    let doubled = request(service.address, "GET", "/", "Host: localhost\r\nHost: evil.example\r\n").await;
    assert_eq!(doubled.status, 400);
    let missing = send(service.address, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert_eq!(missing.status, 400);
    let old = send(service.address, "GET /-/healthy HTTP/1.0\r\n\r\n").await;
    assert_eq!(old.status, 200);
}

#[tokio::test]
async fn the_api_serves_the_published_results() {
    let service = serve(false).await;
    publish(&service.results, vec![("a.example", Some(samples::diverged())), ("b.example", None)]);
    let json = async |target| -> serde_json::Value {
        serde_json::from_slice(&get(service.address, target).await.body).unwrap()
    };
    let all = json("/api/v1/zones").await;
    assert_eq!(all["schema"], "zoneprobe/zones/1");
    assert_eq!(all["zones"][0]["zone"], "a.example.");
    assert_eq!(all["zones"][0]["verdict"], "diverged");
    assert_eq!(all["zones"][0]["checked_at"], "1970-01-12T13:46:40Z");
    assert_eq!(all["zones"][1]["verdict"], serde_json::Value::Null);
    let one = json(all["zones"][0]["url"].as_str().unwrap()).await;
    assert_eq!((&one["schema"], &one["zone"]), (&"zoneprobe/zone/1".into(), &"a.example.".into()));
    assert_eq!(one["servers"].as_array().unwrap().len(), 3);
    let targets = json("/sd").await;
    assert_eq!(targets[0]["targets"], serde_json::json!(["a.example", "b.example"]));
    assert!(json("/api/v1/zones/c.example").await["error"].as_str().unwrap().contains("not configured"));
}

/// A service with zones in a group, in a catalog, and in none, one of which was not checked yet.
async fn serve_groups() -> TestService {
    let service = serve(false).await;
    let zones = [
        ("c.example", Some(samples::diverged()), Some("ours")),
        ("b.example", Some(samples::in_sync()), Some("ours")),
        ("x.a.example", None, None),
        ("a.example", Some(samples::in_sync()), None),
        ("member.test", Some(samples::member()), None),
    ];
    let wanted = |(zone, report, group): &(&str, Option<ZoneReport>, Option<&str>)| {
        let membership = report.as_ref().and_then(|report| report.membership.as_deref().cloned());
        let group = group.map(Arc::from);
        let settings = Arc::new(MonitorSettings { group, ..(*settings(Vec::new())).clone() });
        let id = (*zone == "b.example").then(|| Arc::new(LineId::Text("Customer-7".into())));
        WantedZone { zone: zone.parse().unwrap(), settings, membership: membership.map(Arc::new), id }
    };
    service.results.configure(zones.iter().map(wanted).collect());
    for (zone, report, _) in zones {
        let Some(report) = report else { continue };
        let report = ZoneReport { zone: format!("{zone}."), ..report };
        service.results.publish(&zone.parse().unwrap(), Arc::new(snapshot(report)));
    }
    service
}

#[tokio::test]
async fn the_list_of_zones_is_filtered_and_has_pages() {
    let service = serve_groups().await;
    let list = async |query: &str| -> (Vec<String>, serde_json::Value) {
        let response = get(service.address, &format!("/api/v1/zones?{query}")).await;
        let list: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
        let zones = list["zones"].as_array().unwrap_or_else(|| panic!("{query}: {list}"));
        let names = zones.iter().map(|zone| zone["zone"].as_str().unwrap().trim_end_matches('.').to_owned());
        (names.collect(), list)
    };
    let group = "group=%3Cb%3Ecustomers%7C%1b%5B2J";
    for (query, expected) in [
        ("", &["a.example", "x.a.example", "b.example", "c.example", "member.test"][..]),
        ("verdict=diverged", &["c.example"]),
        ("verdict=diverged,in_sync&q=EXAMPLE", &["a.example", "b.example", "c.example"]),
        ("verdict=diverged&verdict=stuck", &["c.example"]),
        ("severity=critical", &["c.example", "member.test"]),
        ("severity=ok&q=b.", &["b.example"]),
        ("group=ours", &["b.example", "c.example"]),
        ("group=theirs", &[]),
        (group, &["member.test"]),
        ("q=customer-7", &["b.example"]),
        ("q=a.ex", &["a.example", "x.a.example"]),
        ("server=ns2", &["c.example"]),
        ("server=127.0.0.1:5303", &["c.example"]),
        ("server=%3a%3a1&group=ours", &["b.example"]),
        ("server=ns1&verdict=diverged", &["c.example"]),
        ("server=ns2&verdict=diverged", &[]),
        ("code=diverged", &["c.example"]),
        ("code=in-sync&server=ns2", &["c.example"]),
        ("code=stuck", &[]),
        ("after=b.example", &["c.example", "member.test"]),
        ("after=B.Example.&limit=1", &["c.example"]),
        ("after=b0.example", &["c.example", "member.test"]),
        ("after=zz", &[]),
    ] {
        assert_eq!(list(query).await.0, expected, "{query}");
    }
    let (mut next, mut all) = ("limit=2&q=e".to_owned(), Vec::new());
    for left in [true, true, false] {
        let (zones, list) = list(&next).await;
        assert_eq!(list["total"], 5);
        all.extend(zones);
        let path = list["next"].as_str().map(|path| path.strip_prefix("/api/v1/zones?").unwrap().to_owned());
        assert_eq!(path.is_some(), left, "{list}");
        next = path.unwrap_or_default();
    }
    assert_eq!(all, list("").await.0);
    let (_, ours) = list("group=ours&limit=1").await;
    assert_eq!((&ours["zones"][0]["group"], &ours["zones"][0]["id"]), (&"ours".into(), &"Customer-7".into()));
    let refused = get(service.address, "/api/v1/zones?verdict=diverge").await.text();
    assert_eq!(refused, r#"{"error":"`diverge` is no verdict: did you mean `diverged`?"}"#);
    let refused = get(service.address, "/api/v1/zones?verdct=stuck").await.text();
    assert!(refused.contains("`verdct` is not a parameter of this endpoint: did you mean `verdict`?"));
}

#[tokio::test]
async fn metrics_are_compressed_for_clients_that_accept_it() {
    let service = serve(false).await;
    publish(&service.results, vec![("a.example", Some(samples::diverged()))]);
    let plain = get(service.address, "/metrics").await;
    assert!(plain.head.contains("content-type: text/plain; version=0.0.4"), "{}", plain.head);
    assert!(!plain.head.contains("content-encoding"), "{}", plain.head);
    assert!(plain.text().contains("zoneprobe_zone_in_sync{zone=\"a.example\"} 0\n"));
    let compressed =
        request(service.address, "GET", "/metrics", "Accept-Encoding: deflate, gzip;q=0.8\r\n").await;
    assert!(compressed.head.contains("content-encoding: gzip"), "{}", compressed.head);
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(text.contains("zoneprobe_zone_in_sync{zone=\"a.example\"} 0\n"));
    let refused = request(service.address, "GET", "/metrics", "Accept-Encoding: gzip;q=0\r\n").await;
    assert!(!refused.head.contains("content-encoding"), "{}", refused.head);
    let head = request(service.address, "HEAD", "/metrics", "").await;
    assert!(head.body.is_empty() && head.head.contains("content-length: "), "{}", head.head);
}

#[tokio::test]
async fn the_page_shows_text_from_servers_as_text() {
    let service = serve(false).await;
    let mut hostile = samples::hostile();
    for server in &mut hostile.servers {
        server.server = "<script>alert(1)</script>".to_owned();
    }
    publish(&service.results, vec![("a.example", Some(hostile)), ("b.example", Some(samples::in_sync()))]);
    let response = get(service.address, "/").await;
    assert!(response.head.contains("default-src 'none'"), "{}", response.head);
    let page = response.text();
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(page.contains("1 of 2 zones is not as it should be"), "{page}");
    assert!(page.contains("<b>1</b> in sync"), "{page}");
}

#[tokio::test]
async fn a_member_of_a_catalog_names_it_on_the_page_and_in_the_list() {
    let service = serve(false).await;
    let report = samples::member();
    let member = WantedZone {
        zone: "example.com".parse().unwrap(),
        settings: settings(Vec::new()),
        membership: report.membership.as_deref().cloned().map(Arc::new),
        id: None,
    };
    let named = WantedZone { zone: "a.example".parse().unwrap(), membership: None, ..member.clone() };
    service.results.configure(vec![named, member.clone()]);
    service.results.publish(&member.zone, Arc::new(snapshot(report)));
    let page = get(service.address, "/").await.text();
    let origin = "from catalog catalog.example, group &lt;b&gt;customers|\\u{1b}[2J<";
    assert!(page.contains(origin), "{page}");
    let list = get(service.address, "/api/v1/zones").await.text();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["zones"][1]["membership"], serde_json::Value::Null);
    let membership = serde_json::json!({
        "catalog": "catalog.example.",
        "group": "<b>customers|\u{1b}[2J",
        "state": "listed",
        "since": "2026-11-22T20:00:00Z",
    });
    assert_eq!(list["zones"][0]["membership"], membership);
    let one = get(service.address, "/api/v1/zones/example.com").await.text();
    let one: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(one["membership"], membership);
}

#[tokio::test]
async fn a_reload_is_requested_and_its_outcome_returned() {
    let mut service = serve(true).await;
    let address = service.address;
    for (outcome, status, expected) in
        [(Ok(()), 200, "ok"), (Err("config.yaml:3:1: no such key\n".to_owned()), 500, "config.yaml:3:1")]
    {
        let asked = tokio::spawn(async move { request(address, "POST", "/-/reload", "").await });
        service.reloads.recv().await.unwrap().send(outcome).unwrap();
        let response = asked.await.unwrap();
        assert_eq!(response.status, status);
        assert!(response.text().contains(expected), "{}", response.text());
    }
    let response =
        request(address, "POST", "/-/reload", "Host: localhost\r\nOrigin: http://evil.example\r\n").await;
    assert_eq!(response.status, 403);
    assert!(service.reloads.try_recv().is_err(), "no reload was requested");
}

#[tokio::test]
async fn a_probe_without_history_says_what_it_cannot_tell() {
    let service = serve(false).await;
    publish(&service.results, vec![("a.example", None)]);
    let response = get(service.address, "/probe?target=a.example").await;
    assert_eq!(response.status, 200);
    assert!(response.text().starts_with("# One check now, without any history"), "{}", response.text());
    assert!(response.text().contains("zoneprobe_zone_finding{zone=\"a.example\",code=\"no_servers\"} 1"));
    let debug = get(service.address, "/probe?target=a.example&debug=true").await;
    assert!(debug.head.contains("content-type: text/plain; charset"), "{}", debug.head);
    assert!(debug.text().contains("cannot tell stuck") && debug.text().contains("\"zone\": \"a.example.\""));
    assert!(!debug.text().contains('\u{1b}'));
}

#[tokio::test]
async fn a_server_that_is_silent_for_a_short_scrape_is_unreachable_in_it() {
    // It accepts queries over both transports, and answers none.
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let silent = tcp.local_addr().unwrap();
    let _udp = UdpSocket::bind(silent).await.unwrap();
    let mut patient = checker();
    patient.client = Arc::new(Client::new(Duration::from_secs(20), Arc::clone(&patient.client.limiter)));
    let service = serve_checked_by(HttpConfig::default(), Timeouts::default(), patient).await;
    let server = (Role::Primary, silent.to_string().parse().unwrap());
    let zone = "a.example".parse().unwrap();
    let zone = WantedZone { zone, settings: settings(vec![server]), membership: None, id: None };
    service.results.configure(vec![zone]);
    for seconds in ["1", "2"] {
        let began = Instant::now();
        let fields = format!("X-Prometheus-Scrape-Timeout-Seconds: {seconds}\r\n");
        let response = request(service.address, "GET", "/probe?target=a.example", &fields).await;
        let text = response.text();
        assert_eq!(response.status, 200, "{text}");
        assert!(began.elapsed().as_secs_f64() < seconds.parse().unwrap(), "{:?}", began.elapsed());
        assert!(text.contains("verdict=\"unreachable\"} 1\n"), "{text}");
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
}

#[tokio::test]
async fn a_client_that_sends_a_head_slowly_is_cut_off() {
    let service = serve(false).await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    let began = Instant::now();
    let trickle = async {
        for byte in b"GET /metrics HTTP/1.1\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'a')) {
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
            let mut byte = [0];
            let read = tokio::time::timeout(Duration::from_millis(100), stream.read(&mut byte)).await;
            if matches!(read, Ok(Ok(0) | Err(_))) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), trickle).await.expect("it is cut off");
    assert!(began.elapsed() >= server::HEAD_TIMEOUT, "{:?}", began.elapsed());
    assert_eq!(get(service.address, "/-/healthy").await.status, 200);
}

#[tokio::test]
async fn a_client_that_does_not_read_the_whole_response_is_cut_off() {
    let service =
        serve_with(false, Timeouts { client: Duration::from_millis(500), ..Timeouts::default() }).await;
    let names: Vec<String> = (0..1500).map(|number| format!("z{number}.example")).collect();
    let zones = names.iter().map(|name| (name.as_str(), Some(samples::diverged())));
    publish(&service.results, zones.collect());
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut bytes = vec![0; 1];
    stream.read_exact(&mut bytes).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let _ = stream.read_to_end(&mut bytes).await;
    let whole = get(service.address, "/metrics").await.body.len();
    assert!(bytes.len() < whole, "{} of {whole}", bytes.len());
}

/// Writes bytes one by one with pauses until the connection ends, and returns what came back.
async fn trickle(mut stream: TcpStream, bytes: impl Iterator<Item = u8>) -> String {
    let (mut reader, mut writer) = stream.split();
    let mut response = Vec::new();
    let write = async {
        for byte in bytes {
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = write => {}
        // A reset ends it too.
        _ = reader.read_to_end(&mut response) => {}
    }
    String::from_utf8_lossy(&response).into_owned()
}

#[tokio::test]
async fn a_client_that_sends_a_body_slowly_is_answered_at_once_and_cut_off() {
    let timeouts = Timeouts { client: Duration::from_secs(1), ..Timeouts::default() };
    let service = serve_with(false, timeouts).await;
    for (start, status) in [
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", 200),
        ("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", 200),
        ("POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", 403),
        ("POST /nothing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 404),
        (
            "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
            403,
        ),
    ] {
        let began = Instant::now();
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let ended =
            tokio::time::timeout(Duration::from_secs(10), trickle(stream, std::iter::repeat(b'1'))).await;
        let response = ended.unwrap_or_else(|_| panic!("it is not cut off: {start}"));
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{start}{response}");
        assert!(began.elapsed() < Duration::from_secs(5), "{start}{:?}", began.elapsed());
    }
    assert_eq!(get(service.address, "/-/healthy").await.status, 200);
}

#[tokio::test]
async fn clients_that_reset_their_connections_anywhere_keep_no_other_from_being_answered() {
    let service = serve(true).await;
    let names: Vec<String> = (0..500).map(|number| format!("z{number}.example")).collect();
    publish(&service.results, names.iter().map(|name| (name.as_str(), Some(samples::diverged()))).collect());
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for written in 0..=request.len() {
        for read in [0, 1, 20_000] {
            let mut stream = TcpStream::connect(service.address).await.unwrap();
            stream.write_all(&request[..written]).await.unwrap();
            if written == request.len() {
                stream.read_exact(&mut vec![0; read]).await.unwrap();
            }
            stream.set_zero_linger().unwrap();
        }
    }
    // Within a request with a body that is not read, and within two requests at once.
    for requests in [
        "POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /",
    ] {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        stream.write_all(requests.as_bytes()).await.unwrap();
        stream.set_zero_linger().unwrap();
    }
    for target in ["/-/healthy", "/metrics"] {
        assert_eq!(get(service.address, target).await.status, 200);
    }
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_cut_off() {
    let timeouts = Timeouts { client: Duration::from_secs(1), ..Timeouts::default() };
    let service = serve_with(false, timeouts).await;
    let names: Vec<String> = (0..1500).map(|number| format!("z{number}.example")).collect();
    publish(&service.results, names.iter().map(|name| (name.as_str(), Some(samples::diverged()))).collect());
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(service.address).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut bytes = vec![0; 4096];
    for _ in 0..40 {
        stream.read_exact(&mut bytes).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The rest is what buffers of the system hold.
    let _ = stream.read_to_end(&mut bytes).await;
    let whole = get(service.address, "/metrics").await.body.len();
    assert!(bytes.len() + 40 * 4096 < whole, "{} of {whole}", bytes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_two_renders_run_at_once_even_if_their_clients_are_gone() {
    let http = HttpConfig { listen: (Ipv4Addr::LOCALHOST, 0).into(), ..HttpConfig::default() };
    let (reload, _reloads) = mpsc::channel(1);
    let state = state(&Arc::default(), reload, http, checker());
    let mut finish = Vec::new();
    for _ in 0..2 {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = oneshot::channel();
        finish.push(done);
        let asked = state.render(move |_| {
            let _ = begin.send(());
            wait.recv()
        });
        // The caller is gone as soon as the render has begun.
        tokio::select! {
            _ = asked => unreachable!("it waits"),
            begun = begun => begun.unwrap(),
        }
    }
    let third = tokio::time::timeout(Duration::from_millis(200), state.render(|_| ()));
    assert!(third.await.is_err());
    assert_eq!(state.render_at_once(|_| 3).await, Some(3), "a scrape waits for no page");
    finish.pop();
    assert_eq!(state.render(|_| 3).await, Some(3));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let service = serve(false).await;
    let large = format!("X-Large: {}\r\n", "a".repeat(64 * 1024));
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{large}\r\n");
    // It may be cut off while it is written.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    assert!(!response.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&response));
    assert_eq!(get(service.address, "/-/healthy").await.status, 200);
}

/// Connects from another address of loopback.
async fn connect_from(last: u8, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
    socket.connect(address).await.unwrap()
}

/// Sends a request and reads the start of its response; the connection stays open.
async fn ping(stream: &mut TcpStream) -> std::io::Result<String> {
    stream.write_all(b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
    let mut bytes = [0; 2048];
    let count = stream.read(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes[..count]).into_owned())
}

#[tokio::test]
async fn a_client_with_too_many_connections_loses_its_idlest_and_others_are_answered() {
    let service = serve(false).await;
    let mut other = connect_from(2, service.address).await;
    ping(&mut other).await.unwrap();
    let mut many = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        ping(&mut stream).await.unwrap();
        many.push(stream);
    }
    // The same client is answered, another one too, and that one keeps its idle connection.
    for target in ["/-/healthy", "/metrics"] {
        assert_eq!(get(service.address, target).await.status, 200);
    }
    let mut new = connect_from(2, service.address).await;
    assert!(ping(&mut new).await.unwrap().starts_with("HTTP/1.1 "));
    assert!(ping(&mut other).await.unwrap().starts_with("HTTP/1.1 "));
    let mut open = 0;
    for stream in &mut many {
        open += usize::from(ping(stream).await.is_ok_and(|response| !response.is_empty()));
    }
    assert!((MAX_CONNECTIONS - 4..MAX_CONNECTIONS).contains(&open), "{open}");
}

#[tokio::test]
async fn a_connection_ends_with_the_response_that_is_due_at_its_age() {
    let max_age = Duration::from_millis(300);
    let service = serve_with(false, Timeouts { max_age, ..Timeouts::default() }).await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    let began = Instant::now();
    let mut responses = 0;
    while let Ok(response) = ping(&mut stream).await
        && !response.is_empty()
    {
        responses += 1;
        assert!(began.elapsed() < Duration::from_secs(10), "it never ends");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(responses > 1 && began.elapsed() >= max_age, "{responses} in {:?}", began.elapsed());
    assert_eq!(get(service.address, "/-/healthy").await.status, 200);
}
