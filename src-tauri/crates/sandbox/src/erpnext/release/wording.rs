//! What the site says to people, in the words of its version.

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    Of15,
    Of16,
}

impl Wording {
    /// Where the pages for people are, below the site's own address.
    pub(crate) fn desk(self) -> &'static str {
        match self {
            Self::Of15 => "app",
            Self::Of16 => "desk",
        }
    }

    /// The page somebody who signed in is sent to.
    pub(crate) fn home(self) -> &'static str {
        match self {
            Self::Of15 => "/app/home",
            Self::Of16 => "desk",
        }
    }

    /// The due date is before the posting date.
    pub(crate) fn due_too_early(self) -> &'static str {
        match self {
            Self::Of15 => "Due Date cannot be before Posting / Supplier Invoice Date",
            Self::Of16 => "Due Date cannot be before Posting Date",
        }
    }

    /// A table that must have rows has none.
    pub(crate) fn no_rows(self, table: &str) -> String {
        match self {
            Self::Of15 => format!("Error: Data missing in table: {table}"),
            Self::Of16 => format!("Error: Data missing in table {table}"),
        }
    }

    /// A line without an account of the company.
    pub(crate) fn wrong_income_account(self, row: usize, account: &str, company: &str) -> String {
        match self {
            Self::Of15 => format!(
                "Row {row}: Income Account <strong>{account}</strong> does not belong to Company <strong>{company}</strong>"
            ),
            Self::Of16 => format!(
                "Row {row}: The Income Account <strong>{account}</strong> does not belong to the company <strong>{company}</strong>"
            ),
        }
    }

    /// Somebody saved the document in between.
    pub(crate) fn stale(self, doctype: &str, name: &str, stored: &str, given: &str) -> String {
        let what = match self {
            Self::Of15 => "Document".to_owned(),
            Self::Of16 => format!("{name} ({doctype})"),
        };
        format!(
            "Error: {what} has been modified after you have opened it ({stored}, {given}). Please refresh to get the latest document."
        )
    }

    /// A submitted document cannot be deleted.
    pub(crate) fn submitted(self, doctype: &str, name: &str) -> String {
        let help = match self {
            Self::Of15 => {
                "https://docs.erpnext.com//docs/user/manual/en/setting-up/articles/delete-submitted-document"
            }
            Self::Of16 => "https://docs.frappe.io/erpnext/user/manual/en/delete-submitted-document",
        };
        format!(
            "{doctype} {name}: Submitted Record cannot be deleted. You must <a href='{help}' target='_blank'> Cancel </a> it first."
        )
    }

    /// A credit note that keeps its own amount. `invoice` is a link, `desk` the address of the pages
    /// for people.
    pub(crate) fn keeps_its_amount(self, invoice: &str, desk: &str) -> String {
        let begin = format!(
            "We can see <strong>Credit Note</strong> is made against {invoice}. If you want {invoice}'s outstanding to be updated, uncheck "
        );
        match self {
            Self::Of15 => format!(
                "{begin}'<strong>Update Outstanding for Self</strong>' checkbox. <br><br>Or you can use <a href=\"{desk}/payment-reconciliation/Payment%20Reconciliation\">Payment Reconciliation</a> tool to reconcile against {invoice} later."
            ),
            Self::Of16 => format!(
                "{begin}the '<strong>Update Outstanding for Self</strong>' checkbox.<br><br>You can use <a href=\"{desk}/payment-reconciliation\">Payment Reconciliation</a> to reconcile against {invoice} later."
            ),
        }
    }

    /// A credit note of more than its invoice still owes keeps its own amount instead.
    pub(crate) fn stands_for_itself(
        self,
        invoice: &str,
        desk: &str,
        owed: &str,
        own: &str,
    ) -> String {
        let begin = format!(
            "The outstanding amount {owed} in {invoice} is lesser than {own}. Updating the outstanding to this invoice."
        );
        match self {
            Self::Of15 => format!(
                "{begin} <br><br>And you can use <a href=\"{desk}/payment-reconciliation/Payment%20Reconciliation\">Payment Reconciliation</a> tool to reconcile against {invoice} later."
            ),
            Self::Of16 => format!(
                "{begin}<br><br>You can use <a href=\"{desk}/payment-reconciliation\">Payment Reconciliation</a> to reconcile against {invoice} later."
            ),
        }
    }

    /// What an invoice without lines runs into.
    pub(crate) fn no_lines(self) -> &'static str {
        match self {
            Self::Of15 => "unsupported operand type(s) for -: 'NoneType' and 'float'",
            Self::Of16 => "bad operand type for abs(): 'NoneType'",
        }
    }
}
