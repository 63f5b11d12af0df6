//! What sales invoices and credit notes have in common when they are written.

use chrono::NaiveDate;
use ledger::money::round_half_up;
use ledger::problem::Difference;
use ledger::tax::{TaxedAmount, xero_line_tax};
use ledger::{Cause, Currency, Document, DocumentState, Line, PriceMode, Side};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::contact::invalid;
use super::document::inverse;
use super::line::{Discounts, Outgoing};
use super::number;

/// A document on its way to Xero.
pub(super) struct Written<'a> {
    /// What a person calls this kind of document: "invoice", "credit note".
    pub kind: &'static str,
    pub document: &'a Document,
    /// How discounts are carried.
    pub discounts: Discounts,
    /// Whether the total may differ from the lines' by Xero's rounding amount: only where Xero
    /// itself already holds the document so, because the capability is one an organisation opts in
    /// to (xero-node 20 `Invoice.RoundingAmount`).
    pub rounding: bool,
}

/// The most a stated total may differ from the lines (xero-node 20 `Invoice.RoundingAmount`).
const MOST_ROUNDING: Decimal = Decimal::from_parts(10, 0, 0, false, 2);

impl Written<'_> {
    /// Contact, date, price mode, currency and rate.
    pub(super) fn header(
        &self,
        element: &mut Map<String, Value>,
        base: Option<Currency>,
    ) -> Result<(), Cause> {
        let mut set = |key: &str, value: Value| element.insert(key.to_owned(), value);
        // The id alone: with other fields Xero would change the contact.
        set(
            "Contact",
            json!({"ContactID": self.document.contact.as_str()}),
        );
        set("Date", json!(day(self.document.date)));
        set(
            "LineAmountTypes",
            json!(match self.document.price_mode {
                PriceMode::Exclusive => "Exclusive",
                PriceMode::Inclusive => "Inclusive",
                PriceMode::NoTax => "NoTax",
            }),
        );
        set("CurrencyCode", json!(self.document.currency.code()));
        if let Some(rate) =
            currency_rate(self.document.currency, self.document.exchange_rate, base)?
        {
            set("CurrencyRate", rate);
        }
        Ok(())
    }

    /// The lines, such that Xero's totals are the document's to the cent, and the rounding amount
    /// where there is one. Lines become those of `onto` that have their ids.
    pub(super) fn figures(
        &self,
        element: &mut Map<String, Value>,
        onto: &[Line],
    ) -> Result<(), Cause> {
        if self.document.lines.is_empty() && self.document.state == DocumentState::Approved {
            return Err(invalid("lines", format!("the {} has no lines", self.kind)));
        }
        let rounding = self.rounding()?;
        let taxes = self.stated_taxes()?;
        let own = |line: &Line| line.id.is_some() && onto.iter().any(|onto| onto.id == line.id);
        let told = self.document.lines.iter().any(own);
        let lines = self
            .document
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                // By identity; where no line says which one it is, by place: kept ids stay in order
                // and new lines come last, which is where Xero puts them anyway.
                let onto = if told {
                    onto.iter()
                        .find(|onto| line.id.is_some() && onto.id == line.id)
                } else {
                    onto.get(index)
                };
                let stated = taxes.get(index).copied().flatten();
                // A tax stated before would otherwise stay.
                let natural = natural_tax(self.document.price_mode, line);
                let reset = onto
                    .and_then(|onto| onto.tax_amount)
                    .and_then(|before| natural.filter(|natural| *natural != before));
                Outgoing {
                    onto: onto.cloned(),
                    line: line.clone(),
                    tax_amount: stated.or(reset),
                }
                .element(self.document.price_mode != PriceMode::NoTax, self.discounts)
            })
            .collect::<Result<Vec<_>, _>>()?;
        element.insert("LineItems".to_owned(), Value::Array(lines));
        // Said even where it is nothing now, or the one from before would stay.
        if self.rounding {
            // Applied only where all of them are given together.
            for (key, amount) in [
                ("SubTotal", self.document.net_total),
                ("TotalTax", self.document.tax_total),
                ("RoundingAmount", rounding),
                ("Total", self.document.total),
            ] {
                element.insert(key.to_owned(), number(amount));
            }
        }
        Ok(())
    }

    /// By how much the stated total differs from what the lines add up to; refuses where Xero
    /// would not hold it so.
    fn rounding(&self) -> Result<Decimal, Cause> {
        let total = total_of(
            self.document.price_mode,
            &self.document.lines,
            self.document.tax_total,
        );
        let off = self.document.total - total;
        let carried = self.rounding
            && off.abs() <= MOST_ROUNDING
            && self.document.net_total + self.document.tax_total == total;
        if !off.is_zero() && !carried {
            return Err(differ("total", total, self.document.total));
        }
        if self.document.price_mode == PriceMode::NoTax && !self.document.tax_total.is_zero() {
            return Err(differ("tax", Decimal::ZERO, self.document.tax_total));
        }
        Ok(off)
    }

    /// For each line, the tax to state because Xero would compute another.
    ///
    /// Where the document's tax is not the sum of the lines' (ERPNext rounds once, Xero per line),
    /// the difference of some cents goes onto the largest taxed line; where each line is too small for a cent of
    /// tax, onto the largest that has a rate.
    fn stated_taxes(&self) -> Result<Vec<Option<Decimal>>, Cause> {
        let none = vec![None; self.document.lines.len()];
        let mode = self.document.price_mode;
        if mode == PriceMode::NoTax {
            return Ok(none);
        }
        let natural: Vec<Option<Decimal>> = self
            .document
            .lines
            .iter()
            .map(|line| natural_tax(mode, line))
            .collect();
        // What a line states is taken as it is; the others have what Xero computes.
        let meant: Option<Vec<Decimal>> = self
            .document
            .lines
            .iter()
            .zip(&natural)
            .map(|(line, natural)| line.tax_amount.or(*natural))
            .collect();
        let Some(mut meant) = meant else {
            // A rate we do not know: Xero computes, and verifying tells whether it agrees.
            return Ok(none);
        };
        let difference = self.document.tax_total - meant.iter().sum::<Decimal>();
        if !difference.is_zero() {
            let largest = self
                .document
                .lines
                .iter()
                .zip(&meant)
                .enumerate()
                .filter(|(_, (line, tax))| {
                    let rated = line.tax.is_some() && line.tax_rate.is_some_and(|it| !it.is_zero());
                    !tax.is_zero() || rated
                })
                // One that states nothing yet; the first of equals, so that the same document always
                // gives the same request.
                .max_by_key(|(index, (line, tax))| {
                    (
                        !tax.is_zero(),
                        line.tax_amount.is_none(),
                        line.amount.abs(),
                        std::cmp::Reverse(*index),
                    )
                });
            match largest {
                Some((index, (line, tax))) if (*tax + difference).abs() <= line.amount.abs() => {
                    if let Some(tax) = meant.get_mut(index) {
                        *tax += difference;
                    }
                }
                _ => return Err(differ("tax", meant.iter().sum(), self.document.tax_total)),
            }
        }
        Ok(meant
            .into_iter()
            .zip(natural)
            .map(|(tax, natural)| (natural != Some(tax)).then_some(tax))
            .collect())
    }
}

