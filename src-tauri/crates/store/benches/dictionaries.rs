//! How short long texts become: `cargo bench -p store --bench dictionaries`.
//!
//! `COUNTERFOIL_DICTIONARIES_FROM` names databases (`:` between them) that dictionaries are made from,
//! `COUNTERFOIL_DICTIONARIES_FOR` one of other books that they are tried on; without them there is
//! nothing to measure. With `COUNTERFOIL_DICTIONARIES_TO` the dictionaries of [`CHOSEN`] bytes are
//! written to that folder, to become new ones of `src/packed`.
//!
//! Those of today are from demo books of 500 invoices (seed 11, GB) and of 400 (12 AU and 15 GB on
//! ERPNext 15; 13 US and 14 NZ on 16), after a first sync. 1 to 3 were made before there were payments and
//! credit notes, 4 (records) and 5 (details) with them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a benchmark for people to read"
)]

use std::path::Path;
use std::time::Instant;

use ledger::Kind;
use store::{Scope, Store};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

const SIZES: [usize; 4] = [16 * 1024, 32 * 1024, 64 * 1024, 112 * 1024];
const LEVELS: [i32; 5] = [3, 6, 9, 12, 19];
/// Twice the size gains 2 % on records and requests of books that are like those it was made from, and half of
/// it loses 7 % on details, which say most.
const CHOSEN: [usize; 3] = [32 * 1024, 32 * 1024, 64 * 1024];

fn main() {
    let from = std::env::var("COUNTERFOIL_DICTIONARIES_FROM");
    let tried_on = std::env::var("COUNTERFOIL_DICTIONARIES_FOR");
    let (Ok(from), Ok(tried_on)) = (from, tried_on) else {
        println!("dictionaries: no databases are named, so there is nothing to measure");
        return;
    };
    let mut samples = Texts::default();
    for path in from.split(':') {
        samples.add(Path::new(path));
    }
    let mut others = Texts::default();
    others.add(Path::new(&tried_on));
    let texts = [
        ("records", samples.records, others.records),
        ("requests", samples.requests, others.requests),
        ("details", samples.details, others.details),
    ];
    for ((name, samples, others), chosen) in texts.into_iter().zip(CHOSEN) {
        let plain: usize = others.iter().map(String::len).sum();
        println!(
            "{name}: {} texts to learn from; {} others of {} bytes on average",
            samples.len(),
            others.len(),
            plain / others.len()
        );
        for size in SIZES {
            let dictionary = zstd::dict::from_samples(&samples, size).unwrap();
            for level in LEVELS {
                measure(&dictionary, level, &others);
            }
            if size == chosen
                && let Ok(folder) = std::env::var("COUNTERFOIL_DICTIONARIES_TO")
            {
                let file = Path::new(&folder).join(format!("{name}.dict"));
                std::fs::write(file, &dictionary).unwrap();
            }
        }
    }
}

/// The keys of all intents: GUIDs are kept as their bytes.
const KEYS: &str = "SELECT CASE typeof(key) WHEN 'text' THEN key ELSE
    substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-' || substr(h, 17, 4) || '-'
    || substr(h, 21) END FROM (SELECT id, key, lower(hex(key)) AS h FROM intents) ORDER BY id";

/// The long texts of a database.
#[derive(Default)]
struct Texts {
    records: Vec<String>,
    requests: Vec<String>,
    details: Vec<String>,
}

impl Texts {
    fn add(&mut self, path: &Path) {
        let store = Store::open(path).unwrap();
        let text = |value: &serde_json::Value| value.to_string();
        for pairing in store.pairings().unwrap() {
            for kind in Kind::ALL {
                store
                    .records_each(pairing.id, kind, Scope::All, |record| {
                        if let Ok(record) = &record.row.record {
                            self.records.push(serde_json::to_string(record).unwrap());
                        }
                    })
                    .unwrap();
            }
        }
        let file = rusqlite::Connection::open(path).unwrap();
        let keys: Vec<String> = column(&file, KEYS);
        for key in keys {
            let intent = store.intent(&key).unwrap().unwrap();
            self.requests.push(text(&intent.write.prepared));
            self.requests.extend(intent.answer.as_ref().map(text));
        }
        let lines: Vec<i64> = column(&file, "SELECT line FROM log_details ORDER BY line");
        for line in lines {
            let line = store.log_line(store::LogId(line)).unwrap().unwrap();
            self.details.extend(line.write.detail.as_ref().map(text));
        }
    }
}

fn column<T: rusqlite::types::FromSql>(file: &rusqlite::Connection, sql: &str) -> Vec<T> {
    file.prepare(sql)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn measure(dictionary: &[u8], level: i32, texts: &[String]) {
    let encoder = EncoderDictionary::copy(dictionary, level);
    let mut compressor = Compressor::with_prepared_dictionary(&encoder).unwrap();
    compressor.include_dictid(false).unwrap();
    let began = Instant::now();
    let frames: Vec<Vec<u8>> = texts
        .iter()
        .map(|text| compressor.compress(text.as_bytes()).unwrap())
        .collect();
    let compressing = began.elapsed();
    let decoder = DecoderDictionary::copy(dictionary);
    let mut decompressor = Decompressor::with_prepared_dictionary(&decoder).unwrap();
    let began = Instant::now();
    for (frame, text) in frames.iter().zip(texts) {
        let back = decompressor.decompress(frame, text.len()).unwrap();
        assert_eq!(back, text.as_bytes());
    }
    let decompressing = began.elapsed();
    let each = |total: f64| total / texts.len() as f64;
    // As stored: without the four bytes of the frame's beginning, with one for the dictionary.
    let bytes: usize = frames.iter().map(|frame| frame.len() - 3).sum();
    println!(
        "  {:>3} KB, level {level:>2}: {:>5.1} bytes, {:>5.1} µs to compress, {:>4.1} µs back",
        dictionary.len() / 1024,
        each(bytes as f64),
        each(compressing.as_secs_f64() * 1e6),
        each(decompressing.as_secs_f64() * 1e6)
    );
}
