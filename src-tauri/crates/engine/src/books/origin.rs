//! Which books these are, told by the books themselves.
//!
//! What a connection leads to can be exchanged behind it: a demo organisation is reset, a name server
//! or proxy is changed, a site is copied to another address. So each side says with every look at it
//! what stays with these books alone, and a pairing remembers it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What tells books from all others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// What stays with the books wherever they are served, by what it is of: the organisation's own
    /// id; the moments at which a company and our fields were made. One that the user may not read is
    /// left out.
    pub marks: BTreeMap<String, String>,
    /// Where the books are served, where a copy could be served elsewhere.
    pub address: Option<String>,
}

/// What the books found are to the ones that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// The very same, as far as can be told.
    Same,
    /// The same marks at another address: moved there, or a copy of them.
    Elsewhere,
    /// Some marks are the same and some are not: our fields were removed and made anew, or a copy was
    /// made before they were.
    Related,
    /// Others.
    Others,
}

impl Origin {
    /// What the books found are to these.
    pub fn kinship(&self, found: &Origin) -> Kinship {
        let (mut same, mut other) = (false, false);
        for (of, mark) in &self.marks {
            if let Some(theirs) = found.marks.get(of) {
                same |= mark == theirs;
                other |= mark != theirs;
            }
        }
        let moved = matches!((&self.address, &found.address), (Some(a), Some(b)) if a != b);
        match (same, other) {
            (false, true) => Kinship::Others,
            (true, true) => Kinship::Related,
            (_, false) if moved => Kinship::Elsewhere,
            (_, false) => Kinship::Same,
        }
    }

    /// These, with what was found of them for the first time.
    #[must_use]
    pub fn completed(&self, found: &Origin) -> Self {
        let mut whole = found.clone();
        whole.marks.extend(self.marks.clone());
        whole.address = self.address.clone().or(whole.address);
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(marks: &[(&str, &str)], address: Option<&str>) -> Origin {
        Origin {
            marks: marks
                .iter()
                .map(|(of, mark)| ((*of).to_owned(), (*mark).to_owned()))
                .collect(),
            address: address.map(str::to_owned),
        }
    }

    #[test]
    fn books_are_told_from_copies_and_from_others() {
        let known = origin(&[("company", "1"), ("fields", "2")], Some("https://a"));
        let found = |marks: &[(&str, &str)], address| known.kinship(&origin(marks, address));
        assert_eq!(
            found(&[("company", "1"), ("fields", "2")], Some("https://a")),
            Kinship::Same
        );
        // A user who may not see one of them.
        assert_eq!(found(&[("company", "1")], Some("https://a")), Kinship::Same);
        assert_eq!(
            found(&[("company", "1"), ("fields", "2")], Some("https://b")),
            Kinship::Elsewhere
        );
        assert_eq!(
            found(&[("company", "1"), ("fields", "9")], Some("https://a")),
            Kinship::Related
        );
        assert_eq!(
            found(&[("company", "8"), ("fields", "9")], Some("https://a")),
            Kinship::Others
        );
        // Nothing is known yet.
        assert_eq!(Origin::default().kinship(&known), Kinship::Same);
        assert_eq!(Origin::default().completed(&known), known);
        let more = origin(&[("company", "other"), ("more", "3")], Some("https://b"));
        let whole = known.completed(&more);
        assert_eq!(whole.marks.len(), 3);
        assert_eq!(whole.marks["company"], "1");
        assert_eq!(whole.address.as_deref(), Some("https://a"));
    }
}
