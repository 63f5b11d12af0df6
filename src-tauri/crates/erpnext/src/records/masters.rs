//! The records that documents refer to, read incrementally: accounts, cost centres, items, modes of
//! payment, currencies and their rates, fiscal years.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use chrono::NaiveDate;
use ledger::Currency;

use super::changes::Documents;
use super::{Fetched, fetched};
use crate::chart::{Account, Chart};
use crate::client::{Client, List};
use crate::error::Error;
use crate::wire::{BadField, Row};

/// A kind of record without child tables.
pub trait Master: Sized + Send {
    /// Its DocType.
    const DOCTYPE: &'static str;
    /// The fields to ask for, `name` and `modified` among them.
    const FIELDS: &'static [&'static str];

    /// The filters every look carries: none where the records are of no company.
    fn scope(_chart: &Chart) -> Vec<Value> {
        Vec::new()
    }

    /// Reads a row.
    ///
    /// # Errors
    /// The first field that cannot be read.
    fn read(row: Row<'_>) -> Result<Self, BadField>;
}

/// The changes of a [`Master`], for [`super::changes::changed`].
#[derive(Debug, Clone, Copy)]
pub struct Masters<M>(std::marker::PhantomData<M>);

impl<M: Master> Documents for Masters<M> {
    type Record = M;
    const DOCTYPE: &'static str = M::DOCTYPE;

    fn scope(chart: &Chart) -> Vec<Value> {
        M::scope(chart)
    }

    async fn fetch(
        client: &Client,
        chart: &Chart,
        mut filters: Vec<Value>,
        order_by: &str,
        limit: usize,
    ) -> Result<Vec<Fetched<M>>, Error> {
        filters.extend(M::scope(chart));
        let rows = client
            .list(&List {
                doctype: M::DOCTYPE,
                parent: None,
                fields: M::FIELDS.to_vec(),
                filters,
                order_by,
                limit,
            })
            .await?;
        Ok(rows
            .iter()
            .map(|row| fetched(row, "name", M::read(row), &[]))
            .collect())
    }
}

impl Master for Account {
    const DOCTYPE: &'static str = "Account";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "creation",
        "modified",
        "account_name",
        "account_number",
        "root_type",
        "account_type",
        "account_currency",
    ];

    fn scope(chart: &Chart) -> Vec<Value> {
        vec![
            json!(["company", "=", chart.company]),
            json!(["is_group", "=", 0]),
        ]
    }

    fn read(row: Row<'_>) -> Result<Self, BadField> {
        let name = row.name("name")?;
        Ok(Self {
            created: row.text("creation")?,
            account_name: row.text("account_name")?.unwrap_or_else(|| name.clone()),
            number: row.text("account_number")?,
            root_type: row.text("root_type")?.unwrap_or_default(),
            account_type: row.text("account_type")?.unwrap_or_default(),
            currency: row.currency("account_currency")?,
            name,
        })
    }
}

/// A Cost Center that can be booked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostCenter {
    /// Its document name, with the company's abbreviation.
    pub name: String,
    /// Its name alone.
    pub title: String,
    /// Whether it is disabled.
    pub disabled: bool,
}

impl Master for CostCenter {
    const DOCTYPE: &'static str = "Cost Center";
    const FIELDS: &'static [&'static str] = &["name", "modified", "cost_center_name", "disabled"];

    fn scope(chart: &Chart) -> Vec<Value> {
        vec![
            json!(["company", "=", chart.company]),
            json!(["is_group", "=", 0]),
        ]
    }

    fn read(row: Row<'_>) -> Result<Self, BadField> {
        let name = row.name("name")?;
        Ok(Self {
            title: row
                .text("cost_center_name")?
                .unwrap_or_else(|| name.clone()),
            disabled: row.flag("disabled")?,
            name,
        })
    }
}

/// An Item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its code, which is its document name.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// The unit it is kept in.
    pub unit: Option<String>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Whether it is sold.
    pub sold: bool,
}

impl Master for Item {
    const DOCTYPE: &'static str = "Item";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "modified",
        "item_name",
        "stock_uom",
        "disabled",
        "is_sales_item",
    ];

    fn read(row: Row<'_>) -> Result<Self, BadField> {
        let code = row.name("name")?;
        Ok(Self {
            title: row.text("item_name")?.unwrap_or_else(|| code.clone()),
            unit: row.text("stock_uom")?,
            disabled: row.flag("disabled")?,
            sold: row.flag("is_sales_item")?,
            code,
        })
    }
}

/// A Currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedCurrency {
    /// Its code; a site may know some that are no three letters ("KZ", on a real ERPNext 15).
    pub code: String,
    /// Whether documents may be in it.
    pub enabled: bool,
}

impl Master for UsedCurrency {
    const DOCTYPE: &'static str = "Currency";
    const FIELDS: &'static [&'static str] = &["name", "modified", "enabled"];

    fn read(row: Row<'_>) -> Result<Self, BadField> {
        Ok(Self {
            code: row.name("name")?,
            enabled: row.flag("enabled")?,
        })
    }
}

/// A Currency Exchange record: a rate somebody entered or ERPNext fetched for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRate {
    /// The day.
    pub date: NaiveDate,
    /// One unit of this …
    pub from: Currency,
    /// … is so many of …
    pub rate: Decimal,
    /// … this.
    pub to: Currency,
    /// Whether it is meant for sales.
    pub for_selling: bool,
}

impl Master for ExchangeRate {
    const DOCTYPE: &'static str = "Currency Exchange";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "modified",
        "date",
        "from_currency",
        "to_currency",
        "exchange_rate",
        "for_selling",
    ];

    fn read(row: Row<'_>) -> Result<Self, BadField> {
        let currency = |field: &str| row.currency(field)?.ok_or_else(|| BadField::missing(field));
        Ok(Self {
            date: row.date("date")?.ok_or_else(|| BadField::missing("date"))?,
            from: currency("from_currency")?,
            to: currency("to_currency")?,
            rate: row.amount("exchange_rate")?,
            for_selling: row.flag("for_selling")?,
        })
    }
}
