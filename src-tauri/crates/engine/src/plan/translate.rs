//! One side's terms into the other's.

use ledger::mapping::other_tax;
use ledger::{Cause, Contact, Invoice, Line, MappingKind, Money, PriceMode, Side};

use super::Policy;

/// A contact as it is carried to the other side. The currency stays behind: in ERPNext it decides
/// which receivable account may be used (erpnext/FACTS §5), which is that side's own affair.
pub fn carried_contact(contact: &Contact) -> Contact {
    Contact {
        currency: None,
        supplier_only: false,
        ..contact.clone()
    }
}

/// An invoice of `from`, in the terms of the other side: accounts and tax rates translated, lines
/// without the source's identities. The contact is left for later.
///
/// # Errors
/// The [`Cause`] that keeps it from being carried: an account or tax rate without a counterpart, a
/// tax rate mapped to one that makes another tax, a locked period, a currency that the other side does
/// not use.
pub fn translate_invoice(invoice: &Invoice, from: Side, policy: &Policy) -> Result<Invoice, Cause> {
    let target = from.other();
    let facts = policy.sides.get(target);
    if let Some(until) = facts.locked_until
        && invoice.date <= until
    {
        return Err(Cause::PeriodLocked {
            side: target,
            until,
        });
    }
    if !facts.currencies.is_empty() && !facts.currencies.contains(&invoice.currency) {
        let currency = invoice.currency.code().to_owned();
        return Err(Cause::CurrencyNotUsed {
            side: target,
            currency,
        });
    }
    let mut translated = invoice.clone();
    translated.due_date = Some(invoice.due_date.unwrap_or(invoice.date));
    for (index, line) in translated.lines.iter_mut().enumerate() {
        line.id = None;
        line.account = match &line.account {
            Some(account) => {
                let mapped = policy
                    .mappings
                    .translate(MappingKind::Account, from, account);
                Some(
                    mapped
                        .map(str::to_owned)
                        .ok_or_else(|| Cause::NoAccountMapping {
                            side: from,
                            account: account.clone(),
                        })?,
                )
            }
            // A line of words only (Xero allows it) needs no account.
            None if line.amount.is_zero() => facts.default_account.clone(),
            None => Some(
                facts
                    .default_account
                    .clone()
                    .ok_or_else(|| Cause::NoAccount {
                        side: from,
                        line: u32::try_from(index + 1).unwrap_or(u32::MAX),
                    })?,
            ),
        };
        line.tax = match &line.tax {
            // Whatever a side calls no tax at all: there is no rate to have a counterpart.
            Some(_) if invoice.price_mode == PriceMode::NoTax => None,
            Some(tax) => Some(tax_of(line, tax, from, invoice, policy)?),
            None => None,
        };
    }
    Ok(translated)
}

/// What a line's tax rate is on the other side.
fn tax_of(
    line: &Line,
    tax: &str,
    from: Side,
    invoice: &Invoice,
    policy: &Policy,
) -> Result<String, Cause> {
    let mapped = policy
        .mappings
        .translate(MappingKind::Tax, from, tax)
        .ok_or_else(|| Cause::NoTaxMapping {
            side: from,
            tax: tax.to_owned(),
        })?;
    let rate = policy.mappings.rate(from.other(), mapped);
    // Both sides can be made to state any tax, under any rate: only this tells a wrong one.
    if let Some(other) = rate.and_then(|rate| other_tax(line, invoice.price_mode, rate)) {
        let money = |amount| {
            let currency = invoice.currency;
            Money { amount, currency }.to_string()
        };
        return Err(Cause::WrongTaxMapping {
            side: from,
            tax: tax.to_owned(),
            to: mapped.to_owned(),
            has: money(other.has),
            would_be: money(other.would_be),
        });
    }
    Ok(mapped.to_owned())
}
