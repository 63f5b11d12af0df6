//! Sales invoices: what ERPNext fills in, checks and refuses before one is stored.

mod cancel;
mod lines;
mod submit;
mod terms;
pub(crate) mod till;
mod totals;

use rust_decimal::Decimal;

pub(crate) use self::lines::complete_item;
pub(crate) use self::terms::receivable;
use self::terms::{credits_original, fill_due_date, owed_at_home};
pub(crate) use self::totals::{BREAKDOWN, Float};
use super::ErpnextWorld;
use super::cell::{Cell, Doc, float_text};
use super::customer::address_display;
use super::documents::Action;
use super::errors::{Message, Refusal};
use super::site::{Outcome, shown_date};

impl ErpnextWorld {
    pub(crate) fn validate_sales_invoice(
        &mut self,
        doc: &mut Doc,
        before: Option<&Doc>,
        action: Action,
    ) -> Outcome<()> {
        if doc.text("company").is_empty() {
            let company = self.setting("Global Defaults", "default_company").clone();
            doc.set("company", company);
        }
        // The currency of an account that a new document names itself is looked up last.
        let late = before.is_none()
            && !doc.text("debit_to").is_empty()
            && doc.text("party_account_currency").is_empty();
        self.fill_party(doc)?;
        self.fill_letter_head(doc, before);
        self.fill_dates(doc, before);
        self.fill_currency(doc)?;
        self.fill_lines(doc)?;
        self.fill_debit_to(doc)?;
        fill_due_date(doc, self.release().wording)?;
        self.check_quantities(doc)?;
        let is_return = doc.int("is_return") == 1;
        let noted_first = self.release().credit_noted_first;
        if is_return && !noted_first {
            self.check_signs(doc)?;
        }
        self.note_credit(doc, before.is_none())?;
        self.check_return(doc)?;
        self.check_taxes(doc)?;
        self.calculate_totals(doc)?;
        self.check_totals(doc)?;
        let arrives = action == Action::Submit && before.is_none();
        self.fill_payments(doc, arrives)?;
        self.fill_payment_schedule(doc, before.is_none())?;
        self.check_party_currency(doc)?;
        if is_return && noted_first {
            self.check_signs(doc)?;
        }
        self.check_lines(doc)?;
        self.check_closed_period(doc)?;
        let owed = if arrives && !self.release().owed_at_once {
            // Not computed for a document that arrives submitted; the ledger sets it afterwards.
            Decimal::ZERO
        } else if credits_original(doc) {
            Decimal::ZERO
        } else if late {
            owed_at_home(doc)
        } else {
            receivable(doc) - till::settled(doc)
        };
        doc.set("outstanding_amount", owed);
        // A new document keeps the status it is sent with, which a restored one is.
        if before.is_some() || !doc.text("amended_from").is_empty() {
            doc.set("status", "Draft");
        }
        let mut accounts: Vec<&str> = Vec::new();
        let mut commission = Decimal::ZERO;
        for row in doc.rows("items") {
            if !accounts.contains(&row.text("income_account")) {
                accounts.push(row.text("income_account"));
            }
            if row.int("grant_commission") == 1 {
                commission += row.number("base_net_amount");
            }
        }
        let accounts = accounts.join(",");
        doc.set("against_income_account", accounts);
        doc.set("amount_eligible_for_commission", commission);
        if action == Action::Submit && doc.text("remarks").is_empty() {
            let remarks = match doc.text("po_no") {
                "" => "No Remarks".to_owned(),
                order => format!("Against Customer Order {order}"),
            };
            doc.set("remarks", remarks);
        }
        Ok(())
    }

