//! Everything the contract suite deliberately does not compare, in one place, each with its reason.

use sandbox::erpnext::ErpnextVersion;
use serde_json::Value;

/// Fields left out wherever they stand: the end of the path, and why.
const FIELDS: [(&str, &str); 30] = [
    (
        ".last_scanned_warehouse",
        "a field of the form that is never stored (16)",
    ),
    (
        "allowed_roles.*.__unsaved",
        "a form flag on rows the server itself added",
    ),
    (
        "deductions.*.__unsaved",
        "a form flag on rows the server itself added",
    ),
    (
        "docs.*.*.*.creation",
        "a child row's own moment of insertion, milliseconds after its parent's",
    ),
    (
        "docs.*.*.*.modified",
        "a child row's own stamp, milliseconds beside its parent's",
    ),
    (
        "item_defaults.*.__unsaved",
        "a form flag on rows the server itself added",
    ),
    (
        "uoms.*.__unsaved",
        "a form flag on rows the server itself added",
    ),
    ("data.image", "a picture looked up by e-mail address"),
    (".exc", "the traceback of a Python program"),
    (".__frappe_exc_id", "a hash of that traceback"),
    (
        ".errors.0.exception",
        "the traceback of a Python program (API v2)",
    ),
    (".in_words", "amounts in words, for print formats only"),
    (".base_in_words", "amounts in words, for print formats only"),
    (
        ".total_amount_in_words",
        "amounts in words, for print formats only",
    ),
    (".posting_time", "the time of day of the replay"),
    (
        ".other_charges_calculation",
        "an HTML table of the taxes, for print formats only",
    ),
    (
        ".party_balance",
        "a balance shown on the form, over all data of the recorded site",
    ),
    (
        ".paid_from_account_balance",
        "a balance shown on the form, over all data of the recorded site",
    ),
    (
        ".paid_to_account_balance",
        "a balance shown on the form, over all data of the recorded site",
    ),
    (
        "data.*.*.creation",
        "a child row's own moment of insertion, milliseconds after its parent's",
    ),
    (
        "data.*.*.modified",
        "a child row's own stamp, milliseconds beside its parent's",
    ),
    (
        "message.*.*.creation",
        "a child row's own moment of insertion, milliseconds after its parent's",
    ),
    (
        "message.*.*.modified",
        "a child row's own stamp, milliseconds beside its parent's",
    ),
    (
        "payment_schedule.*.__unsaved",
        "a form flag on rows the server itself added",
    ),
    (
        "payment_schedule.*.name",
        "rows the server makes again at some saves",
    ),
    (".lft", "a place in the tree of all accounts"),
    (".rgt", "a place in the tree of all accounts"),
    (".old_parent", "a place in the tree of all accounts"),
    (".last_active", "when the recorded user was last seen"),
    (".last_ip", "where the recorded user came from"),
];

/// Exchanges that are not sent: recording, first and last exchange, reason.
const NOT_REPLAYED: [(&str, usize, usize, &str); 3] = [
    ("10", 72, 72, "reports are not part of the demo site"),
    (
        "11",
        44,
        46,
        "the demo site does not call listeners itself, so it logs no calls",
    ),
    ("11", 52, 52, "the demo site has no job queue to list"),
];

/// Lists of data the recorded site had gathered before: only columns and types are compared, and
/// that there are rows where it had some.
const SHAPE_ONLY: [(&str, usize, usize, &str); 13] = [
    ("09", 14, 16, "rows of the seeded site"),
    ("09", 19, 19, "a count of the seeded site"),
    ("09", 42, 42, "rows of the seeded site"),
    ("10", 1, 75, "rows of the seeded site"),
    ("13", 9, 9, "rows of the seeded site"),
    ("13", 17, 19, "rows of the seeded site"),
    ("13", 34, 34, "rows of the seeded site"),
    ("15", 13, 24, "rows of the seeded site"),
    ("14", 4, 4, "rows of earlier recordings"),
    ("14", 7, 7, "rows of earlier recordings"),
    ("15", 27, 28, "rows of the seeded site"),
    ("16", 9, 9, "rows of the seeded site"),
    ("03", 30, 30, "rows without an order, in another order"),
];

