//! What is meant by a mistyped name.

/// The maximum number of names in a hint.
const MAX_SUGGESTIONS: usize = 20;

/// Returns the known name that is nearest to a mistyped one; all of them if none is near.
pub fn suggestion<T: AsRef<str>>(text: &str, known: &[T]) -> String {
    let distance = |name: &T| strsim::osa_distance(name.as_ref(), text);
    let nearest = known.iter().min_by_key(|name| distance(name));
    match nearest {
        Some(name) if distance(name) <= (name.as_ref().len() / 3).max(1) => {
            format!("did you mean `{}`?", name.as_ref().escape_debug())
        }
        _ => {
            let names = known.iter().take(MAX_SUGGESTIONS);
            let names = names.map(|name| format!("`{}`", name.as_ref().escape_debug()));
            format!("known are {}", names.collect::<Vec<_>>().join(", "))
        }
    }
}
