//! How the database compares texts.

use std::cmp::Ordering;

/// Text as MariaDB's default collation compares it: letter case, common accents and blanks at the
/// end make no difference.
pub(crate) fn fold(text: &str) -> Box<str> {
    if text.is_ascii() {
        return text.trim_end().to_ascii_lowercase().into_boxed_str();
    }
    let mut folded = String::with_capacity(text.len());
    folded.extend(folded_letters(text));
    folded.into_boxed_str()
}

/// How a text compares with one that is folded already.
pub(crate) fn order_folded(text: &str, folded: &str) -> Ordering {
    folded_letters(text).cmp(folded.chars())
}

fn folded_letters(text: &str) -> impl Iterator<Item = char> {
    text.trim_end().chars().flat_map(|c| {
        let (ascii, other) = if c.is_ascii() {
            (Some(c.to_ascii_lowercase()), None)
        } else {
            (None, Some(c.to_lowercase().map(without_accent)))
        };
        ascii.into_iter().chain(other.into_iter().flatten())
    })
}

fn without_accent(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ō' | 'ő' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ś' | 'š' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}
