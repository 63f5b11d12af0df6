//! What the recorded site held before a recording began, or was given between two exchanges
//! without being recorded.

use sandbox::erpnext::ErpnextVersion;
use serde_json::{Value, json};

/// A document created before an exchange: its kind, its recorded name ("" where the site names
/// it), its values.
pub type Given = (&'static str, &'static str, Value);

/// Marker fields as the fourth recording leaves them on the site.
const MARKERS: [(&str, &str, &str, u8); 9] = [
    ("Sales Invoice", "xero_invoice_id", "Xero Invoice ID", 1),
    ("Customer", "xero_contact_id", "xero_contact_id", 1),
    ("Payment Entry", "xero_payment_id", "xero_payment_id", 1),
    ("Contact", "xero_contact_id", "xero_contact_id", 1),
    ("Address", "xero_address_key", "xero_address_key", 1),
    ("Item", "xero_item_id", "xero_item_id", 1),
    ("Journal Entry", "xero_journal_id", "xero_journal_id", 1),
    ("Sales Invoice", "xero_sync_hash", "Xero Sync Hash", 0),
    ("Sales Invoice Item", "xero_line_item_id", "Xero Line ID", 0),
];

fn by_item(customer: &str, extra: &Value) -> Value {
    with(
        json!({
            "customer": customer, "company": "Acme Ltd",
            "items": [{"item_code": "SVC-1", "qty": 2, "rate": 50}],
        }),
        extra,
    )
}

fn by_text(customer: &str, amount: i64, extra: &Value) -> Value {
    with(
        json!({
            "customer": customer, "company": "Acme Ltd", "disable_rounded_total": 1, "docstatus": 1,
            "items": [{
                "item_name": "Line", "description": "Line", "uom": "Nos",
                "income_account": "Sales - ACM", "qty": amount.signum(), "rate": amount.abs(),
            }],
        }),
        extra,
    )
}

/// The recorder's shorter invoices of one line "L".
fn short(customer: &str, extra: &Value) -> Value {
    let mut body = by_text(customer, 10, extra);
    body["items"][0]["item_name"] = json!("L");
    body["items"][0]["description"] = json!("L");
    body
}

fn with(mut body: Value, extra: &Value) -> Value {
    for (key, value) in extra.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    body
}

fn user(email: &str, key: &str, roles: &[&str]) -> Given {
    let roles: Vec<Value> = roles.iter().map(|role| json!({"role": role})).collect();
    let name = key[..1].to_uppercase() + &key[1..];
    (
        "User",
        "",
        json!({
            "email": email, "enabled": 1, "first_name": name, "full_name": name,
            "api_key": key, "api_secret": "secret", "roles": roles,
        }),
    )
}

/// The first recorded site has a second company.
fn second_company() -> Given {
    (
        "Company",
        "",
        json!({
            "company_name": "Acme NZ", "abbr": "ANZ", "default_currency": "NZD",
            "country": "New Zealand",
        }),
    )
}

/// Whether a recording was made on the second recorded site, and makes all it needs itself.
fn later(recording: &str) -> bool {
    recording.parse::<u32>().is_ok_and(|number| number >= 19)
}

/// When a recording begins that created nothing which says so.
pub fn opening(version: ErpnextVersion, recording: &str) -> &'static str {
    match recording {
        "10" if version == ErpnextVersion::V16 => "2026-11-29T00:44:00Z",
        _ if version == ErpnextVersion::V16 => "2026-11-29T00:50:00Z",
        "10" => "2026-11-22T15:57:00Z",
        _ => "2026-11-22T15:22:00Z",
    }
}

