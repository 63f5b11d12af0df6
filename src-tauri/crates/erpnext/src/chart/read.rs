//! Reads a [`Chart`] from a site.

use futures::try_join;
use ledger::money::RoundingMethod;
use ledger::tax::ErpnextVersion;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Account, Chart, Country, Figures, Markers, TaxRate, TaxTemplate};
use crate::client::{Client, List};
use crate::error::Error;
use crate::marker_fields::{self, Purpose, State};
use crate::wire::{BadField, Row, Rows};

impl Chart {
    /// Reads everything afresh.
    ///
    /// # Errors
    /// [`Error::Garbage`] where the company is not there or its currency cannot be read; see
    /// [`Error`]. What a user's roles may not read (System Settings, Custom Fields) falls back to
    /// ERPNext's set-up defaults.
    pub async fn read(client: &Client, company: &str) -> Result<Self, Error> {
        let own = vec![json!(["company", "=", company])];
        let account_list = List {
            doctype: "Account",
            parent: None,
            fields: vec![
                "name",
                "creation",
                "account_name",
                "account_number",
                "root_type",
                "account_type",
                "account_currency",
                "disabled",
            ],
            filters: vec![
                json!(["company", "=", company]),
                json!(["is_group", "=", 0]),
            ],
            order_by: "name asc",
            limit: 0,
        };
        let template_list = List {
            doctype: "Item Tax Template",
            parent: None,
            fields: vec!["name", "creation", "title", "disabled"],
            filters: own.clone(),
            order_by: "name asc",
            limit: 0,
        };
        let charges_list = List {
            doctype: "Sales Taxes and Charges Template",
            parent: None,
            fields: vec!["name", "disabled"],
            filters: own,
            order_by: "name asc",
            limit: 0,
        };
        let unit_list = plain_list("UOM", vec!["name", "must_be_whole_number", "enabled"]);
        let country_list = plain_list("Country", vec!["name", "code"]);
        let (document, accounts, templates, charges, units, countries) = try_join!(
            client.document("Company", company),
            client.list(&account_list),
            client.list_if_offered(&template_list),
            client.list_if_offered(&charges_list),
            client.list_if_offered(&unit_list),
            client.list_if_offered(&country_list),
        )?;
        let document = document.ok_or_else(|| Error::Garbage {
            status: 404,
            why: format!("there is no company \"{company}\" in ERPNext"),
        })?;
        let (
            tax_templates,
            other_taxes,
            settings,
            accounts_settings,
            selling,
            figures,
            (markers, fields_made),
            version,
        ) = try_join!(
            read_templates(client, &templates),
            read_charges(client, &charges),
            single(client, "System Settings"),
            single(client, "Accounts Settings"),
            single(client, "Selling Settings"),
            precision_overrides(client),
            read_markers(client),
            crate::connect::major_version(client),
        )?;
        let (closed_periods, fiscal_years, modes_of_payment, tracking) = try_join!(
            super::periods::closed_periods(client, company),
            super::periods::fiscal_years(client, company),
            super::money_accounts::modes_of_payment(client, company),
            super::tracking::read(client, company),
        )?;
        let (whole_unit, fraction_unit) = units_of(&units);
        let chart = (|| -> Result<Chart, BadField> {
            let row = Row::new(&document)?;
            let settings = Row::new(&settings)?;
            let accounts_settings = Row::new(&accounts_settings)?;
            let currency = row.currency("default_currency")?.ok_or_else(|| BadField {
                field: "default_currency".to_owned(),
                why: "is missing".to_owned(),
            })?;
            Ok(Chart {
                company: row.name("name")?,
                currency,
                country: row.text("country")?,
                default_income_account: row.text("default_income_account")?,
                cost_center: row.text("cost_center")?,
                round_off_account: row.text("round_off_account")?,
                receivable_account: row.text("default_receivable_account")?,
                advances_apart: row.flag("book_advance_payments_in_separate_party_account")?,
                exchange_account: row.text("exchange_gain_loss_account")?,
                write_off_account: row.text("write_off_account")?,
                accounts: accounts
                    .iter()
                    .map(read_account)
                    .filter_map(Result::transpose)
                    .collect::<Result<_, _>>()?,
                other_taxes: other_taxes
                    .into_iter()
                    .filter(|tax: &TaxRate| {
                        !tax_templates
                            .iter()
                            .any(|template: &TaxTemplate| template.rates == [tax.clone()])
                    })
                    .collect(),
                tax_templates,
                whole_unit,
                fraction_unit,
                countries: countries
                    .iter()
                    .map(|country| {
                        Ok(Country {
                            name: country.name("name")?,
                            code: country.text("code")?.map(|code| code.to_lowercase()),
                        })
                    })
                    .collect::<Result<_, BadField>>()?,
                figures: read_figures(version, settings, accounts_settings, figures)?,
                negative_rates: Row::new(&selling)?.flag("allow_negative_rates_for_items")?,
                // Version 16 keeps the date on the company.
                frozen_until: accounts_settings
                    .date("acc_frozen_upto")?
                    .or(row.date("accounts_frozen_till_date")?),
                closed_periods,
                fiscal_years,
                modes_of_payment,
                tracking,
                time_zone: settings
                    .text("time_zone")?
                    .unwrap_or_else(|| "UTC".to_owned()),
                markers,
                fields_made,
                company_made: row.text("creation")?,
                version,
            })
        })();
        chart.map_err(|error| Error::Garbage {
            status: 200,
            why: error.to_string(),
        })
    }
}

