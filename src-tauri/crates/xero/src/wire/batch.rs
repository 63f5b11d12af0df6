//! Batched writes, and which answer belongs to which.
//!
//! `summarizeErrors=false` makes one bad element fail alone, and is always sent because the
//! specification and the documented behaviour disagree about its default. The order of the answers
//! is documented nowhere, so each is recognised by what identifies it.

use serde_json::{Value, json};

use super::client::{Call, Client};
use super::read::rows;
use super::usable_id;
use crate::error::{self, XeroError};

/// The elements of one call, as Xero advises.
pub const BATCH: usize = 50;

/// The endpoint written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `/Contacts`.
    Contacts,
    /// `/Invoices`.
    Invoices,
    /// `/CreditNotes`.
    CreditNotes,
    /// `/Payments`; several are created by `PUT` only.
    Payments,
    /// `/BatchPayments`.
    BatchPayments,
    /// `/BankTransactions`, by which overpayments and prepayments are entered.
    BankTransactions,
}

impl Target {
    /// Below `api.xro/2.0/`, and the name of the array in request and answer.
    pub const fn key(self) -> &'static str {
        match self {
            Target::Contacts => "Contacts",
            Target::Invoices => "Invoices",
            Target::CreditNotes => "CreditNotes",
            Target::Payments => "Payments",
            Target::BatchPayments => "BatchPayments",
            Target::BankTransactions => "BankTransactions",
        }
    }

    /// What identifies an element, best first. Each is one or several members that tell two
    /// elements apart together.
    const fn identities(self) -> &'static [&'static [&'static str]] {
        match self {
            Target::Contacts => &[&["ContactID"], &["ContactNumber"], &["Name"]],
            Target::Invoices => &[&["InvoiceID"], &["InvoiceNumber"]],
            Target::CreditNotes => &[&["CreditNoteID"], &["CreditNoteNumber"]],
            // Several payments can have one reference, and several one invoice.
            Target::Payments => &[&["PaymentID"], &[PAID, "Amount", "Reference"]],
            Target::BatchPayments => &[&["BatchPaymentID"], &[PARTS, "Reference"]],
            Target::BankTransactions => &[&["BankTransactionID"], &["Contact", "Reference", LINES]],
        }
    }
}

/// What tells allocations of one credit apart.
pub(super) const OF_ALLOCATION: &[&[&str]] = &[&["AllocationID"], &[PAID, "Amount"]];

/// The document a payment is for, whatever kind it is.
const PAID: &str = "#paid";
/// The documents a batch of payments is for, and how much of each it pays.
const PARTS: &str = "#parts";
/// The amounts of the lines.
const LINES: &str = "#lines";

/// A member of an element in a form that is the same in request and answer; `None` where it is not
/// there.
fn identity(value: &Value, key: &str) -> Option<String> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_lowercase()),
        Value::Number(number) => number
            .to_string()
            .parse::<rust_decimal::Decimal>()
            .ok()
            .map(|amount| amount.normalize().to_string()),
        _ => None,
    };
    let list = |key: &str| value.get(key).and_then(Value::as_array);
    let found = match key {
        PAID => {
            let kinds = [
                ("Invoice", "InvoiceID"),
                ("CreditNote", "CreditNoteID"),
                ("Overpayment", "OverpaymentID"),
                ("Prepayment", "PrepaymentID"),
            ];
            kinds
                .iter()
                .find_map(|(kind, id)| plain(value.get(kind)?.get(id)?))
        }
        PARTS => list("Payments").map(|parts| {
            // In any order: nothing says that the answer keeps it.
            let mut parts: Vec<String> = parts
                .iter()
                .filter_map(|part| {
                    Some([identity(part, PAID)?, identity(part, "Amount")?].concat())
                })
                .collect();
            parts.sort();
            parts.join(" ")
        }),
        LINES => list("LineItems").map(|lines| {
            let amounts: Vec<String> = lines
                .iter()
                .filter_map(|line| plain(line.get("UnitAmount")?))
                .collect();
            amounts.join(" ")
        }),
        "Contact" => plain(value.get("Contact")?.get("ContactID")?),
        key => plain(value.get(key)?),
    };
    found.as_deref().and_then(usable_id)
}

/// What became of one element.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// Written; the record as Xero now holds it.
    Written(Value),
    /// Refused, with every message, nested ones included, and the element as answered.
    Refused {
        /// Xero's words.
        messages: Vec<String>,
        /// The element as answered.
        answer: Value,
    },
    /// The answer does not mention it.
    Unmentioned,
}

