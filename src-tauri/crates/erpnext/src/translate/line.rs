//! Quantities, prices and texts of lines.
//!
//! ERPNext rounds a line's price and quantity to the site's decimals before it multiplies; Xero
//! takes four decimals and a discount. A line that does not come out the same is sent as one piece
//! at its amount, and how it was made up is written below its text, from where it is read back. Where
//! the amount is not what quantity and price come to in Xero's arithmetic, it is written there too:
//! what we wrote ourselves must not look like a change.
//!
//! Where prices that hold tax have to be said without it, the quantity stays if the site makes the
//! amount before tax of it; what the text says of the prices then is for people, and is not read back.

use ledger::Line;
use ledger::tax::xero_line_amount;
use rust_decimal::Decimal;

use crate::chart::Figures;
use crate::error::plain_text;
use crate::wire::{ItemRow, row::exact};

/// A line's figures as ERPNext will keep them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// How many.
    pub quantity: Decimal,
    /// Price of one after discount.
    pub rate: Decimal,
    /// Price of one before discount and the discount in percent, where there is one.
    pub discount: Option<(Decimal, Decimal)>,
    /// How the amount was made up, where quantity and price do not say it.
    pub note: Option<String>,
}

/// The figures for a line: its own where ERPNext makes the same amount of them, else one piece at
/// the amount. `amount` is the line's own, or what is left of it without the tax that its prices hold.
pub fn price(line: &Line, amount: Decimal, figures: Figures, fractions: bool) -> Priced {
    let discount = line.discount_percent.unwrap_or_default();
    let rules = super::tax::rules(figures);
    let rate = rules.discounted_price(line.unit_price, discount);
    // A negative quantity is taken in a draft and refused when that is submitted; a negative price is
    // not.
    let kept = line.quantity > Decimal::ZERO
        && line.quantity.normalize().scale() <= figures.quantity_digits
        && (fractions || line.quantity.fract().is_zero());
    let quantity = line.quantity.normalize();
    let makes = |rate: Decimal| rules.line_amount(line.quantity, rate) == amount;
    let short = |price: Decimal| price.normalize().scale() <= figures.rate_digits;
    if amount != line.amount {
        let net = amount.checked_div(line.quantity).filter(|net| short(*net));
        let note = note(line, amount);
        return match net.filter(|net| kept && makes(*net)) {
            Some(net) => Priced {
                quantity,
                rate: net.normalize(),
                discount: None,
                note: note.filter(|_| !discount.is_zero()),
            },
            None => Priced {
                quantity: Decimal::ONE,
                rate: amount,
                discount: None,
                note: note.filter(|_| quantity != Decimal::ONE || !discount.is_zero()),
            },
        };
    }
    let fits = kept
        && short(line.unit_price)
        && discount.normalize().scale() <= figures.quantity_digits.min(3)
        && makes(rate);
    if fits {
        return Priced {
            quantity,
            rate,
            discount: (!discount.is_zero()).then_some((line.unit_price, discount)),
            note: None,
        };
    }
    Priced {
        quantity: Decimal::ONE,
        rate: amount,
        discount: None,
        note: note(line, amount),
    }
}

/// How a line's amount is made up, for [`Priced::note`]: its own amount, or what is left of it without
/// the tax that its prices hold. A line that is a text and nothing else has nothing to say here.
pub(super) fn note(line: &Line, amount: Decimal) -> Option<String> {
    let words_only =
        line.unit_price.is_zero() && (line.quantity.is_zero() || line.quantity == Decimal::ONE);
    if words_only {
        return None;
    }
    let discount = line
        .discount_percent
        .filter(|discount| !discount.is_zero())
        .map(|discount| format!(" less {} %", discount.normalize()))
        .unwrap_or_default();
    let makes = xero_line_amount(
        line.quantity,
        line.unit_price,
        line.discount_percent.unwrap_or_default(),
        4,
    );
    let with_tax = if amount == line.amount { "" } else { WITH_TAX };
    let amount = if makes == amount && with_tax.is_empty() {
        String::new()
    } else {
        format!(" = {}", amount.normalize())
    };
    Some(format!(
        "({} × {}{discount}{with_tax}{amount})",
        line.quantity.normalize(),
        line.unit_price.normalize()
    ))
}

/// What a note says of prices that hold tax, where the amount does not.
const WITH_TAX: &str = ", tax included";

/// What a note says.
struct Note {
    /// The text before it.
    text: String,
    quantity: Decimal,
    unit_price: Decimal,
    discount_percent: Option<Decimal>,
    /// The amount, where it is not what the others come to.
    amount: Option<Decimal>,
    /// Whether the price holds tax, which the amount does not: then it is for people alone.
    with_tax: bool,
}

impl Note {
    /// The amount it was written for.
    fn amount(&self) -> Decimal {
        self.amount.unwrap_or_else(|| {
            xero_line_amount(
                self.quantity,
                self.unit_price,
                self.discount_percent.unwrap_or_default(),
                4,
            )
        })
    }

    fn line(self) -> ReadLine {
        ReadLine {
            description: self.text,
            quantity: self.quantity,
            unit_price: self.unit_price,
            discount_percent: self.discount_percent,
        }
    }
}

