//! The commands and settings of each server software, for the advice of findings and for the runbook.
//!
//! Written against BIND 9.18, NSD 4.6, Knot DNS 3.2, PowerDNS 4.7, and unbound 1.17.

/// Something to do at a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// What it does, and where it is done.
    pub title: &'static str,
    /// The command or setting of each server software.
    pub commands: &'static [SoftwareCommand],
}

/// The command or setting of one server software.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftwareCommand {
    /// The name of the software.
    pub software: &'static str,
    /// The command or setting; `ZONE` stands for the zone, or for another name.
    pub text: &'static str,
}

impl SoftwareCommand {
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

    const fn unbound(text: &'static str) -> Self {
        Self { software: "unbound", text }
    }
}

/// Transfers the complete zone, whatever the serials.
///
/// PowerDNS transfers only the differences if the metadata `IXFR` of the zone is 1.
pub const FULL_TRANSFER: Task = Task {
    title: "Force a full transfer, on the server",
    commands: &[
        SoftwareCommand::bind("rndc retransfer ZONE"),
        SoftwareCommand::nsd("nsd-control force_transfer ZONE"),
        SoftwareCommand::knot("knotc zone-retransfer ZONE"),
        SoftwareCommand::powerdns("pdns_control retrieve ZONE"),
    ],
};

/// Transfers the zone if the primary has a newer version; PowerDNS does so in any case.
pub const REFRESH: Task = Task {
    title: "Refresh the zone now, on the server",
    commands: &[
        SoftwareCommand::bind("rndc refresh ZONE"),
        SoftwareCommand::nsd("nsd-control transfer ZONE"),
        SoftwareCommand::knot("knotc zone-refresh ZONE"),
        SoftwareCommand::powerdns("pdns_control retrieve ZONE"),
    ],
};

/// Notifies the secondaries again that the zone has changed.
pub const NOTIFY: Task = Task {
    title: "Send NOTIFY again, on the primary",
    commands: &[
        SoftwareCommand::bind("rndc notify ZONE"),
        SoftwareCommand::nsd("nsd-control notify ZONE"),
        SoftwareCommand::knot("knotc zone-notify ZONE"),
        SoftwareCommand::powerdns("pdns_control notify ZONE"),
    ],
};

/// Shows the serial, the timers and the state of the zone at the server.
pub const STATUS: Task = Task {
    title: "Show the state of the zone, on the server",
    commands: &[
        SoftwareCommand::bind("rndc zonestatus ZONE"),
        SoftwareCommand::nsd("nsd-control zonestatus ZONE"),
        SoftwareCommand::knot("knotc zone-status ZONE"),
        SoftwareCommand::powerdns("pdnsutil show-zone ZONE"),
    ],
};

/// Shows whether the server has a zone, and from which catalog.
pub const MEMBER_STATUS: Task = Task {
    title: "See whether the server has the zone, and from which catalog, on the server",
    commands: &[
        SoftwareCommand::bind("rndc zonestatus ZONE"),
        SoftwareCommand::knot("knotc zone-status ZONE +catalog"),
        SoftwareCommand::powerdns("pdnsutil show-zone ZONE"),
    ],
};

/// Shows whether the name server runs.
pub const ALIVE: Task = Task {
    title: "See whether the name server runs, on the server",
    commands: &[
        SoftwareCommand::bind("rndc status"),
        SoftwareCommand::nsd("nsd-control status"),
        SoftwareCommand::knot("knotc status"),
        SoftwareCommand::powerdns("pdns_control rping"),
    ],
};

/// Loads an edited zone, so that it is served.
pub const RELOAD: Task = Task {
    title: "Load the edited zone, on the primary",
    commands: &[
        SoftwareCommand::bind("rndc reload ZONE"),
        SoftwareCommand::nsd("nsd-control reload ZONE"),
        SoftwareCommand::knot("knotc zone-reload ZONE"),
        SoftwareCommand { software: "PowerDNS with zone files", text: "pdns_control bind-reload-now ZONE" },
        SoftwareCommand { software: "PowerDNS with a database", text: "pdnsutil edit-zone ZONE" },
    ],
};

