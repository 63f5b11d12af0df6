//! Custom fields and property setters: the parts of the site a client may change.

use std::borrow::Cow;

use super::ErpnextWorld;
use super::cell::{Cell, Doc};
use super::errors::Refusal;
use super::meta::{Field, Kind};
use super::site::Outcome;

impl ErpnextWorld {
    pub(crate) fn validate_custom_field(
        &mut self,
        doc: &mut Doc,
        before: Option<&Doc>,
    ) -> Outcome<()> {
        if doc.text("fieldname").is_empty() {
            let scrubbed = doc.text("label").to_lowercase().replace([' ', '-'], "_");
            if scrubbed.is_empty() {
                return Err(Box::new(Refusal::validation(
                    "Fieldname not set for Custom Field",
                )));
            }
            doc.set("fieldname", scrubbed.as_str());
            let name = format!("{}-{scrubbed}", doc.text("dt"));
            doc.set("name", name);
        }
        let (dt, fieldname) = (doc.text("dt").to_owned(), doc.text("fieldname").to_owned());
        let bad: Vec<String> = fieldname
            .chars()
            .filter(|c| !(c.is_ascii_alphanumeric() || *c == '_'))
            .map(|c| format!("\"{c}\""))
            .collect();
        if !bad.is_empty() {
            let text = format!(
                "Fieldname <strong>{fieldname}</strong> cannot have special characters like {}",
                bad.join(", ")
            );
            let mut refusal = Refusal::thrown("InvalidColumnName", &text, "Message");
            refusal.exception = Some(format!(
                "frappe.database.database.Database.InvalidColumnName: {text}"
            ));
            return Err(Box::new(refusal));
        }
        let Some(meta) = self.meta.get(dt.as_str()) else {
            return Err(Box::new(Refusal::thrown(
                "LinkValidationError",
                &format!("Could not find DocType: {dt}"),
                "Message",
            )));
        };
        if before.is_none() && (meta.field(&fieldname).is_some() || is_standard(&fieldname)) {
            return Err(Box::new(Refusal::validation(format!(
                "A field with the name <strong>{fieldname}</strong> already exists in {dt}"
            ))));
        }
        if doc.text("label").is_empty() {
            doc.set("label", fieldname);
        }
        Ok(())
    }

    /// Adds the column; a unique one is refused where rows already share a value.
    pub(crate) fn after_custom_field(&mut self, doc: &Doc) -> Outcome<()> {
        let (dt, fieldname) = (doc.text("dt").to_owned(), doc.text("fieldname").to_owned());
        let unique = doc.int("unique") == 1;
        let custom = Field {
            name: Cow::Owned(fieldname.clone()),
            kind: Kind::parse(doc.text("fieldtype")),
            label: Cow::Owned(doc.text("label").to_owned()),
            options: Cow::Owned(doc.text("options").replace('\n', ";")),
            required: doc.int("reqd") == 1,
            unique,
            allow_on_submit: doc.int("allow_on_submit") == 1,
            needs_repost: false,
            constant: false,
            hidden: false,
            fetched: false,
            default: match doc.row.get("default") {
                Cell::Text(text) if !text.is_empty() => Some(Cow::Owned(text.to_string())),
                _ => None,
            },
            precision: doc.text("precision").parse().ok(),
            custom: true,
        };
        let Some(meta) = self.meta.get_mut(dt.as_str()) else {
            return Ok(());
        };
        if let Some(field) = meta.field_mut(&fieldname) {
            *field = custom;
        } else {
            meta.add(custom);
        }
        if let Some(shelf) = self.store.shelf_mut(&dt) {
            if !unique {
                shelf.drop_unique(&fieldname);
            } else if !shelf.make_unique(&fieldname) {
                self.drop_custom_field(doc);
                return Err(Box::new(Refusal::crash(
                    self.release().database,
                    "IntegrityError",
                    &format!("(1062, \"Duplicate entry for key '{fieldname}'\")"),
                )));
            }
        }
        Ok(())
    }

    /// Takes the column away again, with its values out of sight.
    pub(crate) fn drop_custom_field(&mut self, doc: &Doc) {
        let fieldname = doc.text("fieldname");
        if let Some(meta) = self.meta.get_mut(doc.text("dt")) {
            meta.remove(fieldname);
        }
        if let Some(shelf) = self.store.shelf_mut(doc.text("dt")) {
            shelf.drop_unique(fieldname);
        }
    }

    /// Applies the properties that change behaviour here.
    pub(crate) fn after_property_setter(&mut self, doc: &Doc) {
        let value = doc.text("value").to_owned();
        let (dt, property) = (doc.text("doc_type"), doc.text("property"));
        let on = value == "1";
        if property == "autoname" {
            if value == "prompt" {
                self.prompted.insert(dt.to_owned());
            } else {
                self.prompted.remove(dt);
            }
            return;
        }
        let Some(field) = self
            .meta
            .get_mut(dt)
            .and_then(|meta| meta.field_mut(doc.text("field_name")))
        else {
            return;
        };
        match property {
            "precision" => field.precision = value.parse().ok(),
            "permlevel" => field.hidden = !matches!(value.as_str(), "" | "0"),
            "reqd" => field.required = on,
            "allow_on_submit" => field.allow_on_submit = on,
            "default" => field.default = Some(Cow::Owned(value)),
            "label" => field.label = Cow::Owned(value),
            "options" => field.options = Cow::Owned(value.replace('\n', ";")),
            _ => {}
        }
    }

    /// Takes a property back to what the type itself says.
    pub(crate) fn drop_property_setter(&mut self, doc: &Doc) {
        let (dt, property) = (doc.text("doc_type"), doc.text("property"));
        if property == "autoname" {
            self.prompted.remove(dt);
            return;
        }
        let standard = super::meta::standard(self.release().fields);
        let original = standard
            .get(dt)
            .and_then(|meta| meta.field(doc.text("field_name")))
            .cloned();
        let current = self
            .meta
            .get_mut(dt)
            .and_then(|meta| meta.field_mut(doc.text("field_name")));
        if let (Some(original), Some(current)) = (original, current) {
            *current = original;
        }
    }

    /// Decimals a field's values are rounded to: its own setting; else, for amounts,
    /// `currency_precision` or what `number_format` shows, and for other numbers
    /// `float_precision` or 3. The document's currency does not count.
    pub(crate) fn precision(&self, doctype: &str, field: &str) -> u32 {
        let Some(field) = self.meta.get(doctype).and_then(|meta| meta.field(field)) else {
            return 2;
        };
        let setting = |name: &str| {
            let digits = self.setting("System Settings", name).as_text().parse().ok();
            // 0 counts as not set.
            digits.filter(|digits| *digits != 0)
        };
        field.precision.unwrap_or_else(|| match field.kind {
            Kind::Currency => setting("currency_precision").unwrap_or_else(|| {
                match self.setting("System Settings", "number_format").as_text() {
                    "#.###" | "#,###" => 0,
                    "#,###.###" => 3,
                    _ => 2,
                }
            }),
            _ => setting("float_precision").unwrap_or(3),
        })
    }
}

fn is_standard(fieldname: &str) -> bool {
    super::answer::STANDARD.contains(&fieldname)
}
