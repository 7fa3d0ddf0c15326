//! The examples of the RFCs, and keys of unusual forms.

use std::time::{Duration, UNIX_EPOCH};

use data_encoding::BASE32_DNSSEC;

use super::*;
use crate::dns::rdata::push_type_bitmap;
use crate::dns::wire::Record;
use crate::dns::zonefile::ZoneFileReader;
use crate::dns::{Name, Rtype};

/// The records of one RRset in a zone, and a signature over it, as text.
struct Example {
    zone: &'static str,
    key: &'static str,
    tag: u16,
    records: &'static str,
    rrsig: &'static str,
}

/// The records in some text: owner, type, TTL and RDATA.
fn records(zone: &str, text: &str) -> Vec<(Name, Rtype, u32, Vec<u8>)> {
    let mut reader = ZoneFileReader::new(zone.parse().unwrap());
    let mut records = Vec::new();
    for line in text.lines() {
        let mut sink = |record: &Record<'_>| {
            let owner = Name::from_wire(record.owner).unwrap();
            records.push((owner, record.rtype, record.ttl, record.signed.to_vec()));
        };
        reader.read_line(line.as_bytes(), &mut sink).unwrap();
    }
    records
}

fn dnskey(zone: &str, text: &str) -> Dnskey {
    let records = records(zone, &format!("@ 3600 DNSKEY {text}"));
    Dnskey::from_rdata(&records[0].3).unwrap()
}

fn ds(zone: &str, text: &str) -> Ds {
    Ds::from_rdata(&records(zone, &format!("@ 3600 DS {text}"))[0].3).unwrap()
}

const RFC_4035_ZSK: &str = "256 3 5 AQOy1bZVvpPqhg4j7EJoM9rI3ZmyEx2OzDBVrZy/lvI5CQePxXHZS4i8dANH4DX3tbHol61e\
    k8EFMcsGXxKciJFHyhl94C+NwILQdzsUlSFovBZsyl/NX6yEbtw/xN9ZNcrbYvgjjZ/UVPZIySFNsgEYvh0z2542lzMKR4Dh8uZffQ==";

const RFC_4035_KSK: &str = "257 3 5 AQOeX7+baTmvpVHb2CcLnL1dMRWbuscRvHXlLnXwDzvqp4tZVKp1sZMepFb8MvxhhW3y/0QZ\
    syCjczGJ1qk8vJe52iOhInKROVLRwxGpMfzPRLMlGybr51bOV/1se0ODacj3DomyB4QB5gKTYot/K9alk5/j8vfd4jWCWD+E1Sze0Q==";

/// An example of RFC 4035 appendices A and B.
const fn rfc_4035(records: &'static str, rrsig: &'static str) -> Example {
    Example { zone: "example", key: RFC_4035_ZSK, tag: 38_519, records, rrsig }
}

