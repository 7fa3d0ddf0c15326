//! Whether servers still serve a zone that has left its catalog.

use std::time::{Duration, SystemTime};

use crate::report::model::ServerReport;
use crate::report::{ServerSnapshot, ZoneSnapshot};

/// How long a silent server is waited for: it may still serve the zone when it is back.
const SILENCE: Duration = Duration::from_hours(1);

/// Whether a check has found no server that serves a zone, which left at `since`.
pub(super) fn is_unserved(zone: &ZoneSnapshot, since: SystemTime) -> bool {
    let asked = zone.report.servers.iter().zip(&zone.servers).filter(|(server, _)| server.address.is_some());
    let is_served = |(server, past): (&ServerReport, &ServerSnapshot)| match (server.serial, &server.answer) {
        (Some(_), _) => true,
        (None, Some(_)) => server.copy.is_some(),
        (None, None) => {
            let last = past.last_answer.map_or(since, |last| last.max(since));
            zone.checked.duration_since(last).unwrap_or_default() < SILENCE
        }
    };
    !asked.into_iter().any(is_served)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Verdict;
    use crate::report::RecordsState;
    use crate::report::tests::samples;

    fn at(minute: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_mins(minute)
    }

    /// A zone at three addresses, of each of which only the last response is known.
    fn zone(last_answer: Option<SystemTime>) -> ZoneSnapshot {
        let report = samples::in_sync();
        ZoneSnapshot {
            checked: at(90),
            took: Duration::ZERO,
            publications: 1,
            regressions: 0,
            last_publication: None,
            servers: report
                .servers
                .iter()
                .map(|_| ServerSnapshot { last_answer, ..Default::default() })
                .collect(),
            records: RecordsState::default(),
            last_exception: None,
            history: [].into(),
            report,
        }
    }

    #[test]
    fn a_zone_is_served_until_every_server_denies_it_or_was_silent_for_an_hour() {
        let mut served = zone(None);
        assert!(!is_unserved(&served, at(80)));
        let refuse = |zone: &mut ZoneSnapshot, position: usize| {
            let server = &mut zone.report.servers[position];
            (server.verdict, server.serial, server.copy) = (Verdict::InSync, None, None);
        };
        for position in 0..served.report.servers.len() {
            assert!(!is_unserved(&served, at(80)), "{position}");
            refuse(&mut served, position);
        }
        assert!(is_unserved(&served, at(80)));
        // It refuses queries and gives the zone by transfer.
        served.report.servers[1].copy = samples::in_sync().servers[1].copy.clone();
        assert!(!is_unserved(&served, at(80)));

        for (last_answer, since, is_gone) in [
            (Some(at(31)), at(0), false),
            (Some(at(30)), at(0), true),
            (Some(at(0)), at(31), false),
            (None, at(29), true),
            // The clock was set back.
            (Some(at(100)), at(0), false),
        ] {
            let mut silent = zone(last_answer);
            (0..silent.report.servers.len()).for_each(|position| refuse(&mut silent, position));
            silent.report.servers[0].answer = None;
            assert_eq!(is_unserved(&silent, since), is_gone, "{last_answer:?} {since:?}");
        }
    }
}