/// What a recording finds on the site.
pub fn at_the_start(recording: &str) -> Vec<Given> {
    let mut given = vec![
        user("viewer@acme.test", "viewer", &["Sales User"]),
        user("nobody@acme.test", "nobody", &[]),
    ];
    if later(recording) {
        // That site's bank account has another name.
        given.push(("Account", "Bank - ACM", json!({"account_name": "Bank", "parent_account": "Bank Accounts - ACM", "company": "Acme Ltd", "account_type": "Bank", "account_currency": "GBP"})));
        return given;
    }
    if ["05", "08"].contains(&recording) {
        given.push(second_company());
    }
    if !["01", "02", "03", "04"].contains(&recording) {
        given.push(("Item", "", json!({"item_code": "SVC-1", "item_name": "Consulting", "item_group": "Services", "stock_uom": "Nos", "is_stock_item": 0})));
        given.push(("Item Price", "", json!({"item_code": "SVC-1", "price_list": "Standard Selling", "price_list_rate": 100, "uom": "Nos", "selling": 1, "currency": "GBP", "valid_from": "2026-11-22"})));
        given.push(("Customer", "", if recording == "10" {
            json!({"customer_name": "CF Test Ltd", "tax_id": "GB389230129", "email_id": "a@b.test"})
        } else {
            json!({"customer_name": "CF Test Ltd"})
        }));
        for (dt, fieldname, label, unique) in MARKERS {
            given.push(("Custom Field", "", json!({"dt": dt, "fieldname": fieldname, "label": label, "fieldtype": "Data", "unique": unique, "no_copy": 1, "read_only": 1, "allow_on_submit": 1})));
        }
    }
    if recording == "10" {
        given.extend(a_small_site());
    }
    given
}

/// Invoices with lines, taxes and payments, where the recorded site had thousands.
fn a_small_site() -> Vec<Given> {
    let tax = json!([{"charge_type": "On Net Total", "account_head": "VAT - ACM", "rate": 20, "description": "20% (VAT on Income)"}]);
    let mut given = vec![(
        "Item",
        "",
        json!({"item_code": "ITM-000", "item_name": "Item 0", "item_group": "Services", "stock_uom": "Hour", "is_stock_item": 0}),
    )];
    given.push((
        "Item",
        "",
        json!({"item_code": "ITM-001", "item_name": "Item 1", "item_group": "Services", "stock_uom": "Hour", "is_stock_item": 0}),
    ));
    for name in [
        "ACC-SINV-2026-00128",
        "ACC-SINV-2026-00129",
        "ACC-SINV-2026-00130",
        "ACC-SINV-2026-00131",
        "ACC-SINV-2026-00132",
    ] {
        given.push(("Sales Invoice", name, json!({
            "customer": "CF Test Ltd", "company": "Acme Ltd", "docstatus": 1, "taxes": tax,
            "posting_date": "2026-10-01", "due_date": "2026-10-15", "set_posting_time": 1,
            "items": [{"item_code": "ITM-000", "qty": 2, "rate": 50}, {"item_code": "ITM-001", "qty": 1, "rate": 25}],
        })));
    }
    given.push(("Payment Entry", "", json!({
        "payment_type": "Receive", "company": "Acme Ltd", "party_type": "Customer", "party": "CF Test Ltd",
        "paid_from": "Debtors - ACM", "paid_to": "Cash - ACM", "paid_amount": 40, "received_amount": 40,
        "references": [{"reference_doctype": "Sales Invoice", "reference_name": "ACC-SINV-2026-00128", "allocated_amount": 40}],
        "docstatus": 1,
    })));
    given
}

