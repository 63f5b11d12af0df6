//! Tax that goes as amounts, and where it is written down what the amounts are of.
//!
//! A tax row with an amount says no rate, and ERPNext 16 takes no rates on the lines beside it
//! (erpnext/V16 §1, line 2). So there is a row for each rate, whose text says the rate, the amount
//! that is taxed and the lines: "20 % of 300.00 (lines 1-2, 5)". That is what an invoice has to show
//! anyway, and the tax of each line is read back from it. Where an Item Tax Template is meant that
//! its rates do not tell, its name stands before: "Exempt - ACM: 0 % of 7.00 (line 3)".

use rust_decimal::Decimal;

use super::tax::{self, LineTax};
use crate::chart::{Chart, TaxRate};
use crate::wire::row::exact;

/// A line as a stated tax sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share<'a> {
    /// Its place among the lines as they are read back, from 1.
    pub place: usize,
    /// Its amount before tax.
    pub net: Decimal,
    /// The tax on it.
    pub tax: Decimal,
    /// Its rates.
    pub rates: &'a LineTax,
}

/// A row of stated tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatedRow {
    pub account: String,
    pub amount: Decimal,
    pub text: String,
}

/// The rows that state the tax of lines: one for each account and rate, in the order in which lines
/// have them. Lines without a rate have none. They add up to the taxes of those that have.
pub(super) fn rows(shares: &[Share<'_>], chart: &Chart) -> Vec<StatedRow> {
    let mut groups: Vec<(&LineTax, Vec<&Share<'_>>)> = Vec::new();
    for share in shares.iter().filter(|share| !share.rates.rates.is_empty()) {
        match groups.iter_mut().find(|(known, _)| *known == share.rates) {
            Some((_, members)) => members.push(share),
            None => groups.push((share.rates, vec![share])),
        }
    }
    groups
        .iter()
        .flat_map(|(line, members)| {
            let rates = &line.rates;
            let name = line
                .template
                .as_deref()
                .filter(|name| told(rates, chart).as_deref() != Some(*name));
            let net: Decimal = members.iter().map(|share| share.net).sum();
            let tax: Decimal = members.iter().map(|share| share.tax).sum();
            let places: Vec<usize> = members.iter().map(|share| share.place).collect();
            rates
                .iter()
                .zip(split(tax, rates, chart.figures.amount_digits))
                .map(move |(rate, amount)| StatedRow {
                    account: rate.account.clone(),
                    amount,
                    text: text(name, rate.rate, net, &places),
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// A tax split by its rates; what rounding leaves goes to the highest.
fn split(tax: Decimal, rates: &[TaxRate], digits: u32) -> Vec<Decimal> {
    let whole: Decimal = rates.iter().map(|rate| rate.rate).sum();
    let mut parts: Vec<Decimal> = rates
        .iter()
        .map(|rate| {
            if whole.is_zero() {
                Decimal::ZERO
            } else {
                (tax * rate.rate / whole).round_dp(digits)
            }
        })
        .collect();
    let left = tax - parts.iter().sum::<Decimal>();
    let highest = rates
        .iter()
        .enumerate()
        .max_by_key(|(at, rate)| (rate.rate, std::cmp::Reverse(*at)))
        .map(|(at, _)| at);
    if let Some(part) = highest.and_then(|at| parts.get_mut(at)) {
        *part += left;
    }
    parts
}

fn text(name: Option<&str>, rate: Decimal, net: Decimal, places: &[usize]) -> String {
    let lines = if places.len() == 1 { "line" } else { "lines" };
    let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
    format!(
        "{name}{} % of {net} ({lines} {})",
        rate.normalize(),
        ranges(places)
    )
}

/// The key of a line's rates as they are told without a template.
fn told(rates: &[TaxRate], chart: &Chart) -> Option<String> {
    tax::key(&tax::telling(rates.to_vec()), chart)
}

/// `1-3, 5` of ascending places.
fn ranges(places: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for place in places {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *place => *last = *place,
            _ => runs.push((*place, *place)),
        }
    }
    runs.iter()
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            _ => format!("{first}-{last}"),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// What a row's text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// The Item Tax Template, where its rates do not tell it.
    pub template: Option<&'a str>,
    /// The rate in percent.
    pub rate: Decimal,
    /// The lines' places, from 1.
    pub places: Vec<usize>,
}

/// Reads a row's text; `nets` are the lines' amounts before tax. `None` where it says nothing of
/// the sort, or where the lines are no longer those it was written for.
pub(super) fn read<'a>(text: &'a str, nets: &[Decimal]) -> Option<Said<'a>> {
    let (rate, rest) = text.trim().rsplit_once(" % of ")?;
    let (template, rate) = match rate.rsplit_once(": ") {
        Some((template, rate)) => (Some(template), rate),
        None => (None, rate),
    };
    let (net, rest) = rest.split_once(" (line")?;
    let list = rest.strip_prefix('s').unwrap_or(rest).strip_suffix(')')?;
    let mut places = Vec::new();
    for run in list.split(',') {
        let run = run.trim();
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first == 0 || last > nets.len() {
            return None;
        }
        places.extend(first..=last);
    }
    let sum: Decimal = places.iter().filter_map(|place| nets.get(place - 1)).sum();
    (sum == exact(net)?).then_some(Said {
        template,
        rate: exact(rate)?,
        places,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::{chart, dec, vat};

    fn taxed(rates: Vec<TaxRate>) -> LineTax {
        LineTax {
            template: None,
            rates,
        }
    }

    fn share<'a>(place: usize, net: &str, tax: &str, rates: &'a LineTax) -> Share<'a> {
        Share {
            place,
            net: dec(net),
            tax: dec(tax),
            rates,
        }
    }

    #[test]
    fn a_row_for_each_rate_says_its_lines() {
        let (full, zero, none) = (
            taxed(vec![vat("20.0")]),
            taxed(vec![vat("0")]),
            taxed(vec![]),
        );
        let shares = [
            share(1, "100.00", "20.00", &full),
            share(2, "50", "10.00", &full),
            share(3, "7", "0", &zero),
            share(4, "1", "0", &none),
            share(5, "-10.00", "-2.00", &full),
        ];
        let rows = rows(&shares, &chart());
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.amount.to_string(), row.text.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("28.00".to_owned(), "20 % of 140.00 (lines 1-2, 5)"),
                ("0".to_owned(), "0 % of 7 (line 3)"),
            ]
        );
        let nets = ["100", "50", "7", "1", "-10"].map(dec);
        let said = read(&rows[0].text, &nets).unwrap();
        assert_eq!((said.rate, said.places), (dec("20"), vec![1, 2, 5]));
        assert_eq!(read(&rows[1].text, &nets).unwrap().places, [3]);
    }

    #[test]
    fn several_rates_of_a_line_share_its_tax_to_the_cent() {
        let two = taxed(vec![
            vat("9"),
            TaxRate {
                account: "Levy - ACM".into(),
                rate: dec("9"),
            },
        ]);
        let rows = rows(&[share(1, "10.05", "1.81", &two)], &chart());
        let amounts: Vec<_> = rows.iter().map(|row| row.amount.to_string()).collect();
        assert_eq!(amounts, ["0.91", "0.90"]);
        assert_eq!(rows[1].account, "Levy - ACM");
    }

    #[test]
    fn a_template_that_its_rates_do_not_tell_is_named() {
        let mut chart = chart();
        let mut exempt = chart.tax_templates[2].clone();
        exempt.name = "Exempt: see § 4 - ACM".into();
        chart.tax_templates.push(exempt);
        let of = |key: &str| tax::resolve(key, &chart).unwrap();
        let (zero, exempt) = (of("UK VAT Zero - ACM"), of("Exempt: see § 4 - ACM"));
        let shares = [share(1, "1", "0", &zero), share(2, "2", "0", &exempt)];
        let rows = rows(&shares, &chart);
        assert_eq!(rows[0].text, "UK VAT Zero - ACM: 0 % of 1 (line 1)");
        assert_eq!(rows[1].text, "Exempt: see § 4 - ACM: 0 % of 2 (line 2)");
        let nets = ["1", "2"].map(dec);
        let said = read(&rows[1].text, &nets).unwrap();
        assert_eq!(said.template, Some("Exempt: see § 4 - ACM"));
        assert_eq!((said.rate, said.places), (dec("0"), vec![2]));
    }

    #[test]
    fn what_no_longer_fits_says_nothing() {
        let nets = ["100", "50"].map(dec);
        for text in [
            "VAT",
            "Rounding of tax",
            "20 % of 100 (line 3)",
            "20 % of 100 (line 0)",
            "20 % of 100 (line 2)",
            "20 % of 100 (line 1",
            "20 % of 100 (line 5-99999999999)",
            "much % of 100 (line 1)",
        ] {
            assert_eq!(read(text, &nets), None, "{text}");
        }
    }
}
