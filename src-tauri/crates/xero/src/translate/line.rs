//! One line of an invoice.

use ledger::contact::text;
use ledger::money::round_half_up;
use ledger::tax::xero_line_amount;
use ledger::tracking::{key, parts};
use ledger::{Cause, Line};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::contact::invalid;
use super::document::TaxRates;
use super::number;
use crate::wire::document::{LineItem, Tracking};

/// Decimals Xero keeps of a price with `unitdp=4`, and of a quantity.
const DIGITS: u32 = 4;
/// The most characters of a description.
const LONGEST_DESCRIPTION: usize = 4000;

/// Reads a line. The line amount is always kept as stated; where a discount in money cannot be said
/// in percent, it is folded into the price.
pub fn from_wire(item: &LineItem, rates: &TaxRates) -> Line {
    let description = item.description.clone().unwrap_or_default();
    let price = item.unit_amount.unwrap_or_default();
    // A line of words only has neither; one of nothing stands for it on both sides.
    let quantity = item.quantity.unwrap_or(Decimal::ONE);
    let amount = item
        .line_amount
        .unwrap_or_else(|| xero_line_amount(quantity, price, Decimal::ZERO, DIGITS));
    let mut line = Line {
        id: item.line_item_id.as_ref().map(|id| id.to_lowercase()),
        description: description.trim().to_owned(),
        item_code: item.item_code.as_deref().and_then(text),
        quantity: quantity.normalize(),
        unit_price: price.normalize(),
        discount_percent: item.discount_rate.filter(|rate| !rate.is_zero()),
        amount,
        account: item.account_code.as_deref().and_then(text),
        tax: item.tax_type.as_deref().and_then(text),
        tax_rate: None,
        tax_amount: item.tax_amount,
        tracking: Some(tracking(item)),
    };
    line.discount_percent = line.discount_percent.map(|rate| rate.normalize());
    line.tax_rate = line.tax.as_ref().and_then(|tax| rates.get(tax)).copied();
    let discount = item.discount_amount.unwrap_or_default();
    if line.discount_percent.is_none() && !discount.is_zero() {
        fold_discount(&mut line, discount);
    }
    line
}

/// What a line is filed under, in order.
fn tracking(item: &LineItem) -> Vec<String> {
    let of = |tracked: &Tracking| key(tracked.name.as_deref()?, tracked.option.as_deref()?);
    let mut keys: Vec<String> = item.tracking.iter().filter_map(of).collect();
    keys.sort();
    keys
}

fn fold_discount(line: &mut Line, discount: Decimal) {
    let full = line.quantity * line.unit_price;
    if !full.is_zero() {
        let percent = round_half_up(discount * Decimal::ONE_HUNDRED / full, 2);
        let exact = xero_line_amount(line.quantity, line.unit_price, percent, DIGITS);
        if exact == line.amount && (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&percent) {
            line.discount_percent = Some(percent.normalize());
            return;
        }
    }
    let price = line
        .amount
        .checked_div(line.quantity)
        .map(|price| round_half_up(price, DIGITS));
    match price {
        Some(price)
            if xero_line_amount(line.quantity, price, Decimal::ZERO, DIGITS) == line.amount =>
        {
            line.unit_price = price.normalize();
        }
        _ => {
            line.description = format!(
                "{} ({} × {} less {})",
                line.description,
                line.quantity,
                line.unit_price,
                discount.normalize()
            );
            line.quantity = Decimal::ONE;
            line.unit_price = line.amount.normalize();
        }
    }
}

/// How discounts are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discounts {
    /// As `DiscountRate`: sales invoices.
    Rate,
    /// Within the price, because credit notes know none (xero/FACTS §7).
    InPrice,
}

/// A line on its way to Xero.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The line on Xero that it becomes, with that line's id and item.
    pub onto: Option<Line>,
    /// What it should say.
    pub line: Line,
    /// The tax to state, where Xero would compute another.
    pub tax_amount: Option<Decimal>,
}

