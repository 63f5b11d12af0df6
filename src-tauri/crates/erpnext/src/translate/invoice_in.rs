//! Sales Invoices in the ledger's terms.

use chrono::NaiveDate;
use ledger::{DocumentState, Invoice, Line, PriceMode, RemoteId};
use rust_decimal::Decimal;

use super::tax::LineTax;
use super::{document_number, line, stated_tax, tax};
use crate::chart::{Chart, TaxRate};
use crate::error::plain_text;
use crate::wire::{InvoiceRow, ItemRow, TaxRow};

/// A Sales Invoice in the ledger's terms. Its lines always add up to its totals: charges that
/// ERPNext keeps among the tax rows, and what rounding to whole units adds, become lines of their
/// own.
pub fn to_ledger(row: &InvoiceRow, chart: &Chart) -> Invoice {
    let (taxes, charges): (Vec<&TaxRow>, Vec<&TaxRow>) = row
        .taxes
        .iter()
        .partition(|tax| chart.is_tax_account(&tax.account_head));
    let mode = price_mode(row, &taxes, &charges);
    let shown = || charges.iter().filter(|charge| !charge.amount.is_zero());
    let nets: Vec<Decimal> = row
        .items
        .iter()
        .map(|item| item.net_amount)
        .chain(shown().map(|charge| charge.amount))
        .collect();
    let mut said = said(&taxes, &nets, chart).into_iter();
    let mut lines: Vec<Line> = row
        .items
        .iter()
        .map(|item| {
            let said = said.next().flatten();
            item_line(item, said, mode, &taxes, row, chart)
        })
        .collect();
    for charge in shown() {
        let said = said.next().flatten();
        lines.push(charge_line(charge, said, &taxes, chart));
    }
    let charged: Decimal = charges.iter().map(|charge| charge.amount).sum();
    let total = if row.rounded_total.is_zero() {
        row.grand_total
    } else {
        row.rounded_total
    };
    // Prices that hold tax are kept: what rounding lost is in the grand total, but in no row.
    let rounding = match mode {
        PriceMode::Inclusive => total - row.grand_total,
        PriceMode::Exclusive | PriceMode::NoTax => total - row.net_total - row.tax_total,
    };
    if !rounding.is_zero() {
        lines.push(extra_line(
            "Rounding".to_owned(),
            rounding,
            chart.round_off_account.clone(),
        ));
    }
    Invoice {
        number: Some(document_number(&row.name, row.amended_from.as_deref())),
        contact: RemoteId::new(row.customer.clone()),
        contact_name: row.customer_name.clone(),
        state: state(row),
        date: row.posting_date,
        due_date: due_date(row),
        currency: row.currency,
        exchange_rate: Some(row.conversion_rate),
        reference: row.po_no.clone(),
        price_mode: mode,
        lines,
        net_total: total - (row.tax_total - charged),
        tax_total: row.tax_total - charged,
        total,
        amount_due: amount_due(row, total, chart),
    }
}

/// The day the whole document is due. With payment terms that is the last part's, which ERPNext
/// writes on the document as well (erpnext/FACTS §5).
fn due_date(row: &InvoiceRow) -> Option<NaiveDate> {
    row.due_date
        .or_else(|| row.schedule.iter().map(|part| part.due_date).max())
}

/// A charge, such as freight, that is entered among the tax rows. A tax on what stands above it
/// ("On Previous Row Total") taxes the charge too.
fn charge_line(charge: &TaxRow, said: Option<LineTax>, taxes: &[&TaxRow], chart: &Chart) -> Line {
    let text = charge
        .description
        .as_deref()
        .unwrap_or(&charge.account_head);
    let read = line::read_charge(text, charge.amount);
    let above = taxes
        .iter()
        .filter(|tax| match (tax.charge_type.as_str(), tax.of_row) {
            (ON_PREVIOUS_TOTAL, Some(row)) => row >= charge.idx,
            (ON_PREVIOUS_AMOUNT, Some(row)) => row == charge.idx,
            _ => false,
        })
        .map(|tax| TaxRate {
            account: tax.account_head.clone(),
            rate: tax.rate,
        });
    let tax = said.unwrap_or_else(|| LineTax {
        template: None,
        rates: above.collect(),
    });
    Line {
        quantity: read.quantity,
        unit_price: read.unit_price,
        discount_percent: read.discount_percent,
        tax_rate: (!tax.rates.is_empty()).then(|| tax.total_rate()),
        tax: tax.template.or_else(|| tax::key(&tax.rates, chart)),
        ..extra_line(
            read.description,
            charge.amount,
            Some(charge.account_head.clone()),
        )
    }
}

