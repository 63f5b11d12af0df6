//! The ERPNext client and books against a site.
//!
//! Every test runs against the demo site of each version, and once more against a real one where
//! `COUNTERFOIL_TEST_ERPNEXT_URL`, `_KEY` and `_SECRET` name it: a site kept for tests, whose first
//! company keeps its books in GBP and has tax templates of 20, 5 and 0 percent. What is made there
//! carries a prefix, and is cancelled or deleted afterwards as far as ERPNext lets that happen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contacts;
mod credit_notes_read;
mod credits;
mod ends;
mod errors;
mod fees;
mod invoices;
mod markers;
mod money_kept;
mod money_used;
mod numbering;
mod opening;
mod paid_back;
mod payments;
mod payments_read;
mod payments_shared;
mod proven;
mod reading;
mod reconciliation;
mod replacing;
mod returns;
mod site;
mod uses;
mod uses_refused;

/// Runs each test on all sites.
macro_rules! on_all_sites {
    ($($room:ident::$test:ident),* $(,)?) => {
        mod demo_15 {
            $(
                #[tokio::test]
                async fn $test() {
                    let site = super::site::Site::demo(ErpnextVersion::V15).await;
                    super::$room::$test(&site).await;
                }
            )*
            use sandbox::erpnext::ErpnextVersion;
        }

        mod demo_16 {
            $(
                #[tokio::test]
                async fn $test() {
                    let site = super::site::Site::demo(ErpnextVersion::V16).await;
                    super::$room::$test(&site).await;
                }
            )*
            use sandbox::erpnext::ErpnextVersion;
        }

        mod real {
            $(
                #[tokio::test]
                async fn $test() {
                    let Some(site) = super::site::Site::real().await else {
                        return;
                    };
                    super::$room::$test(&site).await;
                    site.clean_up().await;
                }
            )*
        }
    };
}

on_all_sites!(
    contacts::contacts_there_and_back,
    contacts::customers_are_disabled_and_enabled,
    contacts::of_several_addresses_none_is_guessed,
    contacts::two_installations_make_one_address,
    contacts::an_address_whose_usual_name_is_taken_is_named_by_the_site,
    contacts::an_address_of_a_write_that_broke_off_becomes_the_primary_one,
    credits::what_customers_have_open_beside_invoices,
    opening::an_opening_entry_is_told_until_it_is_cancelled,
    invoices::invoices_agree_to_the_cent,
    invoices::submitted_invoices_are_replaced_and_cancelled,
    invoices::drafts_are_changed_approved_and_deleted,
    proven::a_shape_is_seen_as_a_draft_before_it_goes_at_once,
    proven::one_of_a_shape_goes_ahead_and_the_others_go_at_once,
    proven::where_the_one_ahead_comes_out_otherwise_the_others_are_drafts,
    proven::a_draft_that_is_not_what_was_meant_leaves_nothing_behind,
    proven::a_total_the_site_refuses_is_prepared_again,
    proven::a_draft_left_behind_is_gone_on_with,
    proven::a_replacement_that_is_not_what_was_meant_changes_nothing,
    proven::a_document_refused_at_submit_leaves_nothing_behind,
    replacing::a_replacement_keeps_all_that_did_not_change,
    replacing::what_happens_between_two_requests_is_not_undone,
    replacing::what_is_refused_at_submit_puts_the_old_content_back,
    replacing::a_replacement_cut_off_is_gone_on_with,
    replacing::the_draft_of_whoever_is_second_is_gone_on_with,
    returns::returns_there_and_back,
    returns::a_return_of_nothing_is_submitted_in_two_steps,
    returns::a_return_that_is_not_what_was_meant_leaves_nothing_behind,
    returns::drafts_of_returns_are_changed_submitted_and_deleted,
    returns::a_return_that_was_edited_is_replaced_by_an_amendment,
    returns::a_replacement_of_a_return_that_was_cut_off_is_gone_on_with,
    returns::a_draft_of_a_return_left_behind_is_gone_on_with,
    returns::returns_are_listed_apart_from_invoices,
    returns::a_return_that_is_amended_takes_its_identity_along,
    credit_notes_read::returns_that_lower_their_originals,
    credit_notes_read::what_becomes_of_an_original_is_told_of_its_returns,
    credit_notes_read::credit_used_by_people,
    credit_notes_read::credit_taken_off_its_invoice_is_left_of_the_return,
    uses::credit_is_used_for_invoices_and_taken_back,
    uses::an_entry_whose_credit_note_was_cancelled_is_taken_back,
    uses::a_use_whose_answer_was_lost_is_made_once,
    uses::credit_notes_for_one_invoice_in_one_batch,
    uses::credit_in_a_foreign_currency_is_used,
    uses::credit_that_an_original_holds_is_used,
    uses_refused::what_people_made_is_not_taken_back,
    uses_refused::no_more_is_used_than_there_is,
    payments::one_payment_for_several_invoices,
    payments::payments_of_one_invoice_in_one_batch,
    payments::money_kept_back_and_money_paid_back,
    payments::foreign_currency_leaves_a_gain_or_loss,
    payments::a_foreign_invoice_that_is_kept_in_pounds_is_paid,
    payments::payments_that_are_refused,
    payments::a_payment_is_divided_among_terms,
    fees::what_was_deducted_is_a_payment_of_its_own,
    fees::several_invoices_with_a_fee,
    fees::a_payment_to_an_account_that_is_no_bank_is_a_journal_entry,
    fees::what_a_person_writes_off_is_told,
    payments_shared::several_payments_are_made_by_one_request,
    payments_shared::where_one_payment_is_refused_each_goes_by_itself,
    payments_shared::payments_whose_common_answer_was_lost_are_made_once,
    payments_read::what_people_enter_is_told,
    payments_read::what_becomes_of_a_payment_is_told,
    payments_read::a_payment_is_in_the_currency_of_its_account,
    payments_read::a_payment_goes_from_the_account_of_its_invoices,
    payments_read::payments_entered_by_hand_are_marked,
    payments_read::what_the_bank_has_seen_is_not_cancelled,
    money_used::money_is_used_for_invoices_and_taken_back,
    money_used::money_whose_answer_was_lost_is_used_once,
    money_used::money_for_one_invoice_in_one_batch,
    money_used::what_people_do_with_money_is_read,
    money_used::foreign_money_is_used_and_taken_back,
    paid_back::money_is_paid_back_and_that_is_taken_back,
    paid_back::what_a_person_takes_off_is_read,
    paid_back::what_cannot_be_paid_back_is_named,
    money_kept::money_is_kept_where_its_customers_invoices_are,
    money_kept::an_advance_that_is_kept_apart_is_used,
    reconciliation::money_on_account_is_put_against_an_invoice,
    numbering::a_series_stops_at_a_name_that_is_taken,
    numbering::notifications_that_are_switched_on_are_told,
    errors::a_wrong_key_and_a_wrong_address_are_told_apart,
    errors::marking_foreign_currency_and_refusals,
    errors::refusals_say_what_they_mean,
    reading::changes_are_paged_and_none_is_missed,
    reading::whole_documents_in_four_calls,
    reading::masters_deletions_and_renames,
    ends::every_end_is_told,
    ends::a_document_is_known_by_what_it_was_born_with,
    markers::fields_are_listed_repaired_and_seen,
    markers::many_documents_are_marked_in_one_call,
);
