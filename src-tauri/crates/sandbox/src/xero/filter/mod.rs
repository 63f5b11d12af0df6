//! The `where` and `order` parameters (Xero developer docs, "Requests and responses").
//!
//! A subset of the language: comparisons joined with `AND`/`OR` (`&&`/`||`) and parentheses,
//! `Contains`/`StartsWith`/`EndsWith`, `DateTime(…)` and `guid("…")`. Text compares without case.

mod parse;

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::errors::Refusal;

pub use parse::parse;

/// A value compared in a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Text or an id.
    Text(String),
    /// A number.
    Number(Decimal),
    /// An instant; business dates are UTC midnights.
    Time(DateTime<Utc>),
    /// True or false.
    Flag(bool),
    /// No value.
    Null,
}

impl Operand {
    /// A business date.
    pub fn day(date: NaiveDate) -> Self {
        Operand::Time(date.and_time(chrono::NaiveTime::MIN).and_utc())
    }

    /// Text that may be missing.
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Operand::Null, |text| Operand::Text(text.to_owned()))
    }

    fn compare(&self, other: &Operand) -> Option<Ordering> {
        match (self, other) {
            (Operand::Text(a), Operand::Text(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
            (Operand::Number(a), Operand::Number(b)) => Some(a.cmp(b)),
            (Operand::Time(a), Operand::Time(b)) => Some(a.cmp(b)),
            (Operand::Flag(a), Operand::Flag(b)) => Some(a.cmp(b)),
            (Operand::Null, Operand::Null) => Some(Ordering::Equal),
            (Operand::Null, _) => Some(Ordering::Less),
            (_, Operand::Null) => Some(Ordering::Greater),
            _ => None,
        }
    }
}

/// How two operands are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=` or `==`.
    Equal,
    /// `!=` or `<>`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `.Contains("…")`.
    Contains,
    /// `.StartsWith("…")`.
    StartsWith,
    /// `.EndsWith("…")`.
    EndsWith,
}

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All must hold.
    And(Vec<Filter>),
    /// One must hold.
    Or(Vec<Filter>),
    /// One comparison; the field name in lower case.
    Test(String, Comparison, Operand),
}

impl Filter {
    /// Whether a record passes; `field` gives its value by lower-case name, `None` for no such field.
    pub fn passes(&self, field: &dyn Fn(&str) -> Option<Operand>) -> Result<bool, Refusal> {
        match self {
            Filter::And(parts) => {
                for part in parts {
                    if !part.passes(field)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Or(parts) => {
                for part in parts {
                    if part.passes(field)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::Test(name, comparison, wanted) => {
                let value = field(name).ok_or_else(|| {
                    Refusal::query(&format!("No property or field '{name}' exists"))
                })?;
                Ok(test(&value, *comparison, wanted))
            }
        }
    }

    /// The text a field must equal for any record to pass, if the filter says so.
    pub fn must_equal(&self, name: &str) -> Option<&str> {
        match self {
            Filter::Test(field, Comparison::Equal, Operand::Text(text)) if field == name => {
                Some(text)
            }
            Filter::And(parts) => parts.iter().find_map(|part| part.must_equal(name)),
            _ => None,
        }
    }
}

fn test(value: &Operand, comparison: Comparison, wanted: &Operand) -> bool {
    if let (Operand::Text(value), Operand::Text(wanted)) = (value, wanted) {
        let (value, wanted) = (value.to_lowercase(), wanted.to_lowercase());
        match comparison {
            Comparison::Contains => return value.contains(&wanted),
            Comparison::StartsWith => return value.starts_with(&wanted),
            Comparison::EndsWith => return value.ends_with(&wanted),
            _ => {}
        }
    }
    let Some(order) = value.compare(wanted) else {
        return comparison == Comparison::NotEqual;
    };
    let ranged = *value != Operand::Null && *wanted != Operand::Null;
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => ranged && order.is_lt(),
        Comparison::LessOrEqual => ranged && order.is_le(),
        Comparison::Greater => ranged && order.is_gt(),
        Comparison::GreaterOrEqual => ranged && order.is_ge(),
        Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith => false,
    }
}

/// Reads an `order`: lower-case field names, and whether descending.
pub fn parse_order(text: &str) -> Vec<(String, bool)> {
    text.split(',')
        .filter_map(|part| {
            let mut words = part.split_whitespace();
            let name = words.next()?.to_lowercase();
            let descending = words
                .next()
                .is_some_and(|word| word.to_ascii_lowercase().starts_with("desc"));
            Some((name, descending))
        })
        .collect()
}

/// Compares two records by an order.
pub fn compare_by(
    order: &[(String, bool)],
    a: &dyn Fn(&str) -> Option<Operand>,
    b: &dyn Fn(&str) -> Option<Operand>,
) -> Ordering {
    for (name, descending) in order {
        let (Some(a), Some(b)) = (a(name), b(name)) else {
            continue;
        };
        let found = a.compare(&b).unwrap_or(Ordering::Equal);
        if found.is_ne() {
            return if *descending { found.reverse() } else { found };
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn invoice(name: &str) -> Option<Operand> {
        Some(match name {
            "type" => Operand::Text("ACCREC".into()),
            "status" => Operand::Text("AUTHORISED".into()),
            "date" => Operand::day(NaiveDate::from_ymd_opt(2026, 1, 5)?),
            "amountdue" => Operand::Number("12.50".parse().ok()?),
            "contact.name" => Operand::Text("Café Noir".into()),
            "reference" => Operand::Null,
            "senttocontact" => Operand::Flag(true),
            _ => return None,
        })
    }

    #[test]
    fn filters_pass_what_they_should() {
        for (text, want) in [
            (r#"Type=="ACCREC" AND Date>=DateTime(2026,01,01)"#, true),
            (r#"Type="ACCREC" && Date<DateTime(2026, 1, 5)"#, false),
            (r#"Status=="DRAFT" OR Status=="authorised""#, true),
            (
                r#"(Status=="DRAFT" OR Status=="AUTHORISED") AND AmountDue>100"#,
                false,
            ),
            (r#"AmountDue<=12.5 AND Contact.Name.Contains("noir")"#, true),
            (r#"Contact.Name.StartsWith("CAF")"#, true),
            ("Reference==null", true),
            (r#"Reference!=null AND Reference.StartsWith("a")"#, false),
            ("SentToContact", true),
            (r#"Type==guid("ACCREC")"#, true),
        ] {
            assert_eq!(
                parse(text).unwrap().passes(&invoice).unwrap(),
                want,
                "{text}"
            );
        }
    }

    #[test]
    fn nonsense_is_a_query_parse_exception() {
        for text in [
            "",
            "Status==",
            "Status==DRAFT",
            "(Type==\"A\"",
            "Type=\"A\" Type=\"B\"",
            "Type==\"A",
            "Date>DateTime(2026,13,1)",
        ] {
            assert!(
                matches!(parse(text), Err(Refusal::Bad { number: 16, .. })),
                "{text}"
            );
        }
        assert!(parse("Nope==1").unwrap().passes(&invoice).is_err());
    }

    #[test]
    fn an_equality_can_be_looked_up() {
        let filter = parse(r#"Type=="ACCREC" AND InvoiceNumber=="INV-1""#).unwrap();
        assert_eq!(filter.must_equal("invoicenumber"), Some("INV-1"));
        assert_eq!(parse(r#"A=="1" OR B=="2""#).unwrap().must_equal("a"), None);
    }
}
