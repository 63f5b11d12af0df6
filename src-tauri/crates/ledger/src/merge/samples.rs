//! Documents for the tests of merging.
#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::{Currency, Document, DocumentState, Line, PriceMode, RemoteId, Side};

pub fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// One piece at an amount, under no tax.
pub fn line(text: &str, amount: &str) -> Line {
    Line {
        id: None,
        description: text.to_owned(),
        item_code: None,
        quantity: Decimal::ONE,
        unit_price: dec(amount),
        discount_percent: None,
        amount: dec(amount),
        account: None,
        tax: None,
        tax_rate: None,
        tax_amount: None,
        tracking: None,
    }
}

/// A line at 20 %, in the terms of a side, with an identity of its own.
pub fn taxed(side: Side, text: &str, amount: &str) -> Line {
    let (account, tax) = match side {
        Side::Xero => ("200", "OUTPUT2"),
        Side::Erpnext => ("Sales", "VAT @ 20"),
    };
    Line {
        id: Some(format!("{} {text}", side.word())),
        account: Some(account.to_owned()),
        tax: Some(tax.to_owned()),
        tax_rate: Some(dec("20")),
        tax_amount: (side == Side::Xero)
            .then(|| crate::money::round_half_up(dec(amount) * dec("0.2"), 2)),
        ..line(text, amount)
    }
}

/// An approved document of these lines, whose prices are without tax.
pub fn invoice(side: Side, lines: &[(&str, &str)]) -> Document {
    let lines: Vec<Line> = lines
        .iter()
        .map(|(text, amount)| taxed(side, text, amount))
        .collect();
    let net: Decimal = lines.iter().map(|line| line.amount).sum();
    let tax = crate::money::round_half_up(net * dec("0.2"), 2);
    Document {
        number: Some("INV-1".to_owned()),
        contact: RemoteId::new(side.word()),
        contact_name: "Harbour Hotels".to_owned(),
        state: DocumentState::Approved,
        date: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
        due_date: NaiveDate::from_ymd_opt(2026, 11, 30),
        currency: Currency::new("GBP").unwrap(),
        exchange_rate: None,
        reference: None,
        price_mode: PriceMode::Exclusive,
        lines,
        net_total: net,
        tax_total: tax,
        total: net + tax,
        amount_due: net + tax,
        opening: false,
        against: None,
        allocations: Vec::new(),
    }
}

/// Sets the totals to what the lines come to at 20 %.
pub fn add_up(invoice: &mut Document) {
    let sum: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    let mode = invoice.price_mode;
    let tax = |amount: Decimal| {
        let amount = crate::tax::TaxedAmount {
            amount,
            rate: dec("20"),
        };
        crate::tax::xero_line_tax(mode, amount)
    };
    let taxes: Decimal = invoice.lines.iter().map(|line| tax(line.amount)).sum();
    invoice.tax_total = taxes;
    (invoice.net_total, invoice.total) = match mode {
        PriceMode::Exclusive => (sum, sum + taxes),
        PriceMode::Inclusive => (sum - taxes, sum),
        PriceMode::NoTax => (sum, sum),
    };
    for line in &mut invoice.lines {
        if line.tax_amount.is_some() {
            line.tax_amount = Some(tax(line.amount));
        }
    }
}
