//! `/Items` and `/TrackingCategories`.

use http::{Method, StatusCode};
use uuid::Uuid;

use super::api::{Answer, Calling, one};
use super::batch;
use super::books::Books;
use super::errors::Refusal;
use super::http::empty;
use super::listing::{modified_since, unit_decimals};
use super::settings::{Item, OPTIONS, TRACKING_CATEGORIES, TrackingCategory, TrackingOption};

impl Calling<'_> {
    /// Items.
    pub fn items(&self, books: &mut Books, rest: &[&str], key: &str) -> Result<Answer, Refusal> {
        let decimals = unit_decimals(self.request);
        let show = |books: &Books, id| books.items.get(id).map(|item| item.to_json(decimals));
        let (target, create) = match (self.request.method, rest) {
            (&Method::GET, [_]) => {
                let since = modified_since(self.request)?;
                let rows = books
                    .items
                    .iter()
                    .filter(|item| since.is_none_or(|since| item.updated >= since))
                    .collect();
                return self.settings("Items", rows, false, |item: &Item| item.to_json(decimals));
            }
            (&Method::GET, [_, _]) => {
                let found = books.item_at(key).and_then(|id| show(books, id));
                return one(super::settings::ITEMS, found);
            }
            (&Method::DELETE, [_, _]) => {
                let id = books.item_at(key).ok_or(Refusal::NotFound)?;
                books.items.remove(id);
                return Ok(Answer::Other(empty(StatusCode::NO_CONTENT)));
            }
            (&Method::PUT, [_]) => (None, true),
            (&Method::POST, [_]) => (None, false),
            (&Method::POST, [_, _]) => (Some(books.item_at(key).ok_or(Refusal::NotFound)?), false),
            (&Method::GET, _) => return Err(Refusal::NotFound),
            _ => return Err(Refusal::NotImplemented),
        };
        let elements = batch::elements(self.request, super::settings::ITEMS)?;
        let rows = batch::write(
            books,
            self.request,
            super::settings::ITEMS,
            &elements,
            &mut |books, element| books.write_item(element, target, create, self.now),
            &show,
        )?;
        Ok(Answer::Rows("Items", None, rows))
    }

    /// Tracking categories and their options.
    pub fn tracking(&self, books: &mut Books, rest: &[&str], key: &str) -> Result<Answer, Refusal> {
        let at = |books: &Books| -> Result<Uuid, Refusal> {
            key.parse()
                .ok()
                .filter(|id| books.tracking_categories.get(*id).is_some())
                .ok_or(Refusal::NotFound)
        };
        let show = |books: &Books, id| {
            books
                .tracking_categories
                .get(id)
                .map(TrackingCategory::to_json)
        };
        let target = match (self.request.method, rest) {
            (&Method::GET, [_]) => {
                let archived = self.request.query_flag("includearchived") == Some(true);
                let rows = books
                    .tracking_categories
                    .iter()
                    .filter(|category| archived || !category.archived)
                    .collect();
                return self.settings("TrackingCategories", rows, false, TrackingCategory::to_json);
            }
            (&Method::GET, [_, _]) => {
                let id = at(books)?;
                return one(TRACKING_CATEGORIES, show(books, id));
            }
            (&Method::PUT, [_, _, "options"]) => {
                let category = at(books)?;
                let elements = batch::elements(self.request, OPTIONS)?;
                let rows = batch::write(
                    books,
                    self.request,
                    OPTIONS,
                    &elements,
                    &mut |books, element| books.write_tracking_option(category, element, self.now),
                    &|books, id| {
                        let category = books.tracking_categories.get(category)?;
                        let option = category.options.iter().find(|option| option.id == id)?;
                        Some(TrackingOption::to_json(option))
                    },
                )?;
                return Ok(Answer::Rows("Options", None, rows));
            }
            (&Method::PUT, [_]) => None,
            (&Method::POST, [_, _]) => Some(at(books)?),
            (&Method::GET, _) => return Err(Refusal::NotFound),
            _ => return Err(Refusal::NotImplemented),
        };
        let elements = batch::elements(self.request, TRACKING_CATEGORIES)?;
        let rows = batch::write(
            books,
            self.request,
            TRACKING_CATEGORIES,
            &elements,
            &mut |books, element| books.write_tracking_category(element, target, self.now),
            &show,
        )?;
        Ok(Answer::Rows("TrackingCategories", None, rows))
    }
}