const EXAMPLES: [Example; 11] = [
    rfc_4035(
        "@ 3600 NS NS1.example.\n@ 3600 NS ns2.Example.",
        "NS 5 1 3600 20040509183619 20040409183619 38519 example. gl13F00f2U0R+SWiXXLHwsMY+qStYy5k6zfd\
         EuivWc+wd1fmbNCyql0Tk7lHTX6UOxc8AgNf4ISFve8XqF4q+o9qlnqIzmppU3LiNeKT4FZ8RO5urFOvoMRTbQxW3U0hXWuggE4g\
         3ZpsHv480HjMeRaZB/FRPGfJPajngcq6Kwg=",
    ),
    rfc_4035(
        "@ 3600 NSEC a.example. NS SOA MX RRSIG NSEC DNSKEY",
        "NSEC 5 1 3600 20040509183619 20040409183619 38519 example. O0k558jHhyrC97ISHnislm4kLMW48C7U7cBm\
         FTfhke5iVqNRVTB1STLMpgpbDIC9hcryoO0VZ9ME5xPzUEhbvGnHd5sfzgFVeGxr5Nyyq4tWSDBgIBiLQUv1ivy29vhXy7WgR62d\
         PrZ0PWvmjfFJ5arXf4nPxp/kEowGgBRzY/U=",
    ),
    // The wildcard itself, and what a resolver gets that asks for a name below it (appendix B.6).
    rfc_4035("*.w 3600 MX 1 ai.example.", RFC_4035_WILDCARD),
    rfc_4035("a.z.w 3600 MX 1 ai.example.", RFC_4035_WILDCARD),
    rfc_4035(
        "x.w 1 MX 1 xx.example.",
        "MX 5 3 3600 20040509183619 20040409183619 38519 example. Il2WTZ+Bkv+OytBx4LItNW5mjB4RCwhOO8y1\
         XzPHZmZUTVYL7LaA63f6T9ysVBzJRI3KRjAPH3U1qaYnDoN1DrWqmi9RJe4FoObkbcdm7P3Ikx70ePCoFgRz1Yq+bVVXCvGuAU4x\
         ALv3W/Y1jNSlwZ2mSWKHfxFQxPtLj8s32+k=",
    ),
    Example {
        zone: "example",
        key: RFC_4035_KSK,
        tag: 9465,
        records: "@ 3600 DNSKEY 257 3 5 AQOeX7+baTmvpVHb2CcLnL1dMRWbuscRvHXlLnXwDzvqp4tZVKp1sZMepFb8MvxhhW3y/0QZ\
            syCjczGJ1qk8vJe52iOhInKROVLRwxGpMfzPRLMlGybr51bOV/1se0ODacj3DomyB4QB5gKTYot/K9alk5/j8vfd4jWCWD+E1Sze0Q==\n\
            @ 3600 DNSKEY 256 3 5 AQOy1bZVvpPqhg4j7EJoM9rI3ZmyEx2OzDBVrZy/lvI5CQePxXHZS4i8dANH4DX3tbHol61e\
            k8EFMcsGXxKciJFHyhl94C+NwILQdzsUlSFovBZsyl/NX6yEbtw/xN9ZNcrbYvgjjZ/UVPZIySFNsgEYvh0z2542lzMKR4Dh8uZffQ==",
        rrsig: "DNSKEY 5 1 3600 20040509183619 20040409183619 9465 example. ZxgauAuIj+k1YoVEOSlZfx41fcmKzTFH\
            oweZxYnz99JVQZJ33wFS0Q0jcP7VXKkaElXk9nYJXevO/7nAbo88iWsMkSpSR6jWzYYKwfrBI/L9hjYmyVO9m6FjQ7uwM4dCP/bI\
            uV/DKqOAK9NYNC3AHfvCV1Tp4VKDqxqG7R5tTVM=",
    },
    // RFC 5702 section 6.2.
    Example {
        zone: "example.net",
        key: "256 3 10 AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFDxj13tOnD9u/1\
            kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL",
        tag: 3740,
        records: "www 3600 A 192.0.2.91",
        rrsig: "A 10 3 3600 20300101000000 20000101000000 3740 example.net. tsb4wnjRUDnB1BUi+t6TMTXThjVnG+eC\
            kWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMweOLDiNa8iP5g9vM\
            hpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw=",
    },
    // RFC 6605 sections 6.1 and 6.2.
    Example {
        zone: "example.net",
        key: "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
        tag: 55_648,
        records: "www 3600 A 192.0.2.1",
        rrsig: "A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8o\
            Mz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
    },
    Example {
        zone: "example.net",
        key: "257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8\
            /uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
        tag: 10_771,
        records: "www 3600 A 192.0.2.1",
        rrsig: "A 14 3 3600 20100909102025 20100812102025 10771 example.net. /L5hDKIvGDyI1fcARX3z65qrmPsVz73Q\
            D1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm",
    },
    // RFC 8080 section 6.1.
    Example {
        zone: "example.com",
        key: "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
        tag: 3613,
        records: "@ 3600 MX 10 mail.example.com.",
        rrsig: "MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHp\
            jQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
    },
    Example {
        zone: "example.com",
        key: "257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
        tag: 35_217,
        records: "@ 3600 MX 10 mail.example.com.",
        rrsig: "MX 15 2 3600 1440021600 1438207200 35217 example.com. zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZX\
            FdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==",
    },
];

const RFC_4035_WILDCARD: &str = "MX 5 2 3600 20040509183619 20040409183619 38519 example. OMK8rAZlepfzLWW75Dxd63jy2w\
    swESzxDKG2f9AMN1CytCd10cYISAxfAdvXSZ7xujKAtPbctvOQ2ofO7AZJ+d01EeeQTVBPq4/6KCWhqe2XTjnkVLNvvhnc0u28aoSsG0+4InvkkO\
    HknKxw4kX18MMR34i8lC36SR5xBni8vHI=";

