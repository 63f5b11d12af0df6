//! What the simulated ERPNext holds.

mod credit;
mod payments;

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::value::{amount, day, filled, flag, list, text};
use super::{Contact, CreditNote, Held, Invoice, Stage};
use credit::Credit;
use payments::payments;

/// A customer's e-mail address: its person's, where it has one. The customer itself shows what that
/// was when the customer was last saved.
fn email(state: &Value, customer: &Value) -> String {
    let person = text(customer, "customer_primary_contact");
    let people = list(state, "Contact").unwrap_or_default();
    people
        .iter()
        .find(|row| !person.is_empty() && text(row, "name") == person)
        .map_or_else(|| text(customer, "email_id"), |row| text(row, "email_id"))
}

/// The lines' texts, where no charge stands among the taxes and no line takes something off.
fn texts(invoice: &Value) -> Result<Option<Vec<String>>, String> {
    for tax in list(invoice, "taxes")? {
        let by_amount = text(tax, "charge_type") == "Actual";
        if by_amount && !text(tax, "account_head").contains("VAT") {
            return Ok(None);
        }
    }
    let mut texts = Vec::new();
    for item in list(invoice, "items")? {
        let amount = amount(item, "amount")?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Ok(None);
        }
        if !amount.is_zero() {
            let described = filled(item, "description").map(|text| without_markup(&text));
            texts.push(described.unwrap_or_else(|| text(item, "item_name")));
        }
    }
    Ok(Some(texts))
}

/// A description without its HTML.
fn without_markup(text: &str) -> String {
    let mut plain = String::new();
    let mut within = false;
    for letter in text.chars() {
        match letter {
            '<' => within = true,
            '>' if within => {
                within = false;
                plain.push(' ');
            }
            other if !within => plain.push(other),
            _ => {}
        }
    }
    plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

pub(super) fn read(state: &Value, company: &str) -> Result<Held, String> {
    let contacts = list(state, "Customer")?
        .iter()
        .map(|row| Contact {
            id: text(row, "name"),
            marker: filled(row, "xero_contact_id"),
            name: text(row, "customer_name"),
            email: email(state, row),
            tax_number: text(row, "tax_id"),
            archived: flag(row, "disabled") == 1,
        })
        .collect();
    let credit = Credit::read(state, company)?;
    let (mut invoices, mut credit_notes) = (Vec::new(), Vec::new());
    for row in list(state, "Sales Invoice")? {
        if text(row, "company") != company {
            continue;
        }
        if flag(row, "is_return") == 1 {
            credit_notes.push(credit_note(row, &credit)?);
        } else {
            invoices.push(invoice(row, &credit)?);
        }
    }
    let mut on_account = on_account(state, company)?;
    let receivables = receivables(state, company, &on_account)?;
    for (customer, currency, left) in credit.of_notes(state)? {
        on_account.push((customer, currency, -left));
    }
    Ok(Held {
        contacts,
        invoices,
        credit_notes,
        payments: payments(state, company, &credit)?,
        on_account,
        receivables,
    })
}

fn invoice(row: &Value, credit: &Credit) -> Result<Invoice, String> {
    let due = due(row)?;
    let name = text(row, "name");
    Ok(Invoice {
        marker: filled(row, "xero_invoice_id"),
        number: name.clone(),
        contact: text(row, "customer"),
        contact_name: text(row, "customer_name"),
        reference: text(row, "po_no"),
        texts: texts(row)?,
        date: day(row, "posting_date"),
        due: day(row, "due_date"),
        currency: text(row, "currency"),
        total: amount(row, "grand_total")?,
        tax: amount(row, "total_taxes_and_charges")?,
        // What a return lowered it by beyond nothing is left of the return.
        amount_due: if credit.lowered(&name) {
            due.max(Decimal::ZERO)
        } else {
            due
        },
        stage: stage(row),
        unit: unit(row)?,
        id: name,
    })
}

/// A cent of the company's currency, where an invoice in another one is kept in that: in the invoice's, where
/// it is more than a cent there.
fn unit(row: &Value) -> Result<Decimal, String> {
    let (kept_in, rate) = (
        text(row, "party_account_currency"),
        amount(row, "conversion_rate")?,
    );
    let cent = Decimal::new(1, 2);
    if kept_in.is_empty() || kept_in == text(row, "currency") || rate.is_zero() {
        return Ok(Decimal::ZERO);
    }
    Ok((cent / rate).max(cent))
}

fn stage(row: &Value) -> Stage {
    match flag(row, "docstatus") {
        0 => Stage::Draft,
        1 => Stage::Approved,
        _ => Stage::Ended,
    }
}

/// A return, with its amounts turned round.
fn credit_note(row: &Value, credit: &Credit) -> Result<CreditNote, String> {
    let name = text(row, "name");
    let mut uses = BTreeMap::new();
    for (invoice, kept) in credit.uses(&name) {
        uses.insert(invoice.to_owned(), -in_own_currency(row, -kept)?);
    }
    Ok(CreditNote {
        marker: filled(row, "xero_credit_note_id"),
        number: name.clone(),
        contact: text(row, "customer"),
        contact_name: text(row, "customer_name"),
        reference: text(row, "po_no"),
        texts: texts(&turned_round(row))?,
        date: day(row, "posting_date"),
        currency: text(row, "currency"),
        net: -net(row)?,
        tax: -amount(row, "total_taxes_and_charges")?,
        total: -amount(row, "grand_total")?,
        remaining: -in_own_currency(
            row,
            amount(row, "outstanding_amount")? - credit.loose(&name),
        )?,
        uses,
        stage: stage(row),
        id: name,
    })
}

/// The total before tax. Where prices hold tax ERPNext's own is now and then a cent beside what its total
/// and tax leave.
fn net(row: &Value) -> Result<Decimal, String> {
    let inclusive = list(row, "taxes").unwrap_or_default();
    let mut inclusive = inclusive
        .iter()
        .map(|it| flag(it, "included_in_print_rate"));
    if inclusive.any(|it| it == 1) {
        return Ok(amount(row, "grand_total")? - amount(row, "total_taxes_and_charges")?);
    }
    amount(row, "net_total")
}

/// A return whose lines are worth something.
fn turned_round(row: &Value) -> Value {
    let mut row = row.clone();
    let items = row.get_mut("items").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        let turned = amount(item, "amount").map(|amount| (-amount).to_string());
        if let (Ok(turned), Some(fields)) = (turned, item.as_object_mut()) {
            fields.insert("amount".to_owned(), Value::String(turned));
        }
    }
    row
}

