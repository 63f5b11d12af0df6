//! A person's words as the text search takes them.
//!
//! FTS5 answers newest first without reading more than a page where it walks the lines of a whole
//! word. For a beginning it first gathers every line of every word that begins so: a hundredth of a second
//! where that is all of a hundred thousand lines. So beginnings are written out as the words there are, where
//! these are few; where they are many, each is in few lines, and gathering them is quick. Indices of beginnings
//! in FTS5 would spare that for one to three letters, and were three quarters of the search's own size.

use std::fmt::Write as _;

use rusqlite::OptionalExtension;

use crate::db::Reading;
use crate::statements::log as sql;

/// The most words that a beginning is written out as.
const WRITTEN_OUT: usize = 24;

/// A query's text as FTS5 takes it: every word as a beginning, all of them required. `None` where
/// there is no word in it.
pub(super) fn to_match(reading: Reading<'_>, text: &str) -> rusqlite::Result<Option<String>> {
    let mut query = String::new();
    for word in text.split_whitespace() {
        let word = word.replace('"', "");
        // A phrase without a letter or digit has no token, and FTS5 refuses it.
        if !word.chars().any(char::is_alphanumeric) {
            continue;
        }
        let joined = if query.is_empty() { "" } else { " AND " };
        // Writing to a String cannot fail.
        let _ = match words_beginning(reading, &word)? {
            Some(words) => write!(query, "{joined}({})", words.join(" OR ")),
            None => write!(query, "{joined}\"{word}\"*"),
        };
    }
    Ok((!query.is_empty()).then_some(query))
}

/// The words of the log that begin like this one, quoted. `None` where the beginning itself does as
/// well: it is several tokens, there is no word like that, or there are many.
fn words_beginning(reading: Reading<'_>, word: &str) -> rusqlite::Result<Option<Vec<String>>> {
    // What is not plain ASCII is folded by the tokenizer in ways not repeated here.
    if !word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let beginning = word.to_ascii_lowercase();
    let mut next = reading.prepare(&sql::NEXT_WORD)?;
    let mut words = Vec::new();
    let mut from = beginning.clone();
    loop {
        let found: Option<String> = next.query_row([&from], |row| row.get(0)).optional()?;
        match found.filter(|term| term.starts_with(&beginning)) {
            None => break,
            Some(_) if words.len() == WRITTEN_OUT => return Ok(None),
            Some(term) => {
                words.push(format!("\"{term}\""));
                // The least text after this word.
                from = format!("{term}\u{1}");
            }
        }
    }
    Ok((!words.is_empty()).then_some(words))
}
