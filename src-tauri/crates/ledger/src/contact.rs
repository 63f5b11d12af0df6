//! Contacts: a Xero Contact, or an ERPNext Customer with its primary Address and Contact.

use serde::{Deserialize, Serialize};

use crate::Currency;
use crate::agreement::ContactField;

/// A person or business that invoices are addressed to.
///
/// Text fields are trimmed and never empty: an absent value is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// The display name, unique among active contacts in Xero.
    pub name: String,
    /// The main e-mail address.
    pub email: Option<String>,
    /// The main telephone number, with area and country code as one text.
    pub phone: Option<String>,
    /// VAT, GST or other tax registration number.
    pub tax_number: Option<String>,
    /// The address invoices are sent to.
    pub address: Option<Address>,
    /// The currency this contact is invoiced in, where it was set.
    pub currency: Option<Currency>,
    /// Archived in Xero, disabled in ERPNext.
    pub archived: bool,
    /// Only bought from, never sold to (Xero's IsSupplier without IsCustomer). An ERPNext Customer
    /// never is.
    pub supplier_only: bool,
    /// Fields that cannot be told, because several values stand beside each other on that side and
    /// nothing says which one counts. They are `None` here, which is not the same as empty: such a field
    /// is neither carried from that side nor written to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unclear: Vec<ContactField>,
}

/// A postal address. At least one field is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// First line.
    pub line1: Option<String>,
    /// Second line.
    pub line2: Option<String>,
    /// Town or city.
    pub city: Option<String>,
    /// County, state or region.
    pub region: Option<String>,
    /// Post code or ZIP.
    pub postal_code: Option<String>,
    /// Country, as an English name.
    pub country: Option<String>,
}

impl Address {
    /// The address, or `None` where every field is empty.
    pub fn some(self) -> Option<Address> {
        if self == Address::default() {
            None
        } else {
            Some(self)
        }
    }
}

/// Trims a text and turns an empty one into `None`, as every contact field expects.
pub fn text(value: &str) -> Option<String> {
    let trimmed = value.trim();
    if trimmed.is_empty() {
        None
    } else {
        Some(trimmed.to_owned())
    }
}

/// A name folded for comparison: lower case, single spaces, no accents on Latin letters, and
/// without punctuation. Both remote systems compare names without case and accents (xero/FACTS §5,
/// erpnext/FACTS §3).
pub fn folded_name(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut gap = false;
    for letter in name.chars().flat_map(char::to_lowercase) {
        let plain = plain_letter(letter);
        // Signs that tell names apart ("C++ Ltd", "Studio #1", "A & B") stay.
        let sign = matches!(letter, '+' | '#' | '@' | '&' | '*' | '=' | '!' | '?');
        if sign || (plain.chars().all(char::is_alphanumeric) && !plain.is_empty()) {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push_str(plain.as_str());
        } else if letter.is_whitespace() || matches!(letter, '-' | '/' | ',') {
            gap = true;
        }
    }
    folded
}

/// Legal forms as names end with them, folded.
const LEGAL_FORMS: [&str; 27] = [
    "ab",
    "ag",
    "as",
    "bv",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "nv",
    "oy",
    "plc",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "sl",
    "spa",
    "srl",
];

/// A folded name as it is compared where something else says too that two are one: without the legal
/// form at its end and "The" before it, and with "and" for "&". "Ash & Co Ltd" and "The Ash and Co Limited"
/// are one then.
pub fn core_name(folded: &str) -> String {
    let mut words: Vec<&str> = folded
        .split(' ')
        .map(|word| if word == "&" { "and" } else { word })
        .collect();
    while words.len() > 1 && words.last().is_some_and(|it| LEGAL_FORMS.contains(it)) {
        words.pop();
    }
    if words.len() > 1 && words.first() == Some(&"the") {
        words.remove(0);
    }
    words.join(" ")
}

fn plain_letter(letter: char) -> String {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a".into(),
        'ç' => "c".into(),
        'è' | 'é' | 'ê' | 'ë' => "e".into(),
        'ì' | 'í' | 'î' | 'ï' => "i".into(),
        'ñ' => "n".into(),
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o".into(),
        'ù' | 'ú' | 'û' | 'ü' => "u".into(),
        'ý' | 'ÿ' => "y".into(),
        'ß' => "ss".into(),
        'æ' => "ae".into(),
        'œ' => "oe".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_word_differently_is_no_part_of_the_name() {
        let name = |text: &str| core_name(&folded_name(text));
        assert_eq!(name("Sundial Pantry Ltd."), name("SUNDIAL PANTRY Limited"));
        assert_eq!(name("Ash & Co. Ltd"), name("Ash and Co Limited"));
        assert_eq!(name("Acme Pty. Ltd"), "acme");
        assert_eq!(name("Acme L.L.C."), "acme");
        assert_eq!(name("The Daisy Chain Hotel"), name("Daisy Chain Hotel"));
        assert_eq!(name("The Ltd"), "the", "something is left of it");
        assert_eq!(name("Ltd"), "ltd", "something is left of it");
        assert_ne!(
            name("Northwind Retail Ltd"),
            name("Northwind Wholesale Ltd")
        );
    }
}
