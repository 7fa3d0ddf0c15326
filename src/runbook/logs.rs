//! What the logs of servers say of the causes of a code.

use crate::advice::logs::{LogCause, OF_CATALOGS, OF_NOTIFY, OF_TRANSFERS};
use crate::judge::{Code, Verdict};

/// The codes whose causes the log of the server tells, with what it says.
const CODES: &[(&[Code], &[LogCause])] = &[
    (
        &[
            Code::Verdict(Verdict::Stuck),
            Code::Verdict(Verdict::Behind),
            Code::Verdict(Verdict::Lame),
            Code::Expired,
            Code::ExpiresSoon,
            Code::RefreshMissed,
            Code::NotifyTaken,
        ],
        OF_TRANSFERS,
    ),
    (&[Code::NotifyRefused], OF_NOTIFY),
    (&[Code::CatalogBroken, Code::MemberNotServed], OF_CATALOGS),
];

/// What the log of the server may say of the cause.
pub(super) fn causes(code: Code) -> &'static [LogCause] {
    let of_code = CODES.iter().find(|(codes, _)| codes.contains(&code));
    of_code.map_or(&[], |(_, causes)| causes)
}
