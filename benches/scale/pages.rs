//! The pages of a fleet: what one costs, and its size, while all is well and while every zone is bad.
//!
//! The floor is the same page, sent from memory.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::machine;
use crate::name;
use crate::responder::Responder;
use crate::scrape;
use crate::service::Service;

/// The pages that are asked for.
const PAGES: [&str; 5] =
    ["/", "/?sort=name&page=500", "/?q=z9&sort=checked", "/servers", "/explain/unreachable"];

/// How often a page is asked for, of which its CPU time is the mean.
const REQUESTS: u32 = 20;

/// The interval in which all zones are checked for the first time.
const FIRST_INTERVAL: Duration = Duration::from_secs(30);

/// The interval later, which is so long that CPU time is that of pages.
const LATER_INTERVAL: Duration = Duration::from_hours(1);

/// How long the first check of all zones may take.
const READY_TIME: Duration = Duration::from_mins(5);

/// What is promised of the first page.
const MAX_CPU: Duration = Duration::from_millis(100);
const MAX_BYTES: usize = 300_000;

/// Measures the pages of a fleet of this size, and prints them.
pub(crate) fn bench(zones: u32) {
    println!("{}", machine::machine());
    println!(
        "| zones × addresses | page | CPU | took | compressed | floor | size |\n|---|---|---|---|---|---|---|"
    );
    let responder = Responder::start();
    let [first, second] = responder.addresses;
    // Nobody answers there.
    let closed =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr()).expect("a port is free");
    let mut claims = String::new();
    for (fleet, secondary) in [("in sync", second), ("unreachable at one of them", closed)] {
        let configuration = |interval| configuration([first, secondary], interval);
        let service = Service::start_beside(&configuration(FIRST_INTERVAL), &[("zones.txt", &list(zones))]);
        service.await_ready(READY_TIME);
        service.configure(&configuration(LATER_INTERVAL));
        service.reload();
        for page in PAGES {
            let cost = measure(&service, page);
            println!(
                "| {zones} × 2, {fleet} | `{page}` | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} ms | {:.0} kB |",
                cost.cpu.as_secs_f64() * 1e3,
                cost.plain * 1e3,
                cost.gzip * 1e3,
                cost.floor * 1e3,
                scrape::megabytes(cost.bytes) * 1e3,
            );
            if page == "/" {
                let holds = cost.cpu < MAX_CPU && cost.bytes < MAX_BYTES;
                claims += &format!("- `/` in {MAX_CPU:?} of CPU and {MAX_BYTES} bytes, {fleet}: {holds}\n");
            }
        }
    }
    println!("\n{claims}");
}

/// The cost of a page.
struct PageCost {
    /// The CPU time of one request.
    cpu: Duration,
    plain: f64,
    gzip: f64,
    /// The time of the same page from memory.
    floor: f64,
    bytes: usize,
}

fn measure(service: &Service, page: &str) -> PageCost {
    let (status, text) = scrape::get(service.address(), page, "");
    assert_eq!(status, 200, "{page}");
    let bytes = text.len();
    let memory = scrape::serve_from_memory(text);
    let before = service.cpu();
    for _ in 0..REQUESTS {
        drop(scrape::get(service.address(), page, ""));
    }
    let cpu = service.cpu().saturating_sub(before) / REQUESTS;
    let time = |address, fields: &str| scrape::median(|| drop(scrape::get(address, page, fields)));
    PageCost {
        cpu,
        plain: time(service.address(), ""),
        gzip: time(service.address(), "Accept-Encoding: gzip\r\n"),
        floor: time(memory, ""),
        bytes,
    }
}

fn configuration([primary, secondary]: [SocketAddr; 2], interval: Duration) -> String {
    format!(
        "probe: {{interval: {}s, compare: serials}}\nservers:\n  ns0: {{address: \"{primary}\", role: primary}}\n  \
         ns1: {{address: \"{secondary}\"}}\nzone_lists: [zones.txt]\n",
        interval.as_secs()
    )
}

fn list(zones: u32) -> String {
    (0..zones).map(|number| name(number) + "\n").collect()
}