/// A difference that is known and accepted: recording, exchange (0 for all), start of the path,
/// reason.
pub type Accepted = (&'static str, usize, &'static str, &'static str);

/// Accepted on 16 alone.
const ONLY_16: &[Accepted] = &[
    (
        "01",
        34,
        "body.data.",
        "what the person who set the site up has chosen",
    ),
    (
        "03",
        41,
        "body.data.",
        "when a contact is saved again because its customer is",
    ),
    (
        "05",
        12,
        "body.message.letter_head",
        "a document sent whole without one loses it",
    ),
    (
        "05",
        33,
        "body.data.",
        "rows without an order, in another order",
    ),
    (
        "06",
        3,
        "body.",
        "settings of stock, which the demo site keeps as text",
    ),
    ("06", 8, "body.", "a blank at the end of a link is cut off"),
    (
        "06",
        66,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "06",
        69,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "07",
        18,
        "body.message.",
        "empty choices of a form that is not saved yet",
    ),
    ("08", 3, "body.data.accounts.", "who set the site up"),
    (
        "08",
        29,
        "body.message.references.0.modified_by",
        "a form that is not saved yet",
    ),
    (
        "08",
        52,
        "body.data.",
        "rows without an order, in another order",
    ),
    (
        "09",
        9,
        "body.message.letter_head",
        "a document sent whole without one loses it",
    ),
    ("09", 12, "body.", "lines the recorder cut off"),
    ("09", 17, "body.data.", "lines the recorder cut off"),
    ("09", 18, "body.data.", "lines the recorder cut off"),
    (
        "09",
        30,
        "body.",
        "fields that hold nothing, in the answer of a method",
    ),
    (
        "13",
        16,
        "status",
        "which of two refusals a function of SQL meets",
    ),
    (
        "15",
        0,
        "body.data.",
        "what the person who set the site up has chosen",
    ),
    (
        "17",
        9,
        "body.data.",
        "what the person who set the site up has chosen",
    ),
    (
        "17",
        12,
        "body.data.",
        "what the person who set the site up has chosen",
    ),
    (
        "17",
        31,
        "body.message.api_key",
        "a key of one's own is not shown here",
    ),
    (
        "20",
        6,
        "body.data.",
        "the order of the fields in a Version row",
    ),
    (
        "20",
        15,
        "body.data.",
        "the order of the fields in a Version row",
    ),
    (
        "20",
        65,
        "body.",
        "lines without the fields that hold nothing, in the answer of a method",
    ),
    (
        "20",
        67,
        "body.",
        "lines without the fields that hold nothing, in the answer of a method",
    ),
    (
        "21",
        109,
        "body.message.references.0.modified_by",
        "a form that is not saved yet",
    ),
    (
        "21",
        111,
        "body.message.letter_head",
        "a form that is not saved yet",
    ),
    (
        "22",
        69,
        "body.message.",
        "empty choices of a form that is not saved yet",
    ),
    (
        "26",
        5,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "26",
        17,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "27",
        56,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "27",
        59,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "27",
        61,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "27",
        8,
        "body.data.taxes.1.account_currency",
        "the currency of a tax account that was made by hand",
    ),
    (
        "27",
        22,
        "body.data.taxes.1.account_currency",
        "the currency of a tax account that was made by hand",
    ),
    (
        "28",
        104,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "28",
        109,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
];

/// Accepted on 15 alone.
const ONLY_15: &[Accepted] = &[
    (
        "02",
        2,
        "status",
        "the settings of the OAuth provider, which no client needs",
    ),
    (
        "02",
        16,
        "body.roles",
        "the connecting user holds fewer roles here",
    ),
    ("02", 16, "body.sub", "an identity for signing in by OAuth"),
    (
        "02",
        17,
        "body.roles",
        "the connecting user holds fewer roles here",
    ),
    ("02", 17, "body.sub", "an identity for signing in by OAuth"),
    ("02", 17, "body.exp", "an instant in seconds"),
    (
        "07",
        64,
        "body.data.length",
        "a journal entry from before the recording",
    ),
    ("10", 30, "body.data.length", "fewer than 4,000 rows here"),
    ("13", 1, "body.exception", "the JSON parser's own words"),
    (
        "13",
        22,
        "body.message.length",
        "the recorder cut the list of names off",
    ),
    (
        "13",
        23,
        "body.message.length",
        "the recorder cut the list of names off",
    ),
    (
        "14",
        3,
        "body.data.0.data",
        "a document as text, with more fields than the demo site has",
    ),
    (
        "16",
        9,
        "body.data.length",
        "no invoices in this recording's site",
    ),
    (
        "17",
        7,
        "body._server_messages.0.message",
        "which of several invoices is named",
    ),
    (
        "16",
        1,
        "body.data.length",
        "no invoices in this recording's site",
    ),
    (
        "19",
        0,
        "body.data.social_logins.0.",
        "an identity for signing in by OAuth",
    ),
    ("19", 18, "body.data.last_", "what the person did last"),
    ("25", 19, "body._debug_messages", "the broken SQL itself"),
    (
        "25",
        37,
        "body.exception",
        "the operators, in the random order of a Python set",
    ),
    (
        "25",
        37,
        "body._server_messages.0.message",
        "the operators, in the random order of a Python set",
    ),
];

/// Accepted on both.
const BOTH: &[Accepted] = &[
    (
        "03",
        40,
        "body.data",
        "rows without an order, in another order",
    ),
    (
        "04",
        4,
        "body.data.idx",
        "the place of a custom field on the form",
    ),
    (
        "04",
        7,
        "body.data.idx",
        "the place of a custom field on the form",
    ),
    (
        "06",
        26,
        "body.exception",
        "a new row's cost centre is not defaulted before the check",
    ),
    (
        "06",
        26,
        "body._server_messages",
        "a new row's cost centre is not defaulted before the check",
    ),
    ("08", 3, "body.data.modified", "when the site was installed"),
    ("13", 13, "body.exception", "the JSON parser's own words"),
    ("13", 15, "body.exception", "the JSON parser's own words"),
    (
        "17",
        8,
        "body._server_messages.0.message",
        "which of several invoices is named",
    ),
    (
        "17",
        35,
        "body.data.modified",
        "when the site was installed",
    ),
    (
        "17",
        35,
        "body.data.roles",
        "the connecting user holds fewer roles here",
    ),
    (
        "17",
        35,
        "body.data.social_logins",
        "for signing in by OAuth",
    ),
    ("17", 35, "body.data.last_", "what the person did last"),
    (
        "09",
        20,
        "body.",
        "the type's settings for forms and lists; its flags and fields are there",
    ),
    (
        "20",
        6,
        "body.data.2.data.changed.0.2",
        "0 sent to set_value counts as an empty text in the Version row",
    ),
    (
        "20",
        17,
        "body.data.0.data.",
        "which empty numbers of an amended invoice count as changed",
    ),
    (
        "20",
        19,
        "body.data.0.data.",
        "which empty numbers of an amended invoice count as changed",
    ),
    (
        "25",
        41,
        "body.message.",
        "the stamp of lines, microseconds beside their invoice's",
    ),
    (
        "17",
        35,
        "body.data.",
        "password and onboarding of the person",
    ),
    (
        "28",
        245,
        "body.exception",
        "whom the site's users may turn to",
    ),
    (
        "28",
        245,
        "body._server_messages.0.",
        "whom the site's users may turn to",
    ),
    (
        "28",
        247,
        "body.exception",
        "whom the site's users may turn to",
    ),
    (
        "28",
        247,
        "body._server_messages.0.",
        "whom the site's users may turn to",
    ),
    (
        "28",
        250,
        "body.exception",
        "whom the site's users may turn to",
    ),
    (
        "28",
        250,
        "body._server_messages.0.",
        "whom the site's users may turn to",
    ),
    (
        "28",
        259,
        "body.exception",
        "whom the site's users may turn to",
    ),
    (
        "28",
        259,
        "body._server_messages.0.",
        "whom the site's users may turn to",
    ),
    (
        "28",
        264,
        "body.exception",
        "whom the site's users may turn to",
    ),
    (
        "28",
        264,
        "body._server_messages.0.",
        "whom the site's users may turn to",
    ),
    (
        "28",
        269,
        "body.exception",
        "whom the site's users may turn to",
    ),
    (
        "28",
        269,
        "body._server_messages.0.",
        "whom the site's users may turn to",
    ),
    (
        "28",
        263,
        "body.data.credit_limits.0.",
        "a group, which is read again after it is saved",
    ),
    (
        "28",
        265,
        "body.data.credit_limits.0.",
        "a group, which is read again after it is saved",
    ),
    (
        "28",
        268,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "28",
        270,
        "body.data.",
        "what a company holds that the demo site does not",
    ),
    (
        "29",
        22,
        "body.data.modified",
        "when a restored customer is saved for its contact",
    ),
    (
        "29",
        79,
        "body.data.0.data.changed",
        "a number that a new customer does not have yet",
    ),
    (
        "29",
        87,
        "body.data.",
        "a number that a new customer does not have yet",
    ),
];

/// Whether an exchange is sent again; if not, why.
pub fn replayed(recording: &str, at: usize, exchange: &Value) -> Result<(), &'static str> {
    if exchange["method"].as_str().is_none() {
        return Err("a note of the recorder, not one exchange");
    }
    NOT_REPLAYED
        .iter()
        .find(|(number, first, last, _)| *number == recording && (*first..=*last).contains(&at))
        .map_or(Ok(()), |(.., reason)| Err(*reason))
}

/// Whether only columns and types are compared.
pub fn shape_only(recording: &str, at: usize) -> bool {
    SHAPE_ONLY
        .iter()
        .any(|(number, first, last, _)| *number == recording && (*first..=*last).contains(&at))
}

/// Whether a field is left out everywhere. `*` in a pattern stands for one step of the path.
pub fn ignored_field(path: &str) -> bool {
    FIELDS.iter().any(|(end, _)| {
        if end.starts_with('.') {
            return path.ends_with(end);
        }
        let (mut path, mut end) = (path.rsplit('.'), end.rsplit('.'));
        end.all(|step| path.next().is_some_and(|own| step == "*" || step == own))
    })
}

/// The differences accepted on a version, each with its number.
pub fn of(version: ErpnextVersion) -> impl Iterator<Item = (usize, &'static Accepted)> {
    let of_15 = version == ErpnextVersion::V15;
    let both = BOTH.iter().enumerate();
    let own = if of_15 { ONLY_15 } else { ONLY_16 };
    both.chain((BOTH.len()..).zip(own))
}

/// The entry that lists this difference.
pub fn listed(version: ErpnextVersion, recording: &str, at: usize, path: &str) -> Option<usize> {
    of(version)
        .find(|(_, (number, exchange, start, _))| {
            *number == recording && (*exchange == 0 || *exchange == at) && path.starts_with(start)
        })
        .map(|(entry, _)| entry)
}
