//! The fields on ERPNext's own records that hold their Xero counterpart's identity, and what people
//! see of it on the form.
//!
//! The identities are the truth about which record belongs to which; they survive the loss of our
//! own data, renames and merges, and being unique they let the site's database refuse a second copy.
//! Beside them stand a link that opens the record in Xero, and when and with what outcome it was
//! last written by us: those are for people, never read back, and always written together with
//! something else, so that they cost no call and move no `modified` of their own.

mod bulk;

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Value, json};

pub use bulk::{METHOD as BULK_METHOD, Mark, Marked, RowStamp, mark_many, row_stamps};

use crate::client::{Client, List};
use crate::error::Error;
use crate::journal::Journal;
use crate::site;

/// On Customer: Xero's ContactID.
pub const CONTACT: &str = "xero_contact_id";
/// On Sales Invoice: Xero's InvoiceID.
pub const INVOICE: &str = "xero_invoice_id";
/// On Sales Invoice, where it is a return: Xero's CreditNoteID.
pub const CREDIT_NOTE: &str = "xero_credit_note_id";
/// On Payment Entry: the identity of the whole in Xero, of a payment or of a batch of them; it is written by
/// the request that makes the document, and refuses a second one. On Payment Entry Reference: Xero's
/// AllocationID of money on account that was put to an invoice later; nothing else is written there. On Payment
/// Entry Deduction, Journal Entry Account and Sales Invoice Payment: that of the payment in Xero which the row is there, where a
/// document is several (a fee that was deducted, an entry that settles several invoices, an invoice that was paid
/// at the till).
pub const PAYMENT: &str = "xero_payment_id";
/// On Journal Entry: Xero's CreditNoteID of the credit note that it uses for an invoice, and how many such
/// entries there were before ([`allocation_identity`]). Xero's own AllocationID is not known yet where the
/// use is made, so it could not refuse a second one.
pub const ALLOCATION: &str = "xero_allocation_id";
/// On every document: a web address that opens the record in Xero.
pub const LINK: &str = "xero_link";
/// On every document: when it was last written by us, in the site's local time.
pub const LAST_SYNC: &str = "xero_last_sync";
/// On every document: what was done then, in plain words.
pub const LAST_OUTCOME: &str = "xero_last_outcome";

/// What a field is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Holds an identity: unique, so that the database refuses a second copy.
    Identity,
    /// Opens the record in Xero.
    Link,
    /// Says when it was last written by us.
    LastSync,
    /// Says what was done then.
    LastOutcome,
}

/// One marker field: where it is and what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkerField {
    /// The DocType it is on.
    pub doctype: &'static str,
    /// Its name.
    pub fieldname: &'static str,
    /// What it is for.
    pub purpose: Purpose,
    /// Its label.
    pub label: &'static str,
    /// What the person looking at it reads below it.
    pub description: &'static str,
    /// The field it stands behind.
    pub insert_after: &'static str,
}

const fn identity_field(
    doctype: &'static str,
    fieldname: &'static str,
    label: &'static str,
    description: &'static str,
    insert_after: &'static str,
) -> MarkerField {
    MarkerField {
        doctype,
        fieldname,
        purpose: Purpose::Identity,
        label,
        description,
        insert_after,
    }
}

const fn link_field(doctype: &'static str, insert_after: &'static str) -> MarkerField {
    MarkerField {
        doctype,
        fieldname: LINK,
        purpose: Purpose::Link,
        label: "Open in Xero",
        description: "The record in Xero that Counterfoil keeps in agreement with this one.",
        insert_after,
    }
}

const fn last_sync_field(doctype: &'static str) -> MarkerField {
    MarkerField {
        doctype,
        fieldname: LAST_SYNC,
        purpose: Purpose::LastSync,
        label: "Last synced with Xero",
        description: "When Counterfoil last wrote this record.",
        insert_after: LINK,
    }
}

const fn last_outcome_field(doctype: &'static str) -> MarkerField {
    MarkerField {
        doctype,
        fieldname: LAST_OUTCOME,
        purpose: Purpose::LastOutcome,
        label: "Last Xero sync",
        description: "What Counterfoil did then.",
        insert_after: LAST_SYNC,
    }
}

