//! Sales invoices: lines, dates and numbers.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rust_decimal::Decimal;

use super::catalogue::{Article, CATALOGUE};
use super::payments::{self, Paid, Received, received};
use super::totals::{agree, erpnext_adds_up, lines_agree, xero_totals};
use super::words::{GIVEN, REFERENCES};
use super::{
    AccountClass, DemoData, DemoInvoice, DemoLine, ExpectedException, Place, PriceMode, RecordKind,
    TaxClass, TaxRates, spread,
};
use crate::System;

/// Documents are dated at most this many days (18 months) before today.
const OLDEST_DAYS: u64 = 540;

/// An invoice without a number, what was paid of it, and why it or its payment is meant not to sync, if
/// so.
pub(super) struct Written {
    pub(super) invoice: DemoInvoice,
    pub(super) paid: Paid,
    pub(super) trouble: Option<(System, &'static str)>,
}

/// Makes `count` invoices that can be synced.
pub(super) fn make(rng: &mut StdRng, data: &DemoData, count: usize) -> Vec<Written> {
    let customers = Customers::of(data);
    let mut places = spread(count);
    places.shuffle(rng);
    places
        .into_iter()
        .filter_map(|place| {
            let contact = customers.pick(rng, place)?;
            let (invoice, paid) = one(rng, data, contact, place);
            Some(Written {
                invoice,
                paid: Paid::AsItComes(paid),
                trouble: None,
            })
        })
        .collect()
}

/// The customers that an invoice of each place can be written to.
pub(super) struct Customers {
    both: Vec<usize>,
    xero: Vec<usize>,
    erpnext: Vec<usize>,
}

impl Customers {
    pub(super) fn of(data: &DemoData) -> Self {
        let on = |systems: &[System]| {
            data.contacts
                .iter()
                .enumerate()
                .filter(|(_, contact)| {
                    contact.invoiced && systems.iter().all(|system| contact.place.includes(*system))
                })
                .map(|(index, _)| index)
                .collect()
        };
        Self {
            both: on(&[System::Xero, System::Erpnext]),
            xero: on(&[System::Xero]),
            erpnext: on(&[System::Erpnext]),
        }
    }

    /// A customer on both sides, of home currency where there is one.
    pub(super) fn pick_at_home(&self, rng: &mut StdRng, data: &DemoData) -> Option<usize> {
        let picked = self.pick(rng, Place::Both)?;
        let home =
            |index: &&usize| data.contacts[**index].currency == data.config.country.currency();
        let at = self.both.iter().position(|index| *index == picked)?;
        let (before, from) = self.both.split_at(at);
        let next = from.iter().chain(before).find(home);
        Some(next.copied().unwrap_or(picked))
    }

