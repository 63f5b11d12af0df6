//! The form Document Naming Settings: how documents are named, and how far each series has come (tried on 15.75
//! and 16.9). It is opened with the `modified` it was read with, or refused as changed since.

use serde_json::{Value, json};

use super::super::ErpnextWorld;
use super::super::documents::Body;
use super::super::errors::{Message, Refusal};
use super::super::routes::Answer;
use super::super::site::{Outcome, Right};

/// The form.
pub(super) const FORM: &str = "Document Naming Settings";

impl ErpnextWorld {
    /// `run_doc_method` of the form.
    pub(super) fn naming_settings(&mut self, method: &str, mut form: Body) -> Outcome<Answer> {
        self.demand(FORM, Right::Read, false)?;
        let modified = self.value(FORM, FORM, "modified");
        let modified = modified.as_text();
        let sent = form.get("modified").and_then(Value::as_str);
        if sent != Some(modified) {
            let sent = sent.unwrap_or("None");
            let text = self.release().wording.stale(FORM, FORM, modified, sent);
            return Err(Box::new(Refusal::stale(&text)));
        }
        let text = |field: &str| {
            let value = form.get(field).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let told = match method {
            "get_options" => {
                let meta = self.doctype(&text("transaction_type"))?;
                let field = meta.field("naming_series");
                field.map_or(Value::Null, |field| json!(field.options.replace(';', "\n")))
            }
            "preview_series" => {
                let names: Vec<String> = (1..=3)
                    .map(|number| self.named_by(&text("try_naming_series"), number))
                    .collect();
                json!(names.join("\n"))
            }
            "get_current" => {
                let (before, ..) = self.evaluated(&text("prefix"));
                let current = json!(self.store.series(&before).unwrap_or(0));
                form.insert("current_value".to_owned(), current.clone());
                current
            }
            "update_series_start" => {
                let (before, ..) = self.evaluated(&text("prefix"));
                let to = form.get("current_value").and_then(Value::as_u64);
                let to = to.unwrap_or(0);
                self.store.set_series(&before, to);
                let said = format!(
                    "Series counter for {} updated to {to} successfully",
                    text("prefix")
                );
                self.messages.push(Message::plain(said).coloured("green"));
                Value::Null
            }
            _ => {
                return Err(Box::new(Refusal::validation(format!(
                    "{method} is not a method of {FORM}"
                ))));
            }
        };
        let mut answer = Answer::under("docs", json!([form]));
        if !told.is_null() {
            answer.body.insert("message".to_owned(), told);
        }
        Ok(answer)
    }
}
