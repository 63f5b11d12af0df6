//! The file itself.

statements! {
    plain {
        /// SQLite's first finding, or `ok`.
        CHECK = "PRAGMA integrity_check(1)";
        /// The list of the log's words (see [`crate::log`]). It holds nothing of its own.
        LIST_WORDS = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.log_words
             USING fts5vocab (main, log_text, instance)";
    }
}