fn plain_list<'a>(doctype: &'a str, fields: Vec<&'a str>) -> List<'a> {
    List {
        doctype,
        parent: None,
        fields,
        filters: Vec::new(),
        order_by: "name asc",
        limit: 0,
    }
}

/// A settings document; an empty one where the user may not read it.
async fn single(client: &Client, doctype: &str) -> Result<Value, Error> {
    match client.document(doctype, doctype).await {
        Ok(Some(document)) if document.is_object() => Ok(document),
        Ok(_) | Err(Error::NotAllowed(_) | Error::Refused(_)) => Ok(json!({})),
        Err(error) => Err(error),
    }
}

fn read_account(row: Row<'_>) -> Result<Option<Account>, BadField> {
    if row.flag("disabled")? {
        return Ok(None);
    }
    let name = row.name("name")?;
    Ok(Some(Account {
        created: row.text("creation")?,
        account_name: row.text("account_name")?.unwrap_or_else(|| name.clone()),
        number: row.text("account_number")?,
        root_type: row.text("root_type")?.unwrap_or_default(),
        account_type: row.text("account_type")?.unwrap_or_default(),
        currency: row.currency("account_currency")?,
        name,
    }))
}

async fn read_templates(client: &Client, templates: &Rows) -> Result<Vec<TaxTemplate>, Error> {
    let mut read: Vec<TaxTemplate> = enabled_names(templates)
        .into_iter()
        .map(|name| {
            let row = templates
                .iter()
                .find(|template| template.str("name") == Some(&name));
            let text = |field: &str| Some(row?.str(field)?.to_owned());
            TaxTemplate {
                created: text("creation"),
                title: text("title").unwrap_or_else(|| name.clone()),
                rates: Vec::new(),
                name,
            }
        })
        .collect();
    if read.is_empty() {
        return Ok(read);
    }
    let names: Vec<&str> = read.iter().map(|template| template.name.as_str()).collect();
    let rows = client
        .list_if_offered(&List {
            doctype: "Item Tax Template Detail",
            parent: Some("Item Tax Template"),
            fields: vec!["parent", "idx", "tax_type", "tax_rate"],
            filters: vec![json!(["parent", "in", names])],
            order_by: "parent asc, idx asc",
            limit: 0,
        })
        .await?;
    for row in rows.iter() {
        if let (Ok(parent), Ok(account), Ok(rate)) = (
            row.name("parent"),
            row.name("tax_type"),
            row.amount("tax_rate"),
        ) && let Some(template) = read.iter_mut().find(|template| template.name == parent)
        {
            template.rates.push(TaxRate { account, rate });
        }
    }
    // A template without rates says nothing about tax.
    read.retain(|template| !template.rates.is_empty());
    Ok(read)
}

