//! `/CreditNotes`, `/Overpayments`, `/Prepayments` with their allocations, `/BankTransactions`,
//! `/BatchPayments`, and `/{Endpoint}/{id}/History`.

use http::{Method, StatusCode};
use uuid::Uuid;

use super::api::{Answer, Calling, one};
use super::batch::{self, Kind};
use super::batch_payments::BATCH_PAYMENTS;
use super::books::Books;
use super::credits::{BANK_TRANSACTIONS, CreditKind, CreditMatch};
use super::errors::Refusal;
use super::http::json as json_response;
use super::invoices::{Shown, Writing};
use super::listing::unit_decimals;

const ALLOCATIONS: Kind = Kind {
    plural: "Allocations",
    id: "AllocationID",
    flag: None,
};
const HISTORY: Kind = Kind {
    plural: "HistoryRecords",
    id: "HistoryRecordID",
    flag: None,
};

impl Calling<'_> {
    fn writing(&self) -> Writing<'_> {
        Writing {
            now: self.now,
            unit_decimals: unit_decimals(self.request),
            app: Some(self.app),
        }
    }

    /// Credit of one kind.
    pub fn credits(
        &self,
        books: &mut Books,
        kind: CreditKind,
        rest: &[&str],
        key: &str,
    ) -> Result<Answer, Refusal> {
        let names = kind.names();
        let shown = Shown::whole(unit_decimals(self.request));
        let show = move |books: &Books, id| books.credit_json(id, shown);
        let at = |books: &Books| books.credit_at(kind, key).ok_or(Refusal::NotFound);
        let matching = match (self.request.method, rest) {
            (&Method::GET, [_]) => {
                let (pagination, rows) = books.list_credits(kind, self.request)?;
                return Ok(Answer::Rows(names.plural, pagination, rows));
            }
            (&Method::GET, [_, _]) => {
                let found = books.credit_at(kind, key).and_then(|id| show(books, id));
                return one(names, found);
            }
            (&Method::PUT, [_, _, "allocations"]) => {
                let credit = at(books)?;
                return self.allocations(books, credit);
            }
            (&Method::DELETE, [_, _, "allocations", allocation]) => {
                let credit = at(books)?;
                let allocation = allocation.parse().map_err(|_| Refusal::NotFound)?;
                return match books.remove_allocation(credit, allocation, self.now) {
                    Ok(Some(removed)) => Ok(Answer::Other(json_response(StatusCode::OK, &removed))),
                    Ok(None) => Err(Refusal::NotFound),
                    Err(faults) => Err(Refusal::validation(&faults.text())),
                };
            }
            (&Method::PUT, [_]) => CreditMatch::Create,
            (&Method::POST, [_]) => CreditMatch::Upsert,
            (&Method::POST, [_, _]) => CreditMatch::Exactly(at(books)?),
            (&Method::GET, _) => return Err(Refusal::NotFound),
            _ => return Err(Refusal::NotImplemented),
        };
        if kind != CreditKind::CreditNote {
            // Overpayments and prepayments are made by bank transactions.
            return Err(Refusal::NotImplemented);
        }
        let writing = self.writing();
        let elements = batch::elements(self.request, names)?;
        let rows = batch::write(
            books,
            self.request,
            names,
            &elements,
            &mut |books, element| books.write_credit_note(element, matching, writing),
            &show,
        )?;
        Ok(Answer::Rows(names.plural, None, rows))
    }

    fn allocations(&self, books: &mut Books, credit: Uuid) -> Result<Answer, Refusal> {
        let elements = batch::elements(self.request, ALLOCATIONS)?;
        let rows = batch::write(
            books,
            self.request,
            ALLOCATIONS,
            &elements,
            &mut |books, element| books.allocate(credit, element, self.now),
            &|books, id| {
                books
                    .allocation(credit, id)
                    .map(|allocation| books.allocation_json(allocation))
            },
        )?;
        Ok(Answer::Rows("Allocations", None, rows))
    }

    /// Bank transactions.
    pub fn bank_transactions(
        &self,
        books: &mut Books,
        rest: &[&str],
        key: &str,
    ) -> Result<Answer, Refusal> {
        let shown = Shown::whole(unit_decimals(self.request));
        let show = move |books: &Books, id| books.bank_transaction_json(id, shown);
        let target: Option<Uuid> = match (self.request.method, rest) {
            (&Method::GET, [_]) => {
                let (pagination, rows) = books.list_bank_transactions(self.request)?;
                return Ok(Answer::Rows("BankTransactions", pagination, rows));
            }
            (&Method::GET, [_, _]) => {
                let found = key.parse().ok().and_then(|id| show(books, id));
                return one(BANK_TRANSACTIONS, found);
            }
            (&Method::PUT | &Method::POST, [_]) => None,
            (&Method::POST, [_, _]) => Some(
                key.parse()
                    .ok()
                    .filter(|id| books.bank_transactions.get(*id).is_some())
                    .ok_or(Refusal::NotFound)?,
            ),
            (&Method::GET, _) => return Err(Refusal::NotFound),
            _ => return Err(Refusal::NotImplemented),
        };
        let writing = self.writing();
        let elements = batch::elements(self.request, BANK_TRANSACTIONS)?;
        let rows = batch::write(
            books,
            self.request,
            BANK_TRANSACTIONS,
            &elements,
            &mut |books, element| books.write_bank_transaction(element, target, writing),
            &show,
        )?;
        Ok(Answer::Rows("BankTransactions", None, rows))
    }

    /// Batch payments.
    pub fn batch_payments(
        &self,
        books: &mut Books,
        rest: &[&str],
        key: &str,
    ) -> Result<Answer, Refusal> {
        let target: Option<Uuid> = match (self.request.method, rest) {
            (&Method::GET, [_]) => {
                let rows = books.list_batch_payments(self.request)?;
                return Ok(Answer::Rows("BatchPayments", None, rows));
            }
            (&Method::GET, [_, _]) => {
                let found = key.parse().ok().and_then(|id| books.batch_payment_json(id));
                return one(BATCH_PAYMENTS, found);
            }
            (&Method::PUT | &Method::POST, [_]) => None,
            (&Method::POST, [_, _]) => Some(
                key.parse()
                    .ok()
                    .filter(|id| books.batch_payments.get(*id).is_some())
                    .ok_or(Refusal::NotFound)?,
            ),
            (&Method::GET, _) => return Err(Refusal::NotFound),
            _ => return Err(Refusal::NotImplemented),
        };
        let elements = batch::elements(self.request, BATCH_PAYMENTS)?;
        let rows = batch::write(
            books,
            self.request,
            BATCH_PAYMENTS,
            &elements,
            &mut |books, element| books.write_batch_payment(element, target, self.now),
            &|books, id| books.batch_payment_json(id),
        )?;
        Ok(Answer::Rows("BatchPayments", None, rows))
    }

    /// History and notes of any record.
    pub fn history(&self, books: &mut Books, resource: &str, key: &str) -> Result<Answer, Refusal> {
        let payment = |books: &Books| {
            key.parse()
                .ok()
                .filter(|id| books.payments.get(*id).is_some())
        };
        let about: Option<Uuid> = match resource {
            "contacts" => books.contact_at(key),
            "invoices" => books.invoice_at(key),
            "payments" => payment(books),
            "creditnotes" => books.credit_at(CreditKind::CreditNote, key),
            "overpayments" => books.credit_at(CreditKind::Overpayment, key),
            "prepayments" => books.credit_at(CreditKind::Prepayment, key),
            "banktransactions" => key
                .parse()
                .ok()
                .filter(|id| books.bank_transactions.get(*id).is_some()),
            "batchpayments" => key
                .parse()
                .ok()
                .filter(|id| books.batch_payments.get(*id).is_some()),
            _ => return Err(Refusal::NotFound),
        };
        let unknown = "The document with the supplied id was not found for this endpoint.";
        match (self.request.method, about) {
            (&Method::GET, Some(about)) => Ok(Answer::Rows(
                "HistoryRecords",
                None,
                books.history_of(about),
            )),
            (&Method::GET, None) => Err(Refusal::NotFound),
            (&Method::PUT, None) => Err(Refusal::validation(unknown)),
            (&Method::PUT, Some(about)) => {
                let elements = batch::elements(self.request, HISTORY)?;
                let rows = batch::write(
                    books,
                    self.request,
                    HISTORY,
                    &elements,
                    &mut |books, element| books.write_note(about, element, self.now),
                    &|books, id| books.history_record_json(id),
                )?;
                Ok(Answer::Rows("HistoryRecords", None, rows))
            }
            _ => Err(Refusal::NotImplemented),
        }
    }
}
