//! What a request needs of the site besides its documents: the clock, the session's user, ids,
//! settings, permissions.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use super::ErpnextWorld;
use super::cell::{Cell, Doc};
use super::errors::Refusal;
use super::meta::DocType;

/// The outcome of something the site may refuse.
pub(crate) type Outcome<T> = Result<T, Box<Refusal>>;

/// What somebody wants to do with a document type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    Write,
}

/// The user whose edits come through the control door.
pub(crate) const PERSON: &str = "Administrator";

/// Document types only some roles may use: types, roles that read, roles that write.
const RIGHTS: [(&[&str], &[&str], &[&str]); 7] = [
    // As installed: who sells or books sees the company, but does not change it.
    (
        &["Company"],
        &[
            "System Manager",
            "Accounts Manager",
            "Accounts User",
            "Sales User",
            "Stock User",
        ],
        &["System Manager", "Accounts Manager"],
    ),
    (
        &[
            "Sales Invoice",
            "Payment Entry",
            "Journal Entry",
            "GL Entry",
            "Payment Ledger Entry",
            "Payment Reconciliation",
            "Unreconcile Payment",
            "Accounting Period",
        ],
        &["Accounts Manager", "Accounts User"],
        &["Accounts Manager", "Accounts User"],
    ),
    (
        &[
            "Account",
            "Cost Center",
            "Fiscal Year",
            "Mode of Payment",
            "Currency Exchange",
            "Sales Taxes and Charges Template",
            "Item Tax Template",
            "Accounts Settings",
        ],
        &[
            "Accounts Manager",
            "Accounts User",
            "Sales User",
            "Sales Manager",
        ],
        &["Accounts Manager"],
    ),
    (
        &["Customer"],
        &[
            "Sales User",
            "Sales Manager",
            "Sales Master Manager",
            "Accounts User",
            "Accounts Manager",
        ],
        &["Sales User", "Sales Manager", "Sales Master Manager"],
    ),
    (
        &["Contact", "Address"],
        &[
            "Sales User",
            "Sales Manager",
            "Accounts User",
            "Accounts Manager",
            "System Manager",
        ],
        &[
            "Sales User",
            "Sales Manager",
            "Accounts User",
            "Accounts Manager",
            "System Manager",
        ],
    ),
    (
        &["Item", "Item Price", "Stock Settings", "Warehouse"],
        &[
            "Item Manager",
            "Stock Manager",
            "Stock User",
            "Sales User",
            "Accounts User",
        ],
        &["Item Manager", "Stock Manager", "Sales Master Manager"],
    ),
    (
        &[
            "Custom Field",
            "Client Script",
            "Webhook",
            "OAuth Client",
            "OAuth Bearer Token",
            "OAuth Provider Settings",
            "Webhook Request Log",
            "Property Setter",
            "Workflow",
            "User",
            "System Settings",
            "Deleted Document",
            "Version",
            "Comment",
            "Role",
            "DocType",
            "Global Defaults",
            "Selling Settings",
            "Document Naming Settings",
            "Document Naming Rule",
            "Notification",
        ],
        &["System Manager"],
        &["System Manager"],
    ),
];

impl ErpnextWorld {
    /// A new `modified`: site-local, microseconds, later than any before it in real time.
    pub(crate) fn tick(&mut self) -> String {
        let next = if self.now > self.last_tick {
            self.now
        } else {
            self.last_tick + Duration::microseconds(1)
        };
        self.last_tick = next;
        self.local(next)
    }

    /// An instant as the site writes it.
    pub(crate) fn local(&self, instant: DateTime<Utc>) -> String {
        instant
            .with_timezone(&self.config.time_zone)
            .format("%Y-%m-%d %H:%M:%S%.6f")
            .to_string()
    }

    /// Today in the site's time zone.
    pub(crate) fn today(&self) -> String {
        self.now
            .with_timezone(&self.config.time_zone)
            .format("%Y-%m-%d")
            .to_string()
    }

    /// The time of day in the site's time zone.
    pub(crate) fn time_of_day(&self) -> String {
        self.now
            .with_timezone(&self.config.time_zone)
            .format("%H:%M:%S%.6f")
            .to_string()
    }