#[test]
fn the_signatures_in_the_rfcs_are_valid() {
    for Example { zone, key, tag, records: text, rrsig } in EXAMPLES {
        let key = dnskey(zone, key);
        assert_eq!(key.key_tag(), tag, "{rrsig}");
        let rrset = records(zone, text);
        let owner = rrset[0].0.clone();
        let mut sorted: Vec<_> = rrset.into_iter().map(|(_, _, ttl, rdata)| (ttl, rdata)).collect();
        sorted.sort_by(|(_, one), (_, other)| one.cmp(other));
        // One that is there twice counts once.
        sorted.push((1, sorted.last().unwrap().1.clone()));
        let rdata = records(zone, &format!("@ 3600 RRSIG {rrsig}"))[0].3.clone();
        let rrsig = Rrsig::from_rdata(&rdata).unwrap();
        let mut data = Vec::new();
        assert!(rrsig.push_signed_data(&mut data, &owner, &sorted));
        let key = VerifyingKey::new(&key).unwrap();
        assert!(key.verify(&data, rrsig.signature), "{zone} {text}");
        *data.last_mut().unwrap() ^= 1;
        assert!(!key.verify(&data, rrsig.signature), "{zone} {text}");
    }
}

#[test]
fn a_signature_for_more_labels_than_the_owner_has_is_over_nothing() {
    let rdata = records("example", &format!("@ 3600 RRSIG {RFC_4035_WILDCARD}"))[0].3.clone();
    let rrsig = Rrsig::from_rdata(&rdata).unwrap();
    assert!(!rrsig.push_signed_data(&mut Vec::new(), &"example".parse().unwrap(), &[]));
}

#[test]
fn the_times_of_a_signature_are_those_nearest_to_now() {
    let rdata = records("example", &format!("@ 3600 RRSIG {RFC_4035_WILDCARD}"))[0].3.clone();
    let rrsig = Rrsig::from_rdata(&rdata).unwrap();
    let expires = Duration::from_secs(1_084_127_779);
    let turn = Duration::from_secs(1 << 32);
    assert_eq!(rrsig.expires(UNIX_EPOCH + expires), UNIX_EPOCH + expires);
    assert_eq!(rrsig.expires(UNIX_EPOCH + turn), UNIX_EPOCH + turn + expires);
    assert_eq!(rrsig.begins(UNIX_EPOCH + turn), UNIX_EPOCH + turn + expires - Duration::from_hours(720));
}

