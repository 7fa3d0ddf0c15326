use super::*;
use crate::config::{self, MonitorSettings};
use crate::monitor::testing::checker;

fn configured(zones: &str) -> Config {
    let text = format!("servers: {{ns0: {{address: \"127.0.0.1:1\"}}}}\nzones: [{zones}]\n");
    config::read("test", &text, &mut |_, _| unreachable!("no file is named")).unwrap()
}

fn scheduler(zones: &str) -> Scheduler {
    let metrics = Arc::new(Metrics::new().unwrap());
    let mut scheduler = Scheduler::new(checker(), None, Arc::new(Results::default()), metrics);
    scheduler.configure(configured(zones));
    scheduler
}

/// The end of a check that brought no result.
fn without_outcome(job: CheckJob) -> FinishedCheck {
    let CheckJob { id, zone, kind, settings, addresses, .. } = job;
    FinishedCheck { id, zone, settings, kind, addresses, took: Duration::from_secs(1), outcome: None }
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
    let (_, settings) = config.zones.first_mut().unwrap();
    *settings = Arc::new(MonitorSettings { interval: Duration::from_secs(7), ..(**settings).clone() });
    scheduler.configure(config);
    assert!(scheduler.next_job(0, later).is_none());
    scheduler.complete(without_outcome(job));
    assert_eq!(scheduler.fleet.serials().len(), 1);
}
