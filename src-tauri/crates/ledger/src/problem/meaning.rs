//! What a cause means to a person: its words, its way out, who can do it. [`Cause::meaning`] is the table;
//! here is what an entry of it says, and how its texts are filled in.

use serde_json::{Map, Value};

use super::{Cause, Difference};
use crate::said::fill;
use crate::{Kind, MappingKind, RemoteId, Side};

/// An entry of the table. In its texts a parameter stands in braces: every field of the cause by its
/// name, and those that follow from a field (`{other}` is the other side; see [`Cause::parameters`]).
#[derive(Debug, Clone, Copy)]
pub struct Meaning {
    /// The stable word that groups exceptions of one cause, in SQL, JSON and on the command line, and the
    /// id of the message.
    pub word: &'static str,
    /// The cause in one or two words.
    pub badge: &'static str,
    /// Whether something was refused, or only waits.
    pub severity: Severity,
    /// What the log calls it.
    pub logged: Logged,
    /// Whether records wait because of it: those that do not are listed after those that do.
    pub holds_up: bool,
    /// What is wrong, in one or two sentences an accountant would say.
    pub says: &'static str,
    /// What a group with one record of this cause is called. `{says}` stands for the sentence.
    pub one: &'static str,
    /// What a group with several is called. `{n}` stands for how many.
    pub many: &'static str,
    /// What to do about it, in one or two sentences.
    pub fix: &'static str,
    /// The control that does it.
    pub way: Way,
    /// Who can do it.
    pub who: Who,
    /// The parameters that are part of what a group is about: records with one remedy are one group, so
    /// nothing that only one of them has is among these.
    pub about: &'static [&'static str],
}

/// Whether something was refused, or only waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Refused, or contradicted: nothing was written.
    Refused,
    /// A choice or a wait.
    Waits,
}

/// What the log calls an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logged {
    /// It could not be synced.
    Exception,
    /// A person chooses.
    Choice,
    /// It waits for another record; the log need not say what to do.
    Blocked,
}

/// On which side something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// The side that the cause names.
    Named,
    /// The other one.
    Other,
    /// Xero.
    Xero,
    /// ERPNext.
    Erpnext,
    /// Where the `field` of the cause is put right: most on the other side, and what is a matter of how the
    /// named side is set up, there.
    ByField,
}

/// The control that a cause has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Choose what stands for the value of this parameter.
    Map(MappingKind, &'static str),
    /// Choose which of the records shown is the counterpart, or say that it is a new one.
    Pick,
    /// Say that the record shown is another one.
    KeepApart,
    /// Say that it is a new one.
    AsNew,
    /// Keep the values of one of the `offered` sides.
    Keep,
    /// Put it right in a remote system, and retry.
    Mend(Where),
    /// Nothing here: it ends by itself, or by what is done elsewhere.
    Retry,
}

/// Who can go the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever uses Counterfoil.
    Here,
    /// Whoever may edit such records on that side.
    Editor(Where),
    /// Whoever may edit such records on one of the sides.
    EitherEditor,
    /// Whoever may change the settings of that side.
    Administrator(Where),
    /// The one who keeps the server or connection of that side.
    Keeper(Where),
    /// Nobody has to.
    Nobody,
}

/// A cause's way out, with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayOut {
    /// Choose what stands for a value on the other side.
    Map {
        /// Account or tax rate.
        kind: MappingKind,
        /// The side of the value.
        side: Side,
        /// Its key there.
        key: String,
    },
    /// Choose which of the records shown is the counterpart, or say that it is a new one.
    Pick,
    /// Say that the record shown is another one.
    KeepApart,
    /// Say that it is a new one.
    AsNew,
    /// Keep the values of one of these sides.
    Keep(Vec<Side>),
    /// Put it right in that system, and retry.
    Mend(Side),
    /// Nothing here.
    Retry,
}

/// What is a matter of how a side is set up, where it would not take a field.
const fn set_up(side: Side) -> &'static [&'static str] {
    match side {
        Side::Erpnext => &[
            "date",
            "currency",
            "exchange rate",
            "contact",
            "primary address",
            "primary contact",
            "credit limit",
            "account",
            "cost center",
            "accounting dimension",
            "workflow",
            "authorisation",
        ],
        Side::Xero => &["date", "currency", "account", "tax rate", "payment account"],
    }
}

impl Where {
    fn side(self, cause: &Parameters) -> Side {
        let named = cause.side().unwrap_or(Side::Xero);
        match self {
            Where::Named => named,
            Where::Other => named.other(),
            Where::Xero => Side::Xero,
            Where::Erpnext => Side::Erpnext,
            Where::ByField => {
                let field = cause.text("field").unwrap_or_default();
                // A field that the site demands is its own affair too.
                let demanded = named == Side::Erpnext && field.starts_with("mandatory field");
                if demanded || set_up(named).contains(&field) {
                    named
                } else {
                    named.other()
                }
            }
        }
    }
}

/// The fields of a cause by name.
struct Parameters(Map<String, Value>);