#[test]
fn the_ds_records_in_the_rfcs_match_their_keys() {
    let dskey = "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMm\
        mAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
    for (owner, key, digest) in [
        ("dskey.example.com", dskey, "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
        (
            "dskey.example.com",
            dskey,
            "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A",
        ),
        (
            "example.net",
            EXAMPLES[8].key,
            "10771 14 4 72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3008a946df983d6",
        ),
    ] {
        let (key, digest) = (dnskey(owner, key), ds(owner, digest));
        let zone: Name = owner.parse().unwrap();
        assert!(digest.matches(&zone, &key), "{digest:?}");
        assert!(!digest.matches(&"other.example".parse().unwrap(), &key));
        assert!(!Ds { algorithm: digest.algorithm ^ 1, ..digest.clone() }.matches(&zone, &key));
        assert!(!Ds { digest_type: 3, ..digest.clone() }.matches(&zone, &key));
        assert_eq!(Ds::from_rdata(&digest.to_rdata()), Some(digest));
    }
}

#[test]
fn the_tag_of_an_rsa_md5_key_is_taken_from_its_modulus() {
    let key =
        Dnskey { flags: 256, protocol: 3, algorithm: 1, public_key: vec![1, 3, 9, 8, 0x12, 0x34, 0x56] };
    assert_eq!(key.key_tag(), 0x1234);
}

#[test]
fn the_hashes_of_rfc_5155_are_those_of_its_names() {
    for (name, hash) in [
        ("example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
        ("a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
        ("ai.example", "gjeqe526plbf1g8mklp59enfd789njgi"),
        ("ns1.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"),
        ("ns2.example", "q04jkcevqvmu85r014c7dkba38o0ji5r"),
        ("w.example", "k8udemvp1j2f7eg6jebps17vp3n8i58h"),
        ("*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
        ("x.w.example", "b4um86eghhds6nea196smvmlo4ors995"),
        ("y.w.example", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"),
        ("x.y.w.example", "2vptu5timamqttgl4luu9kg21e0aor3s"),
        ("xx.example", "t644ebqk9bibcna874givr6joj62mlhv"),
    ] {
        let wire: Name = name.parse().unwrap();
        let found = nsec3_hash(wire.as_wire(), &[0xaa, 0xbb, 0xcc, 0xdd], 12);
        assert_eq!(BASE32_DNSSEC.encode(&found), hash, "{name}");
    }
}

#[test]
fn nsec_and_nsec3_records_are_parsed() {
    // RFC 4034 section 4.3 and RFC 5155 appendix A.
    let text = "alfa 3600 NSEC Host A MX RRSIG NSEC TYPE1234\n\
        0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 3600 NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX NS RRSIG\n\
        @ 0 NSEC3PARAM 1 0 12 aabbccdd\n";
    let records = records("example.com", text);
    let nsec = Nsec::from_rdata(&records[0].3).unwrap();
    assert_eq!(nsec.next, b"\x04Host\x07example\x03com\x00");
    let types: Vec<u16> = nsec.types.iter().map(|rtype| rtype.0).collect();
    assert_eq!(types, [1, 15, 46, 47, 1234]);
    assert!(nsec.types.contains(Rtype(1234)) && !nsec.types.contains(Rtype::NS));
    let nsec3 = Nsec3::from_rdata(&records[1].3).unwrap();
    assert!(nsec3.is_opt_out());
    assert_eq!(nsec3.parameters.iterations, 12);
    assert_eq!(BASE32_DNSSEC.encode(nsec3.next), "2t7b4g4vsa5smi47k61mv5bv1a22bojr");
    assert_eq!(Nsec3Parameters::from_rdata(&records[2].3), Some(nsec3.parameters));
    // Other flags and algorithms are passed over.
    for (at, octet) in [(0, 2), (1, 2), (1, 0x80)] {
        let mut rdata = records[1].3.clone();
        rdata[at] = octet;
        assert_eq!(Nsec3::from_rdata(&rdata), None);
    }
    let mut with_flag = records[2].3.clone();
    with_flag[1] = 1;
    assert_eq!(Nsec3Parameters::from_rdata(&with_flag), None);
}

#[test]
fn bitmaps_are_written_as_they_are_read() {
    let types = [1, 15, 46, 47, 255, 256, 1234, 65_535].map(Rtype);
    let mut bitmap = Vec::new();
    push_type_bitmap(&mut bitmap, &types);
    assert!(TypeSet::new(&bitmap).iter().eq(types));
    // Zeros at the end do no harm, and a window that is cut short has no types.
    assert!(TypeSet::new(&[0, 2, 0x40, 0]).iter().eq([Rtype(1)]));
    assert_eq!(TypeSet::new(&[0, 3, 0x40, 0]).iter().count(), 0);
    assert_eq!(TypeSet::new(&[0]).iter().count(), 0);
    // An octet past the 32 of a window stands for no type.
    assert_eq!(TypeSet::new(&[&[0, 33][..], &[0; 32], &[0xff]].concat()).iter().count(), 0);
}

#[test]
fn rsa_keys_of_each_form_are_accepted_within_limits() {
    let modulus = |length: usize| [&[0xc1][..], &vec![0x11; length - 1]].concat();
    let key = |public_key: Vec<u8>| {
        VerifyingKey::new(&Dnskey { flags: 256, protocol: 3, algorithm: 8, public_key }).is_some()
    };
    let of = |exponent: &[u8], length: usize| {
        let front = [u8::try_from(exponent.len()).unwrap()];
        [&front, exponent, &modulus(length)].concat()
    };
    for (exponent, length, is_known) in [
        (&[3][..], 128, true),
        (&[1, 0, 1], 256, true),
        (&[0, 1, 0, 1], 512, true),
        // 2^32 + 1, which BIND has an option for.
        (&[1, 0, 0, 0, 1], 256, true),
        (&[2, 0, 0, 0, 1], 256, false),
        (&[0xff; 16], 256, false),
        (&[1], 256, false),
        (&[2], 256, false),
        (&[], 256, false),
        (&[1, 0, 1], 64, false),
        (&[1, 0, 1], 1024, true),
        (&[1, 0, 1], 1025, false),
    ] {
        assert_eq!(key(of(exponent, length)), is_known, "{exponent:?}, {length}");
    }
    // The long form of the length of the exponent.
    assert!(key([&[0, 0, 3, 1, 0, 1][..], &modulus(256)].concat()));
    for malformed in [&[][..], &[0], &[0, 1], &[200, 1, 0, 1]] {
        assert!(!key(malformed.to_vec()), "{malformed:?}");
    }
}

#[test]
fn rdata_that_is_cut_short_is_no_record() {
    let text = format!("@ 3600 RRSIG {RFC_4035_WILDCARD}");
    let rrsig = records("example", &text)[0].3.clone();
    let signer_end = 18 + "example".len() + 2;
    for length in 0..signer_end {
        assert_eq!(Rrsig::from_rdata(&rrsig[..length]), None, "{length}");
    }
    assert_eq!(Rrsig::from_rdata(&rrsig[..signer_end]).unwrap().signature, b"");
    for length in 0..4 {
        assert_eq!(Dnskey::from_rdata(&rrsig[..length]), None);
        assert_eq!(Ds::from_rdata(&rrsig[..length]), None);
    }
    assert_eq!(Nsec::from_rdata(&[3, b'a']), None);
    assert_eq!(Nsec3::from_rdata(&[1, 0, 0, 0, 1]), None);
}
