//! Customers with their contacts and addresses.

use serde_json::{Value, json};

use super::ErpnextWorld;
use super::cell::{Cell, Doc};
use super::documents::Body;
use super::errors::Refusal;
use super::site::Outcome;

/// Address fields a customer may be created with; they become its primary address.
const ADDRESS_FIELDS: [(&str, &str); 6] = [
    ("address_line1", "Address Line 1"),
    ("address_line2", "Address Line 2"),
    ("city", "City"),
    ("state", "State"),
    ("pincode", "ZIP Code"),
    ("country", "Country"),
];

fn given<'a>(body: &'a Body, field: &str) -> &'a str {
    body.get(field).and_then(Value::as_str).unwrap_or_default()
}

impl ErpnextWorld {
    pub(crate) fn validate_customer(&mut self, doc: &mut Doc, before: Option<&Doc>) -> Outcome<()> {
        self.check_credit_limits(doc, before)?;
        if before.is_none() && doc.text("language").is_empty() {
            doc.set("language", "en");
        }
        // E-mail and phone are fetched from the primary contact at every save.
        let contact = doc.text("customer_primary_contact").to_owned();
        if !contact.is_empty() {
            for field in ["email_id", "mobile_no", "first_name", "last_name"] {
                let known = self.meta.get("Customer");
                if known.is_some_and(|meta| meta.field(field).is_some()) {
                    let value = self.value("Contact", &contact, field);
                    doc.set(field, value);
                }
            }
        }
        Ok(())
    }

    /// Makes the contact and the address a customer was created with.
    pub(crate) fn after_customer(
        &mut self,
        doc: &mut Doc,
        before: Option<&Doc>,
        body: &Body,
    ) -> Outcome<()> {
        let mut changed = false;
        if before.is_none() && !given(body, "address_line1").is_empty() {
            let missing: Vec<&str> = ADDRESS_FIELDS
                .iter()
                .filter(|(field, _)| matches!(*field, "city" | "country"))
                .filter(|(field, _)| given(body, field).is_empty())
                .map(|(_, label)| *label)
                .collect();
            if !missing.is_empty() {
                let items = format!("<li>{}</li>", missing.join("</li><li>"));
                return Err(Box::new(
                    Refusal::thrown(
                        "ValidationError",
                        &format!(
                            "The following fields are mandatory to create address:<br><br><ul>{items}</ul>"
                        ),
                        "Missing Values Required",
                    )
                    .in_erpnext(),
                ));
            }
            let mut address = Body::new();
            for (field, _) in ADDRESS_FIELDS {
                address.insert(field.to_owned(), json!(given(body, field)));
            }
            address.insert("address_title".to_owned(), json!(doc.text("customer_name")));
            address.insert("is_primary_address".to_owned(), json!(1));
            address.insert("is_shipping_address".to_owned(), json!(1));
            address.insert("links".to_owned(), link_to(doc));
            let made = self.as_server(|site| site.insert("Address", &address, None))?;
            doc.set("customer_primary_address", made.name());
            doc.set("primary_address", address_display(&made));
            changed = true;
        }
        let (email, mobile) = (
            doc.text("email_id").to_owned(),
            doc.text("mobile_no").to_owned(),
        );
        let contact = doc.text("customer_primary_contact").to_owned();
        if contact.is_empty() && !(email.is_empty() && mobile.is_empty()) {
            let mut made = Body::new();
            made.insert("is_primary_contact".to_owned(), json!(1));
            if doc.text("customer_type") == "Individual" {
                let mut words = doc.text("customer_name").split_whitespace();
                let first = words.next().unwrap_or_default();
                let rest: Vec<&str> = words.collect();
                made.insert("first_name".to_owned(), json!(first));
                if let Some((last, middle)) = rest.split_last() {
                    made.insert("middle_name".to_owned(), json!(middle.join(" ")));
                    made.insert("last_name".to_owned(), json!(last));
                }
            } else {
                made.insert("company_name".to_owned(), json!(doc.text("customer_name")));
            }
            if !email.is_empty() {
                made.insert(
                    "email_ids".to_owned(),
                    json!([{ "email_id": email, "is_primary": 1 }]),
                );
            }
            if !mobile.is_empty() {
                made.insert(
                    "phone_nos".to_owned(),
                    json!([{ "phone": mobile, "is_primary_mobile_no": 1 }]),
                );
            }
            made.insert("links".to_owned(), link_to(doc));
            let made = self.as_server(|site| site.insert("Contact", &made, None))?;
            doc.set("customer_primary_contact", made.name());
            changed = true;
        } else if !contact.is_empty() {
            self.mark_primary("Contact", &contact, "is_primary_contact");
        }
        if before.is_some() {
            let address = doc.text("customer_primary_address").to_owned();
            if !address.is_empty() {
                self.mark_primary("Address", &address, "is_primary_address");
            }
        }
        if changed {
            let stamp = self.tick();
            doc.set("modified", stamp);
            let first = self.store.get(doc.doctype, doc.name()).cloned();
            self.store.put(doc.clone());
            if before.is_none() {
                self.keep_version(doc, first.as_ref());
            }
        }
        Ok(())
    }

