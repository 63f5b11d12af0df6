//! What a person at the ERPNext end types.

mod credit_notes;
mod money;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rust_decimal::RoundingStrategy;
use serde_json::{Value, json};

use super::into_xero::number;
use crate::System;
use crate::books::{ABBREVIATION, COMPANY};
use crate::erpnext::ErpnextWorld;
use crate::generator::model::erpnext_rate;
use crate::generator::totals::erpnext_rate as price;
use crate::generator::{
    AccountClass, BankClass, Country, DemoContact, DemoData, DemoInvoice, DemoLine, DemoMoney,
    DemoPayment, DemoUse, PriceMode, TaxClass, TaxRates,
};

/// Entering records into ERPNext.
pub(super) struct Entering<'a> {
    data: &'a DemoData,
    world: &'a mut ErpnextWorld,
    taxes: TaxRates,
    /// Customers whose entries are kept in their own currency.
    abroad: BTreeSet<usize>,
}

impl<'a> Entering<'a> {
    pub(super) fn new(data: &'a DemoData, world: &'a mut ErpnextWorld) -> Self {
        Self {
            taxes: TaxRates::of(data.config.country),
            abroad: data.kept_abroad(),
            data,
            world,
        }
    }

    /// Makes the accounts and tax rates the documents need beside the standard chart: an income account
    /// that Xero has too, and one that it has not, the bank account, and a receivable account in each
    /// foreign currency. What a sync makes of a foreign customer is billed on the company's own, which a
    /// site takes for a customer's first document only when told so.
    pub(super) fn set_up(&mut self, at: DateTime<Utc>) -> Result<(), String> {
        let several = json!({
            "op": "update",
            "doctype": "Accounts Settings",
            "name": "Accounts Settings",
            "fields": {"allow_multi_currency_invoices_against_single_party_account": 1},
        });
        self.world
            .enter(&several, at)
            .map_err(|why| format!("settings in ERPNext: {why}"))?;
        let home = self.data.config.country.currency();
        for name in [OTHER, FREIGHT] {
            let fields = ledger_account(name, "Direct Income", "Income", "Income Account", home);
            self.create("Account", &fields, false, at)
                .map_err(|why| format!("account {name} in ERPNext: {why}"))?;
        }
        let bank = self.bank();
        let name = bank.trim_end_matches(&format!(" - {ABBREVIATION}"));
        let mut made = vec![ledger_account(name, "Bank Accounts", "Asset", "Bank", home)];
        made.extend(self.data.xero_currencies.iter().map(|currency| {
            let name = debtors(currency);
            ledger_account(
                &name,
                "Accounts Receivable",
                "Asset",
                "Receivable",
                currency,
            )
        }));
        for fields in made {
            self.create("Account", &fields, false, at)
                .map_err(|why| format!("account {} in ERPNext: {why}", fields["account_name"]))?;
        }
        if self.data.config.country == Country::Us {
            let fields = json!({
                "title": "Sales Tax 8.875%",
                "company": COMPANY,
                "taxes": [{"tax_type": account("Sales Tax"), "tax_rate": number(self.taxes.rate(TaxClass::Standard))}],
            });
            self.create("Item Tax Template", &fields, false, at)
                .map_err(|why| format!("tax rate in ERPNext: {why}"))?;
        }
        Ok(())
    }

    fn invoice_doc(&self, invoice: &DemoInvoice) -> Value {
        let customer = &self.data.contacts[invoice.contact].erpnext_name;
        let items: Vec<Value> = invoice
            .lines(System::Erpnext)
            .iter()
            .map(|line| item_row(line, self.data.config.country))
            .collect();
        let mut doc = json!({
            "company": COMPANY,
            "customer": customer,
            "posting_date": invoice.date.to_string(),
            "set_posting_time": 1,
            "due_date": invoice.due_date.to_string(),
            "currency": invoice.currency,
            "conversion_rate": number(invoice.erpnext_rate()),
            "po_no": invoice.reference.as_deref().unwrap_or_default(),
            "disable_rounded_total": 1,
            "items": items,
            "taxes": self.tax_rows(invoice.price_mode),
        });
        if let Value::Object(fields) = &mut doc {
            // Numbers of ERPNext's own series come from the series, so that the next invoice made
            // there goes on from them; Xero's were typed in.
            let (key, value) = if invoice.number.starts_with("ACC-SINV-") {
                ("naming_series", "ACC-SINV-.YYYY.-")
            } else if invoice.number.starts_with("SINV-") {
                ("naming_series", "SINV-.#####")
            } else {
                ("name", invoice.number.as_str())
            };
            fields.insert(key.to_owned(), json!(value));
        }
        doc
    }

