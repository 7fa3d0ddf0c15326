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
    pub commands: &'static [SoftwareCommand],
}

/// How one server software does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftwareCommand {
    /// Which software.
    pub software: &'static str,
    /// The command or setting; `ZONE` stands for the zone.
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
}

/// Takes the zone whole, whatever the serials say.
///
/// PowerDNS asks for the differences alone where the zone's metadata `IXFR` is 1.
pub const FULL_TRANSFER: Task = Task {
    title: "Force a full transfer, on the server",
    commands: &[
        SoftwareCommand::bind("rndc retransfer ZONE"),
        SoftwareCommand::nsd("nsd-control force_transfer ZONE"),
        SoftwareCommand::knot("knotc zone-retransfer ZONE"),
        SoftwareCommand::powerdns("pdns_control retrieve ZONE"),
    ],
};

/// Takes the zone if the primary has a newer one; PowerDNS does not look at the serial first.
pub const REFRESH: Task = Task {
    title: "Ask for a newer version now, on the server",
    commands: &[
        SoftwareCommand::bind("rndc refresh ZONE"),
        SoftwareCommand::nsd("nsd-control transfer ZONE"),
        SoftwareCommand::knot("knotc zone-refresh ZONE"),
        SoftwareCommand::powerdns("pdns_control retrieve ZONE"),
    ],
};

/// Tells the secondaries once more that the zone has changed.
pub const NOTIFY: Task = Task {
    title: "Send NOTIFY again, on the primary",
    commands: &[
        SoftwareCommand::bind("rndc notify ZONE"),
        SoftwareCommand::nsd("nsd-control notify ZONE"),
        SoftwareCommand::knot("knotc zone-notify ZONE"),
        SoftwareCommand::powerdns("pdns_control notify ZONE"),
    ],
};

/// Shows what the server itself knows of the zone: serial, timers, state.
pub const STATUS: Task = Task {
    title: "See what the server says about the zone, on the server",
    commands: &[
        SoftwareCommand::bind("rndc zonestatus ZONE"),
        SoftwareCommand::nsd("nsd-control zonestatus ZONE"),
        SoftwareCommand::knot("knotc zone-status ZONE"),
        SoftwareCommand::powerdns("pdnsutil show-zone ZONE"),
    ],
};

/// Shows whether the server runs at all.
pub const ALIVE: Task = Task {
    title: "See whether it runs, on the server",
    commands: &[
        SoftwareCommand::bind("rndc status"),
        SoftwareCommand::nsd("nsd-control status"),
        SoftwareCommand::knot("knotc status"),
        SoftwareCommand::powerdns("pdns_control rping"),
    ],
};

/// Makes an edited zone the one that is served.
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

/// Renews signatures, under a new serial.
pub const SIGN: Task = Task {
    title: "Sign the zone anew, where it is signed",
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

/// Gives the zone to an address; a TSIG key is named in the same place.
pub const ALLOW_TRANSFER: Task = Task {
    title: "Allow the transfer to ADDRESS, in the settings of the server asked",
    commands: &[
        SoftwareCommand::bind("allow-transfer { ADDRESS; };"),
        SoftwareCommand::nsd("provide-xfr: ADDRESS NOKEY"),
        SoftwareCommand::knot("acl with address ADDRESS, action transfer"),
        SoftwareCommand::powerdns("allow-axfr-ips=ADDRESS"),
    ],
};

/// Lets NOTIFY leave the primary.
pub const SEND_NOTIFY: Task = Task {
    title: "Send NOTIFY to ADDRESS, in the settings of the primary",
    commands: &[
        SoftwareCommand::bind("also-notify { ADDRESS; };"),
        SoftwareCommand::nsd("notify: ADDRESS NOKEY"),
        SoftwareCommand::knot("notify: REMOTE, a remote with `address: ADDRESS`"),
        SoftwareCommand::powerdns("also-notify=ADDRESS"),
    ],
};

/// Lets NOTIFY in at the secondary.
pub const ACCEPT_NOTIFY: Task = Task {
    title: "Accept NOTIFY from ADDRESS, in the settings of the secondary",
    commands: &[
        SoftwareCommand::bind("allow-notify { ADDRESS; };"),
        SoftwareCommand::nsd("allow-notify: ADDRESS NOKEY"),
        SoftwareCommand::knot("acl with address ADDRESS, action notify"),
        SoftwareCommand::powerdns("allow-notify-from=ADDRESS"),
    ],
};

/// Makes every transfer a full one, so that an error does not outlive it.
pub const FULL_TRANSFERS_ONLY: Task = Task {
    title: "Turn incremental transfers off",
    commands: &[
        SoftwareCommand { software: "BIND, on the secondary", text: "request-ixfr no;" },
        SoftwareCommand { software: "NSD, on the secondary", text: "request-xfr: AXFR ADDRESS KEY" },
        SoftwareCommand { software: "Knot, on the primary", text: "provide-ixfr: off" },
        SoftwareCommand { software: "PowerDNS, on the secondary", text: "pdnsutil set-meta ZONE IXFR 0" },
    ],
};