impl Client {
    /// Writes elements in one call: `PUT` creates, `POST` updates. One outcome for each, in order.
    ///
    /// # Errors
    /// [`XeroError`] where the call as a whole failed; where [`XeroError::may_have_been_done`],
    /// any of the elements may have been written.
    pub async fn write(
        &self,
        target: Target,
        method: &'static str,
        elements: &[Value],
        key: &str,
    ) -> Result<Vec<Element>, XeroError> {
        let (_, elements) = self.write_told(target, method, elements, key).await?;
        Ok(elements)
    }

    /// [`Client::write`], and the HTTP status of the answer.
    ///
    /// # Errors
    /// As there.
    pub async fn write_told(
        &self,
        target: Target,
        method: &'static str,
        elements: &[Value],
        key: &str,
    ) -> Result<(u16, Vec<Element>), XeroError> {
        let call = Call {
            method,
            path: target.key().to_owned(),
            query: vec![
                ("summarizeErrors", "false".to_owned()),
                ("unitdp", "4".to_owned()),
            ],
            modified_since: None,
            body: Some(json!({ target.key(): elements })),
            key: Some(key.to_owned()),
        };
        let (status, answered) = self.told(&call, target.key()).await?;
        Ok((status, matched(target.identities(), elements, answered)))
    }

    /// Changes one record at an address of its own (`path`, below `api.xro/2.0/`) by exactly this body,
    /// which names it by itself where it has an id in it. The HTTP status, and what became of it.
    ///
    /// # Errors
    /// As [`Client::write`].
    pub async fn write_one(
        &self,
        target: Target,
        path: &str,
        body: &Value,
        key: &str,
    ) -> Result<(u16, Element), XeroError> {
        let call = Call {
            method: "POST",
            path: path.to_owned(),
            body: Some(body.clone()),
            key: Some(key.to_owned()),
            ..Call::default()
        };
        let (status, answered) = self.told(&call, target.key()).await?;
        let sent = std::slice::from_ref(body);
        let outcome = matched(target.identities(), sent, answered).pop();
        Ok((status, outcome.unwrap_or(Element::Unmentioned)))
    }
}

impl Client {
    /// Makes a batched call and returns the status and the elements as answered, also where Xero refused
    /// them.
    pub(super) async fn told(
        &self,
        call: &Call,
        key: &str,
    ) -> Result<(u16, Vec<Value>), XeroError> {
        // It was accepted, so it may have been carried out; we only cannot tell.
        let unreadable = |error: XeroError| {
            XeroError::Net(net::NetError::AnswerLost {
                host: "Xero".to_owned(),
                why: error.to_string(),
            })
        };
        match self.exchange(call).await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let value = error::json(&answer)?;
                Ok((status, rows(value, key).map_err(unreadable)?))
            }
            // Xero answers a call of which every element is refused with 400.
            Err(XeroError::Validation { elements, .. }) if !elements.is_empty() => {
                Ok((400, elements))
            }
            Err(error) => Err(error),
        }
    }
}

/// Finds each element's answer.
pub(super) fn matched(
    identities: &[&[&str]],
    sent: &[Value],
    answered: Vec<Value>,
) -> Vec<Element> {
    let mut answers: Vec<Option<Value>> = answered.into_iter().map(Some).collect();
    let in_order = answers.len() == sent.len();
    sent.iter()
        .enumerate()
        .map(|(index, element)| {
            let same = |answer: &Option<Value>| {
                answer
                    .as_ref()
                    .and_then(|answer| is_answer_to(identities, element, answer))
            };
            // The one at the same place first: two elements can have the same name.
            let found = Some(index)
                .filter(|&index| answers.get(index).and_then(same) == Some(true))
                .or_else(|| answers.iter().position(|answer| same(answer) == Some(true)))
                .or_else(|| {
                    // Nothing to recognise it by (a number Xero chose): only its place is left.
                    let unknown = answers
                        .get(index)
                        .is_some_and(|answer| answer.is_some() && same(answer).is_none());
                    (in_order && unknown).then_some(index)
                });
            match found
                .and_then(|index| answers.get_mut(index))
                .and_then(Option::take)
            {
                None => Element::Unmentioned,
                Some(answer) => outcome(identities, answer),
            }
        })
        .collect()
}

/// Whether an answer is this element's; `None` where nothing tells.
fn is_answer_to(identities: &[&[&str]], element: &Value, answer: &Value) -> Option<bool> {
    for keys in identities {
        let mut told = None;
        for key in *keys {
            if let (Some(sent), Some(answered)) = (identity(element, key), identity(answer, key)) {
                told = Some(told.unwrap_or(true) && sent == answered);
            }
        }
        if told.is_some() {
            return told;
        }
    }
    None
}