async fn read_charges(client: &Client, templates: &Rows) -> Result<Vec<TaxRate>, Error> {
    let names = enabled_names(templates);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = client
        .list_if_offered(&List {
            doctype: "Sales Taxes and Charges",
            parent: Some("Sales Taxes and Charges Template"),
            fields: vec!["parent", "idx", "charge_type", "account_head", "rate"],
            filters: vec![
                json!(["parenttype", "=", "Sales Taxes and Charges Template"]),
                json!(["parent", "in", names]),
            ],
            order_by: "parent asc, idx asc",
            limit: 0,
        })
        .await?;
    let mut found = Vec::new();
    for row in rows.iter() {
        if row.text("charge_type").ok().flatten().as_deref() != Some("On Net Total") {
            continue;
        }
        if let (Ok(account), Ok(rate)) = (row.name("account_head"), row.amount("rate")) {
            let tax = TaxRate { account, rate };
            if !found.contains(&tax) {
                found.push(tax);
            }
        }
    }
    Ok(found)
}

fn enabled_names(rows: &Rows) -> Vec<String> {
    rows.iter()
        .filter_map(|row| {
            (!row.flag("disabled").unwrap_or_default())
                .then(|| row.name("name").ok())
                .flatten()
        })
        .collect()
}

/// Units that say little about the goods; the first six suit whole quantities.
const PLAIN: [&str; 8] = [
    "Nos", "Unit", "Units", "Each", "Ea", "Quantity", "Hour", "Day",
];

/// The units for whole and for broken quantities. A broken quantity is refused where the unit, or
/// the stock unit, must be whole; ERPNext's set-up marks Nos, Unit, Box, Pair and Set so. Of the
/// other units those that say least about the goods are preferred.
fn units_of(rows: &Rows) -> (String, Option<String>) {
    let mut whole = Vec::new();
    let mut broken = Vec::new();
    for row in rows.iter() {
        let Ok(name) = row.name("name") else { continue };
        // Absent where an older version has no such switch.
        if row.number("enabled").ok().flatten() == Some(Decimal::ZERO) {
            continue;
        }
        if row.flag("must_be_whole_number").unwrap_or_default() {
            whole.push(name);
        } else {
            broken.push(name);
        }
    }
    let prefer = |wanted: &[&str], names: &[String]| {
        wanted
            .iter()
            .find_map(|wanted| names.iter().find(|name| name.as_str() == *wanted).cloned())
    };
    let fraction = prefer(&PLAIN, &broken).or_else(|| broken.first().cloned());
    let unit = prefer(&PLAIN[..6], &whole)
        .or_else(|| prefer(&PLAIN[..6], &broken))
        .or_else(|| whole.first().cloned())
        .or_else(|| fraction.clone())
        .unwrap_or_else(|| "Nos".to_owned());
    (unit, fraction)
}

/// Decimals that a site set for the figures of invoice lines.
#[derive(Debug, Default, Clone, Copy)]
struct Overrides {
    rate: Option<u32>,
    quantity: Option<u32>,
}

async fn precision_overrides(client: &Client) -> Result<Overrides, Error> {
    let rows = client
        .list_if_offered(&List {
            doctype: "Property Setter",
            parent: None,
            fields: vec!["name", "field_name", "value"],
            filters: vec![
                json!(["doc_type", "=", "Sales Invoice Item"]),
                json!(["property", "=", "precision"]),
            ],
            order_by: "name asc",
            limit: 0,
        })
        .await?;
    let of = |field: &str| {
        rows.iter().find_map(|row| {
            (row.str("field_name") == Some(field))
                .then(|| row.str("value")?.trim().parse().ok())
                .flatten()
        })
    };
    Ok(Overrides {
        rate: of("rate"),
        quantity: of("qty"),
    })
}

