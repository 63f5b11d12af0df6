//! Credit notes: goods that came back and prices that were put right, and what they are used for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, Days, NaiveDate};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_decimal::{Decimal, RoundingStrategy};

use super::payments::{entered, total};
use super::totals::{agree, erpnext_adds_up, erpnext_rate, lines_agree, xero_totals};
use super::{
    AccountClass, DemoCreditNote, DemoData, DemoInvoice, DemoLine, DemoUse, Place, PriceMode,
    Standing, TaxClass, TaxRates,
};
use crate::System;

/// One credit note for so many invoices.
const INVOICES_EACH: usize = 6;

/// At most so many invoices are looked at for one that a credit note fits.
const LOOKED_AT: usize = 600;

/// Among so many of a customer's invoices a second one is looked for.
const NEAR: usize = 40;

/// What becomes of a credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// All of it is used for the invoice whose goods came back.
    Whole,
    /// As [`Shape::Whole`]; in ERPNext the return itself lowers what the invoice owes.
    Lowers,
    /// A part of it is used for an invoice, and the rest left.
    Part,
    /// It is used for two invoices.
    OverTwo,
    /// It settles what a payment left of an invoice.
    Settles,
    /// Goods came back, and nothing of it is used yet.
    Unused,
    /// A discount at the end of the year, and nothing of it is used yet.
    Standalone,
    /// Not approved yet.
    Draft,
    /// Voided.
    Voided,
}

/// What the credit notes become in turn, the more usual ones more often, and where each stands. Those whose
/// use costs a call to Xero each come late, so that small books are synced within a minute's calls.
const TURNS: [(Shape, Place); 22] = [
    (Shape::Whole, Place::Xero),
    (Shape::Lowers, Place::Erpnext),
    (Shape::Whole, Place::Both),
    (Shape::Unused, Place::Erpnext),
    (Shape::Standalone, Place::Xero),
    (Shape::Part, Place::Xero),
    (Shape::OverTwo, Place::Both),
    (Shape::Settles, Place::Xero),
    (Shape::Draft, Place::Xero),
    (Shape::Lowers, Place::Both),
    (Shape::Voided, Place::Xero),
    (Shape::OverTwo, Place::Xero),
    (Shape::Draft, Place::Erpnext),
    (Shape::Part, Place::Erpnext),
    (Shape::OverTwo, Place::Erpnext),
    (Shape::Whole, Place::Erpnext),
    (Shape::Settles, Place::Erpnext),
    (Shape::Part, Place::Both),
    (Shape::Unused, Place::Xero),
    (Shape::Standalone, Place::Erpnext),
    (Shape::Unused, Place::Both),
    (Shape::Voided, Place::Erpnext),
];

/// Makes the credit notes of the books' invoices, oldest first. Chances of their own, so that the
/// invoices and payments of a seed stay what they are.
pub(super) fn make(data: &DemoData) -> Vec<DemoCreditNote> {
    let mut making = Making::of(data);
    let count = data.invoices.len() / INVOICES_EACH;
    let turns = TURNS.iter().cycle().take(count).enumerate();
    let made = turns.filter_map(|(turn, (shape, place))| {
        // Now and then to a customer abroad, as far as there are any.
        let abroad = turn % 5 == 2;
        making.one(*shape, *place, abroad)
    });
    let mut notes: Vec<DemoCreditNote> = made.collect();
    notes.sort_by_key(|note| (note.date, note.contact));
    number(&mut making.rng, &mut notes);
    notes
}