impl Parameters {
    fn of(cause: &Cause) -> Self {
        // Serde gives {"word": {field: value}}, and the bare word where there are no fields.
        let mut fields = Map::new();
        if let Ok(Value::Object(tagged)) = serde_json::to_value(cause)
            && let Some((_, Value::Object(inner))) = tagged.into_iter().next()
        {
            fields = inner;
        }
        Self(fields)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn side(&self) -> Option<Side> {
        self.text("side").and_then(Side::from_word)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_value(self.0.get(name)?.clone()).ok()
    }
}

impl Cause {
    /// The stable word that groups exceptions of one cause, in SQL, JSON and on the command line.
    pub fn word(&self) -> &'static str {
        self.meaning().word
    }

    /// The words of all causes there are.
    pub fn words() -> &'static [&'static str] {
        super::variants::of::<Cause>()
    }

    /// What is inserted into the cause's texts: its fields, in words, and what follows from them.
    pub fn parameters(&self) -> Map<String, Value> {
        let fields = Parameters::of(self);
        let mut named = crate::said::inserted(&fields.0);
        let mut put = |name: &str, text: String| {
            named.insert(name.to_owned(), Value::String(text));
        };
        if let Some(side) = fields.side() {
            let contact = |side| match side {
                Side::Xero => "contact".to_owned(),
                Side::Erpnext => "customer".to_owned(),
            };
            let (archived, restore, end_other) = match side {
                Side::Xero => ("archived", "Restore", "disable"),
                Side::Erpnext => ("disabled", "Enable", "archive"),
            };
            put("contact_there", contact(side));
            put("contact_other", contact(side.other()));
            put("end_other", end_other.to_owned());
            put("archived_there", archived.to_owned());
            put("restore_there", restore.to_owned());
        }
        if let Some(candidates) = fields.read::<Vec<RemoteId>>("candidates") {
            put(
                "candidates",
                match candidates.len() {
                    1 => "a record".to_owned(),
                    several => format!("{several} records"),
                },
            );
        }
        if let Some(differences) = fields.read::<Vec<Difference>>("differences") {
            put("fields", listed(&differences));
            put("open", open(&differences));
            if let Some(first) = differences.first() {
                let shown = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
                put("xero", shown(&first.xero));
                put("erpnext", shown(&first.erpnext));
            }
        }
        if let Some((_, offered)) = self.choice() {
            put("choose", choose(&offered));
        }
        named
    }

    /// What is wrong, in one or two sentences an accountant would say.
    pub fn sentence(&self) -> String {
        fill(self.meaning().says, &self.parameters())
    }

    /// What to do about it, in one or two sentences.
    pub fn next_step(&self) -> String {
        fill(self.meaning().fix, &self.parameters())
    }

    /// What a group of exceptions with this cause is called.
    pub fn group_title(&self, count: usize) -> String {
        let meaning = self.meaning();
        let mut parameters = self.parameters();
        parameters.insert("says".to_owned(), self.sentence().into());
        parameters.insert("n".to_owned(), count.to_string().into());
        let title = if count == 1 {
            meaning.one
        } else {
            meaning.many
        };
        fill(title, &parameters)
    }

    /// What a group of exceptions is about beside the cause's word: the parameters that its records have in
    /// common, by name.
    pub fn about(&self) -> Vec<(&'static str, String)> {
        let fields = Parameters::of(self);
        let value = |name: &str| -> String {
            match (name, fields.0.get(name)) {
                // What has the name or number is shown, and something else is to be said about it.
                ("by", Some(_)) => "which".to_owned(),
                ("offered", _) => match self.choice() {
                    Some((_, sides)) => match sides.as_slice() {
                        [] => "none".to_owned(),
                        [only] => only.word().to_owned(),
                        _ => String::new(),
                    },
                    None => String::new(),
                },
                // What is compared, and not how much of it.
                ("differences", _) => {
                    let all: Vec<Difference> = fields.read(name).unwrap_or_default();
                    all.into_iter()
                        .next()
                        .map(|it| it.field)
                        .unwrap_or_default()
                }
                ("kind", None | Some(Value::Null)) => {
                    super::kind_of_words(fields.text("message").unwrap_or_default(), [])
                }
                (_, Some(Value::String(text))) => text.clone(),
                (_, Some(other)) => other.to_string(),
                (_, None) => String::new(),
            }
        };
        let about = self.meaning().about.iter();
        about
            .map(|name| (*name, value(name)))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// The way out, with what it is about.
    pub fn way_out(&self) -> WayOut {
        let fields = Parameters::of(self);
        match self.meaning().way {
            Way::Map(kind, parameter) => WayOut::Map {
                kind,
                side: fields.side().unwrap_or(Side::Xero),
                key: fields.text(parameter).unwrap_or_default().to_owned(),
            },
            Way::Pick => WayOut::Pick,
            Way::KeepApart => WayOut::KeepApart,
            Way::AsNew => WayOut::AsNew,
            Way::Keep => match self.choice() {
                Some((_, offered)) if !offered.is_empty() => WayOut::Keep(offered),
                _ => WayOut::Retry,
            },
            Way::Mend(place) => WayOut::Mend(place.side(&fields)),
            Way::Retry => WayOut::Retry,
        }
    }

    /// Who can go the way out, as a sentence; `None` where nobody has to.
    pub fn who(&self) -> Option<String> {
        let fields = Parameters::of(self);
        Some(match self.meaning().who {
            Who::Here => "You can do this here.".to_owned(),
            Who::Editor(place) => {
                format!(
                    "Whoever may edit it in {} can do this.",
                    place.side(&fields)
                )
            }
            Who::EitherEditor => {
                "Whoever may edit it in Xero or in ERPNext can do this.".to_owned()
            }
            Who::Administrator(place) => {
                format!("An administrator of {} can do this.", place.side(&fields))
            }
            Who::Keeper(place) => {
                format!("Whoever looks after {} can do this.", place.side(&fields))
            }
            Who::Nobody => return None,
        })
    }

    /// The side that the cause names.
    pub fn side(&self) -> Option<Side> {
        Parameters::of(self).side()
    }

    /// What differs, where the cause is that two records do.
    pub fn differences(&self) -> Vec<Difference> {
        Parameters::of(self).read("differences").unwrap_or_default()
    }

    /// What differs between two records that are one, and what a person may decide about it: the sides
    /// whose values can be kept. `None` where that is not what is asked.
    pub fn choice(&self) -> Option<(Vec<Difference>, Vec<Side>)> {
        if self.meaning().way != Way::Keep {
            return None;
        }
        let fields = Parameters::of(self);
        // Both sides are left out where they are the ones that are offered.
        let offered = fields.read("offered").unwrap_or(Side::BOTH.to_vec());
        Some((fields.read("differences").unwrap_or_default(), offered))
    }

    /// Every record that the cause names, with its kind where that is another than the record's own: those
    /// that are shown beside it, and the contact or invoice that it waits for.
    pub fn named(&self) -> Vec<(Side, Option<Kind>, RemoteId)> {
        let fields = Parameters::of(self);
        let beside = self.beside().into_iter();
        let mut named: Vec<_> = beside
            .flat_map(|(side, ids)| ids.into_iter().map(move |id| (side, None, id)))
            .collect();
        if let (Some(side), Some(contact)) = (fields.side(), fields.read("contact")) {
            named.push((side, Some(Kind::Contact), contact));
        }
        if let (Some(side), Some(invoice)) = (fields.side(), fields.read("invoice")) {
            named.push((side, Some(Kind::Invoice), invoice));
        }
        if let (Some(side), Some(note)) = (fields.side(), fields.read("credit_note")) {
            named.push((side, Some(Kind::CreditNote), note));
        }
        named
    }

    /// The records on the other side that are shown beside the one this is about, and which side that is:
    /// what could be its counterpart, what has its name or number, or what is its counterpart and stands.
    pub fn beside(&self) -> Option<(Side, Vec<RemoteId>)> {
        let fields = Parameters::of(self);
        if let Some(standing) = self.stands() {
            return Some((fields.side()?.other(), vec![standing]));
        }
        let shown = fields
            .read("candidates")
            .or_else(|| fields.read("by").map(|one: RemoteId| vec![one]))?;
        Some((fields.side()?, shown))
    }

    /// The counterpart that the cause names, because no link does.
    pub fn stands(&self) -> Option<RemoteId> {
        Parameters::of(self).read("stands")
    }
}

