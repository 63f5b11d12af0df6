//! How a person names a record.

use ledger::{Kind, RemoteId, Side};
use url::{Url, form_urlencoded};

/// What a text says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// On which side it is, what it is where that is said, and its identity.
    Exactly {
        side: Side,
        kind: Option<Kind>,
        id: RemoteId,
    },
    /// A document of an ERPNext site at this address, and what it can be.
    Page {
        site: Url,
        kinds: &'static [Kind],
        id: RemoteId,
    },
    /// A number or name, or an identity in ERPNext.
    Called(String),
    /// A link to something that is no record.
    Elsewhere,
}

/// Reads what a person typed or pasted.
pub(super) fn read(text: &str) -> Named {
    let text = text.trim();
    if let Some(exactly) = in_full(text) {
        return exactly;
    }
    let address = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    if let Some(address) = address {
        return page(&address);
    }
    match identity(text) {
        Some(id) => Named::Exactly {
            side: Side::Xero,
            kind: None,
            id,
        },
        None => Named::Called(text.to_owned()),
    }
}

/// `SIDE:KIND:IDENTITY`, as a record is listed where several could be meant.
pub(super) fn written(side: Side, kind: Kind, id: &RemoteId) -> String {
    format!("{}:{}:{id}", side.word(), kind.word())
}

fn in_full(text: &str) -> Option<Named> {
    let (side, rest) = text.split_once(':')?;
    let side = Side::BOTH.into_iter().find(|it| it.word() == side)?;
    let (kind, id) = rest.split_once(':')?;
    let kind = Kind::from_word(kind)?;
    (!id.is_empty()).then(|| Named::Exactly {
        side,
        kind: Some(kind),
        id: RemoteId::new(id),
    })
}

/// The record that a page of either system shows.
fn page(address: &Url) -> Named {
    let segments: Vec<String> = address
        .path_segments()
        .into_iter()
        .flatten()
        .map(decoded)
        .collect();
    // ERPNext: /app/sales-invoice/NAME, from 16 on /desk/… too (erpnext/V16).
    for pair in segments.windows(2) {
        let kinds: &[Kind] = match pair[0].as_str() {
            // A return is one of them.
            "sales-invoice" => &[Kind::Invoice, Kind::CreditNote],
            "customer" => &[Kind::Contact],
            "payment-entry" => &[Kind::Payment],
            _ => continue,
        };
        if !pair[1].is_empty() {
            return Named::Page {
                site: address.clone(),
                kinds,
                id: RemoteId::new(pair[1].as_str()),
            };
        }
    }
    // Xero: an id somewhere in the path or the query; a link that we made ourselves has it within an
    // address that is a parameter.
    let whole = decoded(address.as_str());
    match last_identity(&whole) {
        Some(id) => Named::Exactly {
            side: Side::Xero,
            kind: None,
            id,
        },
        None => Named::Elsewhere,
    }
}

/// Without its percent signs. A plus sign is one.
fn decoded(text: &str) -> String {
    let value = text.replace('+', "%2B").replace('&', "%26");
    let pair = format!("of={value}");
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// One of Xero's identities: 32 hexadecimal digits in five groups.
fn identity(text: &str) -> Option<RemoteId> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let hexadecimal = text.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    (groups == [8, 4, 4, 4, 12] && hexadecimal).then(|| RemoteId::new(text.to_lowercase()))
}

fn last_identity(text: &str) -> Option<RemoteId> {
    let parts = text.split(|c: char| c != '-' && !c.is_ascii_hexdigit());
    parts.filter_map(identity).next_back()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ID: &str = "e1eede29-f875-4a5d-8470-17f6a29a88b1";

    fn xero(kind: Option<Kind>) -> Named {
        Named::Exactly {
            side: Side::Xero,
            kind,
            id: RemoteId::new(ID),
        }
    }

    #[test]
    fn records_are_named_in_all_the_ways_people_have_at_hand() {
        for text in [
            ID,
            &ID.to_uppercase(),
            &format!("https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID={ID}"),
            &format!("https://go.xero.com/app/!1a2b3/contacts/contact/{ID}"),
            &format!(
                "https://go.xero.com/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={ID}"
            ),
            &format!(
                "https://go.xero.com/organisationlogin/default.aspx?shortcode=%211a2&redirecturl=\
                 %2FContacts%2FView%2F{ID}"
            ),
        ] {
            assert_eq!(read(text), xero(None), "{text}");
        }
        assert_eq!(
            read(&format!("xero:invoice:{ID}")),
            xero(Some(Kind::Invoice))
        );
        assert_eq!(
            read(&format!("xero:credit_note:{ID}")),
            xero(Some(Kind::CreditNote))
        );
        assert_eq!(
            read(&format!("xero:payment:batch:{ID}")),
            Named::Exactly {
                side: Side::Xero,
                kind: Some(Kind::Payment),
                id: RemoteId::new(format!("batch:{ID}")),
            }
        );
        assert_eq!(read(" INV-0042 "), Named::Called("INV-0042".to_owned()));
        // A name with a colon is a name.
        assert_eq!(read("Re: you"), Named::Called("Re: you".to_owned()));
        let written = written(Side::Erpnext, Kind::Contact, &RemoteId::new("A: B"));
        assert_eq!(
            read(&written),
            Named::Exactly {
                side: Side::Erpnext,
                kind: Some(Kind::Contact),
                id: RemoteId::new("A: B"),
            }
        );
    }

    #[test]
    fn a_page_of_a_site_names_its_document() {
        for (path, kinds, id) in [
            (
                "/app/sales-invoice/ACC-SINV-2026-00001",
                [Kind::Invoice, Kind::CreditNote].as_slice(),
                "ACC-SINV-2026-00001",
            ),
            (
                "/desk/customer/Fern%20Hill%20%26%20Co",
                &[Kind::Contact],
                "Fern Hill & Co",
            ),
            (
                "/app/payment-entry/ACC-PAY-2026-00007",
                &[Kind::Payment],
                "ACC-PAY-2026-00007",
            ),
        ] {
            let text = format!("https://erp.example.com{path}");
            let Named::Page {
                site,
                kinds: read_kinds,
                id: read_id,
            } = read(&text)
            else {
                panic!("{text}");
            };
            assert_eq!(site.host_str(), Some("erp.example.com"));
            assert_eq!((read_kinds, read_id), (kinds, RemoteId::new(id)));
        }
        assert_eq!(
            read("https://erp.example.com/app/item/Rose"),
            Named::Elsewhere
        );
    }
}
