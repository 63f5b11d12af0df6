//! What invoices and credit notes have in common, compared field by field.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::balances::Balances;
use super::words::{amended, same_texts};
use super::{Audit, Kind, Stage, cents, day};

/// The fields that every document has, as one system holds them.
pub(super) struct Heading<'a> {
    pub(super) number: &'a str,
    /// The number that it has one behind, because another document had that in Xero and ended there.
    pub(super) behind: Option<&'a str>,
    /// The contact's identity on this side.
    pub(super) contact: &'a str,
    pub(super) reference: &'a str,
    pub(super) texts: Option<&'a [String]>,
    pub(super) date: Option<NaiveDate>,
    pub(super) currency: &'a str,
    pub(super) total: Decimal,
    pub(super) tax: Decimal,
    pub(super) stage: Stage,
}

/// Compares Xero's heading with ERPNext's.
pub(super) fn compare(
    audit: &mut Audit,
    balances: &Balances,
    kind: Kind,
    ours: &Heading<'_>,
    theirs: &Heading<'_>,
) {
    let mut check = |field, xero: &str, erpnext: &str| {
        audit.check(kind, ours.number, field, xero, erpnext);
    };
    check(
        "state",
        &format!("{:?}", ours.stage),
        &format!("{:?}", theirs.stage),
    );
    // ERPNext amends a document under a name of its own. It also gives the name of one that was deleted to the
    // next; whether Xero gives the number of one that was voided again is not known, so there it has another.
    let mut numbers = std::iter::once(ours.number).chain(ours.behind);
    if !numbers.any(|number| amended(number, theirs.number)) {
        check("number", ours.number, theirs.number);
    }
    check("contact", ours.contact, &balances.contact(theirs.contact));
    check("date", &day(ours.date), &day(theirs.date));
    check("currency", ours.currency, theirs.currency);
    if ours.stage != Stage::Ended {
        check("reference", ours.reference, theirs.reference);
        if let (Some(ours), Some(theirs)) = (ours.texts, theirs.texts)
            && !same_texts(ours, theirs)
        {
            check("lines", &ours.join("; "), &theirs.join("; "));
        }
    }
    check("total", &cents(ours.total), &cents(theirs.total));
    check("tax", &cents(ours.tax), &cents(theirs.tax));
}