impl MarkerField {
    /// The document type whose rows it stands on; `None` where it stands on the document.
    pub fn parent(&self) -> Option<&'static str> {
        match self.doctype {
            "Payment Entry Reference" | "Payment Entry Deduction" => Some("Payment Entry"),
            "Journal Entry Account" => Some("Journal Entry"),
            "Sales Invoice Payment" => Some("Sales Invoice"),
            _ => None,
        }
    }
}

/// How many marker fields there are.
pub const COUNT: usize = 18;

/// All marker fields, those of one DocType together.
pub const ALL: [MarkerField; COUNT] = [
    identity_field(
        "Customer",
        CONTACT,
        "Xero Contact ID",
        "The contact in Xero that Counterfoil keeps in agreement with this customer.",
        "tax_id",
    ),
    link_field("Customer", "territory"),
    last_sync_field("Customer"),
    last_outcome_field("Customer"),
    identity_field(
        "Sales Invoice",
        INVOICE,
        "Xero Invoice ID",
        "The invoice in Xero that Counterfoil keeps in agreement with this one.",
        "po_no",
    ),
    identity_field(
        "Sales Invoice",
        CREDIT_NOTE,
        "Xero Credit Note ID",
        "The credit note in Xero that Counterfoil keeps in agreement with this return.",
        INVOICE,
    ),
    link_field("Sales Invoice", "due_date"),
    last_sync_field("Sales Invoice"),
    last_outcome_field("Sales Invoice"),
    identity_field(
        "Sales Invoice Payment",
        PAYMENT,
        "Xero Payment ID",
        "The payment in Xero that Counterfoil keeps in agreement with this one.",
        "amount",
    ),
    identity_field(
        "Payment Entry",
        PAYMENT,
        "Xero Payment ID",
        "The payment in Xero, or the batch of payments, that Counterfoil keeps in agreement with this one.",
        "reference_no",
    ),
    link_field("Payment Entry", "mode_of_payment"),
    last_sync_field("Payment Entry"),
    last_outcome_field("Payment Entry"),
    identity_field(
        "Payment Entry Reference",
        PAYMENT,
        "Xero Payment ID",
        "The use of money on account in Xero that Counterfoil keeps in agreement with this row.",
        "allocated_amount",
    ),
    identity_field(
        "Payment Entry Deduction",
        PAYMENT,
        "Xero Payment ID",
        "The payment in Xero that Counterfoil keeps in agreement with what was deducted here.",
        "amount",
    ),
    identity_field(
        "Journal Entry",
        ALLOCATION,
        "Xero Allocation ID",
        "The credit note in Xero whose use for an invoice Counterfoil made with this entry, and a number of its own.",
        "cheque_no",
    ),
    identity_field(
        "Journal Entry Account",
        PAYMENT,
        "Xero Payment ID",
        "The payment in Xero that Counterfoil keeps in agreement with this row.",
        "reference_name",
    ),
];

/// The identity of the next Journal Entry that uses this credit note of Xero, where these are those of all
/// that ever did, cancelled ones included. Two attempts made from one reading get the same, and the site's
/// database refuses the second.
pub fn allocation_identity<'a>(
    credit_note: &str,
    made: impl IntoIterator<Item = &'a str>,
    ahead: usize,
) -> String {
    let number = |identity: &str| -> Option<usize> {
        let (of, number) = identity.rsplit_once('/')?;
        number.parse().ok().filter(|_| of == credit_note)
    };
    // Not how many there are: one may have been deleted.
    let last = made.into_iter().filter_map(number).max().unwrap_or(0);
    format!("{credit_note}/{}", last + ahead + 1)
}

/// How a marker field stands on a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Installed,
    /// Not there.
    Missing,
    /// There, but not with the properties that make it safe (unique, not copied).
    Damaged,
    /// As it should be, but for what an earlier version of ours told people about it.
    Outdated,
}

impl State {
    /// Whether identities are safe in it.
    pub const fn is_safe(self) -> bool {
        matches!(self, State::Installed | State::Outdated)
    }
}

