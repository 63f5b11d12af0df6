//! Which days a company's books are open for.

use chrono::NaiveDate;
use futures::try_join;
use serde_json::json;

use super::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::{Row, Rows};

/// Days on which documents are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedPeriod {
    /// The first day; `None` where everything up to the last is closed.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: NaiveDate,
    /// The DocTypes it is closed for; `None` for all.
    pub doctypes: Option<Vec<String>>,
    /// Whether drafts are refused as well (an Accounting Period refuses them, erpnext/FACTS §5).
    pub drafts: bool,
}

/// A Fiscal Year that is in use for the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiscalYear {
    /// Its name.
    pub name: String,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub until: NaiveDate,
}

impl Chart {
    /// The last day up to which the books are closed for a document of this DocType and date; `None`
    /// where they are open. `submits` says whether the document is to be submitted: most locks let
    /// drafts pass.
    pub fn closed_until(&self, doctype: &str, date: NaiveDate, submits: bool) -> Option<NaiveDate> {
        let frozen = self.frozen_until.filter(|until| submits && date <= *until);
        self.closed_periods
            .iter()
            .filter(|period| submits || period.drafts)
            .filter(|period| period.from.is_none_or(|from| from <= date) && date <= period.until)
            .filter(|period| {
                period
                    .doctypes
                    .as_ref()
                    .is_none_or(|closed| closed.iter().any(|closed| closed == doctype))
            })
            .map(|period| period.until)
            .chain(frozen)
            .max()
    }

    /// Whether ERPNext has a Fiscal Year for a day. Where the years could not be read, it is taken
    /// to have one.
    pub fn has_fiscal_year(&self, date: NaiveDate) -> bool {
        self.fiscal_years.is_empty()
            || self
                .fiscal_years
                .iter()
                .any(|year| year.from <= date && date <= year.until)
    }
}

/// Reads Accounting Periods and Period Closing Vouchers.
pub(super) async fn closed_periods(
    client: &Client,
    company: &str,
) -> Result<Vec<ClosedPeriod>, Error> {
    let own = json!(["company", "=", company]);
    let period_list = List {
        doctype: "Accounting Period",
        parent: None,
        fields: vec!["name", "start_date", "end_date"],
        filters: vec![own.clone()],
        order_by: "name asc",
        limit: 0,
    };
    let closed_list = List {
        doctype: "Closed Document",
        parent: Some("Accounting Period"),
        fields: vec!["parent", "document_type"],
        filters: vec![json!(["closed", "=", 1])],
        order_by: "parent asc, idx asc",
        limit: 0,
    };
    let voucher_list = List {
        doctype: "Period Closing Voucher",
        parent: None,
        fields: vec!["name"],
        filters: vec![own, json!(["docstatus", "=", 1])],
        order_by: "name asc",
        limit: 0,
    };
    let vouchers = async {
        match client.list_with(voucher_list, &["period_end_date"]).await {
            Err(Error::Refused(_) | Error::NotAllowed(_)) => Ok(Rows::default()),
            other => other,
        }
    };
    let (periods, closed, vouchers) = try_join!(
        client.list_if_offered(&period_list),
        client.list_if_offered(&closed_list),
        vouchers
    )?;
    let accounting = periods.iter().filter_map(|row| {
        let name = row.name("name").ok()?;
        Some(ClosedPeriod {
            from: row.date("start_date").ok()?,
            until: row.date("end_date").ok()??,
            doctypes: Some(
                closed
                    .iter()
                    .filter(|row| row.str("parent") == Some(&name))
                    .filter_map(|row| row.str("document_type").map(str::to_owned))
                    .collect(),
            ),
            drafts: true,
        })
    });
    // What was carried to the balance sheet is closed for every ledger entry.
    let carried = vouchers.iter().filter_map(|voucher| {
        Some(ClosedPeriod {
            from: None,
            until: voucher.date("period_end_date").ok()??,
            doctypes: None,
            drafts: false,
        })
    });
    Ok(accounting.chain(carried).collect())
}

/// Reads the Fiscal Years that are in use, for this company or for all.
pub(super) async fn fiscal_years(client: &Client, company: &str) -> Result<Vec<FiscalYear>, Error> {
    let year_list = List {
        doctype: "Fiscal Year",
        parent: None,
        fields: vec!["name", "year_start_date", "year_end_date", "disabled"],
        filters: Vec::new(),
        order_by: "year_start_date asc",
        limit: 0,
    };
    let company_list = List {
        doctype: "Fiscal Year Company",
        parent: Some("Fiscal Year"),
        fields: vec!["parent", "company"],
        filters: Vec::new(),
        order_by: "parent asc, idx asc",
        limit: 0,
    };
    let (years, companies) = try_join!(
        client.list_if_offered(&year_list),
        client.list_if_offered(&company_list)
    )?;
    Ok(years
        .iter()
        .filter_map(|year| fiscal_year(year, &companies, company))
        .collect())
}

fn fiscal_year(row: Row<'_>, companies: &Rows, company: &str) -> Option<FiscalYear> {
    if row.flag("disabled").ok()? {
        return None;
    }
    let name = row.name("name").ok()?;
    let mut named = companies
        .iter()
        .filter(|row| row.str("parent") == Some(&name))
        .peekable();
    // A year that names no company is everybody's.
    if named.peek().is_some() && !named.any(|row| row.str("company") == Some(company)) {
        return None;
    }
    Some(FiscalYear {
        from: row.date("year_start_date").ok()??,
        until: row.date("year_end_date").ok()??,
        name,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::chart::sample::chart;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn locks_of_all_kinds() {
        let mut chart = chart();
        chart.frozen_until = Some(day("2025-12-31"));
        chart.closed_periods = vec![
            ClosedPeriod {
                from: None,
                until: day("2024-12-31"),
                doctypes: None,
                drafts: false,
            },
            ClosedPeriod {
                from: Some(day("2026-02-01")),
                until: day("2026-02-28"),
                doctypes: Some(vec!["Sales Invoice".to_owned()]),
                drafts: true,
            },
        ];
        for (doctype, date, submits, until) in [
            ("Sales Invoice", "2024-06-01", true, Some("2025-12-31")),
            ("Sales Invoice", "2024-06-01", false, None),
            ("Sales Invoice", "2026-02-10", false, Some("2026-02-28")),
            ("Payment Entry", "2026-02-10", true, None),
            ("Sales Invoice", "2026-03-01", true, None),
        ] {
            assert_eq!(
                chart.closed_until(doctype, day(date), submits),
                until.map(day),
                "{doctype} {date} {submits}"
            );
        }
    }

    #[test]
    fn years_of_other_companies_are_not_ours() {
        let year = json!({"name": "2026", "year_start_date": "2026-01-01", "year_end_date": "2026-12-31", "disabled": 0});
        let year = Row::new(&year).unwrap();
        let other = Rows::from_iter([json!({"parent": "2026", "company": "Acme NZ"})]);
        assert_eq!(fiscal_year(year, &other, "Acme Ltd"), None);
        let read = fiscal_year(year, &Rows::default(), "Acme Ltd").unwrap();
        let mut chart = chart();
        assert!(chart.has_fiscal_year(day("1999-01-01")), "nothing is known");
        chart.fiscal_years = vec![read];
        assert!(chart.has_fiscal_year(day("2026-12-31")));
        assert!(!chart.has_fiscal_year(day("2027-01-01")));
    }
}
