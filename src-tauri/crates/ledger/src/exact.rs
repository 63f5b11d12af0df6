//! Lists that take no more room than they need.

use serde::{Deserialize, Deserializer};

/// Reads a list without room to grow. A list that is read element by element has room for four, of which most
/// payments and credit notes need one, and a plan holds very many of them.
pub(crate) fn list<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let mut list = Vec::deserialize(from)?;
    list.shrink_to_fit();
    Ok(list)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::list;

    #[test]
    fn there_is_room_for_what_is_there_and_no_more() {
        let one: Vec<[u64; 9]> = list(&mut serde_json::Deserializer::from_str(
            "[[1,2,3,4,5,6,7,8,9]]",
        ))
        .unwrap();
        assert_eq!((one.len(), one.capacity()), (1, 1));
    }
}
