//! What a person at the Xero end types.

mod credit_notes;
mod money;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::System;
use crate::generator::{
    AccountClass, Country, DemoContact, DemoData, DemoInvoice, DemoLine, DemoMoney, DemoPayment,
    DemoUse, PriceMode, TaxClass,
};
use crate::xero::XeroWorld;

/// Entering records into Xero; remembers the ids it gave them.
pub(super) struct Entering<'a> {
    data: &'a DemoData,
    world: &'a mut XeroWorld,
    contacts: Vec<Option<String>>,
    invoices: Vec<Option<String>>,
    credit_notes: Vec<Option<String>>,
    /// Overpayments.
    money: Vec<Option<String>>,
}

impl<'a> Entering<'a> {
    pub(super) fn new(data: &'a DemoData, world: &'a mut XeroWorld) -> Self {
        Self {
            contacts: vec![None; data.contacts.len()],
            invoices: vec![None; data.invoices.len()],
            credit_notes: vec![None; data.credit_notes.len()],
            money: vec![None; data.money.len()],
            data,
            world,
        }
    }

    /// Locks the period, last of all: what is in it was entered before.
    pub(super) fn lock(&mut self, at: DateTime<Utc>) -> Result<(), String> {
        self.world
            .edit(
                &json!({
                    "op": "set_lock_date",
                    "PeriodLockDate": self.data.xero_locked_until.to_string(),
                }),
                at,
            )
            .map_err(|why| format!("lock date in Xero: {why}"))?;
        Ok(())
    }
}

