//! The answers of one address, grouped by the instance that gave them (RFC 5001).

use crate::dns::Serial;
use crate::observe::Observation;

/// Answers of one address that agree in NSID and serial.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// What the instance calls itself.
    pub nsid: Option<Vec<u8>>,
    /// The serial it served; `None` if it served no SOA.
    pub serial: Option<Serial>,
    /// The part of all answers that came from here, from 0 to 1.
    pub share: f64,
}

/// Returns the instances seen behind an address, in the order of their first answers.
pub fn instances(observations: &[Observation]) -> Vec<Instance> {
    let mut counted: Vec<(Option<Vec<u8>>, Option<Serial>, u32)> = Vec::new();
    let mut answers = 0_u32;
    for observation in observations {
        let Ok(reply) = &observation.response else { continue };
        let serial = observation.soa().map(|soa| soa.serial);
        answers += 1;
        match counted.iter_mut().find(|(nsid, seen, _)| *nsid == reply.edns.nsid && *seen == serial) {
            Some((_, _, count)) => *count += 1,
            None => counted.push((reply.edns.nsid.clone(), serial, 1)),
        }
    }
    let share = |count: u32| f64::from(count) / f64::from(answers.max(1));
    counted.into_iter().map(|(nsid, serial, count)| Instance { nsid, serial, share: share(count) }).collect()
}