    /// The tax on the net total, whose rate the lines' templates change.
    fn tax_rows(&self, mode: PriceMode) -> Value {
        let tax = tax_account(self.data.config.country);
        json!([{
            "charge_type": "On Net Total",
            "account_head": account(tax),
            "description": tax,
            "rate": number(self.taxes.rate(TaxClass::Standard)),
            "included_in_print_rate": u8::from(mode == PriceMode::Inclusive),
        }])
    }

    /// The account that the entries of a customer billed in a currency are kept on.
    fn receivable(&self, currency: &str) -> String {
        if currency == self.data.config.country.currency() {
            account("Debtors")
        } else {
            account(&debtors(currency))
        }
    }

    /// A payment as its form fills it in: on the account that the customer's entries are kept on, and what
    /// came to the bank at the rate of the day.
    fn payment_doc(&self, payment: &DemoPayment, first: &DemoInvoice) -> Value {
        let rate = erpnext_rate(payment.xero_rate);
        let paid = payment.amount();
        let came = (paid * rate).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        let receivable = self.receivable(&first.currency);
        let (mode, bank) = match payment.bank {
            BankClass::Bank => ("Wire Transfer", self.bank()),
            BankClass::Cash => ("Cash", account("Cash")),
        };
        let references: Vec<Value> = payment
            .parts
            .iter()
            .map(|part| {
                json!({
                    "reference_doctype": "Sales Invoice",
                    "reference_name": self.data.invoices[part.invoice].number,
                    "allocated_amount": number(part.amount),
                })
            })
            .collect();
        json!({
            "payment_type": "Receive",
            "company": COMPANY,
            "posting_date": payment.date.to_string(),
            "party_type": "Customer",
            "party": self.data.contacts[first.contact].erpnext_name,
            "mode_of_payment": mode,
            "paid_from": receivable,
            "paid_to": bank,
            "paid_amount": number(paid),
            "received_amount": number(came),
            "source_exchange_rate": number(rate),
            "target_exchange_rate": 1,
            // A bank's document needs both.
            "reference_no": payment.reference.as_deref().unwrap_or("Received"),
            "reference_date": payment.date.to_string(),
            "references": references,
        })
    }

    /// The bank account that Xero has too.
    fn bank(&self) -> String {
        account(match self.data.config.country {
            Country::Us => "Checking Account",
            Country::Gb | Country::Nz | Country::Au => "Business Bank Account",
        })
    }

    /// Saves a document, and submits it where that is wanted; its name.
    fn create(
        &mut self,
        doctype: &str,
        fields: &Value,
        submit: bool,
        at: DateTime<Utc>,
    ) -> Result<String, String> {
        let mut edit = json!({
            "op": "create",
            "doctype": doctype,
            "fields": fields,
            "submit": submit,
        });
        if let (Some(name), Value::Object(edit)) = (fields.get("name"), &mut edit) {
            edit.insert("name".to_owned(), name.clone());
        }
        match self.world.enter(&edit, at)? {
            Some((_, name)) => Ok(name),
            None => Err(format!("{doctype} was made without a name")),
        }
    }
}

