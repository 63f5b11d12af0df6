//! Random invoices as Xero states them: its arithmetic, its decimals, its corrections by hand.

use chrono::NaiveDate;
use erpnext::Chart;
use ledger::tax::{TaxedAmount, xero_line_amount, xero_line_tax};
use ledger::{Document, DocumentState, Line, PriceMode, RemoteId};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rust_decimal::Decimal;

use super::site::{CUSTOMERS, Site, TEMPLATES};

/// A random decimal of up to `digits` decimals in `from..to` (in units).
pub fn decimal(rng: &mut StdRng, from: i64, to: i64, digits: u32) -> Decimal {
    let scale = 10_i64.pow(digits);
    Decimal::new(rng.random_range(from * scale..to * scale), digits).normalize()
}

/// The day of every document.
pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 2).unwrap()
}

/// Units of the company's currency for one of the document's.
pub fn exchange_rate(rng: &mut StdRng, currency: &str) -> Decimal {
    let digits = *[2, 4, 6, 9].choose(rng).unwrap();
    let around = match currency {
        "JPY" => Decimal::new(53, 4),
        "KWD" => Decimal::new(257, 2),
        "EUR" => Decimal::new(85, 2),
        "USD" => Decimal::new(79, 2),
        _ => Decimal::new(88, 2),
    };
    let rate = around * decimal(rng, 9, 11, 6) / Decimal::TEN;
    let rate = rate.round_dp(digits.max(4));
    if rate.is_zero() { around } else { rate }
}

/// The rates a line may carry: keys of taxes with their rates in percent.
fn tax(rng: &mut StdRng, site: &Site, chart: &Chart) -> (Option<String>, Decimal) {
    if rng.random_ratio(1, 20) {
        return (None, Decimal::ZERO);
    }
    if rng.random_ratio(1, 8) {
        // A rate that no template says.
        let rate = *["15", "17.5", "19", "3.333"].choose(rng).unwrap();
        return (
            Some(format!("{} @ {rate}", site.account("F- Tax"))),
            rate.parse().unwrap(),
        );
    }
    // The standard rate is the most common.
    let (title, rate, on_levy) = if rng.random_ratio(1, 3) {
        TEMPLATES[0]
    } else {
        *TEMPLATES.choose(rng).unwrap()
    };
    let name = site.account(title);
    let mut key = format!("{} @ {rate}", site.account("F- Tax"));
    if let Some(levy) = on_levy {
        key = format!("{key} + {} @ {levy}", site.account("F- Levy"));
    }
    // Without a template the rates are told by their accounts.
    if chart.tax_templates.iter().any(|tax| tax.name == name) {
        key = name;
    }
    let rate: Decimal = rate.parse().unwrap();
    let levy: Decimal = on_levy.map_or(Decimal::ZERO, |rate| rate.parse().unwrap());
    (Some(key), rate + levy)
}

fn line(
    rng: &mut StdRng,
    site: &Site,
    chart: &Chart,
    mode: PriceMode,
    one_tax: &(Option<String>, Decimal),
) -> Line {
    let quantity = match rng.random_range(0..10) {
        0..5 => decimal(rng, 1, 20, 0),
        5..7 => decimal(rng, 1, 50, 1),
        7..9 => decimal(rng, 1, 30, 3),
        _ => decimal(rng, 1, 9, 4),
    };
    let unit_price = match rng.random_range(0..10) {
        0..2 => decimal(rng, 1, 500, 0),
        2..7 => decimal(rng, 1, 200, 2),
        7..9 => decimal(rng, 0, 100, 4),
        _ => decimal(rng, 0, 3, 3),
    };
    let discount_percent = match rng.random_range(0..8) {
        0 => Some(decimal(rng, 1, 60, 0)),
        1 => Some(decimal(rng, 1, 40, 2)),
        _ => None,
    };
    let (key, rate) = if rng.random_bool(0.5) {
        one_tax.clone()
    } else {
        tax(rng, site, chart)
    };
    let amount = xero_line_amount(
        quantity,
        unit_price,
        discount_percent.unwrap_or_default(),
        4,
    );
    let mut tax_amount = xero_line_tax(mode, TaxedAmount { amount, rate });
    if mode != PriceMode::NoTax && !tax_amount.is_zero() && rng.random_ratio(1, 25) {
        // A person corrects the tax of a line by a cent.
        tax_amount += Decimal::new(if rng.random_bool(0.5) { 1 } else { -1 }, 2);
    }
    Line {
        id: None,
        description: format!("Work {}", rng.random_range(1..1000)),
        item_code: None,
        quantity,
        unit_price,
        discount_percent,
        amount,
        account: Some(site.account("Sales")),
        tax: key.filter(|_| mode != PriceMode::NoTax),
        tax_rate: Some(rate),
        tax_amount: Some(tax_amount),
        tracking: None,
    }
}