/// Where the document stands. Its `status` is not asked: a document submitted in one request can
/// keep the status Draft for good (observed on ERPNext 15).
pub fn state(row: &InvoiceRow) -> DocumentState {
    match row.docstatus {
        0 => DocumentState::Draft,
        1 => DocumentState::Approved,
        _ => DocumentState::Voided,
    }
}

/// Inclusive only where every tax and nothing else is in the prices, nothing was taken off the whole
/// document, and the prices come to the total; else the lines are told by their net amounts.
fn price_mode(row: &InvoiceRow, taxes: &[&TaxRow], charges: &[&TaxRow]) -> PriceMode {
    if taxes.is_empty() {
        return PriceMode::NoTax;
    }
    let priced: Decimal = row.items.iter().map(|item| item.amount).sum();
    let charged: Decimal = charges.iter().map(|charge| charge.amount).sum();
    let held = taxes.iter().all(|tax| tax.included) && !charges.iter().any(|tax| tax.included);
    if held && row.discount_amount.is_zero() && priced + charged == row.grand_total {
        PriceMode::Inclusive
    } else {
        PriceMode::Exclusive
    }
}

/// The tax of each line, where rows of stated tax say which lines they are for.
fn said(taxes: &[&TaxRow], nets: &[Decimal], chart: &Chart) -> Vec<Option<LineTax>> {
    let mut lines: Vec<Option<LineTax>> = vec![None; nets.len()];
    for tax in taxes.iter().filter(|tax| tax.charge_type == ACTUAL) {
        let text = plain_text(tax.description.as_deref().unwrap_or_default());
        let Some(said) = stated_tax::read(&text, nets) else {
            continue;
        };
        for place in said.places {
            let Some(line) = place.checked_sub(1).and_then(|at| lines.get_mut(at)) else {
                continue;
            };
            let line = line.get_or_insert_default();
            line.template = said.template.map(str::to_owned);
            line.rates.push(TaxRate {
                account: tax.account_head.clone(),
                rate: said.rate,
            });
        }
    }
    for line in lines.iter_mut().flatten() {
        let known = |name: &String| {
            let template = chart.tax_templates.iter().find(|tax| tax.name == *name);
            template.is_some_and(|template| template.rates == line.rates)
        };
        line.template = line.template.take().filter(known);
        if line.template.is_none() {
            line.rates = tax::telling(std::mem::take(&mut line.rates));
        }
    }
    lines
}

fn item_line(
    item: &ItemRow,
    said: Option<LineTax>,
    mode: PriceMode,
    taxes: &[&TaxRow],
    row: &InvoiceRow,
    chart: &Chart,
) -> Line {
    let amount = match mode {
        PriceMode::Inclusive => item.amount,
        PriceMode::Exclusive | PriceMode::NoTax => item.net_amount,
    };
    let read = line::read(item, amount, chart.figures);
    let (named, rates) = match said {
        Some(said) => (said.template, Some(said.rates)),
        None => (None, rates(item, taxes, row, chart)),
    };
    let template = item
        .item_tax_template
        .clone()
        .filter(|_| !taxes.is_empty())
        .or(named);
    Line {
        id: Some(item.name.clone()).filter(|name| !name.is_empty()),
        description: read.description,
        item_code: item.item_code.clone(),
        quantity: read.quantity,
        unit_price: read.unit_price,
        discount_percent: read.discount_percent,
        amount,
        account: item.income_account.clone(),
        tax: template.or_else(|| rates.as_deref().and_then(|rates| tax::key(rates, chart))),
        tax_rate: rates.map(|rates| rates.iter().map(|rate| rate.rate).sum()),
        tax_amount: None,
    }
}

