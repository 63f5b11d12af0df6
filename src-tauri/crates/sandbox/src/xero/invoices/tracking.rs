//! What lines are tracked under (Xero developer docs, "Invoices": `Tracking`): an existing, active
//! option of each of at most two categories, named by id or by name.
//!
//! The wording of the refusals is approximate: Xero's for contacts, and alike for options.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::books::Books;
use super::super::errors::Faults;
use super::super::json::filled;
use super::super::settings::{TrackingCategory, TrackingOption};
use super::{Line, Tracked};

/// How many categories a line can be tracked under.
const MOST: usize = 2;

impl Books {
    /// Reads `Tracking` of a line; `before` is what it had, which may be archived by now.
    pub fn read_tracking(
        &self,
        items: &[Value],
        before: &[Tracked],
        faults: &mut Faults,
    ) -> Vec<Tracked> {
        let mut read: Vec<Tracked> = Vec::new();
        for item in items {
            // An empty object is what some senders have for no tracking.
            if item.as_object().is_none_or(serde_json::Map::is_empty) {
                continue;
            }
            match self.tracked(item, before) {
                Ok(tracked) if read.iter().any(|other| other.category == tracked.category) => {
                    faults.add("A line item can be tracked under a tracking category only once.");
                }
                Ok(tracked) => read.push(tracked),
                Err(message) => faults.add(message),
            }
        }
        if read.len() > MOST {
            faults.add("A line item can have at most two tracking categories.");
        }
        read
    }

    fn tracked(&self, item: &Value, before: &[Tracked]) -> Result<Tracked, String> {
        let id = |name| filled(item, name).and_then(|id| id.parse::<Uuid>().ok());
        let (category_id, option_id) = (id("TrackingCategoryID"), id("TrackingOptionID"));
        let (name, option_name) = (filled(item, "Name"), filled(item, "Option"));
        let said = |id: Option<Uuid>, name: &Option<String>| {
            id.map(|id| id.to_string())
                .or_else(|| name.clone())
                .unwrap_or_default()
        };
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let category =
            self.tracking_categories
                .iter()
                .find(|category| match (category_id, &name) {
                    (Some(id), _) => category.id == id,
                    (None, Some(name)) => same(&category.name, name),
                    (None, None) => {
                        option_id.is_some_and(|id| category.options.iter().any(|one| one.id == id))
                    }
                });
        let kept = |category: &TrackingCategory, option: &TrackingOption| {
            before
                .iter()
                .any(|tracked| tracked.category == category.id && tracked.option == option.id)
        };
        let missing = || {
            format!(
                "There is no ACTIVE tracking category with the name '{}'",
                said(category_id, &name)
            )
        };
        let category = category.ok_or_else(missing)?;
        let option = category.options.iter().find(|option| {
            option_id.map_or_else(
                || {
                    option_name
                        .as_ref()
                        .is_some_and(|name| same(&option.name, name))
                },
                |id| option.id == id,
            )
        });
        match option {
            Some(option) if kept(category, option) => {}
            _ if category.archived => return Err(missing()),
            Some(option) if !option.archived => {}
            _ => {
                return Err(format!(
                    "There is no ACTIVE tracking option with the name '{}' in tracking category '{}'",
                    said(option_id, &option_name),
                    category.name
                ));
            }
        }
        Ok(Tracked {
            category: category.id,
            option: option.map_or(Uuid::nil(), |option| option.id),
        })
    }

    /// What a line is tracked under, by the names of the day.
    pub fn tracking_json(&self, line: &Line) -> Value {
        line.tracking
            .iter()
            .filter_map(|tracked| {
                let category = self.tracking_categories.get(tracked.category)?;
                let option = category
                    .options
                    .iter()
                    .find(|option| option.id == tracked.option)?;
                Some(json!({
                    "Name": category.name,
                    "Option": option.name,
                    "TrackingCategoryID": category.id.to_string(),
                    "TrackingOptionID": option.id.to_string(),
                }))
            })
            .collect()
    }
}