/// What earlier versions told people about a field. A text that is none of these is a person's own, and
/// stays.
const EARLIER: [&str; 3] = [
    "The allocation of a credit note in Xero that Counterfoil keeps in agreement with this entry.",
    "The overpayment, prepayment or batch payment in Xero that Counterfoil keeps in agreement with this payment.",
    "The payment in Xero that Counterfoil keeps in agreement with this row.",
];

/// What every field must be: not copied when a person duplicates or amends a document; read-only
/// for people; writable by us after submission.
const PROPERTIES: [(&str, i64); 3] = [("no_copy", 1), ("read_only", 1), ("allow_on_submit", 1)];

/// How each marker field stands, in the order of [`ALL`].
///
/// # Errors
/// See [`Error`]; [`Error::NotAllowed`] without the System Manager role.
pub async fn states(client: &Client) -> Result<[State; COUNT], Error> {
    Ok(look(client).await?.0)
}

/// How each marker field stands, and when the field on Customer was made, in the site's own words. That
/// moment stays with the site's database wherever it is served, and no two sites share it.
///
/// # Errors
/// As [`states`].
pub async fn look(client: &Client) -> Result<([State; COUNT], Option<String>), Error> {
    let names: Vec<String> = ALL.iter().map(MarkerField::docname).collect();
    let rows = client
        .list(&List {
            doctype: "Custom Field",
            parent: None,
            fields: vec![
                "name",
                "creation",
                "description",
                "fieldtype",
                "options",
                "unique",
                "no_copy",
                "read_only",
                "allow_on_submit",
            ],
            filters: vec![json!(["name", "in", names])],
            order_by: "name asc",
            limit: 0,
        })
        .await?
        .to_values();
    let states = ALL.map(|field| {
        let docname = field.docname();
        match rows.iter().find(|row| row["name"] == docname) {
            None => State::Missing,
            Some(row) if !field.is_sound(row) => State::Damaged,
            Some(row) if field.is_of_earlier(row) => State::Outdated,
            Some(_) => State::Installed,
        }
    });
    let own = ALL.first().map(MarkerField::docname);
    let made = rows
        .iter()
        .find(|row| own.as_deref().is_some_and(|own| row["name"] == own))
        .and_then(|row| row["creation"].as_str())
        .map(str::to_owned);
    Ok((states, made))
}

/// The state of one field among those of all.
pub fn state_of(states: &[State; COUNT], doctype: &str, fieldname: &str) -> Option<State> {
    ALL.iter()
        .zip(states)
        .find(|(field, _)| field.doctype == doctype && field.fieldname == fieldname)
        .map(|(_, state)| *state)
}

/// Installs the fields that are missing, puts right those that are damaged, and brings up to date what is
/// told about them. Does nothing to others. Each request is written into the journal first.
///
/// # Errors
/// See [`Error`]; [`Error::NotAllowed`] without the System Manager role.
pub async fn install(client: &Client, journal: &dyn Journal) -> Result<(), Error> {
    for (field, state) in ALL.iter().zip(states(client).await?) {
        match state {
            State::Installed => {}
            State::Missing => {
                let path = site::doctype("Custom Field");
                let body = field.body();
                match client
                    .write_journalled(journal, Method::POST, &path, &body)
                    .await
                {
                    Ok(_) => {}
                    // Someone else was faster.
                    Err(Error::Refused(refusal)) if refusal.message.contains("already exists") => {}
                    Err(error) => return Err(error),
                }
            }
            State::Damaged | State::Outdated => {
                let path = site::document("Custom Field", &field.docname());
                let body = field.body();
                client
                    .write_journalled(journal, Method::PUT, &path, &body)
                    .await?;
            }
        }
    }
    Ok(())
}

/// Removes the fields and with them all markers.
///
/// # Errors
/// See [`Error`].
pub async fn remove(client: &Client, journal: &dyn Journal) -> Result<(), Error> {
    for (field, state) in ALL.iter().zip(states(client).await?) {
        if state != State::Missing {
            let path = site::document("Custom Field", &field.docname());
            client
                .write_journalled(journal, Method::DELETE, &path, &Value::Null)
                .await?;
        }
    }
    Ok(())
}