/// The rates that apply to a line; `None` where there is no tax on the document, or only amounts
/// without a rate.
fn rates(
    item: &ItemRow,
    taxes: &[&TaxRow],
    row: &InvoiceRow,
    chart: &Chart,
) -> Option<Vec<TaxRate>> {
    if !taxes.iter().any(|tax| is_by_rate(tax)) {
        let template = item
            .item_tax_template
            .as_ref()
            .and_then(|name| chart.tax_templates.iter().find(|tax| tax.name == *name));
        return match template {
            Some(template) => Some(template.rates.clone()),
            None => guessed(taxes, row, chart),
        };
    }
    Some(tax::telling(effective(item, taxes)))
}

const ACTUAL: &str = "Actual";
const ON_NET_TOTAL: &str = "On Net Total";
const ON_PREVIOUS_AMOUNT: &str = "On Previous Row Amount";
const ON_PREVIOUS_TOTAL: &str = "On Previous Row Total";

/// Whether a row says a percentage. "Actual" says an amount, "On Item Quantity" one for each piece.
fn is_by_rate(tax: &TaxRow) -> bool {
    matches!(
        tax.charge_type.as_str(),
        ON_NET_TOTAL | ON_PREVIOUS_AMOUNT | ON_PREVIOUS_TOTAL
    )
}

/// What each row by rate makes of a line's net amount, in percent: a tax on another tax is the
/// smaller part of the net amount that comes out of both.
fn effective(item: &ItemRow, taxes: &[&TaxRow]) -> Vec<TaxRate> {
    let mut made: Vec<(u32, TaxRate)> = Vec::new();
    for tax in taxes.iter().filter(|tax| is_by_rate(tax)) {
        let said = item
            .item_tax_rate
            .iter()
            .find(|(account, _)| *account == tax.account_head)
            .map_or(tax.rate, |(_, rate)| *rate);
        let up_to = |place: Option<u32>, same: bool| -> Decimal {
            made.iter()
                .filter(|(idx, _)| match place {
                    Some(place) if same => *idx == place,
                    Some(place) => *idx <= place,
                    // Without a row named, the one right above is meant.
                    None if same => Some(*idx) == made.last().map(|(last, _)| *last),
                    None => true,
                })
                .map(|(_, rate)| rate.rate)
                .sum()
        };
        let rate = match tax.charge_type.as_str() {
            ON_PREVIOUS_AMOUNT => said * up_to(tax.of_row, true) / Decimal::ONE_HUNDRED,
            ON_PREVIOUS_TOTAL => {
                said * (Decimal::ONE_HUNDRED + up_to(tax.of_row, false)) / Decimal::ONE_HUNDRED
            }
            _ => said,
        };
        let rate = TaxRate {
            account: tax.account_head.clone(),
            rate: rate.round_dp(6).normalize(),
        };
        made.push((tax.idx, rate));
    }
    made.into_iter().map(|(_, rate)| rate).collect()
}

/// Where a document states nothing but an amount of tax: the one rate of that account that makes
/// it, if there is one.
fn guessed(taxes: &[&TaxRow], row: &InvoiceRow, chart: &Chart) -> Option<Vec<TaxRate>> {
    let [only] = taxes else {
        return None;
    };
    let mut fitting = chart
        .tax_templates
        .iter()
        .filter(|template| matches!(template.rates.as_slice(), [rate] if rate.account == only.account_head))
        .filter(|template| {
            let made = row.net_total * template.total_rate() / Decimal::ONE_HUNDRED;
            chart.figures.rounding.round(made, chart.figures.amount_digits) == only.amount
        });
    let found = fitting.next()?;
    fitting.next().is_none().then(|| found.rates.clone())
}

fn extra_line(description: String, amount: Decimal, account: Option<String>) -> Line {
    Line {
        id: None,
        description,
        item_code: None,
        quantity: Decimal::ONE,
        unit_price: amount,
        discount_percent: None,
        amount,
        account,
        tax: None,
        tax_rate: None,
        tax_amount: None,
    }
}

