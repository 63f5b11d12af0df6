//! Charts of accounts, tax rates and currencies as a new organisation gets them, per country: four
//! tables, read once.
//!
//! Tax types, names and rates are Xero's (developer docs, "Tax rates" and "Types and codes"); the
//! accounts are those of its default charts, shortened.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::config::Country;

/// A tax rate of a country.
#[derive(Debug, Clone)]
pub struct RateRow {
    /// `TaxType`.
    pub tax_type: &'static str,
    /// Name shown in Xero.
    pub name: &'static str,
    /// Per cent.
    pub rate: Decimal,
    /// `ReportTaxType`; empty where the country has none.
    pub report: &'static str,
    /// Usable on revenue accounts.
    pub revenue: bool,
    /// Usable on expense accounts.
    pub expenses: bool,
    /// Components as name and per cent, at least one.
    pub components: Vec<(&'static str, Decimal)>,
}

/// An account of a country.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// `Code`.
    pub code: &'static str,
    /// `Name`.
    pub name: &'static str,
    /// `Type`.
    pub kind: &'static str,
    /// `TaxType` of its lines unless they name another.
    pub tax_type: &'static str,
    /// `SystemAccount`, or empty.
    pub system: &'static str,
}

/// What an organisation of a country starts with.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Tax rates.
    pub rates: Vec<RateRow>,
    /// Accounts in the order of their codes.
    pub accounts: Vec<AccountRow>,
    /// Currencies subscribed besides the base currency: code, name, units per one base unit.
    pub currencies: Vec<(&'static str, &'static str, Decimal)>,
    /// The base currency's name.
    pub base_name: &'static str,
    /// `Organisation.TaxNumber`.
    pub tax_number: &'static str,
    /// `SalesTaxBasis`.
    pub sales_tax_basis: &'static str,
    /// Last day and month of the financial year.
    pub year_end: (u32, u32),
}

const COUNTRIES: &str = include_str!("countries.txt");
const RATES: &str = include_str!("tax_rates.txt");
const ACCOUNTS: &str = include_str!("accounts.txt");
const CURRENCIES: &str = include_str!("currencies.txt");

/// A row of a table, by column; what is not there is empty.
struct Cells(Vec<&'static str>);

impl Cells {
    fn text(&self, column: usize) -> &'static str {
        self.0.get(column).copied().unwrap_or_default()
    }

    fn decimal(&self, column: usize) -> Decimal {
        self.text(column).parse().unwrap_or_default()
    }

    fn number(&self, column: usize) -> u32 {
        self.text(column).parse().unwrap_or_default()
    }

    fn yes(&self, column: usize) -> bool {
        self.text(column) == "yes"
    }
}

/// The rows below a table's head. Columns are parted by `|`.
fn rows(table: &'static str) -> impl Iterator<Item = Cells> {
    table
        .lines()
        .skip(1)
        .map(|line| Cells(line.split('|').map(str::trim).collect()))
}

fn read(country: &Cells) -> Chart {
    let code = country.text(0);
    let mine = move |row: &Cells| row.text(0) == code;
    let rate = |row: Cells| {
        let whole = (country.text(2), row.decimal(3));
        let parts: Vec<_> = row
            .text(7)
            .split_terminator(';')
            .filter_map(|part| part.rsplit_once(' '))
            .map(|(name, rate)| (name, rate.parse().unwrap_or_default()))
            .collect();
        RateRow {
            tax_type: row.text(1),
            name: row.text(2),
            rate: row.decimal(3),
            report: row.text(4),
            revenue: row.yes(5),
            expenses: row.yes(6),
            components: if parts.is_empty() { vec![whole] } else { parts },
        }
    };
    let account = |row: Cells| AccountRow {
        code: row.text(0),
        name: row.text(1),
        kind: row.text(2),
        tax_type: country.text(match row.text(3) {
            "sales" => 3,
            "purchases" => 4,
            "free" => 5,
            _ => 6,
        }),
        system: row.text(4),
    };
    Chart {
        rates: rows(RATES).filter(mine).map(rate).collect(),
        accounts: rows(ACCOUNTS)
            .filter(|row| matches!(row.text(5), all if all == "*" || all.split(' ').any(|one| one == code)))
            .map(account)
            .collect(),
        currencies: rows(CURRENCIES)
            .filter(mine)
            .map(|row| (row.text(1), row.text(2), row.decimal(3)))
            .collect(),
        base_name: country.text(1),
        tax_number: country.text(7),
        sales_tax_basis: country.text(8),
        year_end: (country.number(9), country.number(10)),
    }
}

