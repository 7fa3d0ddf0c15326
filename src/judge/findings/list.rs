//! Lists in messages: the first of some names, and how many others there are.

/// How many names a message has at the most.
pub(super) const MAX_NAMED: usize = 3;

/// Lists names that are all of `total`, or the first of them: `a, b, c and 4 more`.
pub(super) fn first(names: &[String], total: usize) -> String {
    list(names, total, [", ", " "])
}

/// Lists names with a description each, as [`first`] does: `a: one; b: two; c: three; and 4 more`.
pub(super) fn first_described(names: &[String], total: usize) -> String {
    list(names, total, ["; ", "; "])
}

fn list(names: &[String], total: usize, [between, before_and]: [&str; 2]) -> String {
    let shown: Vec<&str> = names.iter().take(MAX_NAMED).map(String::as_str).collect();
    let text = shown.join(between);
    match total.saturating_sub(shown.len()) {
        0 => text,
        more => format!("{text}{before_and}and {more} more"),
    }
}