/// What to choose of the sides whose values can be kept.
fn choose(offered: &[Side]) -> String {
    match offered {
        [] => {
            "Correct one side yourself, then retry: neither takes the other's as it is.".to_owned()
        }
        [only] => format!(
            "Only what {only} says can be kept for both: choose that, or correct one side yourself and retry."
        ),
        _ => "Choose the side that is right, or correct one side yourself and retry.".to_owned(),
    }
}

fn listed(differences: &[Difference]) -> String {
    let names: Vec<&str> = differences
        .iter()
        .map(|difference| difference.field.as_str())
        .collect();
    match names.as_slice() {
        [] => "content".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// How many documents of a side a sentence names.
const NAMED: usize = 4;

/// Documents that are on one side each, with what they say there, side by side.
fn open(documents: &[Difference]) -> String {
    let side = |of: Side| {
        let said = |it: &Difference| match of {
            Side::Xero => it.xero.clone(),
            Side::Erpnext => it.erpnext.clone(),
        };
        let on: Vec<String> = documents
            .iter()
            .filter_map(|it| Some(format!("{} ({})", it.field, said(it)?)))
            .collect();
        let named = on
            .iter()
            .take(NAMED)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        match on.len().checked_sub(NAMED) {
            _ if on.is_empty() => None,
            None | Some(0) => Some(format!("{named} in {of}")),
            Some(more) => Some(format!("{named} and {more} more in {of}")),
        }
    };
    let sides: Vec<String> = Side::BOTH.into_iter().filter_map(side).collect();
    sides.join("; ")
}