impl MarkerField {
    /// The Custom Field's document name, which ERPNext makes of DocType and field name.
    pub fn docname(&self) -> String {
        format!("{}-{}", self.doctype, self.fieldname)
    }

    /// The field type and its options. A `Data` field of the option `URL` is shown as a link where
    /// it is read-only.
    const fn kind(&self) -> (&'static str, &'static str) {
        match self.purpose {
            Purpose::Identity | Purpose::LastOutcome => ("Data", ""),
            Purpose::Link => ("Data", "URL"),
            Purpose::LastSync => ("Datetime", ""),
        }
    }

    fn unique(&self) -> i64 {
        i64::from(self.purpose == Purpose::Identity)
    }

    fn is_sound(&self, row: &Value) -> bool {
        let (kind, options) = self.kind();
        row["fieldtype"] == kind
            && row["options"].as_str().unwrap_or_default() == options
            && number(&row["unique"]) == Some(self.unique())
            && PROPERTIES
                .iter()
                .all(|(property, value)| number(&row[property]) == Some(*value))
    }

    fn is_of_earlier(&self, row: &Value) -> bool {
        row["description"]
            .as_str()
            .is_some_and(|told| told != self.description && EARLIER.contains(&told))
    }

    fn body(&self) -> Value {
        let (kind, options) = self.kind();
        let mut body = json!({
            "dt": self.doctype,
            "fieldname": self.fieldname,
            "label": self.label,
            "fieldtype": kind,
            "options": options,
            "description": self.description,
            "insert_after": self.insert_after,
            "unique": self.unique(),
        });
        for (property, value) in PROPERTIES {
            body[property] = json!(value);
        }
        body
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Null => Some(0),
        other => other.as_i64().or_else(|| other.as_bool().map(i64::from)),
    }
}

/// What people read on the form about a write of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    /// Where the record is opened in Xero; `None` leaves what is there.
    pub link: Option<&'a str>,
    /// When the write is made.
    pub at: DateTime<Utc>,
    /// What is done, in plain words: "Created from Xero".
    pub outcome: &'a str,
}

impl Note<'_> {
    /// Puts the note into the body of a write that is made anyway. `time_zone` is the site's: what
    /// it stores carries no zone. Fields that are not installed are dropped by the site without a
    /// word, so nothing need be known about them.
    pub fn put(&self, body: &mut Value, time_zone: &str) {
        if let Some(link) = self.link {
            body[LINK] = json!(link);
        }
        body[LAST_SYNC] = json!(local(self.at, time_zone));
        body[LAST_OUTCOME] = json!(self.outcome);
    }
}

/// An instant in a site's local time, as it is stored: `2026-11-22 15:40:03`.
pub fn local(at: DateTime<Utc>, time_zone: &str) -> String {
    let zone = time_zone
        .parse::<chrono_tz::Tz>()
        .unwrap_or(chrono_tz::Tz::UTC);
    at.with_timezone(&zone)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// Every text under which a marker may be stored: the identity itself, the revisions that an
/// amended document carries because its cancelled original keeps the identity for ever
/// (`<id>#1` …), and the ones that documents replaced by us were moved to (`<id>#r0` …).
pub fn spellings(id: &str) -> impl Iterator<Item = String> + '_ {
    std::iter::once(id.to_owned())
        .chain((1..=REVISIONS).map(move |n| format!("{id}#{n}")))
        .chain((0..=MOVED).map(move |n| format!("{id}#r{n}")))
}

/// How many revisions of one identity are looked for.
pub const REVISIONS: u32 = 30;

/// How many times a document's marker is looked for that was moved before it was replaced, as it was
/// done once.
const MOVED: u32 = 9;

/// The identity in a stored marker, and whether it was moved there because the document is to be
/// replaced.
pub fn identity(stored: &str) -> (&str, bool) {
    match stored.split_once('#') {
        Some((id, revision)) => (id, revision.starts_with('r')),
        None => (stored, false),
    }
}

/// How late a stored marker is among those of one identity: the plain one is the first, a revision
/// later, one that was moved out of the way before all.
pub fn revision(stored: &str) -> Option<u32> {
    match stored.split_once('#') {
        None => Some(0),
        Some((_, revision)) => revision.parse().ok(),
    }
}

