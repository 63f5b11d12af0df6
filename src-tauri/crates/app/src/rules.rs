//! The rules of a pairing, as far as people can set them here.

use ledger::mapping::Choice;
use store::{PairingId, Rule, Store, StoreError};

use crate::app::App;
use crate::error::AppError;
use crate::views::{Kind, RuleView, RulesView, Voids};

impl App {
    /// The rules of the pairing, kind by kind.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`].
    pub async fn rules(&self) -> Result<RulesView, AppError> {
        let pairing = self.pairing().await?.id;
        let rules = self.db(move |store| store.rules(pairing)).await?;
        Ok(RulesView {
            rules: rules.iter().map(shown).collect(),
        })
    }

    /// Says what becomes of the counterpart of a record of a kind that was voided, cancelled or deleted.
    /// Nothing is written before the next sync.
    ///
    /// # Errors
    /// A usage error for contacts, which are archived and have no end; as [`App::rules`].
    pub async fn set_voids(&self, kind: Kind, voids: Voids) -> Result<RulesView, AppError> {
        let kind = ledger::Kind::from(kind);
        if !kind.ends_for_good() {
            return Err(AppError::usage(
                "A contact is archived and never voided.",
                "Set the rule of invoices, credit notes or payments.",
            ));
        }
        let pairing = self.pairing().await?.id;
        self.db(move |store| change(store, pairing, kind, |rule| rule.set_voids(voids.into())))
            .await?;
        self.rules().await
    }

    /// Says what money becomes in Xero that comes in ERPNext for no invoice yet: a prepayment, booked to the
    /// account of this code, or an overpayment. What is in Xero already stays what it is.
    ///
    /// # Errors
    /// A usage error for other kinds than payments, and for an account that Xero does not have or that takes
    /// no such money; what reading Xero's accounts can give; as [`App::rules`].
    pub async fn set_prepayments(
        &self,
        kind: Kind,
        account: Option<String>,
    ) -> Result<RulesView, AppError> {
        if ledger::Kind::from(kind) != ledger::Kind::Payment {
            return Err(AppError::usage(
                "Only payments can be made in advance.",
                "Set the rule of payments.",
            ));
        }
        let pairing = self.pairing().await?;
        if let Some(code) = &account {
            let choices = self.advance_accounts(&pairing).await?;
            if !choices.iter().any(|choice| choice.key == *code) {
                return Err(no_such_account(code, &choices));
            }
        }
        let id = pairing.id;
        let set = move |rule: &mut Rule| rule.set_prepayments(account.as_deref());
        self.db(move |store| change(store, id, ledger::Kind::Payment, set))
            .await?;
        self.rules().await
    }
}

/// Says that prepayments cannot be booked to an account, and which are called so that they may be meant.
fn no_such_account(code: &str, choices: &[Choice]) -> AppError {
    let like = |choice: &&Choice| choice.name.to_lowercase().contains("prepa");
    let meant: Vec<String> = choices
        .iter()
        .filter(like)
        .map(|choice| format!("{} {}", choice.key, choice.name))
        .collect();
    let meant = match meant.as_slice() {
        [] => String::new(),
        names => format!(" There is {}.", names.join(", ")),
    };
    AppError::usage(
        format!("Xero has no account \"{code}\" that a prepayment can be booked to."),
        format!(
            "Give the code of an active account in Xero's chart of accounts that is no bank account and none of \
             Xero's own.{meant}"
        ),
    )
}

fn change(
    store: &Store,
    pairing: PairingId,
    kind: ledger::Kind,
    change: impl FnOnce(&mut Rule),
) -> Result<(), StoreError> {
    let mut rule = (store.rules(pairing)?.into_iter())
        .find(|rule| rule.kind == kind)
        .unwrap_or_else(|| Rule::unset(kind));
    change(&mut rule);
    store.set_rule(pairing, &rule)
}

fn shown(rule: &Rule) -> RuleView {
    RuleView {
        kind: rule.kind.into(),
        direction: rule.direction.word().to_owned(),
        start_date: rule.start_date.map(|date| date.to_string()),
        voids: rule.kind.ends_for_good().then(|| rule.voids().into()),
        prepayments: rule.prepayments().map(str::to_owned),
    }
}