/// Making credit notes one after the other.
struct Making<'a> {
    data: &'a DemoData,
    taxes: TaxRates,
    rng: StdRng,
    /// What nobody has paid yet of each invoice, on either side, nor settled by credit.
    open: Vec<Decimal>,
    /// Whether somebody has paid a part of the invoice.
    paid: Vec<bool>,
    /// Invoices that credit can be given for: none that is meant not to sync, none whose customer's
    /// entries ERPNext keeps in another currency.
    fit: Vec<usize>,
    /// Those of them that are not in home currency.
    fit_abroad: Vec<usize>,
    of_contact: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Making<'a> {
    fn of(data: &'a DemoData) -> Self {
        let taxes = TaxRates::of(data.config.country);
        let totals = data.invoices.iter().map(|invoice| total(invoice, &taxes));
        let mut open: Vec<Decimal> = totals.collect();
        let mut paid = vec![false; open.len()];
        for part in data.payments.iter().flat_map(|it| &it.parts) {
            open[part.invoice] -= part.amount;
            paid[part.invoice] = true;
        }
        let troubled: BTreeSet<&str> = data
            .expected
            .iter()
            .flat_map(|it| it.with.iter().chain([&it.title]))
            .map(String::as_str)
            .collect();
        let kept_abroad = data.kept_abroad();
        let fits = |invoice: &DemoInvoice| {
            let told = invoice.xero_rate == Decimal::ONE || kept_abroad.contains(&invoice.contact);
            told && !troubled.contains(invoice.number.as_str())
        };
        let invoices = data.invoices.iter().enumerate();
        let fit: Vec<usize> = invoices
            .filter(|(_, invoice)| fits(invoice))
            .map(|(index, _)| index)
            .collect();
        let mut of_contact: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in &fit {
            let contact = data.invoices[*index].contact;
            of_contact.entry(contact).or_default().push(*index);
        }
        let abroad = |index: &usize| data.invoices[*index].xero_rate != Decimal::ONE;
        Self {
            fit_abroad: fit.iter().copied().filter(abroad).collect(),
            rng: StdRng::seed_from_u64(data.config.seed ^ 0x6372_6564_6974),
            data,
            taxes,
            open,
            paid,
            fit,
            of_contact,
        }
    }

    fn one(&mut self, shape: Shape, place: Place, abroad: bool) -> Option<DemoCreditNote> {
        if abroad && let Some(invoice) = self.find(shape, place, true) {
            return Some(self.write(shape, place, invoice));
        }
        if let Some(invoice) = self.find(shape, place, false) {
            return Some(self.write(shape, place, invoice));
        }
        let invoice = self.find(Shape::Standalone, place, false)?;
        Some(self.write(Shape::Standalone, place, invoice))
    }

    /// An invoice that a credit note of this kind can be about.
    fn find(&mut self, shape: Shape, place: Place, abroad: bool) -> Option<usize> {
        let from = if abroad { &self.fit_abroad } else { &self.fit };
        if from.is_empty() {
            return None;
        }
        let start = self.rng.random_range(0..from.len());
        let (before, after) = from.split_at(start);
        let mut looked_at = after.iter().chain(before).take(LOOKED_AT);
        looked_at.find(|it| self.suits(shape, place, **it)).copied()
    }

    fn suits(&self, shape: Shape, place: Place, index: usize) -> bool {
        let invoice = &self.data.invoices[index];
        let stands = both_sides(place).all(|system| invoice.place.includes(system));
        let open = self.open[index];
        stands
            && match shape {
                Shape::Whole | Shape::Lowers => open >= Decimal::TEN && !self.paid[index],
                Shape::Part => open >= Decimal::ONE,
                Shape::Settles => open >= Decimal::ONE && self.paid[index],
                Shape::OverTwo => self.second(place, index).is_some(),
                Shape::Unused | Shape::Standalone | Shape::Draft | Shape::Voided => true,
            }
    }

    /// Another open invoice of the same customer in home currency.
    fn second(&self, place: Place, index: usize) -> Option<usize> {
        let first = &self.data.invoices[index];
        let suits = |other: usize| {
            let invoice = &self.data.invoices[other];
            self.open[other] >= Decimal::ONE
                && invoice.xero_rate == Decimal::ONE
                && both_sides(place).all(|system| invoice.place.includes(system))
        };
        // Rates of two days would leave a gain.
        if !suits(index) {
            return None;
        }
        let theirs = self.of_contact.get(&first.contact)?;
        let (before, after) = theirs.split_at(theirs.partition_point(|other| *other <= index));
        let near = after.iter().chain(before).take(NEAR);
        let mut others = near.copied().filter(|other| *other != index);
        others.find(|other| suits(*other))
    }

    /// Writes a credit note of an invoice that suits.
    fn write(&mut self, shape: Shape, place: Place, index: usize) -> DemoCreditNote {
        let invoice = &self.data.invoices[index];
        let open = self.open[index];
        let second = if shape == Shape::OverTwo {
            self.second(place, index)
        } else {
            None
        };
        let (lines, price_mode) = match shape {
            Shape::Whole | Shape::Lowers => self.returned(invoice, place, Some(open)),
            Shape::Unused | Shape::Draft | Shape::Voided => self.returned(invoice, place, None),
            Shape::Settles => put_right(open),
            Shape::Part => {
                let more = self.cents(open, 110, 180);
                put_right(more)
            }
            Shape::OverTwo => {
                let other = second.map_or(Decimal::ZERO, |it| self.open[it]);
                let part = self.cents(other, 30, 100);
                put_right(open + part)
            }
            Shape::Standalone => {
                let bonus = Decimal::new(self.rng.random_range(1_000..25_000), 2);
                put_right(bonus)
            }
        };
        let against = !matches!(shape, Shape::Standalone | Shape::OverTwo)
            && (shape == Shape::Lowers || self.rng.random_bool(0.6));
        let mut note = DemoCreditNote {
            number: String::new(),
            contact: invoice.contact,
            date: self.day(invoice.date, 40),
            currency: invoice.currency.clone(),
            xero_rate: invoice.xero_rate,
            reference: self.rng.random_bool(0.7).then(|| invoice.number.clone()),
            price_mode,
            lines,
            place,
            standing: match shape {
                Shape::Draft => Standing::Draft,
                Shape::Voided => Standing::Voided,
                _ => Standing::Approved,
            },
            against: (against && place.includes(System::Erpnext)).then_some(index),
            lowers_invoice: shape == Shape::Lowers,
            uses: Vec::new(),
        };
        let mut left = note.total(&self.taxes);
        let wanted = match shape {
            Shape::Whole | Shape::Lowers | Shape::Settles | Shape::OverTwo => left,
            Shape::Part => self.cents(left, 20, 60),
            _ => Decimal::ZERO,
        };
        let mut wanted = wanted.min(left);
        for of in [Some(index), second].into_iter().flatten() {
            let amount = wanted.min(self.open[of]);
            if amount > Decimal::ZERO {
                let later = note.date.max(self.data.invoices[of].date);
                note.uses.push(DemoUse {
                    invoice: of,
                    amount,
                    date: self.day(later, 20),
                    place: match place {
                        // Where a return lowers its invoice, it does so from the first.
                        Place::Both if note.lowers_invoice => Place::Both,
                        Place::Both => entered(&mut self.rng),
                        place => place,
                    },
                });
                self.open[of] -= amount;
                wanted -= amount;
                left -= amount;
            }
        }
        if note.lowers_invoice {
            for used in &mut note.uses {
                used.date = note.date;
            }
        }
        debug_assert!(left >= Decimal::ZERO);
        note
    }

    /// Goods of an invoice that came back, worth no more than `most`.
    fn returned(
        &mut self,
        invoice: &DemoInvoice,
        place: Place,
        most: Option<Decimal>,
    ) -> (Vec<DemoLine>, PriceMode) {
        let mode = invoice.price_mode;
        for _ in 0..20 {
            let mut lines = Vec::new();
            for line in &invoice.lines {
                if self.rng.random_bool(0.6) {
                    let whole: i64 = line.quantity.trunc().try_into().unwrap_or(1);
                    let quantity = if whole <= 1 {
                        line.quantity
                    } else {
                        Decimal::from(self.rng.random_range(1..=whole))
                    };
                    lines.push(DemoLine {
                        quantity,
                        unit_price: if line.discount_percent.is_some() {
                            erpnext_rate(line)
                        } else {
                            line.unit_price
                        },
                        discount_percent: None,
                        ..line.clone()
                    });
                }
            }
            let fits = match place {
                Place::Xero => true,
                Place::Both => agree(&lines, mode, &self.taxes),
                Place::Erpnext => {
                    lines.iter().all(lines_agree) && erpnext_adds_up(&lines, mode, &self.taxes)
                }
            };
            let worth = xero_totals(&lines, mode, &self.taxes).total;
            // What ERPNext makes of it may be a cent more.
            let cent = Decimal::new(1, 2);
            let in_time = most.is_none_or(|most| worth + cent <= most);
            if fits && in_time && worth > Decimal::ZERO {
                return (lines, mode);
            }
        }
        let worth = most.unwrap_or(Decimal::ONE_HUNDRED);
        let part = self.cents(worth, 10, 60);
        put_right(part)
    }

    /// So many percent of an amount; never nothing.
    fn cents(&mut self, amount: Decimal, from: i64, to: i64) -> Decimal {
        let part = Decimal::new(self.rng.random_range(from..to), 2);
        let cents =
            (amount * part).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        cents.max(Decimal::new(1, 2))
    }

    /// A day within so many after another, and not after today.
    fn day(&mut self, after: NaiveDate, within: u64) -> NaiveDate {
        (after + Days::new(self.rng.random_range(0..=within))).min(self.data.config.today)
    }
}