/// The marker for the next document that carries an identity, where documents with these markers
/// stand: the plain one, or the first revision after all that are taken. `None` where there are too
/// many to look for.
pub fn next_free<'a>(id: &str, taken: impl Iterator<Item = &'a str>) -> Option<String> {
    let last = taken
        .filter(|stored| identity(stored).0 == id)
        .filter_map(revision)
        .max();
    match last {
        None => Some(id.to_owned()),
        Some(last) if last < REVISIONS => Some(format!("{id}#{}", last + 1)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_allocation_is_numbered_after_all_that_ever_were() {
        assert_eq!(allocation_identity("guid", [], 0), "guid/1");
        assert_eq!(allocation_identity("guid", [], 1), "guid/2");
        // The second was deleted; another note's, and what people wrote, do not count.
        let made = ["guid/1", "guid/3", "other/9", "guid", "guid/x"];
        assert_eq!(allocation_identity("guid", made, 0), "guid/4");
    }

    #[test]
    fn markers_are_read_back_from_all_spellings() {
        let spellings: Vec<String> = spellings("guid").collect();
        assert_eq!(spellings.len(), 41);
        assert!(spellings.contains(&"guid#1".to_owned()));
        assert!(spellings.contains(&"guid#r0".to_owned()));
        assert!(spellings.iter().all(|text| identity(text).0 == "guid"));
        assert_eq!(identity("guid#2"), ("guid", false));
        assert_eq!(identity("guid#r2"), ("guid", true));
        assert_eq!(identity("guid"), ("guid", false));
    }

    #[test]
    fn the_next_marker_is_one_that_no_document_ever_had() {
        let free = |taken: &[&str]| next_free("guid", taken.iter().copied());
        assert_eq!(free(&[]), Some("guid".to_owned()));
        assert_eq!(free(&["other", "other#4"]), Some("guid".to_owned()));
        assert_eq!(free(&["guid"]), Some("guid#1".to_owned()));
        // A revision between them may have been deleted; what comes later stays the later one.
        assert_eq!(free(&["guid#3", "guid"]), Some("guid#4".to_owned()));
        assert_eq!(free(&["guid#r0"]), Some("guid".to_owned()));
        assert_eq!(free(&["guid#30"]), None);
        assert!(revision("guid#r1") < revision("guid"));
        assert!(revision("guid") < revision("guid#1"));
    }

    #[test]
    fn identities_are_unique_and_nothing_else_is() {
        for field in &ALL {
            let body = field.body();
            assert_eq!(
                body["unique"] == 1,
                field.purpose == Purpose::Identity,
                "{}",
                field.docname()
            );
            assert!(field.is_sound(&body), "{}", field.docname());
            for (property, _) in PROPERTIES {
                let mut damaged = body.clone();
                damaged[property] = json!(0);
                assert!(!field.is_sound(&damaged), "{} {property}", field.docname());
            }
        }
        // What we said once is brought up to date, and what a person says there is not.
        let field = ALL[9];
        let mut told = field.body();
        assert!(!field.is_of_earlier(&told));
        told["description"] = json!(EARLIER[0]);
        assert!(field.is_of_earlier(&told) && field.is_sound(&told));
        told["description"] = json!("Ask Priya before you touch this");
        assert!(!field.is_of_earlier(&told));
        let mut names: Vec<String> = ALL.iter().map(MarkerField::docname).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), COUNT);
    }

    #[test]
    fn the_note_is_in_the_site_s_time() {
        let at = "2026-07-01T12:30:00Z".parse().unwrap();
        let mut body = json!({"docstatus": 1});
        Note {
            link: None,
            at,
            outcome: "Created from Xero",
        }
        .put(&mut body, "Europe/London");
        assert_eq!(
            body.to_string(),
            r#"{"docstatus":1,"xero_last_sync":"2026-07-01 13:30:00","xero_last_outcome":"Created from Xero"}"#
        );
        assert_eq!(local(at, "Pacific/Auckland"), "2026-07-02 00:30:00");
        assert_eq!(local(at, "Nowhere/At all"), "2026-07-01 12:30:00");
    }
}
