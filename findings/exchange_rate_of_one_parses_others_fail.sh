#!/bin/sh
# serde_json 1.0.154 with its feature "arbitrary_precision", serde 1.0.229, rust_decimal 1.43.0
#
# Money has to be read from the text of the JSON, so rust_decimal's feature "serde-with-arbitrary-precision" is
# turned on. That turns on serde_json's "arbitrary_precision", and cargo does so for every crate of the build. From
# then on an f64 field of a struct that is flattened, of an internally tagged enum, or of an untagged one reads
# whole numbers and refuses all others:
#
#     an exchange rate of 1       -> reads
#     an exchange rate of 1.25    -> invalid type: map, expected f64
#
# What is guessed: that a feature about the digits of numbers does not decide whether a document can be read at all;
# and that a type which read yesterday's documents, all in the home currency, reads today's in another one. The same
# struct read alone takes both, and a rust_decimal::Decimal takes both everywhere.
#
# Needs cargo. Ends with 0 where all of this is still so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "exchange_rate"
version = "0.0.0"
edition = "2021"

[workspace]

[dependencies]
rust_decimal = { version = "=1.43.0", features = ["serde-with-arbitrary-precision"] }
serde = { version = "=1.0.229", features = ["derive"] }
serde_json = "=1.0.154"
TOML
cat > "$folder/src/main.rs" <<'RUST'
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::Deserialize;

#[derive(Deserialize)]
struct Rate {
    conversion_rate: f64,
}

#[derive(Deserialize)]
struct Exact {
    conversion_rate: Decimal,
}

#[derive(Deserialize)]
struct Document<T> {
    #[serde(flatten)]
    money: T,
}

#[derive(Deserialize)]
#[serde(tag = "doctype")]
enum Tagged<T> {
    #[serde(rename = "Sales Invoice")]
    SalesInvoice(T),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Untagged<T> {
    Document(T),
}

trait Says {
    fn says(&self) -> String;
}

impl Says for Rate {
    fn says(&self) -> String {
        self.conversion_rate.to_string()
    }
}

impl Says for Exact {
    fn says(&self) -> String {
        self.conversion_rate.to_string()
    }
}

impl<T: Says> Says for Document<T> {
    fn says(&self) -> String {
        self.money.says()
    }
}

impl<T: Says> Says for Tagged<T> {
    fn says(&self) -> String {
        let Tagged::SalesInvoice(of) = self;
        of.says()
    }
}

impl<T: Says> Says for Untagged<T> {
    fn says(&self) -> String {
        let Untagged::Document(of) = self;
        of.says()
    }
}

fn read<T: DeserializeOwned + Says>(how: &str) {
    for rate in ["1", "1.25"] {
        let document = format!(r#"{{"doctype":"Sales Invoice","conversion_rate":{rate}}}"#);
        let answer = match serde_json::from_str::<T>(&document) {
            Ok(read) => format!("reads {}", read.says()),
            Err(why) => {
                let why = why.to_string();
                let words = why.split(" at line").next();
                format!("fails: {}", words.unwrap_or_default())
            }
        };
        println!("{how}, {rate}: {answer}");
    }
}

fn main() {
    read::<Rate>("f64 alone");
    read::<Document<Rate>>("f64 flattened");
    read::<Tagged<Rate>>("f64 tagged");
    read::<Untagged<Rate>>("f64 untagged");
    read::<Document<Exact>>("Decimal flattened");
    read::<Tagged<Exact>>("Decimal tagged");
}
RUST
cat > "$folder/expected" <<'TEXT'
f64 alone, 1: reads 1
f64 alone, 1.25: reads 1.25
f64 flattened, 1: reads 1
f64 flattened, 1.25: fails: invalid type: map, expected f64
f64 tagged, 1: reads 1
f64 tagged, 1.25: fails: invalid type: map, expected f64
f64 untagged, 1: reads 1
f64 untagged, 1.25: fails: data did not match any variant of untagged enum Untagged
Decimal flattened, 1: reads 1
Decimal flattened, 1.25: reads 1.25
Decimal tagged, 1: reads 1
Decimal tagged, 1.25: reads 1.25
TEXT
cargo run --quiet --manifest-path "$folder/Cargo.toml" --target-dir "$folder/target" > "$folder/seen"
cat "$folder/seen"
diff "$folder/expected" "$folder/seen"
echo "As described."
