//! Aligned columns.

use super::Style;

/// Which edge of a column its cells stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// Rows of cells under headings. A cell may be coloured: widths count what is seen.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    pub fn new(columns: &[(&str, Align)]) -> Table {
        Table {
            columns: columns
                .iter()
                .map(|(heading, align)| ((*heading).to_owned(), *align))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells beyond the last column are left out.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push(cells.into_iter().take(self.columns.len()).collect());
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, headings first, each ending with a line break.
    pub fn render(&self, style: Style) -> String {
        let widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (heading, _))| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(index))
                    .map(|cell| seen(cell))
                    .chain([seen(heading)])
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut out = String::new();
        if self.columns.iter().any(|(heading, _)| !heading.is_empty()) {
            let headings: Vec<String> = self
                .columns
                .iter()
                .map(|(heading, _)| style.faint(heading))
                .collect();
            self.line(&headings, &widths, &mut out);
        }
        for row in &self.rows {
            self.line(row, &widths, &mut out);
        }
        out
    }

    fn line(&self, cells: &[String], widths: &[usize], out: &mut String) {
        let mut line = String::new();
        for (index, ((_, align), width)) in self.columns.iter().zip(widths).enumerate() {
            let cell = cells.get(index).map_or("", String::as_str);
            let padding = " ".repeat(width.saturating_sub(seen(cell)));
            if index > 0 {
                line.push_str("  ");
            }
            match align {
                Align::Left => {
                    line.push_str(cell);
                    line.push_str(&padding);
                }
                Align::Right => {
                    line.push_str(&padding);
                    line.push_str(cell);
                }
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// How many characters are seen: colours take no room.
fn seen(cell: &str) -> usize {
    let mut length = 0;
    let mut characters = cell.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for inner in characters.by_ref() {
                if inner.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            length += 1;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::{Align, Table, seen};
    use crate::terminal::Style;

    #[test]
    fn figures_stand_under_each_other() {
        let mut table = Table::new(&[("Invoice", Align::Left), ("Total", Align::Right)]);
        table.row(["INV-1".to_owned(), "9.50".to_owned()]);
        table.row(["INV-1000".to_owned(), "1,440.00".to_owned()]);
        assert_eq!(
            table.render(Style::plain()),
            "Invoice      Total\nINV-1         9.50\nINV-1000  1,440.00\n"
        );
    }

    #[test]
    fn colours_take_no_room() {
        assert_eq!(seen("\u{1b}[32mgood\u{1b}[0m"), 4);
    }
}
