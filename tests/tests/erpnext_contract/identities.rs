//! Which of the demo site's names, row ids and times stand for which recorded ones. Each recorded
//! one must stand for one of ours and the other way round, so a time that moved on the real site
//! has to move here, and one that stayed has to stay.

use std::collections::HashMap;

/// A mapping learned from the answers so far.
#[derive(Default)]
pub struct Identities {
    ours: HashMap<String, String>,
    theirs: HashMap<String, String>,
}

/// What kind of identity a text is, so that only like is matched with like.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Kind {
    /// `2026-11-22 15:25:12.645372`.
    Moment,
    /// Ten characters or digits, as rows are named.
    Hash,
    /// `ACC-SINV-2026-00026`; the count of digits at the end, amendments included.
    Numbered,
}

/// Whether the text is a moment to the microsecond.
pub fn is_moment(text: &str) -> bool {
    text.len() == 26 && shape(text) == "9999-99-99 99:99:99.999999"
}

fn shape(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect()
}

/// The kind of an identity, none for any other text.
pub fn kind(text: &str) -> Option<Kind> {
    if is_moment(text) {
        return Some(Kind::Moment);
    }
    if text.len() == 10
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
        && text.chars().any(|c| c.is_ascii_digit())
    {
        return Some(Kind::Hash);
    }
    let shape = shape(text);
    if [
        "-2026-99999",
        "-9999-99999",
        "-9999-99999-9",
        "-9999-99999-99",
    ]
    .iter()
    .any(|end| shape.ends_with(end))
    {
        return Some(Kind::Numbered);
    }
    None
}

fn prefix(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-')
}

impl Identities {
    /// Whether the two stand for each other, learned where neither was seen before.
    pub fn agree(&mut self, recorded: &str, ours: &str) -> bool {
        match (self.ours.get(recorded), self.theirs.get(ours)) {
            (Some(known), _) => known == ours,
            (None, Some(_)) => false,
            (None, None) => {
                if kind(recorded).is_none()
                    || kind(recorded) != kind(ours)
                    || (kind(recorded) == Some(Kind::Numbered) && prefix(recorded) != prefix(ours))
                {
                    return recorded == ours;
                }
                self.learn(recorded, ours);
                true
            }
        }
    }

    /// Whether a recorded identity was seen before.
    pub fn knows(&self, recorded: &str) -> bool {
        self.ours.contains_key(recorded)
    }

    /// Says that the two stand for each other.
    pub fn learn(&mut self, recorded: &str, ours: &str) {
        self.ours.insert(recorded.to_owned(), ours.to_owned());
        self.theirs.insert(ours.to_owned(), recorded.to_owned());
    }

    /// A recorded text with our identities in place of the recorded ones.
    pub fn translate(&self, text: &str) -> String {
        if let Some(ours) = self.ours.get(text) {
            return ours.clone();
        }
        let mut keys: Vec<&String> = self
            .ours
            .keys()
            .filter(|key| text.contains(key.as_str()))
            .collect();
        if keys.is_empty() {
            return text.to_owned();
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        'next: while !rest.is_empty() {
            for key in &keys {
                if let Some(after) = rest.strip_prefix(key.as_str()) {
                    out.push_str(&self.ours[*key]);
                    rest = after;
                    continue 'next;
                }
            }
            let step = rest.chars().next().map_or(1, char::len_utf8);
            out.push_str(&rest[..step]);
            rest = &rest[step..];
        }
        out
    }
}

/// A text with every moment, row id and running number blanked: for messages that name something
/// no answer ever showed.
pub fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < bytes.len() {
        let window: String = bytes[at..].iter().take(26).collect();
        if is_moment(&window) {
            out.push_str("<moment>");
            at += 26;
            continue;
        }
        // A moment as the site shows it to people.
        let window: String = bytes[at..].iter().take(19).collect();
        if shape(&window) == "99-99-9999 99:99:99" {
            out.push_str("<moment>");
            at += 19;
            continue;
        }
        let word: String = bytes[at..]
            .iter()
            .take_while(|c| c.is_ascii_alphanumeric() || **c == '-')
            .collect();
        if word.is_empty() {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        match kind(&word) {
            Some(Kind::Numbered) => {
                out.push_str(prefix(&word));
                out.push_str("<number>");
            }
            Some(_) => out.push_str("<id>"),
            None => out.push_str(&word),
        }
        at += word.chars().count();
    }
    out
}
