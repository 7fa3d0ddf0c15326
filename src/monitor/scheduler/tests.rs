use super::*;
use crate::config;
use crate::monitor::testing::prober;

fn configured(zones: &str) -> Config {
    let text = format!("servers: {{ns0: {{address: \"127.0.0.1:1\"}}}}\nzones: [{zones}]\n");
    config::read("test", &text, &mut |_, _| unreachable!("no file is named")).unwrap()
}

fn watching(zones: &str) -> Scheduler {
    let mut watcher =
        Scheduler::new(prober(), None, Arc::new(Results::default()), Arc::new(Metrics::new().unwrap()));
    watcher.watch(configured(zones));
    watcher
}

/// What comes of a look that brings nothing.
fn nothing(job: Job) -> Done {
    let Job { number, zone, look, settings, addresses, .. } = job;
    Done { number, zone, look, took: Duration::from_secs(1), settings, addresses, outcome: None }
}

#[tokio::test]
async fn a_zone_that_left_and_came_back_during_a_look_stands_on_the_agenda_once() {
    let mut watcher = watching("a.example");
    let later = Duration::from_hours(1);
    let before = watcher.next(0, later).unwrap();
    watcher.watch(configured("b.example"));
    watcher.watch(configured("a.example"));
    let after = watcher.next(0, later).unwrap();
    assert_ne!(before.number, after.number);
    watcher.done(nothing(after));
    watcher.done(nothing(before));
    assert_eq!(watcher.asking.len(), 1);
    assert!(watcher.next(0, later).is_some());
    assert!(watcher.next(0, later).is_none(), "it is under way");
}

#[tokio::test]
async fn a_zone_whose_settings_change_during_a_look_is_planned_when_that_ends() {
    let mut watcher = watching("a.example");
    let later = Duration::from_hours(1);
    let job = watcher.next(0, later).unwrap();
    let mut config = configured("a.example");
    let (_, settings) = config.zones.first_mut().unwrap();
    *settings =
        Arc::new(config::MonitorSettings { interval: Duration::from_secs(7), ..(**settings).clone() });
    watcher.watch(config);
    assert!(watcher.next(0, later).is_none());
    watcher.done(nothing(job));
    assert_eq!(watcher.asking.len(), 1);
}