/// What somebody changed between two exchanges: method, path, body.
pub fn changes(recording: &str, at: usize) -> Vec<(&'static str, &'static str, &'static str)> {
    match (recording, at) {
        (_, 1) if later(recording) => vec![(
            "PUT",
            "/api/resource/Company/Acme%20Ltd",
            r#"{"default_bank_account": "Bank - ACM"}"#,
        )],
        ("17", 39) => vec![
            (
                "PUT",
                "/api/resource/User/sync%40demo.example",
                r#"{"new_password": "Acme-Sync-2026!"}"#,
            ),
            (
                "POST",
                "/api/method/login",
                r#"{"usr": "sync@demo.example", "pwd": "Acme-Sync-2026!"}"#,
            ),
        ],
        ("01", 25) | ("02", 7) => vec![(
            "PUT",
            "/api/resource/User/sync%40demo.example",
            r#"{"new_password": "Acme-Sync-2026!"}"#,
        )],
        ("17", 14) => vec![(
            "DELETE",
            "/api/resource/Property%20Setter/Sales%20Invoice%20Item-rate-precision",
            "",
        )],
        ("17", 37) => vec![(
            "PUT",
            "/api/resource/User/viewer@acme.test",
            r#"{"enabled": 0}"#,
        )],
        _ => Vec::new(),
    }
}

