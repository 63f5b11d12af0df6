//! Documents and payments of every shape, for the properties.

use chrono::NaiveDate;
use ledger::{
    Currency, Document, DocumentState, Line, PaidDocument, Payment, PaymentAllocation,
    PaymentDirection, PriceMode, RemoteId,
};
use proptest::option;
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use super::answers::{number, percent, ticks};

pub fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0_i64..20_000).prop_map(|days| {
        NaiveDate::from_ymd_opt(1999, 12, 31).unwrap() + chrono::Duration::days(days)
    })
}

fn mode() -> impl Strategy<Value = PriceMode> {
    prop_oneof![
        Just(PriceMode::Exclusive),
        Just(PriceMode::Inclusive),
        Just(PriceMode::NoTax)
    ]
}

fn tax() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some("OUT20".to_owned())),
        Just(Some("OUT5".to_owned())),
        Just(Some("OUT12.5".to_owned())),
        Just(Some("OUT0".to_owned())),
    ]
}

/// The base currency at no rate, or a foreign one at a rate as ERPNext keeps it.
fn currency() -> impl Strategy<Value = (Currency, Option<Decimal>)> {
    prop_oneof![
        Just((gbp(), None)),
        (10_000_000_i64..5_000_000_000)
            .prop_map(|rate| { (Currency::new("USD").unwrap(), Some(Decimal::new(rate, 9))) }),
    ]
}