    /// A credit note that keeps its own amount says so to whoever saves it.
    fn note_credit(&mut self, doc: &mut Doc, new: bool) -> Outcome<()> {
        if doc.int("is_return") == 0 {
            return Ok(());
        }
        doc.set("payment_terms_template", "");
        let against = doc.text("return_against").to_owned();
        let against = against.as_str();
        let Some(original) = self.store.get("Sales Invoice", against) else {
            return Ok(());
        };
        let desk = self.desk();
        let invoice = format!("<a href=\"{desk}/sales-invoice/{against}\">{against}</a>");
        if doc.int("update_outstanding_for_self") == 0 {
            // Judged by what the document came to when it was last saved: a new one counts as nothing,
            // and a draft that is submitted later does not.
            let total = match doc.number("rounded_total") {
                none if none.is_zero() => doc.number("grand_total"),
                rounded => rounded,
            };
            let owed = original.number("outstanding_amount");
            if total.abs() > owed {
                // What a new document itself leaves open is not known yet, and the site trips over it.
                if new && !doc.row.has("outstanding_amount") {
                    let text = "bad operand type for abs(): 'NoneType'";
                    let refusal = Refusal::crash("", "TypeError", text);
                    return Err(Box::new(refusal.in_erpnext()));
                }
                let own = doc.number("outstanding_amount").abs();
                let text = self.release().wording.stands_for_itself(
                    &invoice,
                    &desk,
                    &float_text(owed),
                    &float_text(own),
                );
                doc.set("update_outstanding_for_self", Cell::Int(1));
                self.messages.push(Message::plain(text));
            }
            return Ok(());
        }
        let text = self.release().wording.keeps_its_amount(&invoice, &desk);
        self.messages.push(Message::plain(text));
        // Lines that do not say which line they return are not found on the invoice.
        for (at, row) in doc.rows("items").iter().enumerate() {
            let code = row.text("item_code");
            if !code.is_empty()
                && row.text("sales_invoice_item").is_empty()
                && row.number("qty") < Decimal::ZERO
            {
                self.messages.push(Message::plain(format!(
                    "Row # {}: Returned Item {code} does not exist in Sales Invoice {against}",
                    at + 1
                )));
            }
        }
        Ok(())
    }

    /// A return belongs to the same customer, comes after its invoice and has its exchange rate.
    fn check_return(&self, doc: &Doc) -> Outcome<()> {
        let Some(invoice) = self.store.get("Sales Invoice", doc.text("return_against")) else {
            return Ok(());
        };
        if doc.int("is_return") == 0 {
            return Ok(());
        }
        let (party, other) = (doc.text("customer"), invoice.text("customer"));
        if party != other {
            let text = format!(
                "The Customer <strong>{party}</strong> does not match with the Customer <strong>{other}</strong> in the Sales Invoice {}",
                invoice.name()
            );
            let refusal = Refusal::thrown("ValidationError", &text, "Party Mismatch");
            return Err(Box::new(refusal.in_erpnext()));
        }
        if invoice.text("company") != doc.text("company") || invoice.docstatus() != 1 {
            return Ok(());
        }
        let moment = |doc: &Doc| {
            (
                doc.text("posting_date").to_owned(),
                doc.text("posting_time").to_owned(),
            )
        };
        if moment(doc) < moment(invoice) {
            let time = invoice.text("posting_time");
            return Err(Box::new(Refusal::business(format!(
                "Posting timestamp must be after {} {}",
                shown_date(invoice.text("posting_date")),
                time.get(..8).unwrap_or(time)
            ))));
        }
        let rate = invoice.number("conversion_rate");
        if doc.number("conversion_rate") != rate {
            return Err(Box::new(Refusal::business(format!(
                "Exchange Rate must be same as Sales Invoice {} ({})",
                invoice.name(),
                Cell::Number(rate).shown()
            ))));
        }
        Ok(())
    }

