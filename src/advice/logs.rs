//! What secondaries log where they get no new version of a zone, and what each line says of the cause.
//!
//! Written against BIND 9.18, NSD 4.6, Knot DNS 3.2, PowerDNS 4.7 and YADIFA 2.6.

/// The command that shows what the log of a server says of a zone, whatever its software; `ZONE` stands for the zone.
pub const READ_LOG: &str = "journalctl -u named -u nsd -u knot -u pdns -u yadifa | grep -F ZONE";

/// A line of a log, or lines of several server softwares, and the cause that they tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCause {
    /// The lines.
    pub lines: &'static [LogLine],
    /// The cause and what to do, as a clause that follows `then`.
    pub conclusion: &'static str,
}

/// What one server software logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The name of the software.
    pub software: &'static str,
    /// A part of the line. `...` stands for what is left out, `ZONE` for the zone, and `ADDRESS` for an address.
    pub text: &'static str,
}

impl LogLine {
    const fn bind(text: &'static str) -> Self {
        Self { software: "BIND", text }
    }

    const fn nsd(text: &'static str) -> Self {
        Self { software: "NSD", text }
    }

    const fn knot(text: &'static str) -> Self {
        Self { software: "Knot", text }
    }

    const fn powerdns(text: &'static str) -> Self {
        Self { software: "PowerDNS", text }
    }

    const fn yadifa(text: &'static str) -> Self {
        Self { software: "YADIFA", text }
    }
}

/// The primary refuses the transfer.
pub const TRANSFER_REFUSED: LogCause = LogCause {
    lines: &[
        LogLine::bind("failed while receiving responses: REFUSED"),
        LogLine::nsd("zone ZONE received error code REFUSED from ADDRESS"),
        LogLine::knot("server responded with error 'REFUSED'"),
        LogLine::powerdns("AXFR chunk error: Query Refused"),
    ],
    conclusion: "the primary refuses the transfer: allow it there, for the address that this server sends from and \
                 for the key that it signs with.",
};

/// The signatures of the primary and the secondary do not fit.
pub const TSIG_DIFFERS: LogCause = LogCause {
    lines: &[
        LogLine::bind("failure trying primary ADDRESS...tsig indicates error"),
        LogLine::nsd("zone ZONE, from ADDRESS...tsig error (Bad Signature)"),
        LogLine::knot("failed (failed to verify TSIG)"),
        LogLine::powerdns("returned Rcode Server Not Authoritative for zone"),
    ],
    conclusion: "the primary does not accept its TSIG key: compare name, algorithm and secret on both sides, and the \
                 clocks.",
};

/// Nothing listens at the primary's address and port.
pub const PORT_CLOSED: LogCause = LogCause {
    lines: &[
        LogLine::bind("failure trying primary ADDRESS...connection refused"),
        LogLine::nsd("Could not tcp connect to ADDRESS: Connection refused"),
    ],
    conclusion: "no name server listens at that address and port: start it, or correct the address of the primary in \
                 the configuration of this server.",
};

/// The primary does not answer.
pub const PRIMARY_SILENT: LogCause = LogCause {
    lines: &[
        LogLine::bind("refresh: retry limit for primary ADDRESS exceeded"),
        LogLine::knot("failed (connection timeout)"),
        LogLine::powerdns("Unable to retrieve SOA for ZONE"),
    ],
    conclusion: "the primary does not answer it: look for a firewall between them, and whether the primary runs. NSD \
                 says nothing then.",
};

/// The transfer begins and does not end.
pub const TRANSFER_CUT: LogCause = LogCause {
    lines: &[
        LogLine::bind("failed while receiving responses: end of file"),
        LogLine::bind("failed while receiving responses: timed out"),
        LogLine::nsd("xfrd: failed reading tcp"),
        LogLine::knot("failed (connection reset)"),
        LogLine::powerdns("Remote nameserver closed TCP connection"),
        LogLine::powerdns("Timeout waiting for answer from ADDRESS during AXFR"),
    ],
    conclusion: "the transfer begins and does not end: look at the limits of the primary for transfers, and at what is \
                 on the way. Knot says so, too, where nothing listens at the port.",
};

/// The certificate of the primary is not accepted.
pub const TLS_FAILED: LogCause = LogCause {
    lines: &[
        LogLine::bind("TLS peer certificate verification failed"),
        LogLine::nsd("xfrd tls: TLS verify failed"),
    ],
    conclusion: "it does not accept the certificate of the primary: that is for another name, is of another authority, \
                 or has expired.",
};

/// One line for every cause.
pub const UNSAID: LogCause = LogCause {
    lines: &[LogLine::yadifa("failed to answer AXFR query for domain")],
    conclusion: "the transfer has failed, and the log does not say why: try it by hand from there.",
};

/// The causes for which a secondary does not get a new version.
pub const OF_TRANSFERS: &[LogCause] =
    &[TRANSFER_REFUSED, TSIG_DIFFERS, PORT_CLOSED, PRIMARY_SILENT, TRANSFER_CUT, TLS_FAILED, UNSAID];

/// The causes for which a secondary does not take NOTIFY.
pub const OF_NOTIFY: &[LogCause] = &[LogCause {
    lines: &[
        LogLine::bind("zone ZONE/IN: refused notify from non-primary: ADDRESS"),
        LogLine::nsd("notify for ZONE. from ADDRESS refused"),
        LogLine::knot("[ZONE.] ACL, denied, action notify, remote ADDRESS"),
        LogLine::powerdns("Received NOTIFY for ZONE from ADDRESS which is not a"),
    ],
    conclusion: "it takes NOTIFY from its primary, and not from that address: allow it there, or send NOTIFY from the \
                 primary. NSD says so with `verbosity: 2`.",
}];

/// The causes for which a server does not do what a catalog zone says.
pub const OF_CATALOGS: &[LogCause] = &[
    LogCause {
        lines: &[
            LogLine::bind("catz: zone 'ZONE' has no 'version' record"),
            LogLine::bind("unsupported version"),
            LogLine::knot("failed to process catalog zone"),
        ],
        conclusion: "the version record of the catalog is missing, or is not one that the server knows.",
    },
    LogCause {
        lines: &[
            LogLine::bind("because another catalog zone already contains an entry"),
            LogLine::powerdns("duplicate member zone"),
        ],
        conclusion: "the catalog lists a zone twice, or another catalog of the server has it: leave one entry.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_told_by_short_lines_and_concluded_in_a_sentence() {
        for cause in [OF_TRANSFERS, OF_NOTIFY, OF_CATALOGS].concat() {
            assert!(!cause.lines.is_empty() && cause.conclusion.ends_with('.'), "{cause:?}");
            assert!(cause.conclusion.starts_with(char::is_lowercase), "{cause:?}");
            for line in cause.lines {
                assert!(line.text.chars().count() <= 56, "{line:?}");
            }
        }
    }
}