/// Reads a note back.
fn read_note(description: &str) -> Option<Note> {
    let (text, note) = match description.trim_end().rsplit_once('\n') {
        Some((text, note)) => (text, note),
        None => ("", description),
    };
    let inner = note.trim().strip_prefix('(')?.strip_suffix(')')?;
    let (quantity, rest) = inner.split_once(" × ")?;
    let (rest, amount) = match rest.split_once(" = ") {
        Some((rest, amount)) => (rest, Some(exact(amount)?)),
        None => (rest, None),
    };
    let (rest, with_tax) = match rest.strip_suffix(WITH_TAX) {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (price, discount) = match rest.split_once(" less ") {
        Some((price, discount)) => (price, Some(exact(discount.strip_suffix(" %")?)?)),
        None => (rest, None),
    };
    Some(Note {
        text: text.trim_end().to_owned(),
        quantity: exact(quantity)?,
        unit_price: exact(price)?,
        discount_percent: discount,
        amount,
        with_tax,
    })
}

/// Whether a text ends with a note of how its line's amount was made up.
pub(super) fn has_note(description: &str) -> bool {
    read_note(&plain_text(description)).is_some()
}

/// Quantity, unit price and discount of an item row, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLine {
    /// The text.
    pub description: String,
    /// How many.
    pub quantity: Decimal,
    /// Price of one before discount.
    pub unit_price: Decimal,
    /// The discount in percent.
    pub discount_percent: Option<Decimal>,
}

/// Reads an item row whose amount is `amount` (its own, or its net amount where a discount on the
/// whole document was spread over the lines).
pub fn read(item: &ItemRow, amount: Decimal, figures: Figures) -> ReadLine {
    let description = item
        .description
        .as_deref()
        .map(plain_text)
        .filter(|text| !text.is_empty())
        .or_else(|| item.item_name.clone())
        .filter(|text| text != NO_TEXT)
        .unwrap_or_default();
    if let Some(note) = read_note(&description)
        && note.amount() == amount
    {
        if note.with_tax && item.amount == amount {
            return ReadLine {
                description: note.text,
                quantity: item.qty,
                unit_price: item.rate,
                discount_percent: None,
            };
        }
        if !note.with_tax && item.qty == Decimal::ONE && item.rate == amount {
            return note.line();
        }
    }
    if amount != item.amount {
        // The document's discount has changed the amount: the price is the one that makes it, in four
        // decimals. What these lose is in the amount, which counts.
        let unit_price = amount
            .checked_div(item.qty)
            .map_or(amount, |price| price.round_dp(4));
        return ReadLine {
            description,
            quantity: if item.qty.is_zero() {
                Decimal::ONE
            } else {
                item.qty
            },
            unit_price,
            discount_percent: None,
        };
    }
    let before = item.price_list_rate;
    let percent = item.discount_percentage;
    // The percentage is decorative where the price was typed over: only one that explains the price
    // and the amount is taken for true.
    let explains = before > Decimal::ZERO
        && percent > Decimal::ZERO
        && super::tax::rules(figures).discounted_price(before, percent) == item.rate
        && xero_line_amount(item.qty, before, percent, 4) == amount;
    if explains {
        return ReadLine {
            description,
            quantity: item.qty,
            unit_price: before,
            discount_percent: Some(percent),
        };
    }
    ReadLine {
        description,
        quantity: item.qty,
        unit_price: item.rate,
        discount_percent: None,
    }
}

/// Reads a charge: an amount with a text, and how it was made up where that is written below it.
pub fn read_charge(description: &str, amount: Decimal) -> ReadLine {
    let description = plain_text(description);
    match read_note(&description) {
        Some(note) if note.amount() == amount && note.with_tax => ReadLine {
            description: note.text,
            quantity: Decimal::ONE,
            unit_price: amount,
            discount_percent: None,
        },
        Some(note) if note.amount() == amount => note.line(),
        _ => ReadLine {
            description,
            quantity: Decimal::ONE,
            unit_price: amount,
            discount_percent: None,
        },
    }
}

/// What stands for a line without any text: ERPNext demands one.
pub const NO_TEXT: &str = "-";

/// The short text (one line, at most 140 characters) and the long text of a line.
pub fn texts(description: &str, note: Option<&str>) -> (String, String) {
    let description = description.trim();
    let first = description.lines().next().unwrap_or_default().trim();
    let short: String = if first.is_empty() { NO_TEXT } else { first }
        .chars()
        .filter(|c| !matches!(c, '<' | '>'))
        .take(super::contact::LONGEST)
        .collect();
    let mut long = if description.is_empty() {
        short.clone()
    } else {
        description.to_owned()
    };
    if let Some(note) = note {
        if long == NO_TEXT {
            long.clear();
        } else {
            long.push('\n');
        }
        long.push_str(note);
    }
    // The long text may hold markup in ERPNext, and what looks like a tag is cleaned away there.
    if long.contains('<') || looks_like_entity(&long) {
        long = long
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
    }
    let short = if short.trim().is_empty() {
        NO_TEXT.to_owned()
    } else {
        short
    };
    (short, long)
}

/// Whether reading the text back would turn something in it into another character.
fn looks_like_entity(text: &str) -> bool {
    plain_text(text) != plain_text(&text.replace('&', "&amp;"))
}

#[cfg(test)]
mod tests;
