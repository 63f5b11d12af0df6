//! The few pages of the real systems' own web interfaces that a person may be sent to: a start
//! page, and one page that shows one record.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;

use crate::control::{decoded, html};
use crate::{DemoBooks, System};

/// The page asked for; `None` where the request is not for one.
pub(crate) fn answer(
    books: &DemoBooks,
    system: System,
    request: &Request<Bytes>,
) -> Option<Response<Bytes>> {
    if request.method() != Method::GET {
        return None;
    }
    let uri = request.uri();
    if uri.path() == "/" {
        return Some(html(StatusCode::OK, start(books, system)));
    }
    let query = uri.query().unwrap_or_default();
    let wanted = match system {
        System::Xero => in_xero(uri.path(), query),
        System::Erpnext => in_erpnext(uri.path()),
    }?;
    let found = find(&books.state(system), &wanted);
    Some(match found {
        Some(record) => html(StatusCode::OK, record_page(system, &wanted, &record)),
        None => html(
            StatusCode::NOT_FOUND,
            page(
                system,
                "Not found",
                &format!("<p>There is no {} here.</p>", escaped(&wanted.id)),
            ),
        ),
    })
}

/// The record a page shows.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    /// Lists of the state to look in, in order.
    lists: &'static [&'static str],
    /// The field that identifies the record.
    key: &'static str,
    id: String,
}

const XERO_INVOICE: (&[&str], &str) = (&["Invoices"], "InvoiceID");
const XERO_CREDIT_NOTE: (&[&str], &str) = (&["CreditNotes"], "CreditNoteID");
const XERO_CONTACT: (&[&str], &str) = (&["Contacts"], "ContactID");

/// Xero's deep links, also behind the page that switches the organisation first.
fn in_xero(path: &str, query: &str) -> Option<Wanted> {
    let parameter = |name: &str| {
        query.split('&').find_map(|pair| {
            let (given, value) = pair.split_once('=')?;
            given.eq_ignore_ascii_case(name).then(|| decoded(value))
        })
    };
    let wanted = |(lists, key): (&'static [&'static str], &'static str), id: String| Wanted {
        lists,
        key,
        id,
    };
    let lower = path.to_ascii_lowercase();
    if lower == "/organisationlogin/default.aspx" {
        let target = parameter("redirecturl")?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        // Once only: the target cannot be this page again.
        if path.to_ascii_lowercase().starts_with("/organisationlogin") {
            return None;
        }
        return in_xero(path, query);
    }
    if lower == "/accountsreceivable/view.aspx" || lower == "/accountsreceivable/edit.aspx" {
        return Some(wanted(XERO_INVOICE, parameter("InvoiceID")?));
    }
    if lower == "/accountsreceivable/viewcreditnote.aspx"
        || lower == "/accountsreceivable/editcreditnote.aspx"
    {
        return Some(wanted(XERO_CREDIT_NOTE, parameter("creditNoteID")?));
    }
    let id = lower
        .strip_prefix("/contacts/view/")
        .or_else(|| lower.strip_prefix("/app/contact/"))?;
    Some(wanted(XERO_CONTACT, id.trim_matches('/').to_owned()))
}

/// ERPNext's desk.
fn in_erpnext(path: &str) -> Option<Wanted> {
    let (kind, name) = path.strip_prefix("/app/")?.split_once('/')?;
    let lists: &'static [&'static str] = match kind {
        "sales-invoice" => &["Sales Invoice"],
        "customer" => &["Customer"],
        "payment-entry" => &["Payment Entry"],
        "journal-entry" => &["Journal Entry"],
        "address" => &["Address"],
        "contact" => &["Contact"],
        _ => return None,
    };
    Some(Wanted {
        lists,
        key: "name",
        id: decoded(name.trim_end_matches('/')),
    })
}

fn find(state: &Value, wanted: &Wanted) -> Option<Value> {
    wanted
        .lists
        .iter()
        .filter_map(|list| state.get(list))
        .flat_map(|list| match list {
            Value::Array(rows) => rows.iter().collect::<Vec<_>>(),
            Value::Object(rows) => rows.values().collect(),
            _ => Vec::new(),
        })
        .find(|row| {
            row.get(wanted.key)
                .and_then(Value::as_str)
                .is_some_and(|id| id.eq_ignore_ascii_case(&wanted.id))
        })
        .cloned()
}

fn start(books: &DemoBooks, system: System) -> String {
    let (title, what) = match system {
        System::Xero => (
            crate::books::ORGANISATION,
            "This is a simulated Xero with made-up books. Its API is under \
             <code>/api.xro/2.0</code>, its sign-in under <code>/identity</code>.",
        ),
        System::Erpnext => (
            crate::books::COMPANY,
            "This is a simulated ERPNext with made-up books. Its API is under \
             <code>/api</code>.",
        ),
    };
    page(
        system,
        title,
        &format!(
            "<p>{what}</p><p>It was opened with {} contacts, {} sales invoices and {} credit notes \
             over both systems. It runs on this computer only, and forgets everything when it \
             stops.</p>",
            books.data.contacts.len(),
            books.data.invoices.len(),
            books.data.credit_notes.len()
        ),
    )
}

