//! Reading the filter language.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::errors::Refusal;
use super::{Comparison, Filter, Operand};

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
                    super::super::dates::parse_day(&text)
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
