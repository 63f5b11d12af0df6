//! One side's terms into the other's.

use ledger::mapping::other_tax;
use ledger::merge::Terms;
use ledger::tax::{TaxedAmount, xero_line_tax};
use ledger::tracking::Tracked;
use ledger::{Cause, Contact, Document, Line, MappingKind, Money, PriceMode, Side};

use rust_decimal::Decimal;

use super::Policy;

/// A contact as it is carried to the other side. The currency stays behind: in ERPNext it decides
/// which receivable account may be used (erpnext/FACTS §5), which is that side's own affair.
pub fn carried_contact(contact: &Contact) -> Contact {
    Contact {
        currency: None,
        supplier_only: false,
        unclear: Vec::new(),
        ..contact.clone()
    }
}

/// A document of `from`, in the terms of the other side: accounts and tax rates translated, lines
/// without the source's identities. The contact is left for later.
///
/// # Errors
/// The [`Cause`] that keeps it from being carried: an account or tax rate without a counterpart, a
/// tax rate mapped to one that makes another tax, a locked period, a currency that the other side does
/// not use, an opening entry.
pub fn translate_document(
    invoice: &Document,
    from: Side,
    policy: &Policy,
) -> Result<Document, Cause> {
    may_be_written(invoice, from, policy)?;
    let mut translated = invoice.clone();
    translated.due_date = Some(invoice.due_date.unwrap_or(invoice.date));
    // What a credit is used for is carried once it is there.
    translated.allocations.clear();
    translated.against = None;
    translated.amount_due = invoice.amount_due + invoice.allocated();
    for (index, line) in translated.lines.iter_mut().enumerate() {
        line.id = None;
        line.account = account_of(line, index, from, policy)?;
        line.tax = tax_of(line, from, invoice, policy)?;
        line.tracking = policy.tracked.onto(from, line, None)?;
    }
    Ok(translated)
}

/// Whether the other side takes a document of this date and currency.
///
/// # Errors
/// [`Cause::OpeningInvoice`], [`Cause::ConversionBalance`], [`Cause::PeriodLocked`], [`Cause::ClosedByRules`],
/// [`Cause::CurrencyNotUsed`].
pub(super) fn may_be_written(invoice: &Document, from: Side, policy: &Policy) -> Result<(), Cause> {
    let target = from.other();
    let facts = policy.sides.get(target);
    if invoice.opening {
        return Err(Cause::OpeningInvoice);
    }
    let account = policy.sides.get(from).opening.account.as_ref();
    let opens = |line: &Line| line.account.is_some() && line.account.as_ref() == account;
    if invoice.lines.iter().any(opens) {
        return Err(Cause::ConversionBalance);
    }
    if let Some(cause) = policy.closed(target, invoice.date) {
        return Err(cause);
    }
    if !facts.currencies.is_empty() && !facts.currencies.contains(&invoice.currency) {
        let currency = invoice.currency.code().to_owned();
        return Err(Cause::CurrencyNotUsed {
            side: target,
            currency,
        });
    }
    Ok(())
}

/// Whether Xero can hold the tax that a document states, which comes from ERPNext and is in Xero's terms:
/// tax is by rate there, and an amount may be some cents from what the rates make.
///
/// # Errors
/// [`Cause::TaxWithoutRate`]
pub(super) fn tax_by_rate(to: &Document) -> Result<(), Cause> {
    let mode = to.price_mode;
    let mut by_rates = Decimal::ZERO;
    for line in &to.lines {
        let rate = match (&line.tax, line.tax_rate) {
            // Only Xero knows what such a line makes.
            (Some(_), None) if line.tax_amount.is_none() => return Ok(()),
            (Some(_), rate) => rate.unwrap_or_default(),
            (None, _) => Decimal::ZERO,
        };
        let amount = line.amount;
        by_rates += line
            .tax_amount
            .unwrap_or_else(|| xero_line_tax(mode, TaxedAmount { amount, rate }));
    }
    let lines = Decimal::from(to.lines.len());
    if (to.tax_total - by_rates).abs() <= CENT * lines {
        return Ok(());
    }
    let money = |amount| {
        let currency = to.currency;
        Money { amount, currency }.to_string()
    };
    Err(Cause::TaxWithoutRate {
        side: Side::Erpnext,
        stated: money(to.tax_total),
        by_rates: money(by_rates),
    })
}

/// What rounding may come to in one line.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// The mappings as a merge of documents asks for them.
pub(super) struct Mapped<'a>(pub &'a Policy);

impl Terms for Mapped<'_> {
    fn account(&self, side: Side, of: &Document, line: usize) -> Result<Option<String>, Cause> {
        match of.lines.get(line) {
            Some(found) => account_of(found, line, side, self.0),
            None => Ok(None),
        }
    }

    fn tax(&self, side: Side, of: &Document, line: usize) -> Result<Option<String>, Cause> {
        match of.lines.get(line) {
            Some(found) => tax_of(found, side, of, self.0),
            None => Ok(None),
        }
    }

    fn tracked(&self) -> &Tracked {
        &self.0.tracked
    }
}

/// What a line's account is on the other side; `index` is its place in the document.
fn account_of(
    line: &Line,
    index: usize,
    from: Side,
    policy: &Policy,
) -> Result<Option<String>, Cause> {
    let default = &policy.sides.get(from.other()).default_account;
    match &line.account {
        Some(account) => policy
            .mappings
            .translate(MappingKind::Account, from, account)
            .map(|mapped| Some(mapped.to_owned()))
            .ok_or_else(|| Cause::NoAccountMapping {
                side: from,
                account: account.clone(),
            }),
        // A line of words only (Xero allows it) needs no account.
        None if line.amount.is_zero() => Ok(default.clone()),
        None => default.clone().map(Some).ok_or_else(|| Cause::NoAccount {
            side: from,
            line: u32::try_from(index + 1).unwrap_or(u32::MAX),
        }),
    }
}

/// What a line's tax rate is on the other side.
fn tax_of(
    line: &Line,
    from: Side,
    invoice: &Document,
    policy: &Policy,
) -> Result<Option<String>, Cause> {
    // Whatever a side calls no tax at all: there is no rate to have a counterpart.
    let Some(tax) = line
        .tax
        .as_deref()
        .filter(|_| invoice.price_mode != PriceMode::NoTax)
    else {
        return Ok(None);
    };
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
    Ok(Some(mapped.to_owned()))
}
