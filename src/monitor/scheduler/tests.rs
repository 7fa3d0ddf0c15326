use super::*;
use crate::config::{self, MonitorSettings};
use crate::dns::Serial;
use crate::dns::catalog::CatalogVersion;
use crate::judge::catalog::{CatalogState, ListedMember, MemberList};
use crate::monitor::testing::checker;
use crate::plan::MembershipState;

fn configured(zones: &str) -> Config {
    let text = format!("servers: {{ns0: {{address: \"127.0.0.1:1\"}}}}\nzones: [{zones}]\n");
    config::read("test", &text, &mut config::NoFiles).unwrap()
}

fn scheduler(zones: &str) -> Scheduler {
    let metrics = Arc::new(Metrics::new().unwrap());
    let mut scheduler = Scheduler::new(checker(), None, Arc::new(Results::default()), metrics);
    scheduler.configure(configured(zones));
    scheduler
}

/// The end of a check that brought no result.
fn without_outcome(job: CheckJob) -> FinishedCheck {
    let CheckJob { id, wanted, kind, addresses, .. } = job;
    FinishedCheck { id, wanted, kind, addresses, took: Duration::from_secs(1), outcome: None }
}

#[tokio::test]
async fn a_zone_that_leaves_and_comes_back_during_a_check_is_queued_once() {
    let mut scheduler = scheduler("a.example");
    let later = Duration::from_hours(1);
    let before = scheduler.next_job(0, later).unwrap();
    scheduler.configure(configured("b.example"));
    scheduler.configure(configured("a.example"));
    let after = scheduler.next_job(0, later).unwrap();
    assert_ne!(before.id, after.id);
    scheduler.complete(without_outcome(after));
    scheduler.complete(without_outcome(before));
    assert_eq!(scheduler.fleet.serials().len(), 1);
    assert!(scheduler.next_job(0, later).is_some());
    assert!(scheduler.next_job(0, later).is_none(), "its check is running");
}

#[tokio::test]
async fn a_zone_whose_settings_change_during_a_check_is_queued_when_that_ends() {
    let mut scheduler = scheduler("a.example");
    let later = Duration::from_hours(1);
    let job = scheduler.next_job(0, later).unwrap();
    let mut config = configured("a.example");
    let settings = &mut config.zones.first_mut().unwrap().settings;
    *settings = Arc::new(MonitorSettings { interval: Duration::from_secs(7), ..(**settings).clone() });
    scheduler.configure(config);
    assert!(scheduler.next_job(0, later).is_none());
    scheduler.complete(without_outcome(job));
    assert_eq!(scheduler.fleet.serials().len(), 1);
}

/// The names of all zones, in the order of the results.
fn in_order(scheduler: &Scheduler) -> String {
    let zones = scheduler.results.zones().into_iter();
    zones.map(|it| it.zone.without_final_dot().replace(".example", "")).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_reload_leaves_the_zones_alone_that_stay_as_they_are() {
    let mut scheduler = scheduler("a.example, b.example");
    let state = |scheduler: &Scheduler, zone: &str| {
        let zone = scheduler.fleet.by_name(&name(zone)).unwrap();
        (zone.id, zone.due, Arc::clone(&zone.wanted.settings))
    };
    let before = ["a.example", "b.example"].map(|zone| state(&scheduler, zone));
    scheduler.configure(configured("a.example, b.example, c.example"));
    let after = ["a.example", "b.example"].map(|zone| state(&scheduler, zone));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((before.0, before.1), (after.0, after.1));
        assert!(Arc::ptr_eq(&before.2, &after.2), "they share their settings as before");
    }
    // The new one does not wait for its turn among all.
    let now = scheduler.now();
    assert!(state(&scheduler, "c.example").1.serials <= Some(now.into()));
    assert_eq!(scheduler.fleet.serials().len(), 3);
}

#[tokio::test]
async fn results_are_in_the_order_of_the_configuration_after_each_reload() {
    let mut scheduler = scheduler("a.example, b.example");
    for (zones, order) in [
        ("a.example, b.example, c.example", "a b c"),
        ("a.example, x.example, b.example, c.example", "a x b c"),
        ("c.example, a.example", "c a"),
        ("c.example, a.example, d.example, e.example", "c a d e"),
        ("", ""),
    ] {
        scheduler.configure(configured(zones));
        assert_eq!(in_order(&scheduler), order);
        assert_eq!(scheduler.fleet.zones().count(), scheduler.results.count());
    }
}