/// What is still to be paid, in the document's currency. ERPNext keeps it in the receivable
/// account's currency, which may be the company's, and keeps it on cancelled documents.
fn amount_due(row: &InvoiceRow, total: Decimal, chart: &Chart) -> Decimal {
    match row.docstatus {
        // A site works out what a draft would owe; nothing is there where it did not.
        0 if row.outstanding.is_zero() => total,
        0 | 1 => {
            let kept_in = row.account_currency.unwrap_or(row.currency);
            if kept_in == row.currency || row.conversion_rate.is_zero() {
                return row.outstanding;
            }
            let round = |amount: Decimal| {
                chart
                    .figures
                    .rounding
                    .round(amount, chart.figures.amount_digits)
            };
            // Untouched: no detour over a rounded product.
            if row.outstanding == row.base_grand_total
                || row.outstanding == round(total * row.conversion_rate)
            {
                return total;
            }
            round(row.outstanding / row.conversion_rate)
        }
        _ => Decimal::ZERO,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::{chart, dec};
    use serde_json::{Value, json};

    fn item(extra: &Value) -> Value {
        let mut row = json!({
            "name": "i1", "idx": 1, "item_name": "Work", "description": "Work", "qty": 1.0,
            "rate": 100.0, "amount": 100.0, "net_amount": 100.0, "income_account": "Sales - ACM",
            "item_tax_rate": "{}"
        });
        merge(&mut row, extra);
        row
    }

    fn merge(row: &mut Value, extra: &Value) {
        for (field, value) in extra.as_object().unwrap() {
            row[field] = value.clone();
        }
    }

    fn read(document: &Value, items: &[Value], taxes: &[Value]) -> Invoice {
        let mut row = json!({
            "name": "INV-1", "modified": "m", "docstatus": 1, "customer": "Acme",
            "posting_date": "2026-11-02", "due_date": "2026-12-02", "currency": "GBP",
            "conversion_rate": 1.0, "net_total": 100.0, "total_taxes_and_charges": 20.0,
            "grand_total": 120.0, "rounded_total": 0.0, "disable_rounded_total": 1,
            "base_grand_total": 120.0, "outstanding_amount": 120.0, "party_account_currency": "GBP"
        });
        merge(&mut row, document);
        let row = InvoiceRow::read(
            &row,
            &items.iter().collect::<Vec<_>>(),
            &taxes.iter().collect::<Vec<_>>(),
        )
        .unwrap();
        let invoice = to_ledger(&row, &chart());
        let lines: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
        let expected = match invoice.price_mode {
            PriceMode::Inclusive => invoice.total,
            PriceMode::Exclusive | PriceMode::NoTax => invoice.net_total,
        };
        assert_eq!(lines, expected, "lines add up");
        assert_eq!(invoice.net_total + invoice.tax_total, invoice.total);
        invoice
    }

    fn vat_row(extra: &Value) -> Value {
        let mut row = json!({
            "idx": 1, "charge_type": "On Net Total", "account_head": "VAT - ACM",
            "description": "VAT", "rate": 20.0, "tax_amount": 20.0,
            "tax_amount_after_discount_amount": 20.0, "included_in_print_rate": 0
        });
        merge(&mut row, extra);
        row
    }

    #[test]
    fn rates_come_from_row_template_and_line() {
        let invoice = read(
            &json!({"net_total": 200.0, "grand_total": 220.0, "outstanding_amount": 100.0}),
            &[
                item(&json!({})),
                item(
                    &json!({"idx": 2, "item_tax_template": "UK VAT Zero - ACM", "item_tax_rate": "{\"VAT - ACM\": 0.0}"}),
                ),
            ],
            &[vat_row(&json!({}))],
        );
        assert_eq!(invoice.price_mode, PriceMode::Exclusive);
        assert_eq!(invoice.lines[0].tax.as_deref(), Some("UK VAT 20% - ACM"));
        assert_eq!(invoice.lines[0].tax_rate, Some(dec("20")));
        assert_eq!(invoice.lines[1].tax.as_deref(), Some("UK VAT Zero - ACM"));
        assert_eq!(invoice.lines[1].tax_rate, Some(dec("0")));
        assert_eq!(invoice.amount_due, dec("100"));
        assert_eq!(invoice.settled(), dec("120"));
    }

    #[test]
    fn inclusive_prices() {
        let invoice = read(
            &json!({"net_total": 83.33, "total_taxes_and_charges": 16.67, "grand_total": 100.0}),
            &[item(&json!({"net_amount": 83.33}))],
            &[vat_row(
                &json!({"included_in_print_rate": 1, "tax_amount": 16.67, "tax_amount_after_discount_amount": 16.67}),
            )],
        );
        assert_eq!(invoice.price_mode, PriceMode::Inclusive);
        assert_eq!(invoice.lines[0].amount, dec("100"));
    }

    #[test]
    fn rounding_and_charges_become_lines() {
        let invoice = read(
            &json!({
                "disable_rounded_total": 0, "net_total": 100.0, "total_taxes_and_charges": 25.4,
                "grand_total": 125.4, "rounded_total": 125.0
            }),
            &[item(&json!({}))],
            &[
                vat_row(&json!({})),
                json!({"idx": 2, "charge_type": "Actual", "account_head": "Freight - ACM", "description": "Freight", "tax_amount": 5.4}),
            ],
        );
        assert_eq!(invoice.total, dec("125"));
        assert_eq!(invoice.tax_total, dec("20"));
        let texts: Vec<_> = invoice
            .lines
            .iter()
            .map(|line| (line.description.as_str(), line.amount))
            .collect();
        assert_eq!(
            texts,
            [
                ("Work", dec("100")),
                ("Freight", dec("5.4")),
                ("Rounding", dec("-0.4"))
            ]
        );
        assert_eq!(invoice.lines[2].account.as_deref(), Some("Round Off - ACM"));
    }

    #[test]
    fn a_tax_on_a_tax_is_the_smaller_part_of_the_net_amount() {
        let levy = |kind: &str, amount: f64| {
            vat_row(&json!({
                "idx": 2, "charge_type": kind, "row_id": "1", "account_head": "Levy - ACM",
                "rate": 10.0, "tax_amount": amount, "tax_amount_after_discount_amount": amount
            }))
        };
        for (kind, amount, rate) in [
            ("On Previous Row Amount", 2.0, "22"),
            ("On Previous Row Total", 12.0, "32"),
        ] {
            let invoice = read(
                &json!({"total_taxes_and_charges": 20.0 + amount, "grand_total": 120.0 + amount}),
                &[item(&json!({}))],
                &[vat_row(&json!({})), levy(kind, amount)],
            );
            assert_eq!(invoice.lines[0].tax_rate, Some(dec(rate)), "{kind}");
            let made = dec(rate) - dec("20");
            assert_eq!(
                invoice.lines[0].tax.clone(),
                Some(format!("VAT - ACM @ 20 + Levy - ACM @ {made}")),
                "{kind}"
            );
            assert_eq!(invoice.tax_total, dec("20") + made);
        }
        // So much for each piece is no percentage.
        let each = vat_row(
            &json!({"charge_type": "On Item Quantity", "rate": 19.0, "tax_amount": 19.0, "tax_amount_after_discount_amount": 19.0}),
        );
        let document = json!({"total_taxes_and_charges": 19.0, "grand_total": 119.0});
        let invoice = read(&document, &[item(&json!({}))], &[each]);
        assert_eq!(invoice.lines[0].tax_rate, None);
    }

    #[test]
    fn a_taxed_charge_says_so() {
        let invoice = read(
            &json!({"net_total": 100.0, "total_taxes_and_charges": 32.0, "grand_total": 132.0}),
            &[item(&json!({}))],
            &[
                json!({"idx": 1, "charge_type": "Actual", "account_head": "Freight - ACM", "description": "Freight", "tax_amount": 10.0}),
                vat_row(
                    &json!({"idx": 2, "charge_type": "On Previous Row Total", "row_id": 1, "tax_amount": 22.0, "tax_amount_after_discount_amount": 22.0}),
                ),
            ],
        );
        let keys: Vec<_> = invoice
            .lines
            .iter()
            .map(|line| (line.description.as_str(), line.tax.as_deref()))
            .collect();
        assert_eq!(
            keys,
            [
                ("Work", Some("UK VAT 20% - ACM")),
                ("Freight", Some("UK VAT 20% - ACM"))
            ]
        );
        assert_eq!(invoice.tax_total, dec("22"));
    }

    #[test]
    fn the_last_part_of_the_terms_is_when_it_is_due() {
        let parts = [
            json!({"parent": "INV-1", "idx": 2, "due_date": "2027-01-31", "payment_amount": 60.0}),
            json!({"parent": "INV-1", "idx": 1, "due_date": "2026-12-31", "payment_amount": 60.0}),
        ];
        let document = json!({
            "name": "INV-1", "modified": "m", "docstatus": 1, "customer": "Acme",
            "posting_date": "2026-11-02", "currency": "GBP", "grand_total": 120.0
        });
        let mut row = InvoiceRow::read(&document, &[], &[]).unwrap();
        row.schedule =
            crate::wire::ScheduleRow::read_all(&parts.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(row.schedule[0].idx, 1);
        assert_eq!(
            to_ledger(&row, &chart()).due_date.unwrap().to_string(),
            "2027-01-31"
        );
    }

    #[test]
    fn a_discount_on_the_document_is_told_by_net_amounts() {
        let invoice = read(
            &json!({"net_total": 90.0, "total_taxes_and_charges": 18.0, "grand_total": 108.0, "discount_amount": 10.0}),
            &[item(&json!({"qty": 4.0, "rate": 25.0, "net_amount": 90.0}))],
            &[vat_row(
                &json!({"tax_amount": 18.0, "tax_amount_after_discount_amount": 18.0}),
            )],
        );
        assert_eq!(invoice.lines[0].unit_price, dec("22.5"));
        assert_eq!(invoice.lines[0].quantity, dec("4"));
    }

    #[test]
    fn amounts_due_in_the_company_s_currency_are_turned_back() {
        let euro = |outstanding: &str| {
            let document = json!({"currency": "EUR", "conversion_rate": 0.85, "net_total": 100.0, "total_taxes_and_charges": 0.0,
                "grand_total": 100.0, "base_grand_total": 85.0, "outstanding_amount": outstanding});
            read(&document, &[item(&json!({}))], &[]).amount_due
        };
        assert_eq!(euro("85.0"), dec("100"));
        assert_eq!(euro("42.5"), dec("50"));
        assert_eq!(euro("0"), dec("0"));
    }

    #[test]
    fn cancelled_documents_owe_nothing_and_amended_ones_keep_their_number() {
        let invoice = read(
            &json!({"docstatus": 2}),
            &[item(&json!({}))],
            &[vat_row(&json!({}))],
        );
        assert_eq!(invoice.state, DocumentState::Voided);
        assert_eq!(invoice.amount_due, Decimal::ZERO);
        let amended = read(
            &json!({"name": "INV-1-1", "amended_from": "INV-1"}),
            &[item(&json!({}))],
            &[vat_row(&json!({}))],
        );
        assert_eq!(amended.number.as_deref(), Some("INV-1"));
    }

    #[test]
    fn tax_stated_as_an_amount_is_recognised_where_one_rate_makes_it() {
        let actual = vat_row(&json!({"charge_type": "Actual", "rate": 0.0}));
        let invoice = read(&json!({}), &[item(&json!({}))], &[actual]);
        assert_eq!(invoice.lines[0].tax.as_deref(), Some("UK VAT 20% - ACM"));
        let odd = vat_row(
            &json!({"charge_type": "Actual", "rate": 0.0, "tax_amount": 19.0, "tax_amount_after_discount_amount": 19.0}),
        );
        let invoice = read(
            &json!({"total_taxes_and_charges": 19.0, "grand_total": 119.0}),
            &[item(&json!({}))],
            &[odd],
        );
        assert_eq!(invoice.lines[0].tax, None);
        assert_eq!(invoice.tax_total, dec("19"));
    }
}