    /// A contact or address that becomes a customer's primary one is saved as such.
    fn mark_primary(&mut self, doctype: &str, name: &str, flag: &'static str) {
        if let Some(mut doc) = self.store.get(doctype, name).cloned()
            && doc.int(flag) != 1
        {
            doc.set(flag, Cell::Int(1));
            let stamp = self.tick();
            doc.set("modified", stamp);
            self.store.put(doc);
        }
    }

    pub(crate) fn validate_contact(&mut self, doc: &mut Doc) -> Outcome<()> {
        let names: Vec<&str> = ["first_name", "middle_name", "last_name"]
            .into_iter()
            .map(|field| doc.text(field))
            .filter(|text| !text.is_empty())
            .collect();
        let full = if names.is_empty() {
            doc.text("company_name").to_owned()
        } else {
            names.join(" ")
        };
        doc.set("full_name", full);
        primary(
            doc,
            "email_ids",
            "is_primary",
            "email_id",
            "email_id",
            "Email ID",
        )?;
        primary(
            doc,
            "phone_nos",
            "is_primary_phone",
            "phone",
            "phone",
            "Phone",
        )?;
        primary(
            doc,
            "phone_nos",
            "is_primary_mobile_no",
            "phone",
            "mobile_no",
            "Mobile No",
        )?;
        self.set_link_titles(doc);
        Ok(())
    }

    pub(crate) fn validate_address(&mut self, doc: &mut Doc) -> Outcome<()> {
        if doc.text("address_title").is_empty() {
            let Some(first) = doc
                .rows("links")
                .first()
                .map(|row| row.text("link_name").to_owned())
            else {
                return Err(Box::new(Refusal::validation("Address Title is mandatory.")));
            };
            // The name was made before the title was known.
            let name = format!("{first}{}", doc.name());
            doc.set("address_title", first);
            doc.set("name", name);
        }
        self.set_link_titles(doc);
        Ok(())
    }

    /// Without a country an address is in the site's own.
    pub(crate) fn fill_country(&self, doc: &mut Doc) {
        let country = self.setting("System Settings", "country").clone();
        if doc.text("country").is_empty() {
            doc.set("country", country);
        }
    }

    fn set_link_titles(&self, doc: &mut Doc) {
        for row in doc.rows_mut("links") {
            let (target, name) = (
                row.text("link_doctype").to_owned(),
                row.text("link_name").to_owned(),
            );
            let title = match self.value(&target, &name, "customer_name") {
                Cell::Text(title) => title.to_string(),
                _ => name,
            };
            row.set("link_title", title);
        }
    }

    /// Runs something with all rights but the session's user as author, as the server's own
    /// follow-up inserts do.
    pub(crate) fn as_server<T>(&mut self, act: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let user = std::mem::replace(&mut self.user, super::site::PERSON.to_owned());
        let outcome = act(self);
        self.user = user;
        outcome
    }
}

/// An address as invoices show it: the site's own template, breaks and blank lines included.
pub(crate) fn address_display(address: &Doc) -> String {
    let mut shown = String::new();
    let mut part = |before: &str, field: &str, after: &str, always: bool| {
        let value = address.text(field);
        if always || !value.is_empty() {
            shown.extend([before, value, after]);
        }
    };
    part("", "address_line1", "<br>\n", true);
    part("", "address_line2", "<br>", false);
    part("", "city", "<br>\n", true);
    part("", "state", "<br>", false);
    part("", "pincode", "<br>", false);
    part("", "country", "<br>\n<br>\n", true);
    part("Phone: ", "phone", "<br>", false);
    part("Fax: ", "fax", "<br>", false);
    part("Email: ", "email_id", "<br>", false);
    shown
}

fn link_to(doc: &Doc) -> Value {
    json!([{ "link_doctype": doc.doctype, "link_name": doc.name() }])
}

/// Copies the primary row's value to the document; a single e-mail address is primary by itself.
fn primary(
    doc: &mut Doc,
    table: &str,
    flag: &'static str,
    from: &str,
    to: &'static str,
    label: &str,
) -> Outcome<()> {
    let rows = doc.rows_mut(table);
    if rows.iter().filter(|row| row.int(flag) == 1).count() > 1 {
        return Err(Box::new(Refusal::validation(format!(
            "Only one {label} can be set as primary."
        ))));
    }
    if flag == "is_primary"
        && let [only] = rows.as_mut_slice()
    {
        only.set(flag, Cell::Int(1));
    }
    let value = rows
        .iter()
        .find(|row| row.int(flag) == 1)
        .map(|row| row.text(from).trim().to_owned())
        .unwrap_or_default();
    doc.set(to, value);
    Ok(())
}