    fn fill_party(&self, doc: &mut Doc) -> Outcome<()> {
        let name = doc.text("customer").to_owned();
        if name.is_empty() {
            // Where every link is looked up, a customer must be there.
            return Err(Box::new(if self.release().fetched_links_missed {
                let mut refusal = Refusal::silent(
                    "MandatoryError",
                    &format!("[Sales Invoice, {}]: customer", doc.name()),
                );
                let text = "Error: Value missing for Sales Invoice: Customer";
                refusal.messages.push(Message::plain(text));
                refusal
            } else {
                Refusal::business("Due Date is mandatory")
            }));
        }
        let Some(customer) = self.store.get("Customer", &name) else {
            return Err(Box::new(
                Refusal::crash(
                    "",
                    "AttributeError",
                    "'NoneType' object has no attribute 'payment_terms'",
                )
                .in_erpnext(),
            ));
        };
        doc.set("customer_name", customer.text("customer_name"));
        for field in ["territory", "customer_group"] {
            if doc.text(field).is_empty() && !customer.text(field).is_empty() {
                doc.set(field, customer.text(field));
            }
        }
        self.fill_addresses(doc, customer);
        self.fill_contact(doc, customer);
        if self.doctype("Sales Invoice")?.field("title").is_some() {
            doc.row.set_missing("title", customer.text("customer_name"));
        }
        if self.release().tax_id_copied && doc.text("tax_id").is_empty() {
            let number = customer.text("tax_id");
            if !number.is_empty() {
                doc.set("tax_id", number);
            }
        }
        doc.row.set_missing("language", "en");
        Ok(())
    }

    /// Where the customer is: as said, else their primary address or any; and where goods go.
    fn fill_addresses(&self, doc: &mut Doc, customer: &Doc) {
        let known = self
            .store
            .shelf("Address")
            .and_then(|shelf| shelf.with_value("links", "link_name", customer.name()))
            .unwrap_or_default();
        let primary = customer.text("customer_primary_address");
        let usual = self.store.get("Address", primary).or_else(|| {
            let marked = known
                .iter()
                .find(|address| address.int("is_primary_address") == 1);
            marked.or(known.first()).copied()
        });
        let shipping = known.iter().copied().find(|address| {
            address.int("is_shipping_address") == 1 || address.text("address_type") == "Shipping"
        });
        for (field, display, address) in [
            ("customer_address", "address_display", usual),
            ("shipping_address_name", "shipping_address", shipping),
        ] {
            if doc.text(field).is_empty()
                && let Some(address) = address
            {
                doc.set(field, address.name());
            }
            if let Some(address) = self.store.get("Address", doc.text(field)) {
                doc.set(display, address_display(address));
            }
        }
    }

    /// The customer's own contact, whose name and numbers stand beside any contact that is named.
    fn fill_contact(&self, doc: &mut Doc, customer: &Doc) {
        let name = customer.text("customer_primary_contact");
        let Some(contact) = self.store.get("Contact", name) else {
            return;
        };
        if doc.text("contact_person").is_empty() {
            doc.set("contact_person", name);
        }
        for (field, from) in [
            ("contact_display", "full_name"),
            ("contact_email", "email_id"),
            ("contact_mobile", "mobile_no"),
        ] {
            if doc.text(field).is_empty() {
                doc.set(field, contact.text(from));
            }
        }
    }

    /// The customer may be billed at all, in this currency, on this account.
    fn check_party_currency(&self, doc: &Doc) -> Outcome<()> {
        let customer = self.fetch("Customer", doc.text("customer"))?;
        self.check_party(customer.name(), doc.text("company"))?;
        self.check_currency(doc, customer)?;
        self.check_account_currency(doc)
    }

    /// The site's letter head, which new documents are printed on.
    pub(crate) fn fill_letter_head(&self, doc: &mut Doc, before: Option<&Doc>) {
        let default = self.store.shelf("Letter Head").and_then(|shelf| {
            shelf
                .by_name()
                .find(|head| head.int("is_default") == 1)
                .map(Doc::name)
        });
        if before.is_none()
            && let Some(default) = default
        {
            doc.row.set_missing("letter_head", default);
        }
    }

    fn fill_dates(&self, doc: &mut Doc, before: Option<&Doc>) {
        if before.is_none() && !doc.text("amended_from").is_empty() {
            doc.set("set_posting_time", Cell::Int(1));
        }
        // Without set_posting_time a draft is dated today at every save.
        if doc.int("set_posting_time") == 0 {
            doc.set("posting_date", self.today());
            doc.set("posting_time", self.time_of_day());
        } else {
            if doc.text("posting_date").is_empty() {
                doc.set("posting_date", self.today());
            }
            if before.is_none() {
                doc.row.set_missing("posting_time", self.time_of_day());
            }
        }
    }