/// What is to be created before the given exchange.
pub fn before(recording: &str, at: usize) -> Vec<Given> {
    let mut given = Vec::new();
    let some = json!({"docstatus": 1});
    let life = "Life 152943";
    let (pay, dollars) = ("Pay 153247", "PayUSD 153247");
    given.extend(match (recording, at) {
        ("06", 8) => vec![
            ("Sales Invoice", "ACC-SINV-2026-00060", by_item(life, &some)),
            ("Customer", "", json!({"customer_name": "SI Test "})),
        ],
        ("06", 34) => vec![("Sales Invoice", "ACC-SINV-2026-00061", by_item(life, &json!({"modified": "2026-11-22 15:29:45.600958"})))],
        ("06", 46) => vec![
            ("Sales Invoice", "ACC-SINV-2026-00061", by_item(life, &json!({"docstatus": 1, "xero_invoice_id": "am-152943"}))),
            ("Sales Invoice", "ACC-SINV-2026-00062", by_item(life, &some)),
        ],
        ("06", 54) => vec![("Sales Invoice", "ACC-SINV-2026-00063", by_item(life, &some))],
        ("08", 3) => vec![
            ("Account", "Debtors USD - ACM", json!({"account_name": "Debtors USD", "parent_account": "Accounts Receivable - ACM", "company": "Acme Ltd", "account_type": "Receivable", "account_currency": "USD"})),
            ("Sales Invoice", "ACC-SINV-2026-00113", by_text(pay, 100, &json!({}))),
            ("Sales Invoice", "ACC-SINV-2026-00114", by_text(pay, 100, &json!({}))),
            ("Sales Invoice", "ACC-SINV-2026-00115", by_text(pay, 50, &json!({}))),
        ],
        ("08", 26) => vec![("Sales Invoice", "ACC-SINV-2026-00116", by_text("CF Test Ltd", 50, &json!({})))],
        ("08", 28) => vec![("Sales Invoice", "ACC-SINV-2026-00117", by_text(pay, 50, &json!({"docstatus": 0})))],
        ("08", 29) => vec![("Sales Invoice", "ACC-SINV-2026-00118", by_text(pay, 80, &json!({})))],
        ("08", 38) => vec![("Sales Invoice", "ACC-SINV-2026-00119", by_text(pay, 90, &json!({})))],
        ("08", 54) => vec![("Sales Invoice", "ACC-SINV-2026-00121", by_text(dollars, 100, &json!({"currency": "USD", "conversion_rate": "0.8", "debit_to": "Debtors USD - ACM"})))],
        ("08", 57) => vec![("Sales Invoice", "ACC-SINV-2026-00122", by_text(pay, 100, &json!({"currency": "EUR", "conversion_rate": "0.85"})))],
        ("08", 60) => vec![("Sales Invoice", "ACC-SINV-2026-00123", by_text(pay, 100, &json!({"currency": "EUR", "conversion_rate": "0.85"})))],
        ("08", 62) => vec![("Sales Invoice", "ACC-SINV-2026-00124", by_text(pay, 100, &json!({})))],
        ("08", 64) => vec![
            ("Sales Invoice", "ACC-SINV-2026-00125", by_text(pay, 100, &json!({}))),
            ("Sales Invoice", "ACC-SINV-2026-00126", by_text(pay, -60, &json!({"is_return": 1, "return_against": "ACC-SINV-2026-00125"}))),
        ],
        ("08", 67) => vec![("Sales Invoice", "ACC-SINV-2026-00127", by_text(pay, -40, &json!({"is_return": 1, "return_against": "ACC-SINV-2026-00125"})))],
        ("09", 7) => ["ACC-SINV-2026-02741", "ACC-SINV-2026-02743", "ACC-SINV-2026-02749"]
            .map(|name| ("Sales Invoice", name, short("CF Test Ltd", &json!({"docstatus": 0}))))
            .to_vec(),
        ("09", 43) => vec![("Sales Invoice", "ACC-SINV-2026-02763", short("CF Test Ltd", &json!({"docstatus": 2})))],
        ("11", 32) => vec![("Sales Invoice", "ACC-SINV-2026-03258", short("CF Test Ltd", &json!({"docstatus": 0})))],
        ("13", 10) | ("17", 7) => vec![("Sales Invoice", "ACC-SINV-2026-00006", by_item("CF Test Ltd", &some))],
        ("17", 28) => vec![second_company()],
        ("11", 54) => vec![("Webhook", "dis-162048", json!({
            "webhook_doctype": "Customer", "webhook_docevent": "after_insert", "enabled": 1,
            "request_url": "http://127.0.0.1:38557/dis", "request_method": "POST",
            "webhook_data": [{"fieldname": "name", "key": "name"}],
        }))],
        ("15", 20) => vec![("Payment Entry", "", json!({
            "payment_type": "Receive", "company": "Acme Ltd", "party_type": "Customer", "party": "CF Test Ltd",
            "paid_from": "Debtors - ACM", "paid_to": "Cash - ACM", "paid_amount": 10, "received_amount": 10, "docstatus": 1,
        }))],
        ("16", 9) => vec![],
        ("13", 23) => vec![("Customer", "", json!({"customer_name": "X3"}))],
        ("14", 1) => vec![("Sales Invoice", "ACC-SINV-2026-03250", short("CF Test Ltd", &json!({"docstatus": 0, "xero_invoice_id": "del-154950"})))],
        ("14", 8) => vec![
            ("Customer", "", json!({"customer_name": "Ren 154950", "xero_contact_id": "rc-154950"})),
            ("Sales Invoice", "ACC-SINV-2026-03251", short("Ren 154950", &json!({}))),
        ],
        ("14", 16) => vec![
            ("Sales Invoice", "ACC-SINV-2026-03252", short("CF Test Ltd", &json!({"xero_invoice_id": "to0.005-154950"}))),
            ("Sales Invoice", "ACC-SINV-2026-03253", short("CF Test Ltd", &json!({"xero_invoice_id": "to0.05-154950"}))),
        ],
        ("14", 23) => vec![("Sales Invoice", "ACC-SINV-2026-03255", short("CF Test Ltd", &json!({})))],
        _ => Vec::new(),
    });
    given
}

/// The `Authorization` header to send for a recorded, redacted one.
pub fn authorization(recording: &str, at: usize, recorded: &str) -> String {
    let scheme = recorded.split(' ').next().unwrap_or("token");
    let pair = if recorded.contains("(viewer)") {
        "viewer:secret"
    } else if recorded.contains("(nobody)") {
        "nobody:secret"
    } else {
        match (recording, at) {
            ("01", 2 | 30) => "key:wrong",
            ("01", 3) => "nokey:secret",
            ("01", 4) => "malformed",
            ("01", 5) => "unknown",
            ("01", 7) => "a2V5OnNlY3JldA==",
            _ => "key:secret",
        }
    };
    format!("{scheme} {pair}")
}