/// What customers owe, by ERPNext's own figures.
fn receivables(
    state: &Value,
    company: &str,
    on_account: &[(String, String, Decimal)],
) -> Result<BTreeMap<(String, String), Decimal>, String> {
    let mut owed: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    for row in list(state, "Sales Invoice")? {
        if text(row, "company") == company && flag(row, "docstatus") == 1 {
            let of = (text(row, "customer"), text(row, "currency"));
            *owed.entry(of).or_default() += due(row)?;
        }
    }
    for (customer, currency, left) in on_account {
        let of = (customer.clone(), currency.clone());
        *owed.entry(of).or_default() -= left;
    }
    Ok(owed)
}

/// What is open of payments, by their names, as the site's ledger has it: in the customer's favour. What a payment says
/// of itself is what a division left, which in another currency may be a cent beside it (of 1,060.83 euros at 0.87, of
/// which 533.23 are used, 527.61 and not 527.60).
fn open_of_payments(state: &Value) -> Result<BTreeMap<String, Decimal>, String> {
    let mut open: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in list(state, "Payment Ledger Entry").unwrap_or_default() {
        if text(row, "against_voucher_type") == "Payment Entry" && flag(row, "delinked") == 0 {
            let payment = open.entry(text(row, "against_voucher_no")).or_default();
            *payment -= amount(row, "amount_in_account_currency")?;
        }
    }
    Ok(open)
}

/// What payments and journal entries say of no document.
fn on_account(state: &Value, company: &str) -> Result<Vec<(String, String, Decimal)>, String> {
    let mut found = Vec::new();
    let open = open_of_payments(state)?;
    let in_force = |row: &Value| text(row, "company") == company && flag(row, "docstatus") == 1;
    for row in list(state, "Payment Entry").unwrap_or_default() {
        if !in_force(row) || text(row, "party_type") != "Customer" {
            continue;
        }
        let left = open.get(&text(row, "name")).copied().unwrap_or_default();
        let field = match text(row, "payment_type").as_str() {
            "Pay" => "paid_to_account_currency",
            _ => "paid_from_account_currency",
        };
        found.push((text(row, "party"), text(row, field), left));
    }
    for row in list(state, "Journal Entry").unwrap_or_default() {
        if !in_force(row) {
            continue;
        }
        for entry in list(row, "accounts")? {
            if text(entry, "party_type") == "Customer" && text(entry, "reference_name").is_empty() {
                let credit = amount(entry, "credit_in_account_currency")?;
                let debit = amount(entry, "debit_in_account_currency")?;
                let currency = text(entry, "account_currency");
                found.push((text(entry, "party"), currency, credit - debit));
            }
        }
    }
    Ok(found)
}

/// ERPNext keeps what is owed in the currency of the receivable account.
fn due(row: &Value) -> Result<Decimal, String> {
    in_own_currency(row, amount(row, "outstanding_amount")?)
}

/// An amount in the currency of an invoice's receivable account, in the invoice's own.
fn in_own_currency(row: &Value, kept: Decimal) -> Result<Decimal, String> {
    let kept_in = text(row, "party_account_currency");
    if kept.is_zero() || kept_in.is_empty() || kept_in == text(row, "currency") {
        return Ok(kept);
    }
    if kept == amount(row, "base_grand_total")? {
        return amount(row, "grand_total");
    }
    let rate = amount(row, "conversion_rate")?;
    if rate.is_zero() {
        return Err(format!("{} has no rate", text(row, "name")));
    }
    Ok((kept / rate).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}