#[tokio::test]
async fn a_zone_waits_for_a_busy_address_and_begins_when_a_check_there_ends() {
    let mut scheduler = scheduler("a.example, b.example");
    let later = Duration::from_hours(1);
    let ids: Vec<ZoneId> = scheduler.fleet.zones().map(|zone| zone.id).collect();
    for id in &ids {
        scheduler.fleet.await_address(CheckKind::Serials, *id, "192.0.2.1:53");
    }
    assert!(scheduler.next_job(0, later).is_none());
    // A new deadline does not bring one back before its turn, and a check that ends brings one.
    scheduler.fleet.enqueue(ids[0]);
    assert_eq!(scheduler.fleet.serials().len(), 0);
    scheduler.fleet.wake(CheckKind::Serials, "192.0.2.1:53");
    assert_eq!(scheduler.next_job(0, later).unwrap().id, ids[0]);
    // The last check there may have ended already.
    scheduler.next_retry = Duration::ZERO;
    scheduler.retry_waiting(later);
    assert_eq!(scheduler.next_job(0, later).unwrap().id, ids[1]);
    assert_eq!(scheduler.fleet.waiting(CheckKind::Serials).addresses().count(), 1);
    // One whose settings change waits no more.
    scheduler.configure(configured(""));
    assert!(!scheduler.fleet.waiting(CheckKind::Serials).contains(ids[1]));
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// A configuration with a catalog, and these zones beside it.
fn with_catalog(zones: &str) -> Config {
    let text = format!(
        "servers: {{ns0: {{address: \"127.0.0.1:1\"}}}}\nzones: [{zones}]\n\
         catalogs: [{{zone: catalog.example, servers: [ns0]}}]\n"
    );
    config::read("test", &text, &mut config::NoFiles).unwrap()
}

fn state(members: &[String], left: &[String]) -> Arc<CatalogState> {
    let list = |zones: &[String]| {
        let mut zones: Vec<ListedMember> = zones
            .iter()
            .map(|zone| ListedMember {
                zone: name(zone),
                group: None,
                since: SystemTime::UNIX_EPOCH,
                deadline: SystemTime::UNIX_EPOCH,
            })
            .collect();
        zones.sort_by(|first, second| first.zone.cmp(&second.zone));
        zones.into()
    };
    let list = MemberList {
        serial: Serial(1),
        version: CatalogVersion::Two,
        read: SystemTime::UNIX_EPOCH,
        members: list(members),
        left: list(left),
    };
    Arc::new(CatalogState { list: Some(list), last: None })
}

fn zones(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}.example")).collect()
}

/// A scheduler of a catalog that lists these zones.
fn scheduler_of(members: &[&str]) -> Scheduler {
    let metrics = Arc::new(Metrics::new().unwrap());
    let mut scheduler = Scheduler::new(checker(), None, Arc::new(Results::default()), metrics);
    scheduler.configure(with_catalog("own.example"));
    scheduler.take_catalog(&name("catalog.example"), state(&zones(members), &[]));
    scheduler
}

/// The names of all zones that are monitored, in alphabetical order.
fn monitored(scheduler: &Scheduler) -> String {
    let names = |zones: Vec<Name>| {
        let mut names: Vec<String> = zones.iter().map(Name::without_final_dot).collect();
        names.sort();
        names.join(" ").replace(".example", "")
    };
    let results = names(scheduler.results.zones().into_iter().map(|it| it.zone).collect());
    let fleet = names(scheduler.fleet.zones().map(|zone| zone.wanted.zone.clone()).collect());
    assert_eq!(fleet, results);
    assert_eq!(
        scheduler.fleet.serials().len(),
        scheduler.fleet.zones().filter(|zone| !zone.is_running).count()
    );
    results
}

#[tokio::test]
async fn members_come_and_go_while_the_configuration_stays() {
    let mut scheduler = scheduler_of(&["a", "b", "own"]);
    assert_eq!(monitored(&scheduler), "a b catalog own");
    let id = |scheduler: &Scheduler, zone: &str| scheduler.fleet.id(&name(zone));
    let (a, own) = (id(&scheduler, "a.example"), id(&scheduler, "own.example"));
    let catalog = name("catalog.example");
    scheduler.take_catalog(&catalog, state(&zones(&["a", "c", "own"]), &zones(&["b"])));
    assert_eq!(monitored(&scheduler), "a b c catalog own");
    let left = scheduler.fleet.by_name(&name("b.example")).unwrap().wanted.membership.clone().unwrap();
    assert_eq!(left.state, MembershipState::Left);
    scheduler.take_catalog(&catalog, state(&zones(&["a", "c"]), &[]));
    assert_eq!(monitored(&scheduler), "a c catalog own");
    // Those that stay go on as they were.
    assert_eq!((id(&scheduler, "a.example"), id(&scheduler, "own.example")), (a, own));
    assert!(scheduler.fleet.by_name(&name("own.example")).unwrap().wanted.membership.is_none());
}