/// An invoice with the totals Xero states, and which customer it is for.
pub fn invoice(rng: &mut StdRng, site: &Site, chart: &Chart, number: String) -> (Document, usize) {
    let customer = if rng.random_bool(0.5) {
        0
    } else {
        rng.random_range(0..CUSTOMERS.len())
    };
    let mode = match rng.random_range(0..20) {
        0..10 => PriceMode::Exclusive,
        10..17 => PriceMode::Inclusive,
        _ => PriceMode::NoTax,
    };
    let main_tax = tax(rng, site, chart);
    let count = *[1, 1, 2, 2, 3, 3, 4, 5, 8, 14].choose(rng).unwrap();
    let mut lines: Vec<Line> = (0..count)
        .map(|_| line(rng, site, chart, mode, &main_tax))
        .collect();
    if count > 1 && rng.random_ratio(1, 10) {
        // Something taken off again: never more than the other lines come to.
        let sum: Decimal = lines.iter().map(|line| line.amount).sum();
        let mut off = line(rng, site, chart, mode, &main_tax);
        let part = (sum * decimal(rng, 1, 40, 0) / Decimal::ONE_HUNDRED).round_dp(2);
        (off.quantity, off.unit_price, off.discount_percent) = (Decimal::ONE, -part, None);
        off.amount = -part;
        let rate = off.tax_rate.unwrap_or_default();
        off.tax_amount = Some(xero_line_tax(
            mode,
            TaxedAmount {
                amount: off.amount,
                rate,
            },
        ));
        lines.push(off);
    }
    let amounts: Decimal = lines.iter().map(|line| line.amount).sum();
    let tax_total: Decimal = if mode == PriceMode::NoTax {
        Decimal::ZERO
    } else {
        lines.iter().filter_map(|line| line.tax_amount).sum()
    };
    let (net_total, total) = match mode {
        PriceMode::Inclusive => (amounts - tax_total, amounts),
        PriceMode::Exclusive | PriceMode::NoTax => (amounts, amounts + tax_total),
    };
    let currency = site.currency(customer);
    let home = currency.code() == site.company.currency;
    let invoice = Document {
        number: Some(number),
        contact: RemoteId::new(CUSTOMERS[customer].0),
        contact_name: CUSTOMERS[customer].0.to_owned(),
        state: DocumentState::Approved,
        date: day(),
        due_date: NaiveDate::from_ymd_opt(2026, 12, 2),
        currency,
        exchange_rate: (!home).then(|| exchange_rate(rng, currency.code())),
        reference: None,
        price_mode: mode,
        lines,
        net_total,
        tax_total,
        total,
        amount_due: total,
        opening: false,
        against: None,
        allocations: Vec::new(),
    };
    (invoice, customer)
}

/// A credit note that says the same as an invoice.
pub fn credited(invoice: Document) -> Document {
    Document {
        due_date: None,
        amount_due: invoice.total,
        ..invoice
    }
}
