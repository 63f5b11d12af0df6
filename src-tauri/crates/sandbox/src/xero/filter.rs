//! The `where` and `order` parameters (Xero developer docs, "Requests and responses").
//!
//! A subset of the language: comparisons joined with `AND`/`OR` (`&&`/`||`) and parentheses,
//! `Contains`/`StartsWith`/`EndsWith`, `DateTime(…)` and `guid("…")`. Text compares without case.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::errors::Refusal;

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

/// Reads a `where`.
pub fn parse(text: &str) -> Result<Filter, Refusal> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0 };
    let filter = parser.any()?;
    if parser.at < parser.tokens.len() {
        return Err(Refusal::query("Syntax error"));
    }
    Ok(filter)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(Decimal),
    Sign(&'static str),
}

const SIGNS: [&str; 15] = [
    "==", "!=", "<>", "<=", ">=", "&&", "||", "=", "<", ">", "(", ")", ",", "-", "!",
];

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut rest = text.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let end = rest[1..]
                .find('"')
                .ok_or_else(|| Refusal::query("Unterminated string literal"))?;
            tokens.push(Token::Text(rest[1..=end].to_owned()));
            rest = &rest[end + 2..];
        } else if first.is_ascii_digit() {
            let end = rest
                .find(|c: char| !(c.is_ascii_digit() || c == '.'))
                .unwrap_or(rest.len());
            let number = rest[..end].trim_end_matches('.').parse();
            tokens.push(Token::Number(
                number.map_err(|_| Refusal::query("Invalid number"))?,
            ));
            // C# suffixes of numbers are legal in Xero's filters.
            rest = rest[end..].trim_start_matches(['m', 'M', 'd', 'D']);
        } else if first.is_alphabetic() || first == '_' {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_'))
                .unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Err(Refusal::query(&format!("Syntax error '{first}'")));
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) -> Result<(), Refusal> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(Refusal::query(&format!("'{sign}' expected")))
        }
    }

    fn keyword(&mut self, word: &str, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found || self.take(sign)
    }

    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut parts = vec![self.all()?];
        while self.keyword("or", "||") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut parts = vec![self.part()?];
        while self.keyword("and", "&&") {
            parts.push(self.part()?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn part(&mut self) -> Result<Filter, Refusal> {
        if self.take("(") {
            let inner = self.any()?;
            self.need(")")?;
            return Ok(inner);
        }
        let Some(Token::Word(word)) = self.tokens.get(self.at).cloned() else {
            return Err(Refusal::query("Expression expected"));
        };
        self.at += 1;
        let name = word.to_lowercase();
        for (method, comparison) in [
            (".contains", Comparison::Contains),
            (".startswith", Comparison::StartsWith),
            (".endswith", Comparison::EndsWith),
        ] {
            if let Some(field) = name.strip_suffix(method) {
                self.need("(")?;
                let wanted = self.operand()?;
                self.need(")")?;
                return Ok(Filter::Test(field.to_owned(), comparison, wanted));
            }
        }
        for (sign, comparison) in [
            ("==", Comparison::Equal),
            ("=", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<>", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if self.take(sign) {
                return Ok(Filter::Test(name, comparison, self.operand()?));
            }
        }
        // A bare flag: `HasAttachments`.
        Ok(Filter::Test(name, Comparison::Equal, Operand::Flag(true)))
    }

    fn operand(&mut self) -> Result<Operand, Refusal> {
        let expected = || Refusal::query("Expression expected");
        let negative = self.take("-");
        let token = self.tokens.get(self.at).cloned().ok_or_else(expected)?;
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Operand::Number(if negative { -number } else { number })),
            Token::Text(text) => Ok(Operand::Text(text)),
            Token::Word(word) => match word.to_lowercase().as_str() {
                "true" => Ok(Operand::Flag(true)),
                "false" => Ok(Operand::Flag(false)),
                "null" => Ok(Operand::Null),
                "guid" => {
                    self.need("(")?;
                    let inner = self.operand()?;
                    self.need(")")?;
                    Ok(inner)
                }
                "datetime" => self.date_time(),
                "datetime.parse" => {
                    self.need("(")?;
                    let Operand::Text(text) = self.operand()? else {
                        return Err(expected());
                    };
                    self.need(")")?;
                    super::dates::parse_day(&text)
                        .map(Operand::day)
                        .ok_or_else(|| Refusal::query("Invalid date"))
                }
                _ => Err(Refusal::query(&format!(
                    "No property or field '{word}' exists"
                ))),
            },
            Token::Sign(_) => Err(expected()),
        }
    }

    fn date_time(&mut self) -> Result<Operand, Refusal> {
        self.need("(")?;
        let mut parts = Vec::new();
        loop {
            match self.operand()? {
                Operand::Number(number) => {
                    parts.push(u32::try_from(number).unwrap_or(u32::MAX));
                }
                _ => return Err(Refusal::query("Invalid date")),
            }
            if !self.take(",") {
                break;
            }
        }
        self.need(")")?;
        let part = |n: usize| parts.get(n).copied().unwrap_or(0);
        NaiveDate::from_ymd_opt(i32::try_from(part(0)).unwrap_or(0), part(1), part(2))
            .and_then(|date| date.and_hms_opt(part(3), part(4), part(5)))
            .map(|at| Operand::Time(at.and_utc()))
            .ok_or_else(|| Refusal::query("Invalid date"))
    }
}

fn one_or(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        join(parts)
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
