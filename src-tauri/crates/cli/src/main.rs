//! The `counterfoil` command line.
#![allow(
    clippy::format_push_string,
    reason = "text for a person is built once per command; write! can fail only in theory and says less"
)]
#![allow(dead_code, unused_imports)]

mod arguments;
mod exit;
mod render;
mod secrets;
mod terminal;

fn main() {}
