//! What points at a document, and keeps it from being deleted (recording 29#47-68).

use super::super::ErpnextWorld;
use super::super::cell::{Doc, Row};
use super::super::errors::{Message, Refusal};
use super::super::ledger::entry_name;
use super::super::meta::{DocType, Kind};
use super::super::site::Outcome;
use super::super::store::Shelf;

/// Types whose links keep nothing.
const LOOSE: [&str; 4] = ["Comment", "ToDo", "Version", "Webhook Request Log"];

/// Types that can be disabled instead, which is then advised.
const DISABLED_INSTEAD: [&str; 3] = ["Address", "Customer", "Item"];

/// A document that holds a link: type, name, and the row where it stands in a child table.
struct Holder {
    doctype: &'static str,
    name: String,
    row: Option<usize>,
}

/// Where a type may hold a link to a document: in one of these fields, of a child table where one is
/// named. Beside each the field that says the type, for a link by type and name.
struct Place<'a> {
    table: &'a str,
    fields: Vec<(&'a str, Option<&'a str>)>,
}

impl ErpnextWorld {
    /// Refuses to delete what something points at: by a link of its own, cancelled or not; by type
    /// and name, unless cancelled; or an entry in the general ledger.
    pub(super) fn check_not_linked(&self, doc: &Doc) -> Outcome<()> {
        let holder = self
            .holder_of(doc, false)
            .or_else(|| self.holder_of(doc, true))
            .or_else(|| self.entry_about(doc));
        let Some(holder) = holder else {
            return Ok(());
        };
        let row = holder
            .row
            .map_or(String::new(), |row| format!("at Row: {row}"));
        let text = format!(
            "Cannot delete or cancel because {} is linked with {} {row}",
            self.linked(doc.doctype, doc.name()),
            self.linked(holder.doctype, &holder.name),
        );
        let mut refusal = Refusal::thrown("LinkExistsError", &text, "Message");
        if DISABLED_INSTEAD.contains(&doc.doctype) {
            let advice = format!(
                "You can disable this {} instead of deleting it.",
                doc.doctype
            );
            refusal.exception = Some(format!("frappe.exceptions.LinkExistsError: {advice}"));
            refusal.messages.push(Message::raised(&advice, "Message"));
        }
        Err(Box::new(refusal))
    }

    /// The first document with a link, or with one by type and name (`dynamic`).
    fn holder_of(&self, doc: &Doc, dynamic: bool) -> Option<Holder> {
        let mut types: Vec<&DocType> = self.meta.values().filter(|meta| !meta.is_table).collect();
        // Invoices are named before anything else.
        types.sort_by_key(|meta| (meta.name != "Sales Invoice", meta.name));
        types.into_iter().find_map(|meta| {
            if LOOSE.contains(&meta.name) {
                return None;
            }
            let shelf = self.store.shelf(meta.name)?;
            let places = self.places(meta, doc.doctype, dynamic);
            places
                .iter()
                .find_map(|place| held_in(shelf, place, doc, dynamic))
        })
    }

    fn places<'a>(&'a self, meta: &'a DocType, target: &str, dynamic: bool) -> Vec<Place<'a>> {
        let fields = |meta: &'a DocType| -> Vec<(&'a str, Option<&'a str>)> {
            meta.fields()
                .filter_map(|field| match (dynamic, field.kind) {
                    (false, Kind::Link) if field.options == target => {
                        Some((field.name.as_ref(), None))
                    }
                    (true, Kind::DynamicLink) => {
                        Some((field.name.as_ref(), Some(field.options.as_ref())))
                    }
                    _ => None,
                })
                .collect()
        };
        let own = Place {
            table: "",
            fields: fields(meta),
        };
        let rows = meta.tables().filter_map(|(table, child)| {
            Some(Place {
                table,
                fields: fields(self.meta.get(child)?),
            })
        });
        std::iter::once(own)
            .chain(rows)
            .filter(|place| !place.fields.is_empty())
            .collect()
    }

    /// An entry of a cancelled voucher, or of a customer with cancelled vouchers. They stay, unless
    /// the site lets them go along.
    fn entry_about(&self, doc: &Doc) -> Option<Holder> {
        let go_along = self
            .setting("Accounts Settings", "delete_linked_ledger_entries")
            .as_int()
            == 1;
        let voucher = match doc.doctype {
            "Sales Invoice" | "Payment Entry" | "Journal Entry"
                if doc.docstatus() == 2 && !go_along && !self.postings(doc).is_empty() =>
            {
                doc.name()
            }
            "Customer" => self.cancelled_voucher_of(doc.name())?,
            _ => return None,
        };
        Some(Holder {
            doctype: "GL Entry",
            name: entry_name(voucher, 0, 1),
            row: None,
        })
    }
}

fn held_in(shelf: &Shelf, place: &Place<'_>, target: &Doc, dynamic: bool) -> Option<Holder> {
    let name = target.name();
    place.fields.iter().find_map(|(field, kind)| {
        let found = |row: &Row| {
            row.text(field) == name && kind.is_none_or(|kind| row.text(kind) == target.doctype)
        };
        let holds = |doc: &Doc| -> Option<Holder> {
            let itself = doc.doctype == target.doctype && doc.name() == name;
            if itself || (dynamic && doc.docstatus() == 2) {
                return None;
            }
            let row = if place.table.is_empty() {
                found(&doc.row).then_some(None)
            } else {
                let at = doc.rows(place.table).iter().position(found);
                at.map(|at| Some(at + 1))
            }?;
            Some(Holder {
                doctype: doc.doctype,
                name: doc.name().to_owned(),
                row,
            })
        };
        match shelf.with_value(place.table, field, name) {
            Some(docs) => docs.into_iter().find_map(holds),
            None => shelf.by_name().find_map(holds),
        }
    })
}
