//! Which columns a statement asks to be equal to something, table by table. It reads as much SQL as
//! the store writes, not more.

/// A table as one SELECT, UPDATE or DELETE names it, with what its columns have to equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LookUp {
    pub(super) table: String,
    pub(super) alias: String,
    /// Column, and the literal it equals (`None` for a parameter or another column).
    pub(super) equal: Vec<(String, Option<String>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clause {
    Tables,
    Conditions,
    Other,
}

/// One SELECT (or the statement around it), or a pair of brackets within one.
struct Scope {
    clause: Clause,
    /// Where its tables begin in the list; brackets share those of what they stand in.
    tables: std::ops::Range<usize>,
    brackets: bool,
}

fn tokens(sql: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = sql.chars().peekable();
    while let Some(first) = rest.next() {
        if first.is_whitespace() {
            continue;
        }
        let mut token = String::from(first);
        if first == '\'' {
            for next in rest.by_ref() {
                token.push(next);
                if next == '\'' {
                    break;
                }
            }
        } else if first.is_alphanumeric() || "_?".contains(first) {
            while let Some(next) =
                rest.next_if(|next| next.is_alphanumeric() || "_.".contains(*next))
            {
                token.push(next);
            }
        } else if "<>|".contains(first) {
            while let Some(next) = rest.next_if(|next| "<>=|".contains(*next)) {
                token.push(next);
            }
        }
        tokens.push(token);
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The look-ups of a statement, in the order of its text.
pub(super) fn look_ups(sql: &str) -> Vec<LookUp> {
    let tokens = tokens(sql);
    let at = |place: usize| tokens.get(place).map_or("", String::as_str);
    let mut found: Vec<LookUp> = Vec::new();
    let mut scopes = vec![Scope {
        clause: Clause::Other,
        tables: 0..0,
        brackets: false,
    }];
    for (place, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "(" => {
                let outer = scopes.last().unwrap();
                let select = at(place + 1) == "SELECT";
                let next = Scope {
                    clause: if select { Clause::Other } else { outer.clause },
                    tables: if select {
                        found.len()..found.len()
                    } else {
                        outer.tables.clone()
                    },
                    brackets: !select,
                };
                scopes.push(next);
                continue;
            }
            ")" => {
                scopes.pop();
                continue;
            }
            _ => {}
        }
        let depth = scopes.len();
        let scope = scopes.last_mut().unwrap();
        match token.as_str() {
            "SELECT" if !scope.brackets => {
                scope.clause = Clause::Other;
                scope.tables = found.len()..found.len();
            }
            "FROM" | "JOIN" | "UPDATE" if at(place + 1) != "SET" => scope.clause = Clause::Tables,
            "WHERE" => scope.clause = Clause::Conditions,
            "ON" if at(place + 1) != "CONFLICT" => scope.clause = Clause::Conditions,
            "ON" | "SET" | "GROUP" | "ORDER" | "LIMIT" | "VALUES" | "LEFT" | "CROSS" | "UNION" => {
                scope.clause = Clause::Other;
            }
            name if scope.clause == Clause::Tables && is_name(name) => {
                if ["FROM", "JOIN", "UPDATE"].contains(&at(place - 1)) {
                    found.push(LookUp {
                        table: name.to_owned(),
                        alias: name.to_owned(),
                        equal: Vec::new(),
                    });
                    scope.tables.end = found.len();
                } else if ["INDEXED", "BY"].contains(&name) || at(place - 1) == "BY" {
                    // The name of an index is no other name of the table.
                } else if let Some(last) = found.last_mut() {
                    name.clone_into(&mut last.alias);
                }
            }
            "=" if scope.clause == Clause::Conditions => {
                let column = at(place - 1);
                if !is_name(column) || place >= 2 && at(place - 2) == "+" {
                    continue;
                }
                let value = at(place + 1);
                let literal =
                    (!value.starts_with('?') && !is_name(value)).then(|| value.to_owned());
                let (alias, column) = column.split_once('.').unwrap_or(("", column));
                let own = scope.tables.clone();
                let owner = if alias.is_empty() {
                    assert_eq!(own.len(), 1, "{column} needs its table's name in: {sql}");
                    own.start
                } else {
                    // The innermost table of that name.
                    scopes[..depth]
                        .iter()
                        .rev()
                        .flat_map(|scope| scope.tables.clone())
                        .find(|table| found[*table].alias == alias)
                        .unwrap_or_else(|| panic!("no {alias} in: {sql}"))
                };
                found[owner].equal.push((column.to_owned(), literal));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn columns_are_found_table_by_table() {
    let of = |table: &str, alias: &str, equal: &[(&str, Option<&str>)]| LookUp {
        table: table.into(),
        alias: alias.into(),
        equal: equal
            .iter()
            .map(|(column, literal)| ((*column).to_owned(), literal.map(str::to_owned)))
            .collect(),
    };
    assert_eq!(
        look_ups(
            "SELECT a = b, x FROM records r LEFT JOIN links l ON l.kind = r.kind \
             WHERE r.side = ?1 AND (l.id IS NULL OR EXISTS (SELECT 1 FROM log b WHERE run = r.run \
             AND +b.kind = ?2)) AND r.at >= ?3 AND (r.state = 'open' OR r.n = 1) ORDER BY r.id"
        ),
        [
            of(
                "records",
                "r",
                &[("side", None), ("state", Some("'open'")), ("n", Some("1"))]
            ),
            of("links", "l", &[("kind", None)]),
            of("log", "b", &[("run", None)]),
        ]
    );
    assert_eq!(
        look_ups("UPDATE links SET state = ?2, run = ?3 WHERE id = ?1"),
        [of("links", "links", &[("id", None)])]
    );
    assert_eq!(
        look_ups("SELECT id FROM runs INDEXED BY runs_pairing WHERE pairing = ?1"),
        [of("runs", "runs", &[("pairing", None)])]
    );
    assert_eq!(
        look_ups("DELETE FROM log WHERE id IN (SELECT id FROM log WHERE at < ?1 LIMIT ?2)"),
        [of("log", "log", &[]), of("log", "log", &[])]
    );
}
