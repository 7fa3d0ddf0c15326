//! Which fields of a report differ between zones that are otherwise alike.
//!
//! A field that is not listed here stays in the outline: nothing is lost, but fewer zones share one.

use std::time::Duration;

use super::values::Values;
use crate::report::model::{
    AnswerReport, CacheReport, CopyReport, FindingReport, ReferenceReport, ServerReport, StatusReport,
    ValidationReport, ZoneReport,
};
use crate::report::snapshot::{ServerSnapshot, ZoneSnapshot};

/// Moves the values of a snapshot.
pub(super) fn snapshot_values(snapshot: &mut ZoneSnapshot, values: &mut impl Values) {
    report_values(&mut snapshot.report, values);
    values.duration(&mut snapshot.took);
    values.number(&mut snapshot.publications);
    values.number(&mut snapshot.regressions);
    values.time(&mut snapshot.last_publication);
    for ServerSnapshot { last_answer, last_in_sync, latency } in &mut snapshot.servers {
        values.time(last_answer);
        values.time(last_in_sync);
        // A latency of zero is known.
        let mut millis =
            latency.map_or(0, |latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX - 1) + 1);
        values.number(&mut millis);
        *latency = millis.checked_sub(1).map(Duration::from_millis);
    }
}

fn report_values(report: &mut ZoneReport, values: &mut impl Values) {
    for reference in [&mut report.reference, &mut report.secondaries_reference].into_iter().flatten() {
        let ReferenceReport { serial, refresh, retry, expire, copy, .. } = reference;
        values.serial(serial);
        for number in [refresh, retry, expire] {
            values.number32(number);
        }
        if let Some(copy) = copy {
            copy_values(copy, values);
        }
    }
    if let Some(wrong) = &mut report.wrong_rrsets {
        values.number(&mut wrong.wrong);
        values.number(&mut wrong.of);
    }
    for server in &mut report.servers {
        server_values(server, values);
    }
    if let Some(time) = &mut report.cached_until_at_most {
        values.text(time);
    }
    for CacheReport { asked_at, rrsets, .. } in &mut report.caches {
        values.text(asked_at);
        for rrset in rrsets {
            values.number32(&mut rrset.ttl);
        }
    }
    finding_values(&mut report.findings, values);
}

fn server_values(server: &mut ServerReport, values: &mut impl Values) {
    if let Some(serial) = &mut server.serial {
        values.serial(serial);
    }
    if let Some(lag) = &mut server.serial_lag {
        values.signed(lag);
    }
    let times = [&mut server.since, &mut server.deadline, &mut server.compared_at];
    for time in times.into_iter().flatten() {
        values.text(time);
    }
    if let Some(AnswerReport { certificate_expires, rtt_seconds, expire_seconds, extended_errors, .. }) =
        &mut server.answer
    {
        if let Some(time) = certificate_expires {
            values.text(time);
        }
        values.decimal(rtt_seconds);
        if let Some(seconds) = expire_seconds {
            values.number32(seconds);
        }
        for error in extended_errors {
            values.text(&mut error.text);
        }
    }
    for instance in &mut server.instances {
        if let Some(serial) = &mut instance.serial {
            values.serial(serial);
        }
    }
    if let Some(failure) = &mut server.failure {
        values.text(&mut failure.message);
    }
    if let Some(copy) = &mut server.copy {
        copy_values(copy, values);
    }
    if let Some(wrong) = &mut server.wrong_rrsets {
        values.number(&mut wrong.wrong);
        values.number(&mut wrong.of);
    }
    if let Some(status) = &mut server.status {
        status_values(status, values);
    }
    finding_values(&mut server.findings, values);
}

fn status_values(status: &mut StatusReport, values: &mut impl Values) {
    if let Some(serial) = &mut status.serial {
        values.serial(serial);
    }
    let StatusReport { next_refresh, expires, last_good_check, transfer, state, .. } = status;
    for text in [next_refresh, expires, last_good_check, transfer, state].into_iter().flatten() {
        values.text(text);
    }
    if let Some(failure) = &mut status.failure {
        values.text(&mut failure.message);
    }
}

fn copy_values(copy: &mut CopyReport, values: &mut impl Values) {
    for number in [&mut copy.asked, &mut copy.askable].into_iter().flatten() {
        values.number(number);
    }
    for number in [&mut copy.records, &mut copy.rrsets, &mut copy.bytes, &mut copy.dropped] {
        values.number(number);
    }
    values.serial(&mut copy.serial);
    values.decimal(&mut copy.seconds);
    let texts = [&mut copy.fingerprint, &mut copy.signatures_expire];
    for text in texts.into_iter().flatten() {
        values.text(text);
    }
    if let Some(ValidationReport { signatures, valid, unverified, invalid, fault_count, .. }) =
        &mut copy.validation
    {
        let numbers = [signatures, valid, unverified, invalid, fault_count];
        for number in numbers {
            values.number(number);
        }
    }
}

fn finding_values(findings: &mut [FindingReport], values: &mut impl Values) {
    for finding in findings {
        values.text(&mut finding.message);
        for command in &mut finding.advice {
            values.text(command);
        }
    }
}