fn record_page(system: System, wanted: &Wanted, record: &Value) -> String {
    let title = [
        "InvoiceNumber",
        "CreditNoteNumber",
        "Name",
        "customer_name",
        "name",
    ]
    .iter()
    .find_map(|field| record.get(field).and_then(Value::as_str))
    .unwrap_or(&wanted.id);
    page(system, title, &table(record))
}

/// Fields that hold something, lists of rows as tables below them.
fn table(record: &Value) -> String {
    use std::fmt::Write as _;
    let Value::Object(fields) = record else {
        return format!("<p>{}</p>", escaped(&shown(record)));
    };
    let mut rows = String::new();
    let mut below = String::new();
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            Value::Array(items) if items.is_empty() => {}
            Value::Array(items) => {
                // Writing to a String cannot fail.
                let _ = write!(below, "<h2>{}</h2>", escaped(name));
                for item in items {
                    below.push_str(&table(item));
                }
            }
            Value::Object(_) => {
                let _ = write!(below, "<h2>{}</h2>{}", escaped(name), table(value));
            }
            _ => {
                let _ = write!(
                    rows,
                    "<tr><th>{}</th><td>{}</td></tr>",
                    escaped(name),
                    escaped(&shown(value))
                );
            }
        }
    }
    format!("<table>{rows}</table>{below}")
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn page(system: System, title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} · {system} (demo books)</title><style>{STYLE}</style></head>\
         <body><header>{system} <small>demo books</small></header><main><h1>{title}</h1>{body}\
         </main></body></html>"
    )
}

const STYLE: &str = "body{margin:0;font:15px/1.5 system-ui,sans-serif;color:#1d2330;\
background:#f4f5f7}header{background:#23395b;color:#fff;padding:.8rem 1.5rem;font-weight:600}\
small{font-weight:400;opacity:.8}main{max-width:52rem;margin:1.5rem auto;padding:1.5rem;\
background:#fff;border-radius:8px}table{border-collapse:collapse;width:100%;margin:.5rem 0}\
th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #e4e7ec;vertical-align:top}\
th{width:14rem;font-weight:500;color:#596273}h2{font-size:1rem;margin:1.2rem 0 .3rem}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_links_name_their_record() {
        let invoice = Wanted {
            lists: XERO_INVOICE.0,
            key: "InvoiceID",
            id: "7a-1".to_owned(),
        };
        assert_eq!(
            in_xero("/AccountsReceivable/View.aspx", "InvoiceID=7a-1"),
            Some(Wanted {
                id: invoice.id.clone(),
                ..invoice
            })
        );
        let through_login = in_xero(
            "/organisationlogin/default.aspx",
            "shortcode=%21mBdtL&redirecturl=%2FAccountsReceivable%2FView.aspx%3FInvoiceID%3D7a-1",
        );
        assert_eq!(
            through_login.map(|wanted| wanted.id),
            Some("7a-1".to_owned())
        );
        assert_eq!(
            in_xero("/Contacts/View/ab-2", "").map(|wanted| wanted.key),
            Some("ContactID")
        );
        let note = in_xero(
            "/AccountsReceivable/ViewCreditNote.aspx",
            "creditNoteID=c-3",
        );
        let note = note.map(|wanted| (wanted.lists, wanted.id));
        assert_eq!(note, Some((XERO_CREDIT_NOTE.0, "c-3".to_owned())));
        assert_eq!(
            in_erpnext("/app/sales-invoice/ACC-SINV-2026-00001").map(|wanted| wanted.id),
            Some("ACC-SINV-2026-00001".to_owned())
        );
        assert_eq!(
            in_erpnext("/app/customer/Caf%C3%A9%20%2F%20Bar").map(|wanted| wanted.id),
            Some("Café / Bar".to_owned())
        );
        assert_eq!(in_xero("/api.xro/2.0/Invoices", ""), None);
        assert_eq!(in_erpnext("/api/resource/Customer"), None);
    }

    #[test]
    fn a_page_never_holds_markup_from_a_record() {
        let page = table(&serde_json::json!({"a": "<script>", "rows": [{"b": "\"&"}]}));
        assert_eq!(
            page,
            "<table><tr><th>a</th><td>&lt;script&gt;</td></tr></table><h2>rows</h2>\
             <table><tr><th>b</th><td>&quot;&amp;</td></tr></table>"
        );
    }
}
