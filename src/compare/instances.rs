//! The responses of one address, grouped by the instance that sent them (RFC 5001).

use crate::dns::Serial;
use crate::observe::Observation;

/// Responses of one address that agree in NSID and serial.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The NSID of the instance.
    pub nsid: Option<Vec<u8>>,
    /// The serial that it served; `None` if it served no SOA.
    pub serial: Option<Serial>,
    /// The ratio of all responses that it sent, from 0 to 1.
    pub share: f64,
}

/// Returns the instances behind an address, in the order of their first responses.
///
/// A zone that an instance serves over TCP is not missing there because it refuses it over UDP.
pub fn instances(observations: &[Observation]) -> Vec<Instance> {
    let mut counted: Vec<(Option<Vec<u8>>, Option<Serial>, u32)> = Vec::new();
    let mut responses = 0_u32;
    for observation in observations {
        let Ok(response) = &observation.response else { continue };
        let is_served = |served: &Observation| {
            let served = served.response.as_ref();
            served.is_ok_and(|served| served.soa.is_ok() && served.edns.nsid == response.edns.nsid)
        };
        if response.refers_to_tcp() && observations.iter().any(is_served) {
            continue;
        }
        let serial = observation.soa().map(|soa| soa.serial);
        responses += 1;
        match counted.iter_mut().find(|(nsid, other, _)| *nsid == response.edns.nsid && *other == serial) {
            Some((_, _, count)) => *count += 1,
            None => counted.push((response.edns.nsid.clone(), serial, 1)),
        }
    }
    let share = |count: u32| f64::from(count) / f64::from(responses.max(1));
    counted.into_iter().map(|(nsid, serial, count)| Instance { nsid, serial, share: share(count) }).collect()
}
