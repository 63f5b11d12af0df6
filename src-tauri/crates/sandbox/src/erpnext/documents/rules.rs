//! What each document type adds to the rules all share: which of its own doings run when.

use super::super::ErpnextWorld;
use super::super::cell::{Doc, Row};
use super::super::errors::Refusal;
use super::super::payment_entry::unlink::check_unlinking;
use super::super::site::Outcome;
use super::{Action, Body};

impl ErpnextWorld {
    /// The document type's own rules before storing.
    pub(super) fn validate(
        &mut self,
        doc: &mut Doc,
        before: Option<&Doc>,
        action: Action,
    ) -> Outcome<()> {
        match doc.doctype {
            "Customer" => self.validate_customer(doc, before),
            "User" => {
                if before.is_none() {
                    self.complete_user(doc);
                }
                Ok(())
            }
            "Contact" => self.validate_contact(doc),
            "Address" => {
                self.fill_country(doc);
                self.validate_address(doc)
            }
            "Sales Invoice" => self.validate_sales_invoice(doc, before, action),
            "Payment Entry" => self.validate_payment(doc, action),
            "Journal Entry" => self.validate_journal(doc, action),
            "Unreconcile Payment" => check_unlinking(doc),
            "Custom Field" => self.validate_custom_field(doc, before),
            "Client Script" if !self.meta.contains_key(doc.text("dt")) => {
                let text = format!("Could not find DocType: {}", doc.text("dt"));
                Err(Box::new(Refusal::thrown(
                    "LinkValidationError",
                    &text,
                    "Message",
                )))
            }
            "Account" => {
                self.complete_account(doc);
                Ok(())
            }
            "Accounting Period" => self.validate_period(doc),
            "Currency Exchange" if doc.text("from_currency") == doc.text("to_currency") => {
                Err(Box::new(Refusal::business(
                    "From Currency and To Currency cannot be same",
                )))
            }
            "OAuth Client" => self.complete_oauth_client(doc),
            "Webhook" => {
                let meets = if doc.text("condition").is_empty() {
                    "Yes"
                } else {
                    "Select a document to check if it meets conditions."
                };
                doc.set("meets_condition", meets);
                Ok(())
            }
            "ToDo" => {
                let today = self.today();
                doc.row.set_missing("date", today);
                Ok(())
            }
            "Item" => {
                super::super::sales_invoice::complete_item(doc, self.release().items_described);
                if before.is_none() {
                    self.complete_item_tables(doc);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What a new user gets without being asked.
    fn complete_user(&mut self, doc: &mut Doc) {
        let names: Vec<&str> = [doc.text("first_name"), doc.text("last_name")]
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect();
        let full = names.join(" ");
        let short = doc.text("first_name").to_lowercase().replace(' ', "");
        doc.row.set_missing("full_name", full);
        doc.row.set_missing("username", short);
        for (field, setting) in [("language", "language"), ("time_zone", "time_zone")] {
            let value = self
                .setting("System Settings", setting)
                .as_text()
                .to_owned();
            doc.row.set_missing(field, value);
        }
        doc.row.set_missing("onboarding_status", "{}");
        if doc.rows("social_logins").is_empty() {
            let mut row = Row::default();
            row.set("name", self.new_hash());
            row.set("provider", "frappe");
            row.set("userid", self.new_hash());
            doc.rows_mut("social_logins").push(row);
        }
    }

    /// An account is of its parent's kind.
    fn complete_account(&self, doc: &mut Doc) {
        let currency = self.value("Company", doc.text("company"), "default_currency");
        doc.row.set_missing("account_currency", currency);
        let parent = doc.text("parent_account").to_owned();
        for field in ["root_type", "report_type"] {
            if doc.text(field).is_empty() && !parent.is_empty() {
                let value = self.value("Account", &parent, field);
                doc.set(field, value);
            }
        }
    }

    /// The document type's own doings after storing.
    pub(super) fn after_save(
        &mut self,
        doc: &mut Doc,
        before: Option<&Doc>,
        body: &Body,
    ) -> Outcome<()> {
        match doc.doctype {
            "Customer" => self.after_customer(doc, before, body),
            "Custom Field" => self.after_custom_field(doc),
            "Company" if before.is_none() => {
                self.found_company(doc);
                Ok(())
            }
            "User" => {
                self.keep_password(doc, body);
                Ok(())
            }
            "System Settings" => {
                // From the next save on the site's clock is that of its new time zone.
                if let Ok(zone) = doc.text("time_zone").parse() {
                    self.config.time_zone = zone;
                }
                Ok(())
            }
            "Property Setter" => {
                self.after_property_setter(doc);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn on_submit(&mut self, doc: &mut Doc, in_one_request: bool) -> Outcome<()> {
        match doc.doctype {
            "Period Closing Voucher" => {
                // Its entries are posted by a background job of the real site.
                doc.set("gle_processing_status", "In Progress");
                let stamp = self.tick();
                doc.set("modified", stamp);
                self.store.put(doc.clone());
                Ok(())
            }
            "Sales Invoice" => self.submit_sales_invoice(doc, in_one_request),
            "Payment Entry" => self.submit_payment(doc),
            "Journal Entry" => self.submit_journal(doc),
            "Unreconcile Payment" => self.submit_unlinking(doc),
            _ => Ok(()),
        }
    }

    pub(super) fn before_cancel(&mut self, doc: &mut Doc) -> Outcome<()> {
        match doc.doctype {
            "Sales Invoice" => self.before_cancel_sales_invoice(doc),
            "Payment Entry" => {
                doc.set("status", "Cancelled");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn on_cancel(&mut self, doc: &mut Doc) -> Outcome<()> {
        match doc.doctype {
            "Sales Invoice" => self.cancel_sales_invoice(doc),
            "Payment Entry" => self.cancel_payment(doc),
            "Journal Entry" => self.cancel_journal(doc),
            _ => Ok(()),
        }
    }
}
