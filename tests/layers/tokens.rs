//! Rust source as tokens: identifiers, `::` and single characters, without comments, literals and test code.

/// Splits source into tokens. Of literals nothing is left but `""`.
pub(super) fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            ['/', '/', ..] => length_until(rest, &['\n']),
            ['/', '*', ..] => length_until(rest, &['*', '/']),
            ['"', ..] => string(rest, &mut tokens),
            ['r', '"', ..] | ['r', '#', '"' | '#', ..] => 1 + raw_string(&rest[1..], &mut tokens),
            ['b', 'r', '"' | '#', ..] => 2 + raw_string(&rest[2..], &mut tokens),
            ['b' | 'c', '"', ..] => 1 + string(&rest[1..], &mut tokens),
            ['\'', '\\', _, ..] => 3 + length_until(&rest[3..], &['\'']),
            ['\'', _, '\'', ..] => 3,
            ['\'', ..] => 1 + identifier_length(&rest[1..]),
            [':', ':', ..] => {
                tokens.push("::".to_owned());
                2
            }
            [first, ..] if identifier_length(&[*first]) == 1 => {
                let length = identifier_length(rest);
                tokens.push(rest[..length].iter().collect());
                length
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    tokens.push(first.to_string());
                }
                1
            }
            [] => unreachable!("the loop ends before"),
        };
    }
    tokens
}

fn identifier_length(chars: &[char]) -> usize {
    chars.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count()
}

/// Returns the length up to the end of `end`, or of all there is.
fn length_until(chars: &[char], end: &[char]) -> usize {
    chars.windows(end.len()).position(|window| window == end).map_or(chars.len(), |at| at + end.len())
}

fn string(chars: &[char], tokens: &mut Vec<String>) -> usize {
    tokens.push("\"\"".to_owned());
    let mut at = 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string(chars: &[char], tokens: &mut Vec<String>) -> usize {
    tokens.push("\"\"".to_owned());
    let hashes = chars.iter().take_while(|c| **c == '#').count();
    let mut end = vec!['"'];
    end.resize(hashes + 1, '#');
    hashes + 1 + length_until(&chars[hashes + 1..], &end)
}

/// Removes items with `#[cfg(test)]`; returns what is left, and the names of the modules among the removed.
pub(super) fn without_tests(tokens: &[String]) -> (Vec<String>, Vec<String>) {
    const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    const VISIBILITY: [&str; 5] = ["pub", "(", "crate", "super", ")"];
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].iter().take(CFG_TEST.len()).eq(CFG_TEST.iter()) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let item = &tokens[at + CFG_TEST.len()..];
        let mut declared = item.iter().skip_while(|token| VISIBILITY.contains(&token.as_str()));
        if declared.next().is_some_and(|token| token == "mod") {
            modules.extend(declared.next().cloned());
        }
        at += CFG_TEST.len() + item_length(item);
    }
    (kept, modules)
}

/// Returns the length of the item that tokens begin with: to its semicolon, or the end of its braces.
fn item_length(tokens: &[String]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" if depth == 1 => return at + 1,
            "}" | ")" | "]" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}