impl super::Entering for Entering<'_> {
    const SYSTEM: System = System::Erpnext;

    /// A customer with its contact and address, in one go as ERPNext's quick entry does it.
    fn contact(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String> {
        let contact = &self.data.contacts[index];
        let made = self
            .create(
                "Customer",
                &customer_doc(contact, self.abroad.contains(&index)),
                false,
                at,
            )
            .map_err(|why| format!("customer {} in ERPNext: {why}", contact.erpnext_name))?;
        if made == contact.erpnext_name {
            Ok(())
        } else {
            Err(format!(
                "customer {} in ERPNext was named {made}",
                contact.erpnext_name
            ))
        }
    }

    /// A submitted invoice.
    fn invoice(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String> {
        let invoice = &self.data.invoices[index];
        let doc = self.invoice_doc(invoice);
        let made = self
            .create("Sales Invoice", &doc, true, at)
            .map_err(|why| format!("invoice {} in ERPNext: {why}", invoice.number))?;
        if made == invoice.number {
            Ok(())
        } else {
            Err(format!(
                "invoice {} in ERPNext was named {made}",
                invoice.number
            ))
        }
    }

    fn credit_note(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String> {
        self.enter_return(index, at)
    }

    fn credit(&mut self, note: usize, used: &DemoUse, at: DateTime<Utc>) -> Result<(), String> {
        self.set_against(note, used, at)
    }

    fn money(&mut self, _: usize, money: &DemoMoney, at: DateTime<Utc>) -> Result<(), String> {
        self.enter_money(money, at)
    }

    fn money_used(
        &mut self,
        index: usize,
        used: &DemoUse,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        self.use_money(index, used, at)
    }

    /// A submitted payment of one invoice or several.
    fn payment(&mut self, payment: &DemoPayment, at: DateTime<Utc>) -> Result<(), String> {
        let first = &self.data.invoices[payment.parts[0].invoice];
        let doc = self.payment_doc(payment, first);
        let made = self
            .create("Payment Entry", &doc, true, at)
            .map_err(|why| format!("payment of {} in ERPNext: {why}", first.number))?;
        if Some(&made) == payment.erpnext_name.as_ref() {
            Ok(())
        } else {
            Err(format!(
                "payment of {} in ERPNext was named {made}",
                first.number
            ))
        }
    }
}

/// An income account that has a namesake in Xero.
const OTHER: &str = "Other Revenue";
/// An income account that Xero has no counterpart for.
const FREIGHT: &str = "Freight Income";

/// The company's account of a name.
fn account(name: &str) -> String {
    format!("{name} - {ABBREVIATION}")
}

/// The receivable account in a foreign currency.
fn debtors(currency: &str) -> String {
    format!("Debtors {currency}")
}

fn ledger_account(name: &str, parent: &str, root: &str, kind: &str, currency: &str) -> Value {
    json!({
        "account_name": name,
        "company": COMPANY,
        "parent_account": account(parent),
        "root_type": root,
        "report_type": if root == "Income" { "Profit and Loss" } else { "Balance Sheet" },
        "account_type": kind,
        "account_currency": currency,
        "is_group": 0,
    })
}

fn customer_doc(contact: &DemoContact, kept_abroad: bool) -> Value {
    let mut doc = json!({
        "customer_name": contact.erpnext_name,
        "customer_type": if contact.person { "Individual" } else { "Company" },
    });
    if let Value::Object(fields) = &mut doc {
        if kept_abroad {
            fields.insert(
                "accounts".into(),
                json!([{"company": COMPANY, "account": account(&debtors(&contact.currency))}]),
            );
        }
        let mut set = |field: &str, value: Option<&String>| {
            if let Some(value) = value {
                fields.insert(field.to_owned(), json!(value));
            }
        };
        set("tax_id", contact.tax_number.as_ref());
        set("email_id", contact.email.as_ref());
        set("mobile_no", contact.phone.as_ref());
        if let Some(address) = &contact.address {
            set("address_line1", Some(&address.line1));
            set("address_line2", address.line2.as_ref());
            set("city", Some(&address.city));
            set("state", address.region.as_ref());
            set("pincode", Some(&address.postal_code));
            set("country", Some(&address.country));
        }
    }
    doc
}

/// A free-text line; both units are given, because ERPNext checks fractions of either.
fn item_row(line: &DemoLine, country: Country) -> Value {
    let mut row = json!({
        "item_name": line.description,
        "description": line.description,
        "qty": number(line.quantity),
        "uom": line.unit,
        "stock_uom": line.unit,
        "conversion_factor": 1,
        "rate": number(price(line)),
        "income_account": account(match line.account {
            AccountClass::Sales => "Sales",
            AccountClass::Other => OTHER,
            AccountClass::Freight => FREIGHT,
        }),
        "item_tax_template": account(tax_template(country, line.tax)),
    });
    if let (Some(discount), Value::Object(fields)) = (line.discount_percent, &mut row) {
        fields.insert("price_list_rate".into(), number(line.unit_price));
        fields.insert("discount_percentage".into(), number(discount));
    }
    row
}

const fn tax_account(country: Country) -> &'static str {
    match country {
        Country::Gb => "VAT",
        Country::Nz | Country::Au => "GST",
        Country::Us => "Sales Tax",
    }
}

/// The Item Tax Template of each country's sales taxes.
const fn tax_template(country: Country, tax: TaxClass) -> &'static str {
    match (country, tax) {
        (Country::Gb, TaxClass::Standard) => "VAT 20%",
        (Country::Gb, TaxClass::Reduced) => "VAT 5%",
        (Country::Gb, TaxClass::Zero) => "VAT Zero",
        (Country::Gb, TaxClass::Exempt) => "VAT Exempt",
        (Country::Nz, TaxClass::Standard | TaxClass::Reduced) => "GST 15%",
        (Country::Nz, TaxClass::Zero | TaxClass::Exempt) => "GST Zero",
        (Country::Au, TaxClass::Standard | TaxClass::Reduced) => "GST 10%",
        (Country::Au, TaxClass::Zero | TaxClass::Exempt) => "GST Free",
        (Country::Us, TaxClass::Standard | TaxClass::Reduced) => "Sales Tax 8.875%",
        (Country::Us, TaxClass::Zero | TaxClass::Exempt) => "Tax Exempt",
    }
}