    /// A new name for a row without one of its own: ten characters, as Frappe makes them.
    pub(crate) fn new_hash(&mut self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
        self.hashes = self.hashes.wrapping_add(1);
        // SplitMix64: well spread and, with the counter, without repeats.
        let mut z = self
            .config
            .seed
            .wrapping_add(self.hashes.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        // The first half counts, so that rows made later sort later, as Frappe's names do.
        let counted = 0x0100_0000 + self.hashes;
        let digit = |number: u64, at: u32| {
            char::from(DIGITS[usize::try_from((number >> (at * 5)) & 31).unwrap_or(0)])
        };
        (0..5)
            .rev()
            .map(|at| digit(counted, at))
            .chain((0..5).map(|at| digit(z, at)))
            .collect()
    }

    /// The document type, or 404.
    pub(crate) fn doctype(&self, name: &str) -> Outcome<&DocType> {
        self.meta
            .get(name)
            .ok_or_else(|| Box::new(Refusal::missing(&format!("DocType {name} not found"))))
    }

    /// A document, or 404.
    pub(crate) fn fetch(&self, doctype: &str, name: &str) -> Outcome<&Doc> {
        self.store
            .get(doctype, name)
            .ok_or_else(|| Box::new(Refusal::missing(&format!("{doctype} {name} not found"))))
    }

    /// A value of a single (a settings document), null where it was never set.
    pub(crate) fn setting(&self, single: &str, field: &str) -> &Cell {
        static NULL: Cell = Cell::Null;
        self.store
            .get(single, single)
            .map_or(&NULL, |doc| doc.row.get(field))
    }

    /// A value of a document, null where there is none.
    pub(crate) fn value(&self, doctype: &str, name: &str, field: &str) -> Cell {
        self.store
            .get(doctype, name)
            .map_or(Cell::Null, |doc| doc.row.get(field).clone())
    }

    /// Whether the document exists.
    pub(crate) fn exists(&self, doctype: &str, name: &str) -> bool {
        self.store.get(doctype, name).is_some()
    }

    /// Rounds by the site's method (System Settings, "Banker's Rounding" unless changed).
    pub(crate) fn round(&self, amount: Decimal, digits: u32) -> Decimal {
        let strategy = if self.setting("System Settings", "rounding_method").as_text()
            == "Commercial Rounding"
        {
            RoundingStrategy::MidpointAwayFromZero
        } else {
            RoundingStrategy::MidpointNearestEven
        };
        amount.round_dp_with_strategy(digits, strategy)
    }

    /// Whether the session's user has the right on the document type.
    pub(crate) fn may(&self, doctype: &str, right: Right) -> bool {
        if self.user == PERSON {
            return true;
        }
        let Some(user) = self.store.get("User", &self.user) else {
            return false;
        };
        // Everybody reads their own user.
        let mut held = user.rows("roles").iter().map(|row| row.text("role"));
        match RIGHTS.iter().find(|(types, ..)| types.contains(&doctype)) {
            Some((_, read, write)) => {
                let wanted = if right == Right::Read { read } else { write };
                held.any(|role| wanted.contains(&role))
            }
            None if right == Right::Read => held.next().is_some(),
            None => held.any(|role| {
                matches!(
                    role,
                    "System Manager" | "Accounts Manager" | "Sales Master Manager"
                )
            }),
        }
    }

    /// Whether the session's user works with the site, rather than looking at its website.
    pub(crate) fn is_staff(&self) -> bool {
        self.user == PERSON
            || self
                .store
                .get("User", &self.user)
                .is_some_and(|user| !user.rows("roles").is_empty())
    }

    /// Refuses where the right is missing.
    pub(crate) fn demand(&self, doctype: &str, right: Right, on_list: bool) -> Outcome<()> {
        if self.may(doctype, right) {
            Ok(())
        } else {
            Err(Box::new(if on_list && self.release().lists_without_sql {
                Refusal::unlisted(doctype)
            } else {
                Refusal::forbidden(&self.user, doctype, on_list)
            }))
        }
    }
}

/// `2026-11-22` as a date; anything else is none.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// A date as the site shows it (System Settings `date_format` dd-mm-yyyy).
pub(crate) fn shown_date(text: &str) -> String {
    date(text).map_or_else(|| text.to_owned(), |day| day.format("%d-%m-%Y").to_string())
}