impl Outgoing {
    /// The element of `LineItems`.
    ///
    /// # Errors
    /// The [`Cause`] for which Xero would refuse it.
    pub fn element(&self, taxed: bool, discounts: Discounts) -> Result<Value, Cause> {
        let line = &self.line;
        if line.amount.normalize().scale() > 2 {
            return Err(invalid(
                "line amount",
                format!(
                    "Xero keeps two decimals of a line amount, not {}",
                    line.amount
                ),
            ));
        }
        let mut element = Map::new();
        let mut set = |key: &str, value: Value| element.insert(key.to_owned(), value);
        if let Some(id) = self.onto.as_ref().and_then(|onto| onto.id.as_ref()) {
            set("LineItemID", json!(id));
        }
        let had = self
            .onto
            .as_ref()
            .is_some_and(|onto| onto.discount_percent.is_some());
        let Form {
            words,
            quantity,
            price,
            discount,
        } = form(line, discounts);
        set("Description", json!(description(line, &words)));
        set("Quantity", number(quantity));
        set("UnitAmount", number(price));
        if !discount.is_zero() || had {
            set("DiscountRate", number(discount));
        }
        // Item codes are each side's own; the one that is there stays.
        if let Some(item) = self.onto.as_ref().and_then(|onto| onto.item_code.as_ref()) {
            set("ItemCode", json!(item));
        }
        if let Some(account) = &line.account {
            set("AccountCode", json!(account));
        }
        let before = self.onto.as_ref().and_then(|onto| onto.tracking.as_ref());
        if let Some(keys) = &line.tracking
            && before != Some(keys)
            && !(keys.is_empty() && self.onto.is_none())
        {
            // All of it: what is left out of a list that is sent is taken off the line.
            let of = |key: &String| {
                let (category, option) = parts(key)?;
                Some(json!({"Name": category, "Option": option}))
            };
            set("Tracking", keys.iter().filter_map(of).collect());
        }
        if taxed {
            // Without it Xero would apply the account's own rate.
            set("TaxType", json!(line.tax.as_deref().unwrap_or("NONE")));
            if let Some(tax) = self.tax_amount {
                set("TaxAmount", number(tax));
            }
        }
        Ok(Value::Object(element))
    }
}

/// Quantity, price and discount from which Xero computes the line's amount, and what has to be said
/// in words besides.
struct Form {
    words: String,
    quantity: Decimal,
    price: Decimal,
    discount: Decimal,
}

fn form(line: &Line, discounts: Discounts) -> Form {
    let discount = line.discount_percent.unwrap_or_default();
    let plain = Form {
        words: String::new(),
        quantity: line.quantity,
        price: line.unit_price,
        discount,
    };
    if (discounts == Discounts::Rate || discount.is_zero()) && fits(line, discount) {
        return plain;
    }
    let less = if discount.is_zero() {
        String::new()
    } else {
        format!(" less {} %", discount.normalize())
    };
    let price = line.unit_price.normalize();
    if discounts == Discounts::InPrice {
        let net = round_half_up(
            line.unit_price * (Decimal::ONE_HUNDRED - discount) / Decimal::ONE_HUNDRED,
            DIGITS,
        );
        let folded = Line {
            unit_price: net,
            ..line.clone()
        };
        if fits(&folded, Decimal::ZERO) {
            return Form {
                words: format!(" ({price}{less})"),
                price: net,
                discount: Decimal::ZERO,
                ..plain
            };
        }
    }
    // The amount is what must be exact; how it came about is said in words.
    Form {
        words: format!(" ({} × {price}{less})", line.quantity.normalize()),
        quantity: Decimal::ONE,
        price: line.amount,
        discount: Decimal::ZERO,
    }
}

/// Whether Xero would compute the same line amount from quantity, price and discount.
fn fits(line: &Line, discount: Decimal) -> bool {
    let short = |value: Decimal| value.normalize().scale() <= DIGITS;
    short(line.quantity)
        && short(line.unit_price)
        && discount.normalize().scale() <= 2
        && (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&discount)
        && xero_line_amount(line.quantity, line.unit_price, discount, DIGITS) == line.amount
        && (!line.quantity.is_zero() || line.amount.is_zero())
}