fn read_figures(
    version: u32,
    settings: Row<'_>,
    accounts_settings: Row<'_>,
    overrides: Overrides,
) -> Result<Figures, BadField> {
    let digits = |field: &str| -> Result<Option<u32>, BadField> {
        Ok(settings
            .number(field)?
            .and_then(|digits| u32::try_from(digits).ok())
            .filter(|digits| (1..=9).contains(digits)))
    };
    let amount_digits = match digits("currency_precision")? {
        Some(digits) => digits,
        None => number_format_digits(&settings.text("number_format")?.unwrap_or_default()),
    };
    Ok(Figures {
        version: ErpnextVersion::of(version),
        rounding: match settings.text("rounding_method")?.as_deref() {
            Some("Commercial Rounding") => RoundingMethod::HalfUp,
            _ => RoundingMethod::HalfEven,
        },
        amount_digits,
        rate_digits: overrides.rate.unwrap_or(amount_digits),
        quantity_digits: overrides
            .quantity
            .or(digits("float_precision")?)
            .unwrap_or(3),
        round_each_line: accounts_settings.flag("round_row_wise_tax")?,
    })
}

/// The decimals of a number format such as `#,###.##`, which amounts are rounded to where no
/// precision is set, whatever the currency.
fn number_format_digits(format: &str) -> u32 {
    match format {
        "#.###" | "#,###" => 0,
        "#,###.###" => 3,
        _ => 2,
    }
}

async fn read_markers(client: &Client) -> Result<(Markers, Option<String>), Error> {
    let (states, made) = match marker_fields::look(client).await {
        Ok(found) => found,
        // Without the role that manages custom fields: look whether they can be asked for.
        Err(Error::NotAllowed(_) | Error::Refused(_)) => {
            return Ok((probe_markers(client).await?, None));
        }
        Err(error) => return Err(error),
    };
    let markers = Markers::of(|doctype, field| {
        marker_fields::state_of(&states, doctype, field).is_some_and(State::is_safe)
    });
    Ok((markers, made))
}

async fn probe_markers(client: &Client) -> Result<Markers, Error> {
    let mut there = Vec::new();
    let identities = marker_fields::ALL
        .iter()
        .filter(|field| field.purpose == Purpose::Identity);
    for field in identities {
        let list = List {
            doctype: field.doctype,
            parent: field.parent(),
            fields: vec!["name", field.fieldname],
            filters: Vec::new(),
            order_by: "name asc",
            limit: 1,
        };
        match client.list(&list).await {
            Ok(_) => there.push((field.doctype, field.fieldname)),
            Err(Error::Refused(_) | Error::NotAllowed(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Markers::of(|doctype, field| {
        there.contains(&(doctype, field))
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn units_for_whole_and_broken_quantities() {
        let rows = Rows::from_iter([
            json!({"name": "Abampere", "must_be_whole_number": 0, "enabled": 1}),
            json!({"name": "Hour", "must_be_whole_number": 0, "enabled": 1}),
            json!({"name": "Nos", "must_be_whole_number": 1, "enabled": 1}),
        ]);
        assert_eq!(units_of(&rows), ("Nos".to_owned(), Some("Hour".to_owned())));
        assert_eq!(units_of(&Rows::default()), ("Nos".to_owned(), None));
        let free = Rows::from_iter([json!({"name": "Nos", "must_be_whole_number": 0})]);
        assert_eq!(units_of(&free), ("Nos".to_owned(), Some("Nos".to_owned())));
    }

    #[test]
    fn figures_of_a_site_as_set_up() {
        let settings = json!({"rounding_method": "Banker's Rounding", "float_precision": "3", "currency_precision": "", "number_format": "#,###.##"});
        let accounts = json!({"round_row_wise_tax": 0});
        let read = |overrides| {
            read_figures(
                15,
                Row::new(&settings).unwrap(),
                Row::new(&accounts).unwrap(),
                overrides,
            )
            .unwrap()
        };
        let figures = read(Overrides::default());
        assert_eq!(figures.rounding, RoundingMethod::HalfEven);
        assert_eq!(
            (
                figures.amount_digits,
                figures.rate_digits,
                figures.quantity_digits
            ),
            (2, 2, 3)
        );
        let figures = read(Overrides {
            rate: Some(4),
            quantity: None,
        });
        assert_eq!((figures.amount_digits, figures.rate_digits), (2, 4));
    }
}
