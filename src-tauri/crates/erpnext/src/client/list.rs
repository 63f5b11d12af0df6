//! Lists of rows.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use serde_json::{Value, json};

use super::Client;
use crate::error::{self, Error};

/// Whether a list was refused for naming this field.
fn refusal_names(refusal: &error::Refusal, field: &str) -> bool {
    let about = |text: &str| {
        text.contains("not permitted in query")
            && text
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .any(|word| word == field)
    };
    about(&refusal.message) || about(&refusal.exception)
}

/// A list of rows asked for by `frappe.client.get_list`.
#[derive(Debug, Clone)]
pub struct List<'a> {
    /// The DocType.
    pub doctype: &'a str,
    /// The parent's DocType, where this is a child table: without it the list is refused.
    pub parent: Option<&'a str>,
    /// The fields, each once. Explicit, because a site may add hundreds.
    pub fields: Vec<&'a str>,
    /// `[field, operator, value]` or `[DocType, field, operator, value]`, all of which must hold.
    pub filters: Vec<Value>,
    /// The order: without one, rows come in any.
    pub order_by: &'a str,
    /// How many rows at most; 0 for all.
    pub limit: usize,
}

impl Client {
    /// Lists rows.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(&self, list: &List<'_>) -> Result<Vec<Value>, Error> {
        let mut arguments = json!({
            "doctype": list.doctype,
            "fields": list.fields,
            "filters": list.filters,
            "order_by": list.order_by,
            "limit_page_length": list.limit,
        });
        if let Some(parent) = list.parent {
            arguments["parent"] = json!(parent);
        }
        match self.ask("frappe.client.get_list", &arguments).await? {
            Value::Array(rows) => Ok(rows),
            // An empty result is an absent message in some versions.
            Value::Null => Ok(Vec::new()),
            other => Err(Error::Garbage {
                status: 200,
                why: net::redact::shorten(&other.to_string(), 200),
            }),
        }
    }

    /// Lists rows of a DocType that a version of ERPNext or a user's roles may not offer: then none.
    ///
    /// # Errors
    /// See [`Error`]; refusals and missing permissions are not errors here.
    pub async fn list_if_offered(&self, list: &List<'_>) -> Result<Vec<Value>, Error> {
        match self.list(list).await {
            Err(Error::Refused(_) | Error::NotAllowed(_)) => Ok(Vec::new()),
            other => other,
        }
    }

    /// Lists rows with fields on top that an older version may not have: a list that names an
    /// unknown field is refused as a whole ("Field not permitted in query: x", erpnext/FACTS §4).
    /// What is missing is remembered, so that it is asked for once.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_with<'a>(
        &self,
        mut list: List<'a>,
        optional: &[&'a str],
    ) -> Result<Vec<Value>, Error> {
        let key = |doctype: &str, field: &str| format!("{doctype}.{field}");
        let known = |absent: &BTreeSet<String>, doctype: &str, field: &str| {
            absent.contains(&key(doctype, field))
        };
        {
            let absent = self.0.absent.lock().unwrap_or_else(PoisonError::into_inner);
            list.fields.extend(
                optional
                    .iter()
                    .filter(|field| !known(&absent, list.doctype, field)),
            );
        }
        loop {
            let refused = match self.list(&list).await {
                Err(Error::Refused(refusal)) => refusal,
                other => return other,
            };
            let missing = optional
                .iter()
                .find(|field| list.fields.contains(field) && refusal_names(&refused, field));
            let Some(missing) = missing else {
                return Err(Error::Refused(refused));
            };
            self.0
                .absent
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key(list.doctype, missing));
            list.fields.retain(|field| field != missing);
        }
    }

    /// Counts the rows that match.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn count(&self, doctype: &str, filters: &[Value]) -> Result<u64, Error> {
        let answer = self
            .ask(
                "frappe.client.get_count",
                &json!({"doctype": doctype, "filters": filters}),
            )
            .await?;
        Ok(answer
            .as_u64()
            .or_else(|| answer.to_string().parse().ok())
            .unwrap_or_default())
    }
}