fn outcome(identities: &[&[&str]], answer: Value) -> Element {
    let status = answer
        .get("StatusAttributeString")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut messages = Vec::new();
    collect_messages(&answer, &mut messages);
    let failed = status.eq_ignore_ascii_case("ERROR")
        || (status.is_empty() && !messages.is_empty())
        || (status.is_empty() && answer.get("HasErrors") == Some(&Value::Bool(true)));
    if failed {
        return Element::Refused { messages, answer };
    }
    // Xero answers 200 with no id, or one of zeros, for what it may not have written (xero/FACTS §7;
    // seen in batches of payments of which one failed): nobody knows then, and it is looked up.
    let own = identities.first().and_then(|keys| keys.first());
    if own.is_some_and(|key| identity(&answer, key).is_none()) {
        return Element::Unmentioned;
    }
    // Nor what became of a batch whose payments have none.
    if own == Some(&"BatchPaymentID") && !names_its_parts(&answer) {
        return Element::Unmentioned;
    }
    Element::Written(answer)
}

/// Whether each payment of a batch as answered has an id of its own. A batch that was deleted is shown
/// without them (specification, `deleteBatchPayment`).
fn names_its_parts(batch: &Value) -> bool {
    let deleted = batch.get("Status").and_then(Value::as_str) == Some("DELETED");
    let parts = batch.get("Payments").and_then(Value::as_array);
    deleted
        || parts.is_some_and(|parts| {
            let mut ids = parts.iter().map(|part| identity(part, "PaymentID"));
            !parts.is_empty() && ids.all(|id| id.is_some())
        })
}

