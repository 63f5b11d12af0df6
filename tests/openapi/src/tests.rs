//! The check finds what is wrong, and lets pass what is right.

use super::{Answer, Report, there};

fn answer(method: &str, path: &str, status: u16, body: &str) -> Answer {
    Answer {
        method: method.to_owned(),
        path: path.to_owned(),
        status,
        content_type: "application/json; charset=utf-8".to_owned(),
        body: body.to_owned(),
    }
}

fn wrong(method: &str, path: &str, status: u16, body: &str) -> Vec<String> {
    let found = answer(method, path, status, body).wrong();
    found.unwrap_or_else(|| panic!("{path} is not held against anything"))
}

#[test]
fn it_finds_what_is_wrong_with_a_record() {
    if !there() {
        return;
    }
    let invoices = |rest: &str| {
        let body =
            format!(r#"{{"Invoices":[{{"Type":"ACCREC","Contact":{{}},"LineItems":[]{rest}}}]}}"#);
        wrong("GET", "/api.xro/2.0/Invoices?page=1", 200, &body)
    };
    assert_eq!(invoices(""), Vec::<String>::new());
    for (rest, want) in [
        (
            r#","Total":"1.00""#,
            "Invoices[0].Total is no number: \"1.00\"",
        ),
        (r#","Status":"OPEN""#, "Invoices[0].Status cannot be OPEN"),
        (r#","InvoiceID":"7""#, "Invoices[0].InvoiceID is no id: 7"),
        (
            r#","HasErrors":"no""#,
            "Invoices[0].HasErrors is no boolean: \"no\"",
        ),
        (
            r#","Colour":"red""#,
            "Invoices[0].Colour is not described (Invoice)",
        ),
        (
            r#","DueDate":"2026-11-22""#,
            "Invoices[0].DueDate is no date: 2026-11-22",
        ),
    ] {
        assert_eq!(invoices(rest), [want], "{rest}");
    }
    let allocation = wrong(
        "PUT",
        "/api.xro/2.0/creditnotes/1/allocations",
        200,
        r#"{"Allocations":[{"Amount":1.00}]}"#,
    );
    assert_eq!(
        allocation,
        [
            "Allocations[0] has no Invoice",
            "Allocations[0] has no Date"
        ]
    );
}

#[test]
fn it_finds_what_is_wrong_with_an_answer() {
    if !there() {
        return;
    }
    assert_eq!(
        wrong("PATCH", "/api.xro/2.0/Invoices", 200, "{}"),
        ["PATCH /api.xro/2.0/Invoices is not described"]
    );
    assert_eq!(
        wrong("PUT", "/api.xro/2.0/Invoices", 201, "{}"),
        ["201 is not an answer of /api.xro/2.0/Invoices"]
    );
    assert_eq!(
        wrong("GET", "/api.xro/2.0/Invoices", 200, "<html>"),
        ["/api.xro/2.0/Invoices answers no JSON"]
    );
    let refused =
        r#"{"ErrorNumber":"10","Elements":[{"InvoiceID":"x","ValidationErrors":[{"Message":1}]}]}"#;
    assert_eq!(
        wrong("PUT", "/api.xro/2.0/Invoices", 400, refused),
        [
            "Error.ErrorNumber is no integer: \"10\"",
            "Elements[0].InvoiceID is no id: x",
            "Elements[0].ValidationErrors[0].Message is no string: 1",
        ]
    );
    let connection = r#"[{"id":"1","tenantType":"ORGANISATION"}]"#;
    assert_eq!(
        wrong("GET", "/connections", 200, connection),
        ["[0].id is no id: 1"]
    );
    // What no description speaks of.
    let silent = answer("GET", "/api.xro/2.0/Invoices", 503, "offline").wrong();
    assert_eq!(silent, None);
    assert_eq!(answer("POST", "/connect/token", 200, "{}").wrong(), None);
}

#[test]
fn a_recording_is_read_to_its_last_whole_line() {
    let line = r#"{"method":"GET","path":"/connections","status":401,"content_type":"","body":""}"#;
    let report = Report::of_recording(&format!("{line}\n{line}\n{{\"meth"));
    assert_eq!((report.described, report.wrong.len()), (0, 0));
}
