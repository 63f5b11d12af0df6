//! From ERPNext's rows to the ledger model and back. Pure.

pub mod allocation;
pub mod contact;
pub mod credit_note;
mod foretold;
pub mod invoice_in;
pub mod invoice_out;
pub mod journal;
mod layout;
pub mod line;
pub mod netting;
pub mod payment_in;
pub mod payment_out;
pub mod payment_parts;
pub mod reconciliation;
pub mod replacement;
mod stated_tax;
#[cfg(test)]
mod stored;
pub mod tax;
pub mod till;
pub mod tracking;

/// The document number of a Sales Invoice: its name, without the suffix that ERPNext adds when a
/// cancelled document is amended (`INV-1`, `INV-1-1`, `INV-1-2`), since a person still calls it by
/// the first.
pub fn document_number(name: &str, amended_from: Option<&str>) -> String {
    amended_root(name, amended_from).unwrap_or(name).to_owned()
}

fn amended_root<'a>(name: &'a str, amended_from: Option<&str>) -> Option<&'a str> {
    let original = amended_from?;
    let (root, revision) = name.rsplit_once('-')?;
    let revision: u32 = revision.parse().ok()?;
    // The original is the root itself (whichever revision was free), or the revision before. A
    // numbering series whose next number happens to follow (`-00007`, `-00008`) is told by its leading
    // zeros.
    let of_root = match revision {
        0 => false,
        _ if original == root => true,
        _ => original.strip_prefix(root) == Some(format!("-{}", revision - 1).as_str()),
    };
    of_root.then_some(root)
}

/// The names that an amendment of a document can get, the likeliest first: those that are read as
/// another revision of `number` ([`document_number`]).
pub fn amendment_names(name: &str, number: &str) -> Vec<String> {
    let revision = name
        .strip_prefix(number)
        .and_then(|rest| rest.strip_prefix('-')?.parse::<u32>().ok());
    match revision {
        // Where the one that follows is taken, the next are read as numbers of their own.
        Some(revision) => (revision + 1..=revision + NAMES)
            .map(|revision| format!("{number}-{revision}"))
            .collect(),
        None => (1..=NAMES)
            .map(|revision| format!("{name}-{revision}"))
            .collect(),
    }
}

/// How many names of amendments are looked at.
const NAMES: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amended_documents_keep_their_number() {
        for (name, from, number) in [
            ("INV-0001", None, "INV-0001"),
            ("INV-0001-1", Some("INV-0001"), "INV-0001"),
            ("INV-0001-2", Some("INV-0001-1"), "INV-0001"),
            ("INV-0001-2", Some("INV-0001"), "INV-0001"),
            ("INV-0001-1", None, "INV-0001-1"),
            // Default naming for amendments: another number, another document.
            (
                "ACC-SINV-2026-00008",
                Some("ACC-SINV-2026-00007"),
                "ACC-SINV-2026-00008",
            ),
        ] {
            assert_eq!(document_number(name, from), number, "{name}");
        }
    }
}
