//! Lists of rows.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use http::Method;
use serde_json::{Value, json};

use super::{Client, member, object};
use crate::error::{self, Error};
use crate::obstacles::spoken;
use crate::wire::Rows;
use crate::wire::rows::Answered;

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

/// Whether a field is a name alone: no function, no other table's, under no other name.
fn is_plain(field: &str) -> bool {
    field
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The plain fields that a list asked for and its rows, as objects, do not have: a site leaves out what is on a
/// permission level that no role of the user may read (seen on 15 and 16; a field that holds nothing is null).
fn left_out<'a>(list: &List<'a>, rows: &Rows) -> Vec<&'a str> {
    let Some(row) = rows.first() else {
        return Vec::new();
    };
    let fields = list.fields.iter().copied();
    fields
        .filter(|field| is_plain(field) && !row.has(field))
        .collect()
}

/// Refuses rows that lack a field: read as empty, what the site does not show would be carried as empty.
fn all_shown(list: &List<'_>, rows: Rows) -> Result<Rows, Error> {
    let hidden = left_out(list, &rows);
    if hidden.is_empty() {
        return Ok(rows);
    }
    let named: Vec<String> = hidden
        .iter()
        .map(|it| format!("\"{}\"", spoken(it)))
        .collect();
    Err(Error::NotAllowed(format!(
        "this user may not see {} of {}. Let a role of this user read the permission level of that, in the Role \
         Permissions Manager of ERPNext, then sync again",
        named.join(", "),
        list.doctype
    )))
}

/// What to say of an answer that holds no rows.
fn no_rows(text: &str) -> Error {
    let answer = match object(text) {
        Ok(answer) => answer,
        Err(error) => return error,
    };
    Error::Garbage {
        status: 200,
        why: net::redact::shorten(&member(answer, "message").to_string(), 200),
    }
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
    /// Lists rows. Where all fields are plain names they are asked for as arrays, which are less than half as
    /// long and quickly read. Where arrays are not as long as there are fields nothing tells which cell is whose,
    /// so it is asked once more, for objects, and for objects alone from then on.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotAllowed`] names the fields that the site does not show to this user.
    pub async fn list(&self, list: &List<'_>) -> Result<Rows, Error> {
        self.list_any(list, &[]).await
    }

    /// As [`Client::list`], of rows for which one of `any` holds besides, where there are any.
    ///
    /// # Errors
    /// See [`Client::list`].
    pub async fn list_any(&self, list: &List<'_>, any: &[Value]) -> Result<Rows, Error> {
        let narrower = || {
            let narrower = self.0.narrower.lock();
            narrower.unwrap_or_else(PoisonError::into_inner)
        };
        let plain = list.fields.iter().all(|field| is_plain(field));
        if plain && !narrower().contains(list.doctype) {
            let columns = &list.fields;
            let text = self.listed(list, any, false).await?;
            match Rows::read(text, columns) {
                Ok(Answered::Rows(rows)) => return Ok(rows),
                Ok(Answered::OtherColumns) => {
                    narrower().insert(list.doctype.to_owned());
                }
                Err(text) => return Err(no_rows(&text)),
            }
        }
        let text = self.listed(list, any, true).await?;
        match Rows::read(text, &[]) {
            Ok(Answered::Rows(rows)) => all_shown(list, rows),
            Ok(Answered::OtherColumns) => Err(Error::Garbage {
                status: 200,
                why: format!("rows of {} came as arrays", list.doctype),
            }),
            Err(text) => Err(no_rows(&text)),
        }
    }

    /// The plain fields of a list that the site does not show to this user, by its first row; of a list without
    /// rows nothing can be told.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn hidden_fields<'a>(&self, list: &List<'a>) -> Result<Vec<&'a str>, Error> {
        let text = self.listed(list, &[], true).await?;
        match Rows::read(text, &[]) {
            Ok(Answered::Rows(rows)) => Ok(left_out(list, &rows)),
            Ok(Answered::OtherColumns) => Ok(Vec::new()),
            Err(text) => Err(no_rows(&text)),
        }
    }

    /// The answer to a list, as sent.
    async fn listed(&self, list: &List<'_>, any: &[Value], objects: bool) -> Result<String, Error> {
        let mut arguments = json!({
            "doctype": list.doctype,
            "fields": list.fields,
            "filters": list.filters,
            "order_by": list.order_by,
            "limit_page_length": list.limit,
        });
        if !any.is_empty() {
            arguments["or_filters"] = json!(any);
        }
        if let Some(parent) = list.parent {
            arguments["parent"] = json!(parent);
        }
        if !objects {
            arguments["as_dict"] = json!(false);
        }
        let path = "/api/method/frappe.client.get_list";
        self.read_text(Method::POST, path, Some(&arguments)).await
    }

    /// Lists rows of a DocType that a version of ERPNext or a user's roles may not offer: then none.
    ///
    /// # Errors
    /// See [`Error`]; refusals and missing permissions are not errors here.
    pub async fn list_if_offered(&self, list: &List<'_>) -> Result<Rows, Error> {
        match self.list(list).await {
            Err(Error::Refused(_) | Error::NotAllowed(_)) => Ok(Rows::default()),
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
    ) -> Result<Rows, Error> {
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