    fn fill_currency(&mut self, doc: &mut Doc) -> Outcome<()> {
        let company = doc.text("company").to_owned();
        let own = self.value("Company", &company, "default_currency");
        let own = own.as_text();
        if doc.text("currency").is_empty() {
            // The site's, which need not be the company's (17#29) nor the customer's (28#145): new
            // documents have it before anybody looks for the customer's.
            let site = self.setting("Global Defaults", "default_currency").clone();
            let customer = self.value("Customer", doc.text("customer"), "default_currency");
            doc.set("currency", if site.is_unset() { customer } else { site });
        }
        let currency = doc.text("currency").to_owned();
        let day = doc.text("posting_date").to_owned();
        let list = self
            .setting("Selling Settings", "selling_price_list")
            .clone();
        if let Cell::Text(list) = list {
            doc.row.set_missing("selling_price_list", &*list);
        }
        let listed = self.value("Price List", doc.text("selling_price_list"), "currency");
        let listed = match listed.as_text() {
            "" => own.to_owned(),
            listed => listed.to_owned(),
        };
        doc.row.set_missing("price_list_currency", listed.as_str());
        if doc.number("plc_conversion_rate").is_zero() {
            let rate = self.rate_to(&listed, own, &day);
            doc.set("plc_conversion_rate", rate.unwrap_or_default());
        }
        if currency == own {
            doc.set("conversion_rate", Decimal::ONE);
        } else if doc.number("conversion_rate").is_zero() {
            let Some(rate) = self.rate_to(&currency, own, &day) else {
                return Err(Box::new(Refusal::business(format!(
                    "Exchange Rate is mandatory. Maybe Currency Exchange record is not created for {currency} to {own}."
                ))));
            };
            doc.set("conversion_rate", rate);
        }
        Ok(())
    }

    /// What one unit of a currency is worth in another; a note to the user where nobody knows.
    pub(crate) fn rate_to(&mut self, from: &str, to: &str, day: &str) -> Option<Decimal> {
        if from == to {
            return Some(Decimal::ONE);
        }
        let rate = self.exchange_rate(from, to, day);
        if rate.is_none() {
            self.messages.push(Message::plain(format!(
                "Unable to find exchange rate for {from} to {to} for key date {day}. Please create a Currency Exchange record manually"
            )));
        }
        rate
    }

    /// The rate of the newest Currency Exchange record up to that day.
    pub(crate) fn exchange_rate(&self, from: &str, to: &str, day: &str) -> Option<Decimal> {
        self.store
            .shelf("Currency Exchange")?
            .by_name()
            .filter(|doc| doc.text("from_currency") == from && doc.text("to_currency") == to)
            .filter(|doc| doc.text("date") <= day)
            .max_by_key(|doc| doc.text("date").to_owned())
            .map(|doc| doc.number("exchange_rate"))
    }

    fn fill_debit_to(&self, doc: &mut Doc) -> Outcome<()> {
        let company = doc.text("company").to_owned();
        let customer = self.fetch("Customer", doc.text("customer"))?;
        if doc.text("debit_to").is_empty() {
            let account = self.party_account(customer, &company);
            doc.set("debit_to", account);
        }
        let account = doc.text("debit_to").to_owned();
        let Some(ledger) = self.store.get("Account", &account) else {
            return Err(Box::new(Refusal::thrown(
                "LinkValidationError",
                &format!("Could not find Debit To: {account}"),
                "Message",
            )));
        };
        if ledger.text("account_type") != "Receivable" {
            return Err(Box::new(
                Refusal::thrown(
                    "ValidationError",
                    &format!(
                        "Please ensure that the Debit To account {account} is a Receivable account. You can change the parent account to a Receivable account or select a different account."
                    ),
                    "Invalid Account",
                )
                .in_erpnext(),
            ));
        }
        let held = ledger.text("account_currency").to_owned();
        doc.set("party_account_currency", held);
        Ok(())
    }
}
