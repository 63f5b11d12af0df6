//! What lists have in common: paging, `If-Modified-Since`, `where`, `order`, the envelope.

use std::collections::BTreeSet;
use std::ops::Bound;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::config::Quirks;
use super::dates;
use super::errors::Refusal;
use super::filter::{self, Filter, Operand};
use super::http::Incoming;
use super::records::{Records, Row};

/// Page size without `pageSize`.
const DEFAULT_PAGE: usize = 100;
/// The most records on one page; more is clamped.
const LARGEST_PAGE: usize = 1_000;
/// The most records in an unpaged answer.
const HIGH_VOLUME: usize = 100_000;

/// The common query of a list.
pub struct Listing {
    /// Page and page size, if paged.
    pub page: Option<(usize, usize)>,
    /// Only records changed at or after this second.
    pub since: Option<DateTime<Utc>>,
    /// The `where`.
    pub filter: Option<Filter>,
    /// The `order`; empty for the default.
    pub order: Vec<(String, bool)>,
    /// `summaryOnly=true`.
    pub summary: bool,
    /// `includeArchived=true`.
    pub archived: bool,
    /// `searchTerm` in lower case.
    pub search: Option<String>,
    /// Decimals of unit amounts: 2, or 4 with `unitdp=4`.
    pub unit_decimals: u32,
}

impl Listing {
    /// Reads the query; `forced` pages even without `page`.
    pub fn read(request: &Incoming<'_>, forced: bool) -> Result<Self, Refusal> {
        let summary = request.query_flag("summaryonly") == Some(true);
        let size = match request.query("pagesize") {
            None => DEFAULT_PAGE,
            Some(text) => text
                .parse::<i64>()
                .map_err(|_| Refusal::query("pageSize must be a number"))?
                .clamp(1, 1_000)
                .try_into()
                .unwrap_or(LARGEST_PAGE),
        };
        let page = match request.query("page") {
            Some(text) => Some(
                text.parse::<i64>()
                    .map_err(|_| Refusal::query("page must be a number"))?
                    .max(1)
                    .try_into()
                    .unwrap_or(1),
            ),
            None => (summary || forced).then_some(1),
        };
        Ok(Listing {
            page: page.map(|page| (page, size)),
            since: modified_since(request)?,
            filter: request.query("where").map(filter::parse).transpose()?,
            order: request
                .query("order")
                .map(filter::parse_order)
                .filter(|order| !is_default(order))
                .unwrap_or_default(),
            summary,
            archived: request.query_flag("includearchived") == Some(true),
            search: request.query("searchterm").map(str::to_lowercase),
            unit_decimals: unit_decimals(request),
        })
    }

    /// Whether nothing but paging and `If-Modified-Since` chooses.
    fn is_plain(&self) -> bool {
        self.filter.is_none() && self.search.is_none() && self.order.is_empty()
    }
}

/// Whether an order is the one that records come in anyway.
fn is_default(order: &[(String, bool)]) -> bool {
    matches!(order, [(name, false)] if name == "updateddateutc")
}

/// 4 with `unitdp=4`, else 2.
pub fn unit_decimals(request: &Incoming<'_>) -> u32 {
    if request.query("unitdp") == Some("4") {
        4
    } else {
        2
    }
}

/// Reads the header; one that cannot be read is 412 territory, answered as a 400 here.
pub fn modified_since(request: &Incoming<'_>) -> Result<Option<DateTime<Utc>>, Refusal> {
    match request.header("if-modified-since") {
        None | Some("") => Ok(None),
        Some(text) => dates::parse_modified_since(text)
            .map(Some)
            .ok_or_else(|| Refusal::bad_date(text)),
    }
}

/// Records in the order Xero lists them by default: last change, then id.
pub type Changes = BTreeSet<(DateTime<Utc>, Uuid)>;

/// One record as a list sees it.
pub trait Listed {
    /// Its value for a filter or an order, by lower-case property name.
    fn property(&self, name: &str) -> Option<Operand>;
    /// Whether the search term (lower case) is found in it.
    fn found_by(&self, term: &str) -> bool;
}