/// The systems of a place.
fn both_sides(place: Place) -> impl Iterator<Item = System> {
    let systems = [System::Xero, System::Erpnext].into_iter();
    systems.filter(move |system| place.includes(*system))
}

/// An amount given back, on which there is no tax.
fn put_right(amount: Decimal) -> (Vec<DemoLine>, PriceMode) {
    let line = DemoLine {
        description: "Price put right as agreed".to_owned(),
        quantity: Decimal::ONE,
        unit: "Nos".to_owned(),
        unit_price: amount,
        discount_percent: None,
        tax: TaxClass::Zero,
        account: AccountClass::Sales,
    };
    (vec![line], PriceMode::Exclusive)
}

/// Gives each the next number of the system it was written in.
fn number(rng: &mut StdRng, notes: &mut [DemoCreditNote]) {
    let mut next: HashMap<String, u32> = HashMap::new();
    for note in notes {
        let in_xero = match note.place {
            Place::Xero => true,
            Place::Erpnext => false,
            Place::Both => rng.random_bool(0.5),
        };
        let year = note.date.year();
        let series = if in_xero {
            "CN-".to_owned()
        } else {
            format!("ACC-SINV-RET-{year}-")
        };
        let count = next.entry(series.clone()).or_insert(0);
        *count += 1;
        note.number = if in_xero {
            format!("{series}{count:04}")
        } else {
            format!("{series}{count:05}")
        };
    }
}

#[cfg(test)]
mod tests;
