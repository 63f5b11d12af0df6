//! How long texts are kept: bodies of records and requests, as JSON that is compressed with a
//! dictionary of such texts.
//!
//! A column of long texts has the type ANY, and each value says how it is coded. A TEXT is the text
//! itself: a short one, or one that does not become shorter. A BLOB is a compressed one: the number
//! of its dictionary in the first byte, then a frame of zstd without its first four bytes, which are
//! the same in all. `benches/dictionaries.rs` makes dictionaries from a database; one that was
//! released is never altered, for files hold texts that cannot be read without it. A better one gets
//! a number of its own.
//!
//! What compressed texts look like is up to the version of zstd, so they are never compared: texts
//! are.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::LazyLock;

use rusqlite::ToSql;
use rusqlite::types::{FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// What every frame of zstd begins with (RFC 8878, section 3.1.1).
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// How hard to compress records and requests. Level 9 would save 7 % more in six times the time, on every
/// record of a first reading (`benches/dictionaries.rs` measures both).
const LEVEL: i32 = 3;
/// The same of details, each of which comes with a write that took a hundred times as long: a sixth less.
const LEVEL_OF_DETAILS: i32 = 9;
/// Shorter texts are not compressed: the frame around one costs about as much as it saves.
const SHORT: usize = 32;
/// No text is longer; a damaged one may claim to be.
const LONGEST: usize = 256 * 1024 * 1024;

/// What a text is like, and so which dictionary shortens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Like {
    /// A record as the ledger has it, or the raw body of one that could not be read.
    Record,
    /// A request with what it was made from.
    Request,
    /// A detail of the log: requests with their answers.
    Detail,
}

/// Every dictionary, in the order of their numbers, from 1, and how hard is compressed with it.
const DICTIONARIES: [(&[u8], i32); 5] = [
    (include_bytes!("packed/1_records.dict"), LEVEL),
    (include_bytes!("packed/2_requests.dict"), LEVEL),
    (include_bytes!("packed/3_details.dict"), LEVEL),
    (include_bytes!("packed/4_records.dict"), LEVEL),
    (include_bytes!("packed/5_details.dict"), LEVEL_OF_DETAILS),
];

impl Like {
    /// The number of the dictionary that new texts get.
    const fn dictionary(self) -> u8 {
        match self {
            Like::Request => 2,
            Like::Record => 4,
            Like::Detail => 5,
        }
    }
}

/// A dictionary made ready for use; `None` where zstd does not take it.
struct Ready {
    encoder: Option<EncoderDictionary<'static>>,
    decoder: Option<DecoderDictionary<'static>>,
}

static READY: LazyLock<Vec<Ready>> = LazyLock::new(|| {
    DICTIONARIES
        .iter()
        .map(|(bytes, level)| Ready {
            encoder: EncoderDictionary::try_copy(bytes, *level).ok(),
            decoder: DecoderDictionary::try_copy(bytes).ok(),
        })
        .collect()
});

fn ready(number: u8) -> Option<&'static Ready> {
    READY.get(usize::from(number).checked_sub(1)?)
}

/// What zstd works in, kept from one text to the next.
struct Workplace {
    compressor: Option<Compressor<'static>>,
    decompressor: Option<Decompressor<'static>>,
}

thread_local! {
    static WORKPLACE: RefCell<Workplace> = RefCell::new(Workplace {
        compressor: Compressor::new(LEVEL).ok(),
        decompressor: Decompressor::new().ok(),
    });
}

/// A text on its way into a column of long texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Packed(Value);

