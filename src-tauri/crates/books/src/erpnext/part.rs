//! Which document the identity of a payment names. Most are a Payment Entry's name; a document that is several
//! payments has one for each of its rows. Only this module makes and reads these.

use ledger::{RemoteId, Version};

/// What the identity of a deduction begins with.
const DEDUCTION: &str = "deduction:";

/// What the identity of a payment in a Journal Entry begins with.
const JOURNAL: &str = "journal:";

/// What the identity of a payment inside a Sales Invoice begins with.
const TILL: &str = "till:";

/// What the identity of a payment names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// A Payment Entry: what moved on the bank account.
    Entry(&'a str),
    /// What was deducted of a Payment Entry.
    Deduction { row: &'a str, entry: &'a str },
    /// A row of a Journal Entry; of one of ours no row, but the whole.
    Journal {
        row: Option<&'a str>,
        entry: &'a str,
    },
    /// A payment that a Sales Invoice holds.
    Till { row: &'a str, invoice: &'a str },
}

impl<'a> Named<'a> {
    /// Reads an identity. Rows are named before documents: their names have no colon.
    pub(super) fn of(id: &'a str) -> Self {
        let parts = |prefix: &str| id.strip_prefix(prefix)?.split_once(':');
        if let Some((row, entry)) = parts(DEDUCTION) {
            return Self::Deduction { row, entry };
        }
        if let Some((row, entry)) = parts(JOURNAL) {
            let row = Some(row).filter(|row| !row.is_empty());
            return Self::Journal { row, entry };
        }
        if let Some((row, invoice)) = parts(TILL) {
            return Self::Till { row, invoice };
        }
        Self::Entry(id)
    }

    /// The DocType and name of the document.
    pub(super) const fn document(self) -> (&'static str, &'a str) {
        match self {
            Self::Entry(entry) | Self::Deduction { entry, .. } => ("Payment Entry", entry),
            Self::Journal { entry, .. } => ("Journal Entry", entry),
            Self::Till { invoice, .. } => ("Sales Invoice", invoice),
        }
    }

    /// The DocType and name of the row that carries our marker, where it is not the document.
    pub(super) const fn row(self) -> Option<(&'static str, &'a str)> {
        match self {
            Self::Deduction { row, .. } => Some(("Payment Entry Deduction", row)),
            Self::Journal { row: Some(row), .. } => Some(("Journal Entry Account", row)),
            Self::Till { row, .. } => Some(("Sales Invoice Payment", row)),
            Self::Entry(_) | Self::Journal { row: None, .. } => None,
        }
    }
}

/// The identity of a payment of a Payment Entry: of a deduction by its row.
pub(super) fn of_entry(row: Option<&str>, entry: &str) -> RemoteId {
    RemoteId::new(match row {
        None => entry.to_owned(),
        Some(row) => format!("{DEDUCTION}{row}:{entry}"),
    })
}

/// The identity of a payment of a Journal Entry.
pub(super) fn of_journal(row: Option<&str>, entry: &str) -> RemoteId {
    RemoteId::new(format!("{JOURNAL}{}:{entry}", row.unwrap_or_default()))
}

/// The identity of a payment that a Sales Invoice holds.
pub(super) fn of_till(row: &str, invoice: &str) -> RemoteId {
    RemoteId::new(format!("{TILL}{row}:{invoice}"))
}

/// What stands between a document's version and the marker on a row.
const MARKED: char = '#';

/// The version of a payment that is a row: its document's, and the marker on the row. A site writes that without
/// moving any stamp of the document.
pub(super) fn version_of_row(modified: &str, marker: Option<&str>) -> Version {
    Version::new(match marker {
        None => modified.to_owned(),
        Some(marker) => format!("{modified}{MARKED}{marker}"),
    })
}

/// The version of the document that a payment's version is of.
pub(super) fn version_of_document(version: &Version) -> &str {
    let text = version.as_str();
    text.split_once(MARKED)
        .map_or(text, |(document, _)| document)
}

/// The marker that a row had when it was read at this version.
pub(super) fn marker_read(version: &Version) -> Option<&str> {
    version
        .as_str()
        .split_once(MARKED)
        .map(|(_, marker)| marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_row_says_which_marker_it_had() {
        for (marker, text) in [(None, "m"), (Some("guid"), "m#guid")] {
            let version = version_of_row("m", marker);
            assert_eq!(version.as_str(), text);
            assert_eq!(version_of_document(&version), "m");
            assert_eq!(marker_read(&version), marker);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (id, named, document) in [
            (
                of_entry(None, "PAY: 1"),
                Named::Entry("PAY: 1"),
                ("Payment Entry", "PAY: 1"),
            ),
            (
                of_entry(Some("r1"), "PAY:1"),
                Named::Deduction {
                    row: "r1",
                    entry: "PAY:1",
                },
                ("Payment Entry", "PAY:1"),
            ),
            (
                of_journal(Some("r1"), "JV-1"),
                Named::Journal {
                    row: Some("r1"),
                    entry: "JV-1",
                },
                ("Journal Entry", "JV-1"),
            ),
            (
                of_journal(None, "JV-1"),
                Named::Journal {
                    row: None,
                    entry: "JV-1",
                },
                ("Journal Entry", "JV-1"),
            ),
            (
                of_till("r1", "INV:1"),
                Named::Till {
                    row: "r1",
                    invoice: "INV:1",
                },
                ("Sales Invoice", "INV:1"),
            ),
        ] {
            assert_eq!(Named::of(id.as_str()), named);
            assert_eq!(named.document(), document);
        }
        assert_eq!(
            Named::of("journal").document(),
            ("Payment Entry", "journal")
        );
    }
}