pub fn half_up(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// A line as ERPNext may have it: more decimals than Xero keeps, rounded its own way.
fn line() -> impl Strategy<Value = Line> {
    (
        prop_oneof![1_i64..400_000, Just(10_000), Just(0)],
        -99_999_999_i64..999_999_999,
        option::of(0_i64..100_000),
        tax(),
        0_u8..3,
    )
        .prop_map(|(quantity, price, discount, tax, rounding)| {
            let quantity = Decimal::new(quantity, 4);
            let price = Decimal::new(price, if rounding == 0 { 2 } else { 5 });
            let discount = discount
                .map(|d| Decimal::new(d, 3))
                .filter(|d| !d.is_zero());
            let full = quantity * price * (Decimal::ONE_HUNDRED - discount.unwrap_or_default())
                / Decimal::ONE_HUNDRED;
            let amount = if rounding == 2 {
                full.round_dp(2)
            } else {
                half_up(full)
            };
            let rate = tax.as_deref().map(percent);
            Line {
                id: None,
                description: "Thing".into(),
                item_code: None,
                quantity,
                unit_price: price,
                discount_percent: discount,
                amount,
                account: Some("200".into()),
                tax,
                tax_rate: rate,
                tax_amount: None,
                tracking: None,
            }
        })
}

/// Tax as ERPNext computes it: once, on the whole, and perhaps a cent off.
fn tax_of(mode: PriceMode, lines: &[Line], off: i64) -> Decimal {
    let hundred = Decimal::ONE_HUNDRED;
    let sum: Decimal = lines
        .iter()
        .map(|line| {
            let rate = line.tax_rate.unwrap_or_default() / hundred;
            match mode {
                PriceMode::Exclusive => line.amount * rate,
                PriceMode::Inclusive => line.amount * rate / (Decimal::ONE + rate),
                PriceMode::NoTax => Decimal::ZERO,
            }
        })
        .sum();
    match mode {
        PriceMode::NoTax => Decimal::ZERO,
        _ => half_up(sum) + Decimal::new(off, 2),
    }
}

pub fn invoice() -> impl Strategy<Value = Document> {
    (
        prop::collection::vec(line(), 1..6),
        mode(),
        currency(),
        (day(), option::of(day())),
        option::of("[A-Z]{2} [0-9]{1,4}"),
        -2_i64..=2,
        any::<bool>(),
    )
        .prop_map(
            |(mut lines, mode, (currency, rate), (date, due), reference, off, draft)| {
                if mode == PriceMode::NoTax {
                    for line in &mut lines {
                        (line.tax, line.tax_rate) = (None, None);
                    }
                }
                let tax = tax_of(mode, &lines, off);
                let amounts: Decimal = lines.iter().map(|line| line.amount).sum();
                let (net, total) = match mode {
                    PriceMode::Inclusive => (amounts - tax, amounts),
                    PriceMode::Exclusive | PriceMode::NoTax => (amounts, amounts + tax),
                };
                Document {
                    number: Some("SINV-1".into()),
                    contact: RemoteId::new("c1"),
                    contact_name: "Ann".into(),
                    state: if draft {
                        DocumentState::Draft
                    } else {
                        DocumentState::Approved
                    },
                    date,
                    due_date: due,
                    currency,
                    exchange_rate: rate,
                    reference,
                    price_mode: mode,
                    lines,
                    net_total: net,
                    tax_total: tax,
                    total,
                    amount_due: total,
                    opening: false,
                    against: None,
                    allocations: Vec::new(),
                }
            },
        )
}

pub fn credit_note() -> impl Strategy<Value = Document> {
    invoice().prop_map(|invoice| Document {
        due_date: None,
        amount_due: invoice.total,
        ..invoice
    })
}

/// Money received for some invoices and on account.
pub fn received() -> impl Strategy<Value = Payment> {
    (
        prop::collection::vec(1_i64..10_000_000, 0..5),
        prop_oneof![Just(0), 1_i64..1_000_000],
        currency(),
        day(),
        option::of("[A-Z]{4} [0-9]{1,6}"),
        any::<bool>(),
    )
        .prop_filter("something is paid", |(parts, rest, ..)| {
            !parts.is_empty() || *rest > 0
        })
        .prop_map(|(parts, rest, (currency, rate), date, reference, code)| {
            let allocations: Vec<PaymentAllocation> = parts
                .iter()
                .enumerate()
                .map(|(index, cents)| PaymentAllocation {
                    id: None,
                    document: PaidDocument::Invoice(RemoteId::new(format!("i{index}"))),
                    amount: Decimal::new(*cents, 2),
                    in_document: None,
                    leaves: None,
                })
                .collect();
            let unallocated = Decimal::new(rest, 2);
            let account = if code {
                "090"
            } else {
                "5690f1e8-1d02-4893-90c2-ee1a69eff942"
            };
            Payment {
                number: Some("ACC-PAY-1".into()),
                direction: PaymentDirection::Received,
                state: DocumentState::Approved,
                contact: RemoteId::new("c1"),
                contact_name: "Ann".into(),
                date,
                currency,
                exchange_rate: rate,
                amount: allocations.iter().map(|one| one.amount).sum::<Decimal>() + unallocated,
                bank_account: Some(account.into()),
                bank_amount: None,
                mode: Some("Bank transfer".into()),
                reference,
                allocations,
                unallocated,
                deductions: vec![],
                reconciled: false,
                on_account: false,
                with: Vec::new(),
                credits: Vec::new(),
                bank_currency: None,
            }
        })
}

/// An invoice as Xero may hold it: discounts in percent or money, prices of four decimals, negative
/// and empty lines, taxes a person overrode, either notation of dates, a total that is rounded.
pub fn held() -> impl Strategy<Value = Value> {
    let line = (
        option::of(-40_000_i64..400_000),
        -9_999_999_i64..99_999_999,
        (option::of(1_i64..9_999), option::of(1_i64..500)),
        tax(),
        prop_oneof![3 => Just(0_i64), 1 => -2_i64..=2],
    );
    (
        prop::collection::vec(line, 1..6),
        mode(),
        prop_oneof![Just("DRAFT"), Just("SUBMITTED"), Just("AUTHORISED")],
        (day(), option::of(day()), 0_u8..3),
        option::of(1_i64..5_000_000_000),
        prop_oneof![3 => Just(0_i64), 1 => -10_i64..=10],
    )
        .prop_map(|(rows, mode, status, (date, due, notation), rate, rounding)| {
            let hundred = Decimal::ONE_HUNDRED;
            let (mut lines, mut amounts, mut taxes) = (vec![], Decimal::ZERO, Decimal::ZERO);
            for (index, (quantity, price, discount, tax, off)) in rows.into_iter().enumerate() {
                let mut line = json!({"LineItemID": format!("L{index}"),
                    "Description": format!("Thing {index}"), "AccountCode": "200"});
                if let Some(quantity) = quantity {
                    let quantity = Decimal::new(quantity, 4);
                    let price = Decimal::new(price, 4);
                    line["Quantity"] = number(quantity);
                    line["UnitAmount"] = number(price);
                    let amount = match discount {
                        (Some(percent), None) => {
                            let percent = Decimal::new(percent, 2);
                            line["DiscountRate"] = number(percent);
                            half_up(quantity * price * (hundred - percent) / hundred)
                        }
                        (None, Some(cents)) => {
                            line["DiscountAmount"] = number(Decimal::new(cents, 2));
                            half_up(quantity * price - Decimal::new(cents, 2))
                        }
                        _ => half_up(quantity * price),
                    };
                    line["LineAmount"] = number(amount);
                    amounts += amount;
                    if mode != PriceMode::NoTax && let Some(tax) = tax {
                        let rate = percent(&tax) / hundred;
                        let natural = if mode == PriceMode::Inclusive {
                            half_up(amount * rate / (Decimal::ONE + rate))
                        } else {
                            half_up(amount * rate)
                        };
                        let stated = natural + Decimal::new(off, 2);
                        line["TaxType"] = json!(tax);
                        line["TaxAmount"] = number(stated);
                        taxes += stated;
                    } else {
                        line["TaxAmount"] = json!(0.00);
                    }
                }
                lines.push(line);
            }
            let (net, gross) = match mode {
                PriceMode::Inclusive => (amounts - taxes, amounts),
                PriceMode::Exclusive | PriceMode::NoTax => (amounts, amounts + taxes),
            };
            let total = gross + Decimal::new(rounding, 2);
            let mut invoice = json!({
                "Type": "ACCREC", "InvoiceID": "DOC-1", "InvoiceNumber": "INV-1", "Status": status,
                "Contact": {"ContactID": "c1", "Name": "Ann"},
                "LineAmountTypes": format!("{mode:?}"),
                "CurrencyCode": if rate.is_some() { "USD" } else { "GBP" },
                "CurrencyRate": number(rate.map_or(Decimal::ONE, |rate| Decimal::new(rate, 6))),
                "SubTotal": number(net), "TotalTax": number(taxes), "Total": number(total),
                "AmountDue": number(total), "LineItems": lines,
                "UpdatedDateUTC": "/Date(1518685950940+0000)/",
            });
            let mut put = |key: &str, text: &str, day: NaiveDate| match notation {
                0 => invoice[key] = ticks(day, true),
                1 => {
                    invoice[key] = ticks(day, false);
                    invoice[text] = json!(format!("{day}T00:00:00"));
                }
                _ => invoice[key] = json!(day.to_string()),
            };
            put("Date", "DateString", date);
            if let Some(due) = due {
                put("DueDate", "DueDateString", due);
            }
            invoice
        })
}