/// Every `ValidationErrors` message, nested elements' included, without repetition.
fn collect_messages(value: &Value, messages: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if name == "ValidationErrors"
                    && let Value::Array(errors) = field
                {
                    for error in errors {
                        let text = error
                            .get("Message")
                            .or_else(|| error.get("Description"))
                            .and_then(Value::as_str)
                            .map(str::trim)
                            .unwrap_or_default();
                        if !text.is_empty() && !messages.iter().any(|known| known == text) {
                            messages.push(text.to_owned());
                        }
                    }
                } else {
                    collect_messages(field, messages);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_messages(item, messages);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(id: &str, number: &str) -> Value {
        json!({"InvoiceID": id, "InvoiceNumber": number, "StatusAttributeString": "OK"})
    }

    fn refused(number: &str, message: &str) -> Value {
        json!({"InvoiceID": "00000000-0000-0000-0000-000000000000", "InvoiceNumber": number, "HasErrors": true,
            "StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": message}]})
    }

    #[test]
    fn answers_are_recognised_whatever_their_order() {
        let sent = [
            json!({"InvoiceNumber": "INV-1"}),
            json!({"InvoiceNumber": "INV-2"}),
            json!({"InvoiceNumber": "INV-3"}),
        ];
        let answered = vec![
            ok("c", "INV-3"),
            refused("INV-1", "Invoice # must be unique."),
        ];
        assert_eq!(
            matched(Target::Invoices.identities(), &sent, answered),
            [
                Element::Refused {
                    messages: vec!["Invoice # must be unique.".into()],
                    answer: refused("INV-1", "Invoice # must be unique."),
                },
                Element::Unmentioned,
                Element::Written(ok("c", "INV-3")),
            ]
        );
    }

    #[test]
    fn an_element_without_identity_is_told_by_its_place() {
        let sent = [json!({"Reference": "a"}), json!({"InvoiceNumber": "INV-2"})];
        let answered = vec![ok("a", "INV-0009"), ok("b", "INV-2")];
        assert_eq!(
            matched(Target::Invoices.identities(), &sent, answered.clone()),
            [
                Element::Written(answered[0].clone()),
                Element::Written(answered[1].clone())
            ]
        );
        assert_eq!(
            matched(
                Target::Invoices.identities(),
                &sent,
                vec![answered[1].clone()]
            ),
            [Element::Unmentioned, Element::Written(answered[1].clone())]
        );
    }

    #[test]
    fn contacts_of_one_name_keep_their_order() {
        let sent = [
            json!({"Name": "Ann", "ContactNumber": "C-1"}),
            json!({"Name": "Ann", "ContactNumber": "C-2"}),
        ];
        let answer = |id: &str, number: &str| {
            json!({"ContactID": id, "Name": "Ann", "ContactNumber": number,
                "StatusAttributeString": "OK"})
        };
        assert_eq!(
            matched(
                Target::Contacts.identities(),
                &sent,
                vec![answer("2", "C-2"), answer("1", "C-1")]
            ),
            [
                Element::Written(answer("1", "C-1")),
                Element::Written(answer("2", "C-2"))
            ]
        );
    }

    #[test]
    fn payments_are_told_apart_by_what_they_pay() {
        let sent = [
            json!({"Invoice": {"InvoiceID": "A"}, "Amount": 10.00, "Reference": "BACS 7"}),
            json!({"Invoice": {"InvoiceID": "B"}, "Amount": 10, "Reference": "BACS 7"}),
            json!({"CreditNote": {"CreditNoteID": "C"}, "Amount": 5, "Reference": "BACS 7"}),
        ];
        let paid = |payment: &str, document: &str, amount: Value| {
            json!({"PaymentID": payment, "Invoice": {"InvoiceID": document}, "Amount": amount,
                "Reference": "BACS 7", "StatusAttributeString": "OK"})
        };
        let answered = vec![
            // A refund comes back under "Invoice".
            paid("3", "c", json!(5.0)),
            paid("2", "b", json!(10.00)),
            paid("1", "a", json!(10.0)),
        ];
        assert_eq!(
            matched(Target::Payments.identities(), &sent, answered.clone()),
            [
                Element::Written(answered[2].clone()),
                Element::Written(answered[1].clone()),
                Element::Written(answered[0].clone()),
            ]
        );
    }

    #[test]
    fn nested_messages_are_all_shown_once() {
        let answer = json!({
            "StatusAttributeString": "ERROR",
            "ValidationErrors": [{"Message": "A"}],
            "Contact": {"ValidationErrors": [{"Description": "B"}, {"Message": "A"}]},
            "LineItems": [{"ValidationErrors": [{"Message": "C "}]}],
        });
        let Element::Refused { messages, .. } = outcome(Target::Invoices.identities(), answer)
        else {
            panic!("refused");
        };
        assert_eq!(messages, ["A", "B", "C"]);
    }

    #[test]
    fn a_warning_is_written() {
        let answer = json!({"InvoiceID": "a", "StatusAttributeString": "WARNING",
            "Warnings": [{"Message": "rate"}]});
        assert_eq!(
            outcome(Target::Invoices.identities(), answer.clone()),
            Element::Written(answer)
        );
    }

    #[test]
    fn an_answer_without_a_usable_id_tells_nothing() {
        for id in [
            json!("00000000-0000-0000-0000-000000000000"),
            json!(""),
            Value::Null,
        ] {
            for (target, key) in [
                (Target::Invoices, "InvoiceID"),
                (Target::Contacts, "ContactID"),
                (Target::Payments, "PaymentID"),
                (Target::CreditNotes, "CreditNoteID"),
                (Target::BatchPayments, "BatchPaymentID"),
            ] {
                let mut answer = json!({"Name": "A", "InvoiceNumber": "I-1", "HasErrors": false,
                    "Payments": [{"PaymentID": "p"}]});
                answer[key] = id.clone();
                assert_eq!(outcome(target.identities(), answer), Element::Unmentioned);
            }
            let batch =
                json!({"BatchPaymentID": "b", "Payments": [{"PaymentID": "p"}, {"PaymentID": id}]});
            assert_eq!(
                outcome(Target::BatchPayments.identities(), batch),
                Element::Unmentioned
            );
        }
        for (batch, told) in [
            (
                json!({"BatchPaymentID": "b", "Status": "AUTHORISED", "Payments": [{"PaymentID": "p"}]}),
                true,
            ),
            (
                json!({"BatchPaymentID": "b", "Status": "AUTHORISED", "Payments": []}),
                false,
            ),
            (
                json!({"BatchPaymentID": "b", "Status": "AUTHORISED"}),
                false,
            ),
            (
                json!({"BatchPaymentID": "b", "Status": "DELETED", "Payments": []}),
                true,
            ),
        ] {
            let outcome = outcome(Target::BatchPayments.identities(), batch.clone());
            assert_eq!(matches!(outcome, Element::Written(_)), told, "{batch}");
        }
    }

    #[test]
    fn batches_are_told_apart_by_what_they_pay_in_any_order() {
        let part = |invoice: &str, amount: Value| json!({"Invoice": {"InvoiceID": invoice}, "Amount": amount});
        let sent = [
            json!({"Reference": "R", "Payments": [part("A", json!(10.00)), part("B", json!(5))]}),
            json!({"Reference": "R", "Payments": [part("A", json!(7)), part("B", json!(8))]}),
        ];
        let answer = |id: &str, a: Value, b: Value| {
            let (mut a, mut b) = (part("a", a), part("b", b));
            a["PaymentID"] = json!(format!("{id}a"));
            b["PaymentID"] = json!(format!("{id}b"));
            // Outside New Zealand the reference is not kept.
            json!({"BatchPaymentID": id, "Status": "AUTHORISED", "Payments": [b, a]})
        };
        let answered = vec![
            answer("2", json!(7.0), json!(8.00)),
            answer("1", json!(10), json!(5.0)),
        ];
        assert_eq!(
            matched(Target::BatchPayments.identities(), &sent, answered.clone()),
            [
                Element::Written(answered[1].clone()),
                Element::Written(answered[0].clone())
            ]
        );
    }
}
