//! What is known of a document before anything is decided about it.

use chrono::NaiveDate;
use ledger::{Currency, DocumentState, Kind, RemoteId, Side};
use rust_decimal::Decimal;

use super::{PerSide, SideRecord, Situation};

/// A document without a link, without its lines and texts: enough to tell which documents are one, and
/// small enough to hold those of all books at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its identity on its side.
    pub id: RemoteId,
    /// The counterpart's identity, where our marker is on it.
    pub marker: Option<RemoteId>,
    /// Its number.
    pub number: Option<String>,
    /// The identity of its contact on its side.
    pub contact: RemoteId,
    /// Where it stands.
    pub state: DocumentState,
    /// Its date.
    pub date: NaiveDate,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Its total.
    pub total: Decimal,
    /// What is still owed of it.
    pub amount_due: Decimal,
    /// Units of the base currency for one of its own, where its side states it.
    pub rate: Option<Decimal>,
}

impl Card {
    /// The card of a document; `None` of what is none.
    pub fn of(record: &SideRecord) -> Option<Self> {
        let invoice = record.record.document()?;
        Some(Self {
            id: record.id.clone(),
            marker: record.marker.clone(),
            number: invoice.number.clone(),
            contact: invoice.contact.clone(),
            state: invoice.state,
            date: invoice.date,
            currency: invoice.currency,
            total: invoice.total,
            amount_due: invoice.amount_due,
            rate: invoice.exchange_rate,
        })
    }
}

impl Card {
    /// Whether it has not come to its end.
    pub(super) fn is_live(&self) -> bool {
        self.state != DocumentState::Voided
    }
}

/// Two linked documents, of which at least one has to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedCard {
    /// The link.
    pub link: i64,
    /// Xero's document, where it is there.
    pub xero: Option<RemoteId>,
    /// ERPNext's document, where it is there.
    pub erpnext: Option<RemoteId>,
    /// What a person calls the two: Xero's number, where it has one.
    pub title: String,
}

impl LinkedCard {
    /// The card of two linked documents; `None` of what are none.
    pub fn of(pair: &super::LinkedPair) -> Option<Self> {
        let title = |record: &SideRecord| {
            let record = &record.record;
            record.document().map(|_| record.title().to_owned())
        };
        let either = pair.xero.as_ref().or(pair.erpnext.as_ref())?;
        Some(Self {
            link: pair.link,
            xero: pair.xero.as_ref().map(|it| it.id.clone()),
            erpnext: pair.erpnext.as_ref().map(|it| it.id.clone()),
            title: title(either)?,
        })
    }
}

/// The documents that a plan has to decide about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    /// Those of each side without a link.
    pub unlinked: PerSide<Vec<Card>>,
    /// Those that are linked.
    pub linked: Vec<LinkedCard>,
}

impl Documents {
    /// The documents of a kind whose contents a situation holds.
    pub fn of(kind: Kind, situation: &Situation) -> Self {
        let cards = |side: Side| {
            situation
                .unlinked_of(kind, side)
                .filter_map(Card::of)
                .collect()
        };
        let of_kind = situation
            .pairs
            .iter()
            .filter(|pair| pair.kind() == Some(kind));
        Self {
            unlinked: PerSide {
                xero: cards(Side::Xero),
                erpnext: cards(Side::Erpnext),
            },
            linked: of_kind.filter_map(LinkedCard::of).collect(),
        }
    }
}