/// How a list looks at records that may need others to answer.
pub struct View<'v, R> {
    /// A property by lower-case name.
    pub property: &'v dyn Fn(&R, &str) -> Option<Operand>,
    /// Whether the search term (lower case) is found.
    pub found_by: &'v dyn Fn(&R, &str) -> bool,
    /// A cheap test made first.
    pub keep: Option<&'v dyn Fn(&R) -> bool>,
}

/// Ids of one page in order, and how many records there are in all.
pub struct Chosen {
    /// Ids on this page.
    pub ids: Vec<Uuid>,
    /// Count over all pages.
    pub count: usize,
}

/// Chooses a page from the order of last change; `only` limits the choice to some ids, in which case
/// nothing else is looked at.
pub fn choose<R: Row>(
    records: &Records<R>,
    only: Option<Vec<Uuid>>,
    view: &View<'_, R>,
    listing: &Listing,
    quirks: Quirks,
) -> Result<Chosen, Refusal> {
    let start = match listing.since {
        None => Bound::Unbounded,
        Some(at) if quirks.modified_since_inclusive => Bound::Included((at, Uuid::nil())),
        Some(at) => Bound::Included((at + chrono::TimeDelta::seconds(1), Uuid::nil())),
    };
    let offset = listing
        .page
        .map_or(0, |(page, size)| (page - 1).saturating_mul(size));
    let take = listing.page.map_or(usize::MAX, |(_, size)| size);
    let changes = records.changes();
    if only.is_none() && view.keep.is_none() && listing.is_plain() {
        let count = if listing.since.is_none() {
            changes.len()
        } else {
            changes.range((start, Bound::Unbounded)).count()
        };
        limit_volume(listing, count)?;
        let ids = changes
            .range((start, Bound::Unbounded))
            .skip(offset)
            .take(take)
            .map(|(_, id)| *id)
            .collect();
        return Ok(Chosen { ids, count });
    }
    let mut found: Vec<(Uuid, &R)> = Vec::new();
    let mut consider = |id: Uuid| -> Result<(), Refusal> {
        let Some(record) = records.get(id) else {
            return Ok(());
        };
        let passes = view.keep.is_none_or(|keep| keep(record))
            && listing
                .search
                .as_deref()
                .is_none_or(|term| (view.found_by)(record, term))
            && match &listing.filter {
                None => true,
                Some(filter) => filter.passes(&|name| (view.property)(record, name))?,
            };
        if passes {
            found.push((id, record));
        }
        Ok(())
    };
    if let Some(ids) = only {
        let rows: BTreeSet<_> = ids
            .into_iter()
            .filter_map(|id| records.get(id).map(|record| (record.updated(), id)))
            .collect();
        for (_, id) in rows.range((start, Bound::Unbounded)) {
            consider(*id)?;
        }
    } else {
        for (_, id) in changes.range((start, Bound::Unbounded)) {
            consider(*id)?;
        }
    }
    if !listing.order.is_empty() {
        found.sort_by(|(_, a), (_, b)| {
            filter::compare_by(&listing.order, &|name| (view.property)(a, name), &|name| {
                (view.property)(b, name)
            })
        });
    }
    let count = found.len();
    limit_volume(listing, count)?;
    let ids = found
        .into_iter()
        .skip(offset)
        .take(take)
        .map(|(id, _)| id)
        .collect();
    Ok(Chosen { ids, count })
}

fn limit_volume(listing: &Listing, count: usize) -> Result<(), Refusal> {
    if listing.page.is_none() && count > HIGH_VOLUME {
        return Err(Refusal::high_volume());
    }
    Ok(())
}

/// `pagination`, for paged lists.
pub fn pagination(listing: &Listing, count: usize) -> Option<Value> {
    let (page, size) = listing.page?;
    Some(json!({
        "page": page,
        "pageSize": size,
        "pageCount": count.div_ceil(size),
        "itemCount": count,
    }))
}
