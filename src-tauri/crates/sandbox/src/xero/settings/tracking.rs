//! Tracking categories and their options (Xero developer docs, "Tracking Categories"): at most two
//! active ones.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::batch::Kind;
use super::super::books::Books;
use super::super::dates;
use super::super::errors::Faults;
use super::super::filter::Operand;
use super::super::json::{filled, text};
use super::super::listing::Listed;
use super::super::records::Row;

/// The endpoint's names.
pub const TRACKING_CATEGORIES: Kind = Kind {
    plural: "TrackingCategories",
    id: "TrackingCategoryID",
    flag: None,
};
/// The names of the options below a category.
pub const OPTIONS: Kind = Kind {
    plural: "Options",
    id: "TrackingOptionID",
    flag: None,
};

/// How many categories may be active.
const MOST_ACTIVE: usize = 2;

/// A category.
#[derive(Debug, Clone)]
pub struct TrackingCategory {
    /// `TrackingCategoryID`.
    pub id: Uuid,
    /// Name, unique.
    pub name: String,
    /// ARCHIVED instead of ACTIVE.
    pub archived: bool,
    /// Options in the order made.
    pub options: Vec<TrackingOption>,
    pub updated: DateTime<Utc>,
}

/// One of a category's options.
#[derive(Debug, Clone)]
pub struct TrackingOption {
    /// `TrackingOptionID`.
    pub id: Uuid,
    /// Name, unique within the category.
    pub name: String,
    /// ARCHIVED instead of ACTIVE.
    pub archived: bool,
}

impl Row for TrackingCategory {
    fn id(&self) -> Uuid {
        self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

impl Listed for TrackingCategory {
    fn property(&self, name: &str) -> Option<Operand> {
        Some(match name {
            "trackingcategoryid" => Operand::Text(self.id.to_string()),
            "name" => Operand::Text(self.name.clone()),
            "status" => Operand::Text(status(self.archived).to_owned()),
            _ => return None,
        })
    }

    fn found_by(&self, _term: &str) -> bool {
        true
    }
}

impl TrackingCategory {
    /// As answers show it.
    pub fn to_json(&self) -> Value {
        json!({
            "Name": self.name,
            "Status": status(self.archived),
            "TrackingCategoryID": self.id.to_string(),
            "Options": self.options.iter().map(TrackingOption::to_json).collect::<Vec<_>>(),
        })
    }
}

impl TrackingOption {
    /// As answers show it.
    pub fn to_json(&self) -> Value {
        json!({
            "TrackingOptionID": self.id.to_string(),
            "Name": self.name,
            "Status": status(self.archived),
            "HasValidationErrors": false,
            "IsDeleted": false,
            "IsArchived": self.archived,
            "IsActive": !self.archived,
        })
    }
}

impl Books {
    /// Creates a category, or renames or archives one.
    pub fn write_tracking_category(
        &mut self,
        element: &Value,
        target: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let mut category = match target.and_then(|id| self.tracking_categories.get(id)) {
            Some(category) => category.clone(),
            None => TrackingCategory {
                id: self.new_id(),
                name: String::new(),
                archived: false,
                options: Vec::new(),
                updated: now,
            },
        };
        if let Some(name) = filled(element, "Name") {
            category.name = name;
        }
        if let Some(word) = text(element, "Status") {
            category.archived = word == "ARCHIVED";
        }
        let mut faults = Faults::default();
        if category.name.is_empty() {
            faults.add("Name is required.");
        }
        let others = || {
            self.tracking_categories
                .iter()
                .filter(|other| other.id != category.id)
        };
        if others().any(|other| other.name.to_lowercase() == category.name.to_lowercase()) {
            faults.add("Please enter a unique Name.");
        }
        if !category.archived && others().filter(|other| !other.archived).count() >= MOST_ACTIVE {
            faults.add("You can have only two active tracking categories.");
        }
        faults.into_result()?;
        category.updated = dates::to_millis(now);
        let id = category.id;
        self.tracking_categories.put(category);
        Ok(id)
    }

    /// Adds an option to a category.
    pub fn write_tracking_option(
        &mut self,
        category: Uuid,
        element: &Value,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Faults> {
        let name = filled(element, "Name").ok_or_else(|| Faults::one("Name is required."))?;
        let id = self.new_id();
        let Some(mut category) = self.tracking_categories.get(category).cloned() else {
            return Err(Faults::one("The tracking category could not be found"));
        };
        if category
            .options
            .iter()
            .any(|option| option.name.to_lowercase() == name.to_lowercase())
        {
            return Err(Faults::one("Please enter a unique Name."));
        }
        category.options.push(TrackingOption {
            id,
            name,
            archived: false,
        });
        category.updated = dates::to_millis(now);
        self.tracking_categories.put(category);
        Ok(id)
    }
}

fn status(archived: bool) -> &'static str {
    if archived { "ARCHIVED" } else { "ACTIVE" }
}