#[tokio::test]
async fn a_reload_keeps_members_and_a_catalog_that_goes_takes_them_with_it() {
    let mut scheduler = scheduler_of(&["a", "b"]);
    let id = scheduler.fleet.id(&name("a.example"));
    scheduler.configure(with_catalog("b.example"));
    assert_eq!(monitored(&scheduler), "a b catalog");
    assert_eq!(scheduler.fleet.id(&name("a.example")), id);
    assert!(scheduler.fleet.by_name(&name("b.example")).unwrap().wanted.membership.is_none());
    scheduler.configure(with_catalog(""));
    assert_eq!(monitored(&scheduler), "a b catalog");
    scheduler.configure(configured("own.example"));
    assert_eq!(monitored(&scheduler), "own");
}

#[tokio::test]
async fn the_check_of_a_zone_that_left_meanwhile_counts_for_nothing() {
    let mut scheduler = scheduler_of(&["a"]);
    let later = Duration::from_hours(1);
    let mut jobs: Vec<CheckJob> = std::iter::from_fn(|| scheduler.next_job(0, later)).collect();
    let at = jobs.iter().position(|job| job.wanted.zone == name("a.example")).unwrap();
    let job = jobs.swap_remove(at);
    let catalog = name("catalog.example");
    scheduler.take_catalog(&catalog, state(&[], &[]));
    scheduler.take_catalog(&catalog, state(&zones(&["a"]), &[]));
    scheduler.complete(without_outcome(job));
    assert_eq!(monitored(&scheduler), "a catalog own");
    // It is checked anew.
    assert_eq!(scheduler.next_job(0, later).unwrap().wanted.zone, name("a.example"));
}

#[tokio::test]
async fn the_list_of_a_catalog_is_there_before_its_first_transfer_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.redb");
    let open = || Arc::new(Store::open(&path, &crate::digest::HashKey([9; 16]), "zoneprobe serve").unwrap());
    let store = open();
    store.save_catalog(&name("catalog.example"), &state(&zones(&["a"]), &zones(&["b"])));
    store.flush();
    let metrics = Arc::new(Metrics::new().unwrap());
    let mut scheduler = Scheduler::new(checker(), Some(store), Arc::default(), Arc::clone(&metrics));
    scheduler.configure(with_catalog("own.example"));
    assert_eq!(monitored(&scheduler), "a b catalog own");
    let mut text = String::new();
    metrics.write(&mut text);
    assert!(text.contains("zoneprobe_catalog_members{catalog=\"catalog.example\"} 1\n"), "{text}");
    // What changes is saved.
    scheduler.take_catalog(&name("catalog.example"), state(&zones(&["a", "c"]), &[]));
    let now = scheduler.now();
    scheduler.start_save(now).unwrap().await.unwrap();
    drop(scheduler);
    let list = open().catalog(&name("catalog.example")).list.unwrap();
    assert_eq!((list.members.len(), list.left.len()), (2, 0));
}

#[tokio::test]
async fn many_members_that_come_at_once_are_checked_first_within_an_interval_and_not_at_once() {
    let mut scheduler = scheduler_of(&[]);
    let many: Vec<String> = (0..20_000).map(|number| format!("z{number}.example")).collect();
    let now = scheduler.now();
    scheduler.take_catalog(&name("catalog.example"), state(&many, &[]));
    let admitted = scheduler.now().saturating_sub(now);
    let due = |zone: &MonitoredZone| Uptime::from(zone.due.serials.unwrap()).saturating_sub(now);
    let members = || scheduler.fleet.zones().filter(|zone| zone.wanted.membership.is_some());
    let interval = Duration::from_mins(1);
    assert_eq!(members().count(), 20_000);
    assert!(members().all(|zone| due(zone) < interval + admitted));
    for second in 0..60 {
        let second = Duration::from_secs(second)..Duration::from_secs(second + 1);
        assert!(members().filter(|zone| second.contains(&due(zone))).count() < 500, "{second:?}");
    }
}