fn description(line: &Line, how: &str) -> String {
    let base = match (text(&line.description), &line.item_code) {
        (Some(words), _) => words,
        (None, Some(item)) => item.clone(),
        (None, None) => "Goods or services".to_owned(),
    };
    let room = LONGEST_DESCRIPTION.saturating_sub(how.chars().count());
    let cut: String = base.chars().take(room).collect();
    format!("{cut}{how}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn read(value: Value) -> Line {
        let rates = TaxRates::from([("OUTPUT2".to_owned(), dec("20"))]);
        from_wire(&serde_json::from_value(value).unwrap(), &rates)
    }

    #[test]
    fn a_line_is_read_to_the_last_digit() {
        let line = read(
            json!({"LineItemID": "AB-1", "Description": "Flour", "Quantity": 2.5000,
            "UnitAmount": 3.3333, "TaxType": "OUTPUT2", "TaxAmount": 1.67, "LineAmount": 8.33,
            "AccountCode": "200", "ItemCode": ""}),
        );
        assert_eq!(line.id.as_deref(), Some("ab-1"));
        assert_eq!(line.quantity.to_string(), "2.5");
        assert_eq!(line.unit_price, dec("3.3333"));
        assert_eq!(line.amount, dec("8.33"));
        assert_eq!(line.tax_rate, Some(dec("20")));
        assert_eq!(line.item_code, None);
    }

    #[test]
    fn discounts_become_percent_where_that_is_exact() {
        for (fields, price, percent, quantity) in [
            (
                json!({"Quantity": 1, "UnitAmount": 100, "DiscountRate": 12.5, "LineAmount": 87.5}),
                "100",
                Some("12.5"),
                "1",
            ),
            (
                json!({"Quantity": 2, "UnitAmount": 50, "DiscountAmount": 10, "LineAmount": 90}),
                "50",
                Some("10"),
                "2",
            ),
            (
                json!({"Quantity": 2, "UnitAmount": 50, "DiscountAmount": 0, "LineAmount": 100}),
                "50",
                None,
                "2",
            ),
            // 0.01 of 1,000,000 is no percentage of two decimals; the price carries it.
            (
                json!({"Quantity": 1, "UnitAmount": 1_000_000, "DiscountAmount": 0.01, "LineAmount": 999_999.99}),
                "999999.99",
                None,
                "1",
            ),
            // 30,000 pieces: no price of four decimals gives this amount, so the line becomes one.
            (
                json!({"Description": "Pins", "Quantity": 30_000, "UnitAmount": 100, "DiscountAmount": 0.01, "LineAmount": 2_999_999.99}),
                "2999999.99",
                None,
                "1",
            ),
        ] {
            let line = read(fields.clone());
            assert_eq!(line.unit_price, dec(price), "{fields}");
            assert_eq!(line.discount_percent, percent.map(dec), "{fields}");
            assert_eq!(line.quantity, dec(quantity), "{fields}");
            assert_eq!(
                line.amount,
                fields["LineAmount"].to_string().parse().unwrap()
            );
        }
    }

    #[test]
    fn words_alone_are_a_line_of_nothing() {
        let line = read(json!({"Description": "Delivered on Monday"}));
        assert_eq!(line.quantity, Decimal::ONE);
        assert_eq!(line.amount, Decimal::ZERO);
    }

    fn outgoing(quantity: &str, price: &str, discount: Option<&str>, amount: &str) -> Value {
        let line = Line {
            id: None,
            description: "Widget".into(),
            item_code: Some("W-1".into()),
            quantity: dec(quantity),
            unit_price: dec(price),
            discount_percent: discount.map(dec),
            amount: dec(amount),
            account: Some("200".into()),
            tax: Some("OUTPUT2".into()),
            tax_rate: Some(dec("20")),
            tax_amount: None,
            tracking: None,
        };
        Outgoing {
            onto: None,
            line,
            tax_amount: None,
        }
        .element(true, Discounts::Rate)
        .unwrap()
    }

    #[test]
    fn a_line_that_fits_is_sent_as_it_is() {
        assert_eq!(
            outgoing("3", "19.99", Some("10"), "53.97").to_string(),
            r#"{"Description":"Widget","Quantity":3,"UnitAmount":19.99,"DiscountRate":10,"AccountCode":"200","TaxType":"OUTPUT2"}"#
        );
    }

    #[test]
    fn a_line_that_does_not_fit_keeps_its_amount() {
        for (quantity, price, discount, amount, words) in [
            // More than four decimals.
            ("3", "33.33333", None, "100.00", "Widget (3 × 33.33333)"),
            // ERPNext rounded the price after the discount, Xero would round the line.
            ("3", "0.33", Some("5"), "0.93", "Widget (3 × 0.33 less 5 %)"),
            // A percentage finer than Xero's.
            (
                "1",
                "100",
                Some("33.333"),
                "66.67",
                "Widget (1 × 100 less 33.333 %)",
            ),
        ] {
            let element = outgoing(quantity, price, discount, amount);
            assert_eq!(element["Description"], words);
            assert_eq!(element["Quantity"], json!(1));
            assert_eq!(
                element["UnitAmount"].to_string(),
                dec(amount).normalize().to_string()
            );
            assert_eq!(element.get("DiscountRate"), None);
        }
    }
}