/// A country's chart.
pub fn of(country: Country) -> &'static Chart {
    static READ: LazyLock<[Chart; 4]> = LazyLock::new(|| {
        [Country::Gb, Country::Nz, Country::Au, Country::Us].map(|country| {
            let row = rows(COUNTRIES).find(|row| row.text(0) == country.code());
            read(&row.unwrap_or(Cells(Vec::new())))
        })
    });
    &READ[country as usize]
}

/// The `Class` of an account type.
pub fn class(kind: &str) -> &'static str {
    match kind {
        "REVENUE" | "OTHERINCOME" | "SALES" => "REVENUE",
        "EXPENSE" | "DIRECTCOSTS" | "OVERHEADS" | "DEPRECIATN" => "EXPENSE",
        "CURRLIAB" | "TERMLIAB" | "LIABILITY" => "LIABILITY",
        "EQUITY" => "EQUITY",
        _ => "ASSET",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ALL: [Country; 4] = [Country::Gb, Country::Nz, Country::Au, Country::Us];

    #[test]
    fn every_row_has_every_column_and_every_number_can_be_read() {
        for (table, columns, numbers) in [
            (COUNTRIES, 11, &[9, 10][..]),
            (RATES, 8, &[3]),
            (ACCOUNTS, 6, &[]),
            (CURRENCIES, 4, &[3]),
        ] {
            for row in rows(table) {
                assert_eq!(row.0.len(), columns, "{:?}", row.0);
                for column in numbers {
                    row.text(*column).parse::<Decimal>().unwrap();
                }
            }
        }
        for row in rows(RATES) {
            for column in [5, 6] {
                assert!(matches!(row.text(column), "yes" | "no"), "{:?}", row.0);
            }
        }
        for row in rows(ACCOUNTS) {
            assert!(matches!(
                row.text(3),
                "sales" | "purchases" | "free" | "none"
            ));
            let known = |code: &str| code == "*" || Country::from_code(code).is_some();
            assert!(row.text(5).split(' ').all(known), "{:?}", row.0);
        }
    }

    #[test]
    fn every_country_has_what_an_organisation_needs() {
        for (country, accounts, rates) in [
            (Country::Gb, 47, 10),
            (Country::Nz, 46, 5),
            (Country::Au, 47, 7),
            (Country::Us, 46, 5),
        ] {
            let chart = of(country);
            assert_eq!((chart.accounts.len(), chart.rates.len()), (accounts, rates));
            assert!(
                chart.accounts.is_sorted_by(|a, b| a.code < b.code),
                "{country:?}"
            );
            for account in &chart.accounts {
                let known = chart
                    .rates
                    .iter()
                    .any(|rate| rate.tax_type == account.tax_type);
                assert!(known, "{country:?} {account:?}");
            }
            for rate in &chart.rates {
                let sum: Decimal = rate.components.iter().map(|(_, part)| *part).sum();
                assert_eq!(sum, rate.rate, "{country:?} {rate:?}");
            }
            assert_eq!(chart.currencies.len(), 2);
        }
        for country in ALL {
            assert!(!of(country).base_name.is_empty());
        }
        assert_eq!(of(Country::Au).year_end, (30, 6));
        assert_eq!(of(Country::Us).rates[0].components.len(), 3);
    }
}
