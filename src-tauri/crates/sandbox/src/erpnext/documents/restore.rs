//! Bringing deleted documents back, from the copy that their deletion left.

use serde_json::{Value, json};

use super::super::ErpnextWorld;
use super::super::cell::Cell;
use super::super::errors::{Message, Refusal};
use super::super::site::Outcome;

impl ErpnextWorld {
    /// Makes a deleted document anew: under the name its type's rule gives it now, with a `creation`
    /// of its own, a cancelled one as a draft. `alert` tells the user so. Answers type and name.
    pub(crate) fn restore(&mut self, name: &str, alert: bool) -> Outcome<(String, String)> {
        let mut deleted = self.fetch("Deleted Document", name)?.clone();
        if deleted.int("restored") == 1 {
            return Err(Box::new(Refusal::thrown(
                "DocumentAlreadyRestored",
                &format!("Document {name} Already Restored"),
                "Message",
            )));
        }
        let data = serde_json::from_str(deleted.text("data")).unwrap_or_default();
        let Value::Object(mut body) = data else {
            let text = "the JSON object must be str, bytes or bytearray, not NoneType";
            return Err(Box::new(Refusal::crash("", "TypeError", text)));
        };
        if body.get("docstatus").and_then(Value::as_i64) == Some(2) {
            let text = "Cancelled Document restored as Draft";
            self.messages.push(Message::plain(text));
            body.insert("docstatus".to_owned(), json!(0));
        }
        let doctype = deleted.text("deleted_doctype").to_owned();
        let doc = self.insert(&doctype, &body, None)?;
        let (old, new) = (deleted.text("deleted_name"), doc.name());
        let text = format!("restored {old} as {new}");
        let new = new.to_owned();
        let mut comment = self.trace("Comment");
        comment.set("comment_type", "Edit");
        comment.set("reference_doctype", doctype.as_str());
        comment.set("reference_name", new.as_str());
        comment.set("content", text);
        self.store.put(comment);
        // Beside a save: `modified` stays.
        deleted.set("restored", Cell::Int(1));
        deleted.set("new_name", new.as_str());
        self.store.put(deleted);
        if alert {
            self.messages.push(Message::plain("Document Restored"));
        }
        Ok((doctype, new))
    }

    /// Brings back several, each by itself.
    pub(crate) fn restore_each(&mut self, names: &[String]) -> Value {
        let (mut restored, mut invalid, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            let savepoint = self.store.savepoint();
            match self.restore(name, false) {
                Ok(_) => restored.push(name),
                Err(refusal) => {
                    self.store.roll_back(savepoint);
                    if refusal.exc_type == "DocumentAlreadyRestored" {
                        invalid.push(name);
                    } else {
                        failed.push(name);
                    }
                }
            }
        }
        json!({"restored": restored, "invalid": invalid, "failed": failed})
    }

    /// The newest copy of a deleted document that was not restored yet.
    pub(crate) fn deleted_copy(&self, doctype: &str, name: &str) -> Option<String> {
        self.store
            .shelf("Deleted Document")?
            .by_name()
            .filter(|copy| {
                copy.text("deleted_doctype") == doctype
                    && copy.text("deleted_name") == name
                    && copy.int("restored") == 0
            })
            .max_by_key(|copy| copy.text("creation").to_owned())
            .map(|copy| copy.name().to_owned())
    }
}