/// Renews the signatures, under a new serial.
pub const SIGN: Task = Task {
    title: "Sign the zone again, where it is signed",
    commands: &[
        SoftwareCommand::bind("rndc sign ZONE"),
        SoftwareCommand::knot("knotc zone-sign ZONE"),
        SoftwareCommand::powerdns("pdnsutil increase-serial ZONE"),
        SoftwareCommand {
            software: "BIND or NSD with signed files",
            text: "dnssec-signzone -S -N increment -o ZONE FILE",
        },
    ],
};

/// Makes the ZONEMD record of the zone anew. BIND 9.18 and PowerDNS 4.7 make none.
pub const MAKE_DIGEST: Task = Task {
    title: "Make the digest (ZONEMD) anew, where the zone is signed",
    commands: &[
        SoftwareCommand { software: "Knot with zonemd-generate", text: "knotc zone-sign ZONE" },
        SoftwareCommand {
            software: "BIND or NSD with zone files",
            text: "ldns-signzone -Z -z 1:1 -o ZONE FILE",
        },
    ],
};

/// Allows transfers to an address; a TSIG key is configured in the same place.
pub const ALLOW_TRANSFER: Task = Task {
    title: "Allow transfers to ADDRESS, in the configuration of the server",
    commands: &[
        SoftwareCommand::bind("allow-transfer { ADDRESS; };"),
        SoftwareCommand::nsd("provide-xfr: ADDRESS NOKEY"),
        SoftwareCommand::knot("acl with address ADDRESS, action transfer"),
        SoftwareCommand::powerdns("allow-axfr-ips=ADDRESS"),
    ],
};

/// Makes the primary send NOTIFY.
pub const SEND_NOTIFY: Task = Task {
    title: "Send NOTIFY to ADDRESS, in the configuration of the primary",
    commands: &[
        SoftwareCommand::bind("also-notify { ADDRESS; };"),
        SoftwareCommand::nsd("notify: ADDRESS NOKEY"),
        SoftwareCommand::knot("notify: REMOTE, a remote with `address: ADDRESS`"),
        SoftwareCommand::powerdns("also-notify=ADDRESS"),
    ],
};

/// Makes the secondary accept NOTIFY.
pub const ACCEPT_NOTIFY: Task = Task {
    title: "Accept NOTIFY from ADDRESS, in the configuration of the secondary",
    commands: &[
        SoftwareCommand::bind("allow-notify { ADDRESS; };"),
        SoftwareCommand::nsd("allow-notify: ADDRESS NOKEY"),
        SoftwareCommand::knot("acl with address ADDRESS, action notify"),
        SoftwareCommand::powerdns("trusted-notification-proxy=ADDRESS"),
    ],
};

/// Drops what a resolver holds of one name. unbound may answer once more with what it drops, where it serves expired
/// records.
pub const FLUSH_NAME: Task = Task {
    title: "Drop a name from the cache, on the resolver",
    commands: &[
        SoftwareCommand::unbound("unbound-control flush ZONE"),
        SoftwareCommand::bind("rndc flushname ZONE"),
    ],
};

/// Drops what a resolver holds of a zone and of everything below it.
pub const FLUSH_ZONE: Task = Task {
    title: "Drop a zone from the cache, on the resolver",
    commands: &[
        SoftwareCommand::unbound("unbound-control flush_zone ZONE"),
        SoftwareCommand::bind("rndc flushtree ZONE"),
    ],
};

/// Lets an address look into the cache of a resolver (RD clear).
pub const SHOW_CACHE: Task = Task {
    title: "Show the cache to ADDRESS, in the configuration of the resolver",
    commands: &[
        SoftwareCommand::unbound("access-control: ADDRESS allow_snoop"),
        SoftwareCommand::bind("allow-query-cache { ADDRESS; };"),
    ],
};

/// Makes every transfer a full one, so that it removes any error in the copy.
pub const FULL_TRANSFERS_ONLY: Task = Task {
    title: "Turn incremental transfers off",
    commands: &[
        SoftwareCommand { software: "BIND, on the secondary", text: "request-ixfr no;" },
        SoftwareCommand { software: "NSD, on the secondary", text: "request-xfr: AXFR ADDRESS KEY" },
        SoftwareCommand { software: "Knot, on the primary", text: "provide-ixfr: off" },
        SoftwareCommand { software: "PowerDNS, on the secondary", text: "pdnsutil set-meta ZONE IXFR 0" },
    ],
};