impl ToSql for Packed {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

/// Codes a text for a column of long texts.
pub(crate) fn pack(like: Like, text: &str) -> Packed {
    let compressed = (text.len() > SHORT)
        .then(|| compressed(like.dictionary(), text.as_bytes()))
        .flatten()
        .filter(|bytes| bytes.len() < text.len());
    Packed(match compressed {
        Some(bytes) => Value::Blob(bytes),
        None => Value::Text(text.to_owned()),
    })
}

/// `None` where zstd cannot; the text is then kept as it is.
fn compressed(number: u8, text: &[u8]) -> Option<Vec<u8>> {
    let encoder = ready(number)?.encoder.as_ref()?;
    WORKPLACE.with_borrow_mut(|workplace| {
        let compressor = workplace.compressor.as_mut()?;
        compressor.set_prepared_dictionary(encoder).ok()?;
        // The number stands in the first byte already.
        compressor.include_dictid(false).ok()?;
        let frame = compressor.compress(text).ok()?;
        let rest = frame.strip_prefix(&MAGIC)?;
        let mut bytes = Vec::with_capacity(rest.len() + 1);
        bytes.push(number);
        bytes.extend_from_slice(rest);
        Some(bytes)
    })
}

/// Reads a text from a column of long texts.
///
/// # Errors
/// Where the value is neither text nor a compressed one that this version can read.
pub(crate) fn unpack(value: ValueRef<'_>) -> FromSqlResult<Cow<'_, str>> {
    match value {
        ValueRef::Text(_) => Ok(Cow::Borrowed(value.as_str()?)),
        ValueRef::Blob(bytes) => {
            let text = decompressed(bytes).map_err(|why| FromSqlError::Other(why.into()))?;
            Ok(Cow::Owned(text))
        }
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => Err(FromSqlError::InvalidType),
    }
}

fn decompressed(bytes: &[u8]) -> Result<String, String> {
    let (number, rest) = bytes.split_first().ok_or("an empty value")?;
    let decoder = ready(*number)
        .and_then(|ready| ready.decoder.as_ref())
        .ok_or_else(|| format!("a text compressed in a way ({number}) that is not known here"))?;
    let frame = [&MAGIC, rest].concat();
    let text = WORKPLACE.with_borrow_mut(|workplace| {
        let decompressor = workplace
            .decompressor
            .as_mut()
            .ok_or("zstd has no memory")?;
        decompressor
            .set_prepared_dictionary(decoder)
            .and_then(|()| decompressor.decompress(&frame, LONGEST))
            .map_err(|why| format!("a compressed text is damaged: {why}"))
    })?;
    String::from_utf8(text).map_err(|why| format!("a compressed text is damaged: {why}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(like: Like, text: &str) -> (Packed, String) {
        let packed = pack(like, text);
        let back = unpack(ValueRef::from(&packed.0)).unwrap().into_owned();
        (packed, back)
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in ".{0,400}", like in 0..3_usize) {
            let like = [Like::Record, Like::Request, Like::Detail][like];
            prop_assert_eq!(there_and_back(like, &text).1, text);
        }

        #[test]
        fn what_an_older_version_compressed_is_read(text in ".{8}{5,50}", number in 1..=5_u8) {
            let bytes = compressed(number, text.as_bytes()).unwrap();
            prop_assert_eq!(unpack(ValueRef::Blob(&bytes)).unwrap(), text);
        }
    }

    #[test]
    fn a_text_like_those_of_the_dictionary_becomes_much_shorter() {
        let text = r#"{"contact":{"name":"Böhm & Söhne","email":"hello@boehm.example","phone":"0123 4567","tax_number":null,"address":{"line1":"1 High Street","line2":null,"city":"Leeds","region":null,"postal_code":"LS1 1AA","country":"United Kingdom"},"currency":null,"archived":false,"supplier_only":false}}"#;
        let (packed, back) = there_and_back(Like::Record, text);
        assert_eq!(back, text);
        let Packed(Value::Blob(bytes)) = packed else {
            panic!("{packed:?}");
        };
        assert!(bytes.len() * 2 < text.len(), "{} bytes", bytes.len());
    }

    #[test]
    fn a_short_text_and_one_that_does_not_become_shorter_stay_as_they_are() {
        for text in ["{}", "null", "qX7!vB2#nM9$kL4%jH8^gF3&dS6*aP1(zW5)"] {
            assert_eq!(
                pack(Like::Record, text),
                Packed(Value::Text(text.to_owned()))
            );
        }
    }

    #[test]
    fn a_damaged_value_is_told_apart_and_never_read_as_something_else() {
        let text = "a text, a text, a text, a text, a text, a text, a text, a text, a text";
        let Packed(Value::Blob(whole)) = pack(Like::Record, text) else {
            panic!("it is not compressed");
        };
        let mut newer = whole.clone();
        newer[0] = 200;
        for damaged in [&[][..], &whole[..1], &whole[..whole.len() - 1], &newer[..]] {
            assert!(unpack(ValueRef::Blob(damaged)).is_err(), "{damaged:?}");
        }
        assert!(unpack(ValueRef::Integer(1)).is_err());
        assert_eq!(unpack(ValueRef::Blob(&whole)).unwrap(), text);
    }

    /// Files out there hold texts that only these can read.
    #[test]
    fn no_dictionary_is_altered() {
        use sha2::Digest as _;
        let digests = DICTIONARIES.map(|(bytes, _)| {
            let digest: [u8; 32] = sha2::Sha256::digest(bytes).into();
            u64::from_be_bytes(digest[..8].try_into().unwrap())
        });
        assert_eq!(
            digests,
            [
                0xa876_d60e_6eef_65d1,
                0x6643_dfae_3feb_4877,
                0xe918_13ff_f571_2ac7,
                0xc645_8a35_860c_ba89,
                0x4610_0e0c_ad74_d3b6
            ]
        );
    }
}
