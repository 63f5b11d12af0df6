//! What lines may be filed under besides their account: cost centres and projects.

use futures::try_join;
use ledger::mapping::Choice;
use ledger::tracking::key;
use serde_json::json;

use super::Chart;
use crate::client::{Client, List};
use crate::error::Error;
use crate::translate::tracking::{COST_CENTER, PROJECT};
use crate::wire::{BadField, Row, Rows};

/// A Cost Center or Project that lines may be filed under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingValue {
    /// Its DocType.
    pub category: &'static str,
    /// Its document name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// When it was made, in the site's own words: what it stays known by when it is renamed.
    pub created: Option<String>,
}

impl Chart {
    /// What mappings of what lines are filed under are between. The company's own cost centre, which ERPNext fills in
    /// where none is said, is the default.
    pub fn tracking_choices(&self) -> Vec<Choice> {
        let own = self.cost_center.as_ref();
        (self.tracking.iter())
            .filter_map(|value| {
                Some(Choice {
                    key: key(value.category, &value.name)?,
                    id: value.created.clone(),
                    code: Some(value.category.to_owned()),
                    also: None,
                    also_id: None,
                    no_bank: false,
                    name: value.title.clone(),
                    rate: None,
                    default: value.category == COST_CENTER && Some(&value.name) == own,
                })
            })
            .collect()
    }
}

/// The company's cost centres that can be booked to, and the open projects that are its own or nobody's.
///
/// # Errors
/// See [`Error`]; what the user's roles may not read is none.
pub(super) async fn read(client: &Client, company: &str) -> Result<Vec<TrackingValue>, Error> {
    let list = |doctype, fields, filters| List {
        doctype,
        parent: None,
        fields,
        filters,
        order_by: "name asc",
        limit: 0,
    };
    let centres = list(
        COST_CENTER,
        vec!["name", "creation", "cost_center_name", "disabled"],
        vec![
            json!(["company", "=", company]),
            json!(["is_group", "=", 0]),
        ],
    );
    let projects = list(
        PROJECT,
        vec!["name", "creation", "project_name", "company"],
        vec![json!(["status", "=", "Open"])],
    );
    let (centres, projects) = try_join!(
        client.list_if_offered(&centres),
        client.list_if_offered(&projects),
    )?;
    values(company, &centres, &projects).map_err(|error| Error::Garbage {
        status: 200,
        why: error.to_string(),
    })
}

fn values(company: &str, centres: &Rows, projects: &Rows) -> Result<Vec<TrackingValue>, BadField> {
    let mut found = Vec::new();
    for row in centres.iter() {
        if !row.flag("disabled")? {
            found.push(value(COST_CENTER, "cost_center_name", row)?);
        }
    }
    for row in projects.iter() {
        if row.text("company")?.is_none_or(|its| its == company) {
            found.push(value(PROJECT, "project_name", row)?);
        }
    }
    Ok(found)
}

fn value(category: &'static str, title: &str, row: Row<'_>) -> Result<TrackingValue, BadField> {
    let name = row.name("name")?;
    Ok(TrackingValue {
        category,
        title: row.text(title)?.unwrap_or_else(|| name.clone()),
        created: row.text("creation")?,
        name,
    })
}
