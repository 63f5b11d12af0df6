//! What people rename, merge and delete.

use rand::Rng;
use rand::rngs::StdRng;
use sandbox::System;
use serde_json::json;

use super::{Deed, Kind, Offices, People, chance, erpnext, on_invoice, pick, text, xero};

/// How often each of these is done, beside what is done on any day.
pub(super) const ENDS: [Kind; 7] = [
    (3, People::rename),
    (2, People::delete_invoice),
    (1, People::delete_draft),
    (1, People::delete_customer),
    (1, People::merge_customers),
    (1, People::merge_contacts),
    (2, People::amend_twice),
];

impl People {
    fn rename(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let customer = pick(random, &offices.customers())?.clone();
        self.free(&customer, System::Erpnext).then_some(())?;
        let name = format!(
            "{} r{}",
            text(&customer, "name"),
            random.random_range(1..99)
        );
        Some(erpnext(json!({
            "op": "rename", "doctype": "Customer", "name": customer["name"], "new_name": name,
        })))
    }

    fn delete_invoice(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let invoice = pick(random, &offices.sales_invoices(1))?.clone();
        self.free(&invoice, System::Erpnext).then_some(())?;
        let mut deed = on_invoice("cancel", &invoice);
        deed.operations
            .append(&mut on_invoice("delete", &invoice).operations);
        Some(deed)
    }

    fn delete_draft(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let draft = pick(random, &offices.sales_invoices(0))?.clone();
        self.free(&draft, System::Erpnext)
            .then(|| on_invoice("delete", &draft))
    }

    /// The site refuses it where the customer has documents.
    fn delete_customer(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let customer = pick(random, &offices.customers())?.clone();
        self.free(&customer, System::Erpnext).then(|| {
            erpnext(json!({ "op": "delete", "doctype": "Customer", "name": customer["name"] }))
        })
    }

    fn merge_customers(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let customers = offices.customers();
        let (lost, kept) = (pick(random, &customers)?, pick(random, &customers)?);
        let apart = lost["name"] != kept["name"];
        let free = apart && self.free(lost, System::Erpnext) && self.free(kept, System::Erpnext);
        free.then(|| {
            erpnext(json!({
                "op": "rename", "doctype": "Customer", "name": lost["name"],
                "new_name": kept["name"], "merge": true,
            }))
        })
    }

    fn merge_contacts(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let contacts = offices.contacts();
        let (lost, kept) = (pick(random, &contacts)?, pick(random, &contacts)?);
        let apart = lost["ContactID"] != kept["ContactID"];
        let free = apart && self.free(lost, System::Xero) && self.free(kept, System::Xero);
        free.then(|| {
            xero(json!({
                "op": "merge_contact", "ContactID": lost["ContactID"],
                "MergedToContactID": kept["ContactID"],
            }))
        })
    }

    /// Amended, and the amendment amended, before anybody syncs.
    fn amend_twice(&mut self, random: &mut StdRng, offices: &Offices<'_>) -> Option<Deed> {
        let invoice = pick(random, &offices.sales_invoices(1))?.clone();
        self.free(&invoice, System::Erpnext).then_some(())?;
        let name = text(&invoice, "name");
        // The site's own names of amendments.
        let next = match (invoice["amended_from"].as_str(), name.rsplit_once('-')) {
            (Some(_), Some((first, number))) => {
                format!("{first}-{}", number.parse::<u32>().ok()? + 1)
            }
            _ => format!("{name}-1"),
        };
        let reference =
            |random: &mut StdRng| json!({ "po_no": format!("D{}", random.random_range(1..999)) });
        let mut deed = on_invoice("cancel", &invoice);
        deed.operations.extend([
            json!({ "op": "amend", "name": name, "fields": reference(random) }),
            json!({ "op": "cancel", "doctype": "Sales Invoice", "name": next }),
        ]);
        if chance(random, 80) {
            deed.operations
                .push(json!({ "op": "amend", "name": next, "fields": reference(random) }));
        }
        Some(deed)
    }
}
