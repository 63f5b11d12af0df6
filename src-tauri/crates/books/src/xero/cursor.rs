//! The engine's cursor is a position in one of Xero's lists.

use engine::books::Cursor;
use xero::wire::position::Position;

/// Reads a cursor; one that is empty or not ours starts from the beginning, which is always right
/// and only slower.
pub(super) fn read(cursor: &Cursor) -> Position {
    serde_json::from_str(&cursor.0).unwrap_or_default()
}

pub(super) fn write(position: &Position) -> Cursor {
    Cursor(serde_json::to_string(position).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_foreign_cursor_starts_at_the_beginning() {
        for text in ["", "null", "{}", "page 3"] {
            assert_eq!(
                read(&Cursor(text.to_owned())),
                Position::default(),
                "{text}"
            );
        }
        let position = Position {
            page: 4,
            ..Position::default()
        };
        assert_eq!(read(&write(&position)), position);
    }
}
