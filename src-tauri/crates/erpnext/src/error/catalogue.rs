//! Known refusals and what they mean to an accountant.
//!
//! The table is searched from the top; a refusal that matches nothing keeps ERPNext's own words. It was
//! made by reading every message that writing a customer, address, contact, sales invoice, payment or
//! journal can end with, in ERPNext 15.71 and 16.9 side by side (Frappe 15.75 and 16.9). The
//! exception's name is asked for where it says enough. Most refusals are a plain `ValidationError`;
//! of those the words are looked for that both versions have, each as a phrase of its own, without
//! articles: 16 says "The Income Account X does not belong to the company" where 15 says "Income
//! Account X does not belong to Company", and "Due Date cannot be before Posting Date" for "… before
//! Posting / Supplier Invoice Date".

use chrono::NaiveDate;
use ledger::{Cause, Side};

use super::Refusal;

/// One known refusal: the exception's name (empty for any), phrases of its message that must all occur
/// (small letters, no articles, no punctuation), and what it means.
struct Known {
    exc_type: &'static str,
    phrases: &'static [&'static str],
    meaning: Meaning,
}

enum Meaning {
    /// A field holds something ERPNext does not take: its name and what would be right.
    Field(&'static str, &'static str),
    /// Fields that the site demands are empty.
    Missing,
    /// Something named does not exist (any more): what would be right.
    Link(&'static str),
    /// The books are closed for the document's date.
    Closed,
    /// The document cannot be changed.
    CannotEdit(&'static str),
    /// The document cannot be cancelled or deleted.
    CannotVoid(&'static str),
}

use Meaning::{CannotEdit, CannotVoid, Closed, Field, Link, Missing};

/// By the exception's name alone.
const fn named(exc_type: &'static str, meaning: Meaning) -> Known {
    Known {
        exc_type,
        phrases: &[],
        meaning,
    }
}

/// By what the message says, whatever the exception.
const fn said(phrases: &'static [&'static str], meaning: Meaning) -> Known {
    Known {
        exc_type: "",
        phrases,
        meaning,
    }
}

const NO_FISCAL_YEAR: Meaning = Field(
    "date",
    "ERPNext has no fiscal year for this date. Add one in ERPNext under Accounting > Fiscal Year",
);
const FRACTION: Meaning = Field(
    "quantity",
    "ERPNext allows only whole quantities for the unit of this line",
);
const NO_QUANTITY: Meaning = Field("quantity", "ERPNext does not take a quantity of zero");
const OTHER_CURRENCY: Meaning = Field(
    "currency",
    "ERPNext already holds entries of this customer in another currency",
);
const NO_RATE: Meaning = Field(
    "exchange rate",
    "ERPNext knows no exchange rate for this currency and day",
);
const NOT_OF_COMPANY: Meaning = Field(
    "account",
    "The mapped account is not an account of this company in ERPNext. Map the account again",
);
const GROUP_ACCOUNT: Meaning = Field(
    "account",
    "The mapped account is a group in ERPNext, and nothing can be booked to a group. Map another account",
);
const SHUT_ACCOUNT: Meaning = Field(
    "account",
    "The mapped account is disabled or frozen in ERPNext. Open it there, or map another account",
);
const COST_CENTER: Meaning = Field(
    "cost center",
    "ERPNext needs a cost center of this company that is no group. Set the company's default cost center in ERPNext",
);
const DIMENSION: Meaning = Field(
    "accounting dimension",
    "An accounting dimension is mandatory in ERPNext. Take the tick off Mandatory for this company under Accounting Dimension (a default there is filled in by the form alone)",
);
const WORKFLOW: Meaning = Field(
    "workflow",
    "A Workflow in ERPNext decides who may submit this, and it does not let this user. Deactivate the Workflow, or give the user a role that its transitions allow",
);
const LIMIT: Meaning = Field(
    "authorisation",
    "An Authorization Rule in ERPNext does not let this user submit such an amount. Change the rule, or give the user the role it names",
);
const PRICE: Meaning = Field(
    "price",
    "ERPNext's own rules for prices do not allow it (Selling Settings, or the item's maximum discount)",
);
const OTHER_TOTAL: Meaning = Field(
    "total",
    "ERPNext works out another total than the one stated",
);
/// The field of a refusal that says that more would be paid of an invoice than is owed on it. What the
/// figures are it does not say.
pub const OWED: &str = "amount paid";
const TOO_MUCH: Meaning = Field(
    OWED,
    "More would be paid of an invoice than is owed on it in ERPNext",
);
const PAYMENT_TERMS: Meaning = Field(
    "payment terms",
    "The invoice's Payment Terms Template in ERPNext wants each payment divided among its terms. Enter this payment there, or take the tick off \"Allocate Payment Based On Payment Terms\" in the template",
);
const RECEIVABLE: Meaning = Field(
    "receivable account",
    "The invoice is kept in another receivable account in ERPNext than the payment",
);
const GONE: &str = "Something that it names is not in ERPNext (any more)";

const KNOWN: &[Known] = &[
    named("ClosedAccountingPeriod", Closed),
    said(&["not authorized to add or update entries before"], Closed),
    said(&["books have been closed till period ending on"], Closed),
    said(&["closed accounting period"], Closed),
    named("FiscalYearError", NO_FISCAL_YEAR),
    said(&["not in any active fiscal year"], NO_FISCAL_YEAR),
    said(&["not in fiscal year"], NO_FISCAL_YEAR),
    named("UOMMustBeIntegerError", FRACTION),
    said(&["quantity", "cannot be fraction"], FRACTION),
    named("InvalidQtyError", NO_QUANTITY),
    said(&["quantity for item", "cannot be zero"], NO_QUANTITY),
    named(
        "PartyDisabled",
        Field(
            "contact",
            "The customer is disabled in ERPNext. Enable it there, or archive it in Xero",
        ),
    ),
    named(
        "PartyFrozen",
        Field("contact", "The customer is frozen in ERPNext"),
    ),
    said(
        &["credit limit has been crossed"],
        Field(
            "credit limit",
            "The customer's credit limit in ERPNext does not allow this invoice",
        ),
    ),
    said(
        &["party account", "should be same"],
        Field(
            "currency",
            "ERPNext has no receivable account in this currency for the customer. Add a receivable account in the currency, or switch on \"Allow multi-currency invoices against single party account\" in ERPNext's Accounts Settings",
        ),
    ),
    named("InvalidAccountCurrency", OTHER_CURRENCY),
    named("InvalidCurrency", OTHER_CURRENCY),
    said(&["can only be made in currency"], OTHER_CURRENCY),
    said(&["has accounting entries in currency"], OTHER_CURRENCY),
    named("ReportingCurrencyExchangeNotFoundError", NO_RATE),
    said(&["unable to find exchange rate"], NO_RATE),
    said(&["conversion rate cannot be 0"], NO_RATE),
    said(
        &["due date", "cannot be before"],
        Field("due date", "The due date is before the invoice date"),
    ),
    said(
        &["date cannot be after"],
        Field(
            "due date",
            "The due date is later than the customer's payment terms in ERPNext allow",
        ),
    ),
    said(
        &["due date is mandatory"],
        Field("due date", "ERPNext needs a due date"),
    ),
    said(
        &["allocated amount cannot be greater than outstanding amount"],
        TOO_MUCH,
    ),
    said(&["has already been fully paid"], TOO_MUCH),
    said(&["has already been partly paid"], TOO_MUCH),
    said(
        &["has payment term based allocation enabled"],
        PAYMENT_TERMS,
    ),
    said(
        &["is greater than outstanding amount", "for payment term"],
        PAYMENT_TERMS,
    ),
    said(
        &["cannot allocate more than", "against payment term"],
        PAYMENT_TERMS,
    ),
    said(&["is associated with", "but party account is"], RECEIVABLE),
    said(
        &["is not associated with customer"],
        Field(
            "contact",
            "The invoice is another customer's in ERPNext than the payment",
        ),
    ),
    said(
        &["sales invoice", "must be submitted"],
        Field(
            "invoice",
            "The invoice that it pays is not submitted in ERPNext",
        ),
    ),
    said(
        &["reference no and reference date is mandatory"],
        Field(
            "reference",
            "ERPNext needs a reference and its date for money that comes to a bank account",
        ),
    ),
    said(&["exchange rate is mandatory"], NO_RATE),
    said(&["cost center", "does not belong to company"], COST_CENTER),
    said(&["is group cost center"], COST_CENTER),
    said(&["cost center is required"], COST_CENTER),
    said(&["account", "does not belong to company"], NOT_OF_COMPANY),
    said(&["account is not of company"], NOT_OF_COMPANY),
    said(&["account", "is group account"], GROUP_ACCOUNT),
    said(&["selected account group"], GROUP_ACCOUNT),
    said(&["account", "is inactive"], SHUT_ACCOUNT),
    said(&["account", "is frozen"], SHUT_ACCOUNT),
    said(&["frozen account"], SHUT_ACCOUNT),
    said(&["disabled accounts"], SHUT_ACCOUNT),
    said(
        &["balance for account", "must always be"],
        Field(
            "account",
            "ERPNext lets the balance of the account be on one side only, and this would put it on the other",
        ),
    ),
    named("MandatoryAccountDimensionError", DIMENSION),
    named("InvalidAccountDimensionError", DIMENSION),
    said(&["accounting dimension", "is required for"], DIMENSION),
    named("WorkflowStateError", WORKFLOW),
    named("WorkflowTransitionError", WORKFLOW),
    named("WorkflowPermissionError", WORKFLOW),
    said(&["illegal document status for"], WORKFLOW),
    said(&["workflow state"], WORKFLOW),
    // 15 misspells "authorized".
    said(&["since", "exceeds limits"], LIMIT),
    said(&["selling rate for item", "lower than its"], PRICE),
    said(&["maximum discount for item"], PRICE),
    said(&["rate must be positive number"], PRICE),
    said(
        &["item", "is disabled"],
        Field("item", "The item is disabled in ERPNext. Enable it there"),
    ),
    said(
        &["item", "has reached its end of life"],
        Field("item", "The item has reached its end of life in ERPNext"),
    ),
    said(
        &["item", "entered multiple times"],
        Field(
            "lines",
            "ERPNext's Selling Settings allow an item only once in a document",
        ),
    ),
    said(
        &["additional discount amount", "cannot exceed"],
        Field(
            "discount",
            "The discount is more than what it is taken from",
        ),
    ),
    said(
        &["item wise tax details do not match"],
        Field(
            "tax",
            "ERPNext spreads the tax over the lines in its own way and comes to other amounts",
        ),
    ),
    said(
        &["total payment amount in payment schedule must be equal"],
        OTHER_TOTAL,
    ),
    said(&["debit and credit not equal"], OTHER_TOTAL),
    named("MandatoryError", Missing),
    said(&["data missing in table"], Missing),
    named(
        "CancelledLinkError",
        Link("It names a document that is cancelled in ERPNext"),
    ),
    named("LinkValidationError", Link(GONE)),
    named("DoesNotExistError", Link(GONE)),
    // How 15 crashes on a customer that is not there (500 AttributeError).
    said(&["nonetype object has no attribute"], Link(GONE)),
    named(
        "InvalidEmailAddressError",
        Field("e-mail", "ERPNext does not accept this e-mail address"),
    ),
    named(
        "InvalidPhoneNumberError",
        Field(
            "telephone",
            "ERPNext does not accept this telephone number: it takes digits, blanks and + - ( ) # . only",
        ),
    ),
    named(
        "CharacterLengthExceededError",
        Field("text", "A text is longer than ERPNext can hold"),
    ),
    named(
        "NameError",
        Field("name", "ERPNext does not allow < and > in names"),
    ),
    named(
        "UpdateAfterSubmitError",
        CannotEdit("ERPNext does not allow this change on a submitted invoice"),
    ),
    named(
        "LinkExistsError",
        CannotVoid(
            "Other documents in ERPNext (a payment, a credit note or ledger entries) refer to it",
        ),
    ),
    said(
        &["cannot edit cancelled document"],
        CannotEdit("It is cancelled in ERPNext, and nothing can be changed there any more"),
    ),
    named(
        "DocstatusTransitionError",
        CannotEdit("It was submitted, cancelled or opened again in ERPNext meanwhile"),
    ),
];

/// The cause of a refusal as it is shown to people.
pub fn cause(refusal: &Refusal) -> Cause {
    let message = phrases_of(&refusal.message);
    let known = KNOWN.iter().find(|known| {
        (known.exc_type.is_empty() || known.exc_type == refusal.exc_type)
            && known
                .phrases
                .iter()
                .all(|phrase| message.contains(&format!(" {phrase} ")))
    });
    let side = Side::Erpnext;
    let says = |why: &str| format!("{why}. ERPNext says: {}", refusal.message);
    let invalid = |field: String, why: &str| Cause::Invalid {
        side,
        field,
        why: says(why),
    };
    match known.map(|known| &known.meaning) {
        Some(Field(field, why)) => invalid((*field).to_owned(), why),
        Some(Missing) => invalid(
            missing_fields(refusal),
            "ERPNext demands a value there. Give it a default in ERPNext (Customize Form), or make it not mandatory",
        ),
        Some(Link(why)) => invalid(not_found(&refusal.message), why),
        Some(Closed) => match day_in(&refusal.message) {
            Some(until) => Cause::PeriodLocked { side, until },
            None => invalid(
                "date".to_owned(),
                "The accounting period is closed in ERPNext",
            ),
        },
        Some(CannotEdit(why)) => Cause::CannotEdit {
            side,
            why: says(why),
            settled: None,
        },
        Some(CannotVoid(why)) => Cause::CannotVoid {
            side,
            why: says(why),
        },
        None => Cause::Refused {
            side,
            message: refusal.message.clone(),
            kind: Some(refusal.words()),
        },
    }
}

/// A message as its words alone: small letters, no articles, no punctuation, a blank around each.
fn phrases_of(message: &str) -> String {
    let words: Vec<String> = message
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| !matches!(word.as_str(), "the" | "a" | "an"))
        .collect();
    format!(" {} ", words.join(" "))
}

/// The fields of a `MandatoryError`, whose exception lists their names in every language:
/// `[Sales Invoice, X]: project, cost_center`.
fn missing_fields(refusal: &Refusal) -> String {
    let listed = refusal
        .exception
        .rsplit_once("]: ")
        .map(|(_, fields)| fields)
        .unwrap_or_default();
    let mut fields: Vec<String> = listed
        .split(',')
        .map(|field| field.trim().replace('_', " "))
        .filter(|field| !field.is_empty())
        .collect();
    fields.sort_unstable();
    fields.dedup();
    match fields.as_slice() {
        [] => "mandatory fields".to_owned(),
        [one] => format!("mandatory field \"{one}\""),
        many => format!("mandatory fields \"{}\"", many.join("\", \"")),
    }
}

/// What was not found: "Could not find Row #1: Income Account: Sales - X, Customer: Y" names the first
/// field, "Item X not found" begins with the document type.
fn not_found(message: &str) -> String {
    const TYPES: &[&str] = &[
        "Account",
        "Cost Center",
        "Currency",
        "Customer",
        "Item Tax Template",
        "Item",
        "UOM",
    ];
    let named = message
        .split_once("Could not find ")
        .or_else(|| message.split_once("Cannot link cancelled document: "));
    let label = named.and_then(|(_, list)| {
        list.split(": ")
            .find(|part| !part.starts_with("Row "))
            .map(str::trim)
    });
    let typed = TYPES
        .iter()
        .find(|doctype| message.starts_with(&format!("{doctype} ")));
    match (label, typed) {
        (Some(label), _) if label.len() < message.len() && !label.is_empty() => {
            label.to_lowercase()
        }
        (_, Some(doctype)) if *doctype == "UOM" => "unit".to_owned(),
        (_, Some(doctype)) => doctype.to_lowercase(),
        _ => "reference".to_owned(),
    }
}

/// A day written `31-12-2025` or `2025-12-31` in a message.
fn day_in(message: &str) -> Option<NaiveDate> {
    message
        .split(|c: char| !c.is_ascii_digit() && c != '-')
        .find_map(|word| {
            ["%d-%m-%Y", "%Y-%m-%d"]
                .iter()
                .find_map(|form| NaiveDate::parse_from_str(word, form).ok())
        })
}

#[cfg(test)]
mod tests;