/// What a document's lines and tax add up to.
pub(super) fn total_of(mode: PriceMode, lines: &[Line], tax: Decimal) -> Decimal {
    let lines: Decimal = lines.iter().map(|line| line.amount).sum();
    match mode {
        PriceMode::Exclusive => lines + tax,
        PriceMode::Inclusive | PriceMode::NoTax => lines,
    }
}

fn differ(field: &str, xero: Decimal, stated: Decimal) -> Cause {
    Cause::WouldDiffer {
        side: Side::Xero,
        differences: vec![Difference {
            field: field.to_owned(),
            xero: Some(xero.to_string()),
            erpnext: Some(stated.to_string()),
        }],
    }
}

/// The line's tax as Xero computes it; `None` where its rate is not known.
fn natural_tax(mode: PriceMode, line: &Line) -> Option<Decimal> {
    if mode == PriceMode::NoTax || line.tax.is_none() {
        return Some(Decimal::ZERO);
    }
    let rate = line.tax_rate?;
    Some(xero_line_tax(
        mode,
        TaxedAmount {
            amount: line.amount,
            rate,
        },
    ))
}

/// `CurrencyRate`: foreign units for one of the base currency, to six decimals (xero/FACTS §6).
/// Nothing for the base currency, and where no rate is known Xero takes the day's.
pub(super) fn currency_rate(
    currency: Currency,
    exchange_rate: Option<Decimal>,
    base: Option<Currency>,
) -> Result<Option<Value>, Cause> {
    let Some(rate) = exchange_rate.filter(|_| base != Some(currency)) else {
        return Ok(None);
    };
    // A foreign currency at par is possible, but a rate of one is also what a side says that
    // knows none; with no base known it would be refused on base-currency documents.
    if rate == Decimal::ONE && base.is_none() {
        return Ok(None);
    }
    let inverse = inverse(rate)
        .map(|rate| round_half_up(rate, 6))
        .filter(|rate| !rate.is_zero())
        .ok_or_else(|| {
            invalid(
                "exchange rate",
                format!("Xero cannot hold an exchange rate of {rate}"),
            )
        })?;
    Ok(Some(number(inverse)))
}

/// A date as Xero takes it.
pub(super) fn day(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

/// The status to write.
pub(super) const fn status(state: DocumentState) -> &'static str {
    match state {
        DocumentState::Draft => "DRAFT",
        DocumentState::Approved => "AUTHORISED",
        DocumentState::Voided => "VOIDED",
    }
}

/// A document number Xero takes: printable ASCII, at most 255 characters (xero/FACTS §6).
pub(super) fn document_number(number: &str) -> Result<&str, Cause> {
    if !number.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(invalid(
            "number",
            format!("Xero takes only unaccented letters, digits and signs in \"{number}\""),
        ));
    }
    short("number", number)
}

/// A text of at most 255 characters.
pub(super) fn short<'a>(field: &str, text: &'a str) -> Result<&'a str, Cause> {
    if text.chars().count() > 255 {
        return Err(invalid(
            field,
            "Xero takes at most 255 characters".to_owned(),
        ));
    }
    Ok(text)
}
