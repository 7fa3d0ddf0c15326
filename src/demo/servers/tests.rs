use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::compare::{Scope, contents};
use crate::digest::{Buckets, Digest, HashKey, Profile};
use crate::dns::Rtype;
use crate::dns::message::{NOTAUTH, OptRecord, Question};
use crate::dns::xfr::axfr::{AxfrProgress, AxfrReader, XfrError};
use crate::judge::Verdict;
use crate::observe::{Content, Copy};
use crate::plan::{ContentRules, SignatureComparison};

/// Reads the copy of one server over TCP.
async fn read(server: &DemoServer, profile: &Arc<Profile>) -> Result<Copy, XfrError> {
    let question = Question { id: 1, qname: crate::demo::ZONE.parse().unwrap(), qtype: Rtype::AXFR };
    let wire = question.to_wire(OptRecord::Omitted);
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_u16(wire.len().try_into().unwrap()).await.unwrap();
    stream.write_all(&wire).await.unwrap();
    let mut transfer = AxfrReader::new(question, 1000);
    let mut digest = Digest::new(Arc::clone(profile), Buckets::none(), UNIX_EPOCH);
    loop {
        let mut message = vec![0; stream.read_u16().await.unwrap().into()];
        stream.read_exact(&mut message).await.unwrap();
        if transfer.read_message(&message, |record| digest.add(record))? == AxfrProgress::Complete {
            return Ok(Copy {
                summary: transfer.end()?,
                digest,
                bytes: 0,
                duration: Duration::ZERO,
                zonemd: None,
            });
        }
    }
}

#[tokio::test]
async fn every_server_serves_the_planted_differences() {
    let content = ContentRules { dnssec: SignatureComparison::Semantic, ..ContentRules::default() };
    let profile = Arc::new(Profile { key: HashKey([7; 16]), content });
    let servers = start().await.unwrap();
    let zone = crate::demo::ZONE.parse().unwrap();
    let mut servers = servers.iter();
    let reference = read(servers.next().unwrap(), &profile).await.unwrap();
    assert!(reference.digest.rrsets() >= 20);
    let reference_serial = reference.summary.soa.serial;
    let reference = Content::Whole(reference);
    for server in servers {
        let spec = &server.spec;
        let found = match read(server, &profile).await {
            Ok(found) => found,
            Err(fault) => {
                assert_eq!((spec.verdict, fault), (Verdict::Lame, XfrError::Rcode(NOTAUTH)));
                continue;
            }
        };
        let serial = found.summary.soa.serial;
        let scope = Scope {
            zone: &zone,
            profile: &profile,
            compares_soa: true,
            changed: None,
            max_listed: 100,
            is_file: false,
        };
        let differences = contents(&reference, &Content::Whole(found), &scope).differences;
        let found_rrsets: Vec<_> = differences
            .listed
            .iter()
            .map(|rrset| (rrset.owner.as_str(), rrset.rtype.as_str(), rrset.kind))
            .collect();
        let planted: Vec<_> =
            spec.differences.iter().map(|rrset| (rrset.owner, rrset.rtype, rrset.kind)).collect();
        assert_eq!(found_rrsets, planted, "{}", spec.name);
        let verdict = match reference_serial.compare(serial) {
            crate::dns::SerialOrder::Behind(_) => Verdict::Behind,
            crate::dns::SerialOrder::Ahead(_) => Verdict::Ahead,
            _ if found_rrsets.is_empty() => Verdict::InSync,
            _ => Verdict::Diverged,
        };
        assert_eq!(verdict, spec.verdict, "{}", spec.name);
    }
}
