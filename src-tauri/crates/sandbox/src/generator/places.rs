//! Towns, post codes, telephone and tax numbers, by country.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::words::{BUILDINGS, STREETS};
use super::{Country, DemoAddress};

/// A town with its region and what its post codes begin with.
struct Town(&'static str, Option<&'static str>, &'static str);

const GB: &[Town] = &[
    Town("Taunton", Some("Somerset"), "TA1"),
    Town("Bath", Some("Somerset"), "BA1"),
    Town("Bristol", None, "BS8"),
    Town("Exeter", Some("Devon"), "EX4"),
    Town("Cardiff", None, "CF10"),
    Town("London", None, "SE1"),
    Town("Oxford", Some("Oxfordshire"), "OX1"),
    Town("Norwich", Some("Norfolk"), "NR2"),
    Town("York", Some("North Yorkshire"), "YO1"),
    Town("Manchester", None, "M4"),
    Town("Edinburgh", None, "EH3"),
    Town("Glasgow", None, "G12"),
    Town("Hay-on-Wye", Some("Powys"), "HR3"),
    Town("Stow-on-the-Wold", Some("Gloucestershire"), "GL54"),
    Town("St Ives", Some("Cornwall"), "TR26"),
    Town("King's Lynn", Some("Norfolk"), "PE30"),
];

const NZ: &[Town] = &[
    Town("Auckland", None, "10"),
    Town("Wellington", None, "60"),
    Town("Christchurch", Some("Canterbury"), "80"),
    Town("Whangārei", Some("Northland"), "01"),
    Town("Taupō", Some("Waikato"), "33"),
    Town("Nelson", None, "70"),
    Town("Dunedin", Some("Otago"), "90"),
    Town("Napier", Some("Hawke's Bay"), "41"),
];

const AU: &[Town] = &[
    Town("Sydney", Some("NSW"), "20"),
    Town("Newcastle", Some("NSW"), "23"),
    Town("Melbourne", Some("VIC"), "30"),
    Town("Ballarat", Some("VIC"), "33"),
    Town("Brisbane", Some("QLD"), "40"),
    Town("Adelaide", Some("SA"), "50"),
    Town("Fremantle", Some("WA"), "61"),
    Town("Hobart", Some("TAS"), "70"),
];

const US: &[Town] = &[
    Town("Portland", Some("OR"), "972"),
    Town("Seattle", Some("WA"), "981"),
    Town("Austin", Some("TX"), "787"),
    Town("Brooklyn", Some("NY"), "112"),
    Town("Chicago", Some("IL"), "606"),
    Town("Savannah", Some("GA"), "314"),
    Town("Santa Fe", Some("NM"), "875"),
    Town("Burlington", Some("VT"), "054"),
];

/// A customer's place abroad: town, region, post code, country, currency, dialling code.
struct Abroad(
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const ABROAD: &[Abroad] = &[
    Abroad(
        "Aalsmeer",
        Some("Noord-Holland"),
        "1431 GG",
        "Netherlands",
        "EUR",
        "+31",
    ),
    Abroad("Dublin", None, "D02 XY45", "Ireland", "EUR", "+353"),
    Abroad("Lyon", None, "69002", "France", "EUR", "+33"),
    Abroad("Düsseldorf", None, "40213", "Germany", "EUR", "+49"),
    Abroad("San Sebastián", None, "20003", "Spain", "EUR", "+34"),
    Abroad("Byron Bay", Some("NSW"), "2481", "Australia", "AUD", "+61"),
    Abroad(
        "Queenstown",
        Some("Otago"),
        "9300",
        "New Zealand",
        "NZD",
        "+64",
    ),
    Abroad("Victoria", Some("BC"), "V8W 1P6", "Canada", "CAD", "+1"),
    Abroad("Boston", Some("MA"), "02116", "United States", "USD", "+1"),
    Abroad("Miami", Some("FL"), "33130", "United States", "USD", "+1"),
];

/// The currencies used beside the home currency.
pub(super) fn foreign_currencies(country: Country) -> &'static [&'static str] {
    match country {
        Country::Gb => &["EUR", "USD"],
        Country::Nz => &["AUD", "USD"],
        Country::Au => &["NZD", "USD"],
        Country::Us => &["CAD", "EUR"],
    }
}

/// Where a customer is.
pub(super) struct Whereabouts {
    pub(super) address: DemoAddress,
    pub(super) currency: &'static str,
    dialling: Option<&'static str>,
}

/// A place at home, or abroad where `abroad` is set.
pub(super) fn whereabouts(rng: &mut StdRng, country: Country, abroad: bool) -> Whereabouts {
    let line1 = format!(
        "{} {}",
        rng.random_range(1..180),
        STREETS.choose(rng).copied().unwrap_or("High Street")
    );
    let line2 = rng
        .random_bool(0.2)
        .then(|| BUILDINGS.choose(rng).map(|line| (*line).to_owned()))
        .flatten();
    if abroad {
        let places: Vec<&Abroad> = ABROAD
            .iter()
            .filter(|place| foreign_currencies(country).contains(&place.4))
            .collect();
        if let Some(place) = places.choose(rng) {
            return Whereabouts {
                address: DemoAddress {
                    line1,
                    line2,
                    city: place.0.to_owned(),
                    region: place.1.map(str::to_owned),
                    postal_code: place.2.to_owned(),
                    country: place.3.to_owned(),
                },
                currency: place.4,
                dialling: Some(place.5),
            };
        }
    }
    let towns = match country {
        Country::Gb => GB,
        Country::Nz => NZ,
        Country::Au => AU,
        Country::Us => US,
    };
    let town = &towns[rng.random_range(0..towns.len())];
    Whereabouts {
        address: DemoAddress {
            line1,
            line2,
            city: town.0.to_owned(),
            region: town.1.map(str::to_owned),
            postal_code: postal_code(rng, country, town.2),
            country: country.name().to_owned(),
        },
        currency: country.currency(),
        dialling: None,
    }
}

fn postal_code(rng: &mut StdRng, country: Country, begin: &str) -> String {
    const LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
    match country {
        Country::Gb => {
            let mut letter = || char::from(LETTERS[rng.random_range(0..LETTERS.len())]);
            let (first, second) = (letter(), letter());
            format!("{begin} {}{first}{second}", rng.random_range(1..10))
        }
        Country::Nz | Country::Au | Country::Us => {
            format!("{begin}{:02}", rng.random_range(1..90))
        }
    }
}

/// A telephone number from the ranges that regulators keep for fiction.
pub(super) fn phone(rng: &mut StdRng, country: Country, place: &Whereabouts) -> String {
    if let Some(code) = place.dialling {
        return format!("{code} 20 555 {:04}", rng.random_range(100..200));
    }
    match (country, rng.random_bool(0.3)) {
        (Country::Gb, true) => format!("07700 900{:03}", rng.random_range(0..1000)),
        (Country::Gb, false) => format!("01632 960{:03}", rng.random_range(0..1000)),
        (Country::Nz, _) => format!("+64 9 555 {:04}", rng.random_range(100..200)),
        (Country::Au, true) => format!("0491 570 {:03}", rng.random_range(6..160)),
        (Country::Au, false) => format!("(02) 5550 {:04}", rng.random_range(0..10_000)),
        (Country::Us, _) => format!("(503) 555-{:04}", rng.random_range(100..200)),
    }
}

/// The `n`th tax registration number of the country the customer is in. Different `n` below six
/// million give different numbers.
pub(super) fn tax_number(country: Country, place: &Whereabouts, n: u32) -> String {
    // A step coprime to the range scatters consecutive customers over it without repeating; those
    // after them go to the next range.
    let within = u32::try_from(u64::from(n) * 613_859 % u64::from(RANGE)).unwrap_or_default();
    let scattered = 100_000 + within + n / RANGE * 900_000;
    if place.dialling.is_some() {
        return match place.address.country.as_str() {
            "Netherlands" => format!("NL{:09}B01", 810_000_000 + scattered),
            "Ireland" => format!("IE{scattered:07}T"),
            "France" => format!("FR{:02}{:09}", scattered % 97, 310_000_000 + scattered),
            "Germany" => format!("DE{}", 130_000_000 + scattered),
            "Spain" => format!("ESB{:08}", 20_000_000 + scattered),
            _ => format!("98-{scattered:07}"),
        };
    }
    match country {
        Country::Gb => gb_vat_number(3_000_000 + scattered),
        Country::Nz => {
            let number = format!("{:09}", 100_000_000 + scattered);
            format!("{}-{}-{}", &number[..3], &number[3..6], &number[6..])
        }
        Country::Au => format!(
            "51 {:03} {:03} {:03}",
            824 + scattered / 1_000_000,
            scattered / 1000 % 1000,
            scattered % 1000
        ),
        Country::Us => format!("12-{scattered:07}"),
    }
}

/// How many numbers are scattered before the next range.
const RANGE: u32 = 899_981;

/// A United Kingdom VAT number whose check digits fit: seven digits weighted 8 to 2, and what is
/// missing to a multiple of 97.
fn gb_vat_number(seven: u32) -> String {
    let digits = format!("{seven:07}");
    let sum: u32 = digits
        .bytes()
        .zip((2..=8_u32).rev())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = (97 - sum % 97) % 97;
    format!("GB{digits}{check:02}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn customers_beyond_a_range_have_numbers_of_their_own() {
        let mut rng = StdRng::seed_from_u64(1);
        for country in [Country::Gb, Country::Nz, Country::Au, Country::Us] {
            for abroad in [false, true] {
                let place = whereabouts(&mut rng, country, abroad);
                let mut numbers = HashSet::new();
                for n in (0..5_900_000).step_by(331) {
                    let number = tax_number(country, &place, n);
                    let first = tax_number(country, &place, n % 331);
                    assert_eq!(number.len(), first.len(), "{number} and {first}");
                    assert!(numbers.insert(number), "{country:?}, {n}");
                }
            }
        }
    }
}
