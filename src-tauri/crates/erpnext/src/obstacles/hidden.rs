//! Fields that the site does not show to this user, because no role of the user may read the permission level
//! that they are on. Nothing that we read is on one until a site puts it there (15 and 16).

use futures::future::try_join_all;

use super::spoken;
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::{
    AddressRow, ContactRow, CustomerRow, DeductionRow, InvoiceRow, ItemRow, JournalAccountRow,
    JournalRow, PaymentRow, ReferenceRow, ScheduleRow, TaxRow,
};

/// A field that is read and not shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HiddenField {
    /// The document type, a child table's where it is on its rows.
    pub doctype: String,
    /// What people read on the form, as far as the field's name tells.
    pub label: String,
}

/// What is read of documents: the type, for a child table the type that holds it, and the fields.
const READ: &[(&str, Option<&str>, &[&str])] = &[
    ("Customer", None, &CustomerRow::FIELDS),
    ("Address", None, &AddressRow::FIELDS),
    ("Contact", None, &ContactRow::FIELDS),
    ("Sales Invoice", None, &InvoiceRow::FIELDS),
    (
        "Sales Invoice Item",
        Some("Sales Invoice"),
        &ItemRow::FIELDS,
    ),
    (
        "Sales Taxes and Charges",
        Some("Sales Invoice"),
        &TaxRow::FIELDS,
    ),
    (
        "Payment Schedule",
        Some("Sales Invoice"),
        &ScheduleRow::FIELDS,
    ),
    ("Payment Entry", None, &PaymentRow::FIELDS),
    (
        "Payment Entry Reference",
        Some("Payment Entry"),
        &ReferenceRow::FIELDS,
    ),
    (
        "Payment Entry Deduction",
        Some("Payment Entry"),
        &DeductionRow::FIELDS,
    ),
    ("Journal Entry", None, &JournalRow::FIELDS),
    (
        "Journal Entry Account",
        Some("Journal Entry"),
        &JournalAccountRow::FIELDS,
    ),
];

/// Looks at one row of each, since only a row tells. What the user may not list at all, and what a version
/// does not have, shows elsewhere.
pub(super) async fn fields(client: &Client) -> Result<Vec<HiddenField>, Error> {
    let each = READ.iter().map(|&(doctype, parent, fields)| async move {
        let plain = |field: &&str| !field.contains(' ');
        let list = List {
            doctype,
            parent,
            fields: fields.iter().copied().filter(plain).collect(),
            filters: Vec::new(),
            order_by: "name asc",
            limit: 1,
        };
        let hidden = match client.hidden_fields(&list).await {
            Ok(hidden) => hidden,
            Err(Error::NotAllowed(_) | Error::Refused(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let named = hidden.into_iter().map(|field| HiddenField {
            doctype: doctype.to_owned(),
            label: spoken(field),
        });
        Ok(named.collect::<Vec<_>>())
    });
    let mut found = try_join_all(each).await?.concat();
    found.sort();
    Ok(found)
}
