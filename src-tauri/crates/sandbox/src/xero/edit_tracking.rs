//! What a person does with tracking categories inside Xero.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::books::Books;
use super::dates;
use super::json::filled;

impl Books {
    /// Adds an option, and its category where there is none of the name; renames or archives one.
    pub(super) fn edit_tracking(
        &mut self,
        name: &str,
        op: &Value,
        now: DateTime<Utc>,
    ) -> Result<Value, String> {
        let needs = |field: &str| filled(op, field).ok_or_else(|| format!("{name} needs {field}"));
        let (title, option) = (needs("Category")?, needs("Option")?);
        let category = (self.tracking_categories.iter())
            .find(|it| it.name == title)
            .map(|it| it.id);
        if name == "add_tracking" {
            let category = match category {
                Some(category) => category,
                None => self
                    .write_tracking_category(&json!({ "Name": title }), None, now)
                    .map_err(|faults| faults.text())?,
            };
            let id = self
                .write_tracking_option(category, &json!({ "Name": option }), now)
                .map_err(|faults| faults.text())?;
            return Ok(json!({ "TrackingOptionID": id.to_string() }));
        }
        let gone = || format!("there is no option \"{option}\" in \"{title}\"");
        let found = category.and_then(|id| self.tracking_categories.get(id));
        let mut category = found.cloned().ok_or_else(gone)?;
        let mut options = category.options.iter_mut();
        let found = options.find(|it| it.name == option).ok_or_else(gone)?;
        if name == "rename_option" {
            found.name = needs("Name")?;
        } else {
            found.archived = true;
        }
        category.updated = dates::to_millis(now);
        self.tracking_categories.put(category);
        Ok(Value::Null)
    }
}
