//! Tax rates of lines and tax rows of documents.
//!
//! ERPNext keeps tax as rows of the document, each with one account and one rate; a line differs
//! from them only through an Item Tax Template (a rate written on the line itself is overwritten
//! from the template when the document is saved; erpnext `update_item_tax_map`).

use ledger::tax::{
    Charge, ErpnextDocument, ErpnextLine, ErpnextTax, ErpnextTaxRules, RoundedTotal, Totals,
    erpnext_totals,
};
use rust_decimal::Decimal;

use crate::chart::{Chart, Figures, TaxRate, TaxTemplate, said};

/// The tax of one line: the template it names, if any, and the rates meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineTax {
    /// The Item Tax Template, by document name.
    pub template: Option<String>,
    /// The accounts the template says something about, with the rates; without a template, the
    /// rates the document's tax rows have to say.
    pub rates: Vec<TaxRate>,
}

impl LineTax {
    /// The rate meant for an account, in percent.
    fn rate(&self, account: &str) -> Decimal {
        self.rates
            .iter()
            .find(|rate| rate.account == account)
            .map(|rate| rate.rate)
            .unwrap_or_default()
    }

    /// Whether the line says its own rate for an account, whatever the document's row says.
    fn covers(&self, account: &str) -> bool {
        self.template.is_some() && self.rates.iter().any(|rate| rate.account == account)
    }

    fn of(template: &TaxTemplate) -> Self {
        Self {
            template: Some(template.name.clone()),
            rates: template.rates.clone(),
        }
    }

    /// All rates together, in percent.
    pub fn total_rate(&self) -> Decimal {
        self.rates.iter().map(|rate| rate.rate).sum()
    }
}

