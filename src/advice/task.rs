//! What is typed or set at a name server, in the words of each server software: once, for the advice
//! of a finding and for the runbook.
//!
//! Written against BIND 9.18, NSD 4.6, Knot DNS 3.2 and PowerDNS 4.7.

/// Something to do at a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// What it is for, and where it is done.
    pub title: &'static str,
    /// How each server software does it.
    pub ways: &'static [Way],
}

/// How one server software does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Which software.
    pub software: &'static str,
    /// The command or setting; `ZONE` stands for the zone.
    pub text: &'static str,
}

impl Way {
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
}

/// Takes the zone whole, whatever the serials say.
///
/// PowerDNS asks for the differences alone where the zone's metadata `IXFR` is 1.
pub const FULL_TRANSFER: Task = Task {
    title: "Force a full transfer, on the server",
    ways: &[
        Way::bind("rndc retransfer ZONE"),
        Way::nsd("nsd-control force_transfer ZONE"),
        Way::knot("knotc zone-retransfer ZONE"),
        Way::powerdns("pdns_control retrieve ZONE"),
    ],
};

/// Takes the zone if the primary has a newer one; PowerDNS does not look at the serial first.
pub const REFRESH: Task = Task {
    title: "Ask for a newer version now, on the server",
    ways: &[
        Way::bind("rndc refresh ZONE"),
        Way::nsd("nsd-control transfer ZONE"),
        Way::knot("knotc zone-refresh ZONE"),
        Way::powerdns("pdns_control retrieve ZONE"),
    ],
};

/// Tells the secondaries once more that the zone has changed.
pub const NOTIFY: Task = Task {
    title: "Send NOTIFY again, on the primary",
    ways: &[
        Way::bind("rndc notify ZONE"),
        Way::nsd("nsd-control notify ZONE"),
        Way::knot("knotc zone-notify ZONE"),
        Way::powerdns("pdns_control notify ZONE"),
    ],
};

/// Shows what the server itself knows of the zone: serial, timers, state.
pub const STATUS: Task = Task {
    title: "See what the server says about the zone, on the server",
    ways: &[
        Way::bind("rndc zonestatus ZONE"),
        Way::nsd("nsd-control zonestatus ZONE"),
        Way::knot("knotc zone-status ZONE"),
        Way::powerdns("pdnsutil show-zone ZONE"),
    ],
};

/// Shows whether the server runs at all.
pub const ALIVE: Task = Task {
    title: "See whether it runs, on the server",
    ways: &[
        Way::bind("rndc status"),
        Way::nsd("nsd-control status"),
        Way::knot("knotc status"),
        Way::powerdns("pdns_control rping"),
    ],
};

/// Makes an edited zone the one that is served.
pub const RELOAD: Task = Task {
    title: "Load the edited zone, on the primary",
    ways: &[
        Way::bind("rndc reload ZONE"),
        Way::nsd("nsd-control reload ZONE"),
        Way::knot("knotc zone-reload ZONE"),
        Way { software: "PowerDNS with zone files", text: "pdns_control bind-reload-now ZONE" },
        Way { software: "PowerDNS with a database", text: "pdnsutil edit-zone ZONE" },
    ],
};

/// Renews signatures, under a new serial.
pub const SIGN: Task = Task {
    title: "Sign the zone anew, where it is signed",
    ways: &[
        Way::bind("rndc sign ZONE"),
        Way::knot("knotc zone-sign ZONE"),
        Way::powerdns("pdnsutil increase-serial ZONE"),
        Way {
            software: "BIND or NSD with signed files",
            text: "dnssec-signzone -S -N increment -o ZONE FILE",
        },
    ],
};

/// Gives the zone to an address; a TSIG key is named in the same place.
pub const ALLOW_TRANSFER: Task = Task {
    title: "Allow the transfer to ADDRESS, in the settings of the server asked",
    ways: &[
        Way::bind("allow-transfer { ADDRESS; };"),
        Way::nsd("provide-xfr: ADDRESS NOKEY"),
        Way::knot("acl with address ADDRESS, action transfer"),
        Way::powerdns("allow-axfr-ips=ADDRESS"),
    ],
};

/// Lets NOTIFY leave the primary.
pub const SEND_NOTIFY: Task = Task {
    title: "Send NOTIFY to ADDRESS, in the settings of the primary",
    ways: &[
        Way::bind("also-notify { ADDRESS; };"),
        Way::nsd("notify: ADDRESS NOKEY"),
        Way::knot("notify: REMOTE, a remote with `address: ADDRESS`"),
        Way::powerdns("also-notify=ADDRESS"),
    ],
};

/// Lets NOTIFY in at the secondary.
pub const ACCEPT_NOTIFY: Task = Task {
    title: "Accept NOTIFY from ADDRESS, in the settings of the secondary",
    ways: &[
        Way::bind("allow-notify { ADDRESS; };"),
        Way::nsd("allow-notify: ADDRESS NOKEY"),
        Way::knot("acl with address ADDRESS, action notify"),
        Way::powerdns("allow-notify-from=ADDRESS"),
    ],
};

/// Makes every transfer a full one, so that an error does not outlive it.
pub const FULL_TRANSFERS_ONLY: Task = Task {
    title: "Turn incremental transfers off",
    ways: &[
        Way { software: "BIND, on the secondary", text: "request-ixfr no;" },
        Way { software: "NSD, on the secondary", text: "request-xfr: AXFR ADDRESS KEY" },
        Way { software: "Knot, on the primary", text: "provide-ixfr: off" },
        Way { software: "PowerDNS, on the secondary", text: "pdnsutil set-meta ZONE IXFR 0" },
    ],
};