impl super::Entering for Entering<'_> {
    const SYSTEM: System = System::Xero;

    fn contact(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String> {
        let contact = &self.data.contacts[index];
        let made = self
            .world
            .edit(&contact_edit(contact), at)
            .map_err(|why| format!("contact {} in Xero: {why}", contact.xero_name))?;
        self.contacts[index] = id(&made, "ContactID");
        Ok(())
    }

    fn invoice(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String> {
        let invoice = &self.data.invoices[index];
        let contact = self.contacts[invoice.contact]
            .as_deref()
            .unwrap_or_default();
        let edit = invoice_edit(invoice, contact, self.data.config.country);
        let made = self
            .world
            .edit(&edit, at)
            .map_err(|why| format!("invoice {} in Xero: {why}", invoice.number))?;
        self.invoices[index] = id(&made, "InvoiceID");
        Ok(())
    }

    fn credit_note(&mut self, index: usize, at: DateTime<Utc>) -> Result<(), String> {
        self.enter_credit_note(index, at)
    }

    fn credit(&mut self, note: usize, used: &DemoUse, at: DateTime<Utc>) -> Result<(), String> {
        self.allocate(note, used, at)
    }

    fn money(&mut self, index: usize, money: &DemoMoney, at: DateTime<Utc>) -> Result<(), String> {
        self.enter_money(index, money, at)
    }

    fn money_used(
        &mut self,
        index: usize,
        used: &DemoUse,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        self.use_money(index, used, at)
    }

    fn payment(&mut self, payment: &DemoPayment, at: DateTime<Utc>) -> Result<(), String> {
        let mut edit = json!({
            "Account": {"Code": "090"},
            "Date": payment.date.to_string(),
            "Reference": payment.reference.as_deref().unwrap_or_default(),
        });
        let abroad = payment.xero_rate != Decimal::ONE;
        let parts: Vec<Value> = payment
            .parts
            .iter()
            .map(|part| {
                let mut row = json!({
                    "InvoiceID": self.invoices[part.invoice],
                    "Amount": number(part.amount),
                });
                if let (true, Value::Object(row)) = (abroad, &mut row) {
                    row.insert("CurrencyRate".into(), number(payment.xero_rate));
                }
                row
            })
            .collect();
        if let Value::Object(fields) = &mut edit {
            if let [Value::Object(only)] = parts.as_slice() {
                fields.insert("op".into(), json!("pay_invoice"));
                fields.extend(only.clone());
            } else {
                let named = |mut part: Value| {
                    part["Invoice"] = json!({ "InvoiceID": part["InvoiceID"] });
                    part
                };
                let parts = parts.into_iter().map(named).collect();
                fields.insert("op".into(), json!("receive_batch"));
                fields.insert("Payments".into(), Value::Array(parts));
            }
        }
        self.world.edit(&edit, at).map_err(|why| {
            let first = &self.data.invoices[payment.parts[0].invoice];
            format!("payment of {} in Xero: {why}", first.number)
        })?;
        Ok(())
    }
}

fn id(made: &Value, key: &str) -> Option<String> {
    made.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// A decimal as a JSON number, digit for digit.
pub(super) fn number(value: Decimal) -> Value {
    serde_json::from_str(&value.normalize().to_string()).unwrap_or_default()
}

fn contact_edit(contact: &DemoContact) -> Value {
    let mut body = Map::new();
    body.insert("op".into(), json!("create_contact"));
    body.insert("Name".into(), json!(contact.xero_name));
    if contact.person
        && let Some((first, last)) = contact.xero_name.split_once(' ')
    {
        body.insert("FirstName".into(), json!(first));
        body.insert("LastName".into(), json!(last));
    }
    if let Some(email) = &contact.email {
        body.insert("EmailAddress".into(), json!(email));
    }
    if let Some(number) = &contact.tax_number {
        body.insert("TaxNumber".into(), json!(number));
    }
    if let Some(phone) = &contact.phone {
        body.insert(
            "Phones".into(),
            json!([{"PhoneType": "DEFAULT", "PhoneNumber": phone}]),
        );
    }
    if let Some(address) = &contact.address {
        body.insert(
            "Addresses".into(),
            json!([{
                "AddressType": "POBOX",
                "AddressLine1": address.line1,
                "AddressLine2": address.line2.as_deref().unwrap_or_default(),
                "City": address.city,
                "Region": address.region.as_deref().unwrap_or_default(),
                "PostalCode": address.postal_code,
                "Country": address.country,
            }]),
        );
    }
    Value::Object(body)
}

fn invoice_edit(invoice: &DemoInvoice, contact: &str, country: Country) -> Value {
    let lines: Vec<Value> = invoice
        .lines(System::Xero)
        .iter()
        .map(|line| line_body(line, country))
        .collect();
    let mut body = json!({
        "op": "create_invoice",
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "InvoiceNumber": invoice.number,
        "Contact": {"ContactID": contact},
        "Date": invoice.date.to_string(),
        "DueDate": invoice.due_date.to_string(),
        "Reference": invoice.reference.as_deref().unwrap_or_default(),
        "LineAmountTypes": amounts_are(invoice.price_mode),
        "CurrencyCode": invoice.currency,
        "LineItems": lines,
    });
    if invoice.xero_rate != Decimal::ONE
        && let Value::Object(fields) = &mut body
    {
        fields.insert("CurrencyRate".into(), number(invoice.xero_rate));
    }
    body
}

const fn amounts_are(mode: PriceMode) -> &'static str {
    match mode {
        PriceMode::Exclusive => "Exclusive",
        PriceMode::Inclusive => "Inclusive",
    }
}

fn line_body(line: &DemoLine, country: Country) -> Value {
    let mut body = json!({
        "Description": line.description,
        "Quantity": number(line.quantity),
        "UnitAmount": number(line.unit_price),
        "AccountCode": match line.account {
            AccountClass::Sales => "200",
            AccountClass::Other | AccountClass::Freight => "260",
        },
        "TaxType": tax_type(country, line.tax),
    });
    if let (Some(discount), Value::Object(fields)) = (line.discount_percent, &mut body) {
        fields.insert("DiscountRate".into(), number(discount));
    }
    body
}

/// The `TaxType` of each country's sales taxes (Xero developer docs, "Tax rates").
#[expect(
    clippy::match_same_arms,
    reason = "one block per country reads like its price list"
)]
const fn tax_type(country: Country, tax: TaxClass) -> &'static str {
    match (country, tax) {
        (Country::Gb, TaxClass::Standard) => "OUTPUT2",
        (Country::Gb, TaxClass::Reduced) => "RROUTPUT",
        (Country::Gb, TaxClass::Zero) => "ZERORATEDOUTPUT",
        (Country::Gb, TaxClass::Exempt) => "EXEMPTOUTPUT",
        (Country::Nz, TaxClass::Standard | TaxClass::Reduced) => "OUTPUT2",
        (Country::Nz, TaxClass::Zero | TaxClass::Exempt) => "ZERORATED",
        (Country::Au, TaxClass::Standard | TaxClass::Reduced) => "OUTPUT",
        (Country::Au, TaxClass::Zero | TaxClass::Exempt) => "EXEMPTOUTPUT",
        (Country::Us, TaxClass::Standard | TaxClass::Reduced) => "TAX001",
        (Country::Us, TaxClass::Zero | TaxClass::Exempt) => "NONE",
    }
}