/// The tax behind a key: the name of an Item Tax Template, `account @ rate`, or several of the
/// latter joined by ` + `. `None` where the company has no such tax.
pub fn resolve(key: &str, chart: &Chart) -> Option<LineTax> {
    if let Some(template) = chart.tax_templates.iter().find(|tax| tax.name == key) {
        return Some(LineTax::of(template));
    }
    let rates = key
        .split(" + ")
        .map(|part| {
            let (account, rate) = part.rsplit_once(" @ ")?;
            Some(TaxRate {
                account: account.trim().to_owned(),
                rate: crate::wire::row::exact(rate)?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    if let [only] = rates.as_slice()
        && let Some(template) = chart.template_for(only)
    {
        return Some(LineTax::of(template));
    }
    Some(LineTax {
        template: None,
        rates,
    })
}

/// The key of rates that apply together; the template's where just one says that. Of several, none
/// can be told from the rate: the first by name would be another one as soon as one is added.
pub fn key(rates: &[TaxRate], chart: &Chart) -> Option<String> {
    match rates {
        [] => None,
        [only] => Some(
            chart
                .only_template_for(only)
                .map_or_else(|| only.key(), |template| template.name.clone()),
        ),
        several => Some(said(several)),
    }
}

/// The rates that tell a line's tax: those that are not zero. Zero-rated is a rate too, and a line
/// says which account it is zero on.
pub fn telling(rates: Vec<TaxRate>) -> Vec<TaxRate> {
    if rates.iter().all(|rate| rate.rate.is_zero()) {
        return rates.into_iter().take(1).collect();
    }
    rates
        .into_iter()
        .filter(|rate| !rate.rate.is_zero())
        .collect()
}

/// Gives lines without any tax the template that says zero, so that the rows meant for other lines
/// do not tax them.
pub fn exempt(lines: &mut [LineTax], chart: &Chart) {
    let accounts = accounts(lines);
    let [account] = accounts.as_slice() else {
        return;
    };
    let zero = TaxRate {
        account: account.clone(),
        rate: Decimal::ZERO,
    };
    let Some(template) = chart.template_for(&zero) else {
        return;
    };
    for line in lines.iter_mut().filter(|line| line.rates.is_empty()) {
        *line = LineTax::of(template);
    }
}

fn accounts(lines: &[LineTax]) -> Vec<String> {
    let mut accounts: Vec<String> = Vec::new();
    for rate in lines.iter().flat_map(|line| &line.rates) {
        if !accounts.contains(&rate.account) {
            accounts.push(rate.account.clone());
        }
    }
    accounts
}

/// The document's tax rows for its lines: one per account, with the rate of the lines that do not
/// say their own, else the most common one. `None` where lines that cannot say their own rate want
/// different ones.
pub fn rows(lines: &[LineTax]) -> Option<Vec<TaxRate>> {
    accounts(lines)
        .into_iter()
        .map(|account| {
            let mut bound = lines
                .iter()
                .filter(|line| !line.covers(&account))
                .map(|line| line.rate(&account));
            let rate = match bound.next() {
                Some(first) => bound.all(|rate| rate == first).then_some(first)?,
                None => most_common(lines.iter().map(|line| line.rate(&account))),
            };
            Some(TaxRate { account, rate })
        })
        .collect()
}

fn most_common(rates: impl Iterator<Item = Decimal>) -> Decimal {
    let mut counts: Vec<(Decimal, usize)> = Vec::new();
    for rate in rates {
        match counts.iter_mut().find(|(known, _)| *known == rate) {
            Some((_, count)) => *count += 1,
            None => counts.push((rate, 1)),
        }
    }
    counts
        .into_iter()
        .max_by_key(|(rate, count)| (*count, *rate))
        .map(|(rate, _)| rate)
        .unwrap_or_default()
}

/// A line for [`totals`]: its amount and what it says about tax.
pub type Taxed<'a> = (Decimal, &'a LineTax);

/// How the site computes.
pub fn rules(figures: Figures) -> ErpnextTaxRules {
    ErpnextTaxRules {
        version: figures.version,
        rounding: figures.rounding,
        digits: figures.amount_digits,
        price_digits: figures.rate_digits,
        float_digits: figures.quantity_digits,
        round_each_line: figures.round_each_line,
    }
}

/// What ERPNext makes of lines and rows without rounding to whole units.
pub fn totals(lines: &[Taxed<'_>], rows: &[TaxRate], inclusive: bool, figures: Figures) -> Totals {
    let document = ErpnextDocument {
        lines: lines
            .iter()
            .map(|(amount, line)| ErpnextLine {
                quantity: Decimal::ONE,
                amount: *amount,
                rates: rows
                    .iter()
                    .filter(|row| line.covers(&row.account))
                    .map(|row| (row.account.as_str(), line.rate(&row.account)))
                    .collect(),
            })
            .collect(),
        taxes: rows
            .iter()
            .map(|row| ErpnextTax {
                account: &row.account,
                charge: Charge::OnNetTotal(row.rate),
                included: inclusive,
            })
            .collect(),
        discount: None,
        conversion_rate: Decimal::ONE,
        rounded_total: RoundedTotal::Off,
    };
    let totals = erpnext_totals(&document, rules(figures));
    Totals {
        net: totals.net,
        tax: totals.tax,
        total: totals.grand,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::{chart, dec, vat};

    fn rates(lines: &[LineTax]) -> Option<Vec<(String, String)>> {
        rows(lines).map(|rows| {
            rows.into_iter()
                .map(|row| (row.account, row.rate.to_string()))
                .collect()
        })
    }

    #[test]
    fn keys_are_templates_or_accounts_with_rates() {
        let chart = chart();
        let standard = resolve("UK VAT 20% - ACM", &chart).unwrap();
        assert_eq!(standard.rates, [vat("20")]);
        // The template that says the same is found, so the line can say its own rate.
        assert_eq!(resolve("VAT - ACM @ 20.0", &chart).unwrap(), standard);
        let odd = resolve("VAT - ACM @ 12.5", &chart).unwrap();
        assert_eq!(odd.template, None);
        assert_eq!(resolve("A @ 5 + B @ 7", &chart).unwrap().rates.len(), 2);
        assert_eq!(resolve("No such tax", &chart), None);
        assert_eq!(key(&[vat("5")], &chart).as_deref(), Some("UK VAT 5% - ACM"));
        assert_eq!(key(&[vat("7")], &chart).as_deref(), Some("VAT - ACM @ 7"));
        assert_eq!(key(&[], &chart), None);
    }

    #[test]
    fn one_row_per_account() {
        let chart = chart();
        let of = |key: &str| resolve(key, &chart).unwrap();
        let mut lines = vec![
            of("UK VAT 20% - ACM"),
            of("UK VAT 5% - ACM"),
            of("UK VAT 20% - ACM"),
            LineTax::default(),
        ];
        // A line without tax would be taxed by the row.
        exempt(&mut lines, &chart);
        assert_eq!(lines[3].template.as_deref(), Some("UK VAT Zero - ACM"));
        assert_eq!(rates(&lines), Some(vec![("VAT - ACM".into(), "20".into())]));
        // A rate without a template is the row's own …
        let free = of("VAT - ACM @ 12.5");
        assert_eq!(
            rates(&[free.clone(), of("UK VAT 5% - ACM")]),
            Some(vec![("VAT - ACM".into(), "12.5".into())])
        );
        // … and two of them cannot both be.
        assert_eq!(rates(&[free, of("VAT - ACM @ 7")]), None);
        assert_eq!(rates(&[LineTax::default()]), Some(vec![]));
    }

    #[test]
    fn accounts_of_other_lines_are_kept_at_zero() {
        let mut chart = chart();
        let reduced = TaxRate {
            account: "VAT reduced - ACM".into(),
            rate: dec("5"),
        };
        chart.tax_templates[1].rates = vec![reduced.clone()];
        let lines = [
            resolve("UK VAT 20% - ACM", &chart).unwrap(),
            resolve("UK VAT 5% - ACM", &chart).unwrap(),
        ];
        assert_eq!(
            rates(&lines),
            Some(vec![
                ("VAT - ACM".into(), "0".into()),
                ("VAT reduced - ACM".into(), "0".into())
            ])
        );
        let rows = rows(&lines).unwrap();
        let taxed = [(dec("100"), &lines[0]), (dec("100"), &lines[1])];
        let totals = totals(&taxed, &rows, false, chart.figures);
        assert_eq!(totals.tax, dec("25"));
    }
}
