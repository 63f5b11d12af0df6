//! How the database compares texts.

/// Text as MariaDB's default collation compares it: letter case, common accents and blanks at the
/// end make no difference.
pub(crate) fn fold(text: &str) -> Box<str> {
    let mut folded = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else {
            for lower in c.to_lowercase() {
                folded.push(without_accent(lower));
            }
        }
    }
    folded.into_boxed_str()
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