    /// A customer; the first ones buy more often than the last.
    pub(super) fn pick(&self, rng: &mut StdRng, place: Place) -> Option<usize> {
        let from = match place {
            Place::Both => &self.both,
            Place::Xero => &self.xero,
            Place::Erpnext => &self.erpnext,
        };
        if from.is_empty() {
            return None;
        }
        let one = rng.random_range(0..from.len());
        let other = rng.random_range(0..from.len());
        Some(from[one.min(other)])
    }
}

/// One invoice to a customer, on the given sides, and what was received of it where both have it.
pub(super) fn one(
    rng: &mut StdRng,
    data: &DemoData,
    contact: usize,
    place: Place,
) -> (DemoInvoice, Vec<Received>) {
    let country = data.config.country;
    let taxes = TaxRates::of(country);
    let customer = &data.contacts[contact];
    let abroad = customer.currency != country.currency();
    let day = data.config.today - Days::new(rng.random_range(0..=OLDEST_DAYS));
    let price_mode = if !abroad && rng.random_bool(0.12) {
        PriceMode::Inclusive
    } else {
        PriceMode::Exclusive
    };
    let lines = lines(rng, place, price_mode, abroad, &taxes);
    let total = xero_totals(&lines, price_mode, &taxes).total;
    let invoice = DemoInvoice {
        number: String::new(),
        contact,
        date: day,
        due_date: day + Days::new(customer.terms_days),
        xero_rate: rate(rng, country.currency(), &customer.currency),
        currency: customer.currency.clone(),
        reference: reference(rng, day),
        price_mode,
        lines,
        erpnext_lines: None,
        place,
    };
    let paid = if place == Place::Both {
        received(rng, data.config.today, &invoice, total, customer, !abroad)
    } else {
        Vec::new()
    };
    (invoice, paid)
}

/// Lines that can be entered where they have to be: with the same totals on both sides where the
/// invoice exists on both, within ERPNext's decimals where it exists there.
fn lines(
    rng: &mut StdRng,
    place: Place,
    mode: PriceMode,
    abroad: bool,
    taxes: &TaxRates,
) -> Vec<DemoLine> {
    let count = pick(rng, &[1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6]);
    for _ in 0..40 {
        let lines: Vec<DemoLine> = (0..count).map(|_| line(rng, place, mode, abroad)).collect();
        let fits = match place {
            Place::Xero => true,
            Place::Both => agree(&lines, mode, taxes),
            Place::Erpnext => lines.iter().all(lines_agree) && erpnext_adds_up(&lines, mode, taxes),
        };
        if fits && xero_totals(&lines, mode, taxes).total > Decimal::ZERO {
            return lines;
        }
    }
    vec![plain_line(count)]
}

/// A line that every system agrees about, tax included: a multiple of 20.00.
fn plain_line(count: i64) -> DemoLine {
    DemoLine {
        description: "Flower arrangement, seasonal".to_owned(),
        quantity: Decimal::from(count),
        unit: "Nos".to_owned(),
        unit_price: Decimal::new(40_00, 2),
        discount_percent: None,
        tax: TaxClass::Zero,
        account: AccountClass::Sales,
    }
}

fn line(rng: &mut StdRng, place: Place, mode: PriceMode, abroad: bool) -> DemoLine {
    // Delivery and courses are a smaller part of the business than goods.
    let article = loop {
        let article = &CATALOGUE[rng.random_range(0..CATALOGUE.len())];
        let inclusive_zero = mode == PriceMode::Inclusive && article.tax == TaxClass::Exempt;
        if !inclusive_zero {
            break article;
        }
    };
    DemoLine {
        description: article.description.to_owned(),
        quantity: quantity(rng, article),
        unit: article.unit.erpnext().to_owned(),
        unit_price: unit_price(rng, article, place),
        discount_percent: rng.random_bool(0.1).then(|| {
            pick(
                rng,
                &[
                    Decimal::new(5, 0),
                    Decimal::new(10, 0),
                    Decimal::new(125, 1),
                ],
            )
        }),
        tax: if abroad { TaxClass::Zero } else { article.tax },
        account: article.account,
    }
}

fn quantity(rng: &mut StdRng, article: &Article) -> Decimal {
    let (from, to) = article.quantity;
    let whole = rng.random_range(from..=to);
    if !article.unit.divisible() || rng.random_bool(0.4) {
        return Decimal::from(whole);
    }
    let digits = rng.random_range(1..=3_u32);
    let step = 10_i64.pow(digits);
    Decimal::new(whole * step + rng.random_range(1..step), digits).normalize()
}

/// The list price, a little up or down; sometimes with four decimals, which only Xero takes.
fn unit_price(rng: &mut StdRng, article: &Article, place: Place) -> Decimal {
    let cents = article.cents * rng.random_range(92..=112) / 100;
    if place == Place::Xero && rng.random_bool(0.1) {
        Decimal::new(cents * 100 + rng.random_range(1..100), 4).normalize()
    } else {
        Decimal::new(cents, 2)
    }
}

fn reference(rng: &mut StdRng, date: NaiveDate) -> Option<String> {
    if rng.random_bool(0.35) {
        return None;
    }
    let template = REFERENCES.choose(rng)?;
    Some(
        template
            .replace("{n}", &rng.random_range(1000..9999).to_string())
            .replace("{w}", &date.iso_week().week().to_string())
            .replace(
                "{d}",
                &(date + Days::new(rng.random_range(1..20)))
                    .format("%-d %B")
                    .to_string(),
            )
            .replace("{g}", pick(rng, GIVEN)),
    )
}

/// Xero's rate on some day: units of `foreign` for one of `home`, six decimals at most.
pub(super) fn rate(rng: &mut StdRng, home: &str, foreign: &str) -> Decimal {
    if home == foreign {
        return Decimal::ONE;
    }
    let millionths: i64 = match (home, foreign) {
        ("GBP", "EUR") => 1_154_200,
        ("GBP", "USD") => 1_318_700,
        ("NZD", "AUD") => 912_600,
        ("NZD", "USD") => 589_300,
        ("AUD", "NZD") => 1_095_800,
        ("AUD", "USD") => 645_700,
        ("USD", "CAD") => 1_401_500,
        ("USD", "EUR") => 865_400,
        (_, "CHF") => 1_104_200,
        _ => 1_000_000,
    };
    Decimal::new(millionths * rng.random_range(9_800..10_200) / 10_000, 6).normalize()
}

fn pick<T: Copy>(rng: &mut StdRng, from: &[T]) -> T {
    from[rng.random_range(0..from.len())]
}

/// Puts invoices in order of date, gives each the next number of the system it was written in, adds
/// what was paid, and lists what is meant not to sync.
pub(super) fn number(rng: &mut StdRng, mut written: Vec<Written>, data: &mut DemoData) {
    written.sort_by_key(|written| written.invoice.date);
    let mut next: HashMap<String, u32> = HashMap::new();
    let (mut paid, mut in_cash) = (Vec::new(), None);
    for mut written in written {
        let in_xero = match written.invoice.place {
            Place::Xero => true,
            Place::Erpnext => false,
            Place::Both => rng.random_bool(0.5),
        };
        let series = if in_xero {
            "INV-".to_owned()
        } else if rng.random_bool(0.15) {
            "SINV-".to_owned()
        } else {
            format!("ACC-SINV-{}-", written.invoice.date.year())
        };
        let count = next.entry(series.clone()).or_insert(0);
        *count += 1;
        written.invoice.number = format!("{series}{count:05}");
        if written.paid == Paid::InCash {
            in_cash = written
                .trouble
                .map(|trouble| (data.invoices.len(), trouble));
        } else if let Some((side, cause)) = written.trouble {
            data.expected.push(ExpectedException {
                side,
                kind: RecordKind::Invoice,
                title: written.invoice.number.clone(),
                cause,
                with: Vec::new(),
            });
        }
        data.invoices.push(written.invoice);
        paid.push(written.paid);
    }
    data.payments = payments::make(data, &paid);
    if let Some((invoice, (side, cause))) = in_cash {
        let mut payments = data.payments.iter();
        let payment = payments.find(|it| it.parts[0].invoice == invoice);
        data.expected
            .extend(payment.map(|payment| ExpectedException {
                side,
                kind: RecordKind::Payment,
                title: payment.erpnext_name.clone().unwrap_or_default(),
                cause,
                with: vec![data.invoices[invoice].number.clone()],
            }));
    }
}
