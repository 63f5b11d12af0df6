//! What the wholesaler sells.

use super::{AccountClass, TaxClass};

/// An article of the catalogue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Article {
    /// What the line says.
    pub(super) description: &'static str,
    /// Usual price of one, in cents of the home currency.
    pub(super) cents: i64,
    /// The unit of measure, by ERPNext's name.
    pub(super) unit: Unit,
    /// Usual quantities, from and to.
    pub(super) quantity: (i64, i64),
    /// How it is taxed.
    pub(super) tax: TaxClass,
    /// Where its income is booked.
    pub(super) account: AccountClass,
}

/// A unit of measure and whether it can be divided. ERPNext refuses fractions of "Nos" and "Box".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Each,
    Kilogram,
    Metre,
    Litre,
    Hour,
}

impl Unit {
    /// ERPNext's name.
    pub(super) const fn erpnext(self) -> &'static str {
        match self {
            Unit::Each => "Nos",
            Unit::Kilogram => "Kg",
            Unit::Metre => "Meter",
            Unit::Litre => "Litre",
            Unit::Hour => "Hour",
        }
    }

    /// Whether quantities may be fractions.
    pub(super) const fn divisible(self) -> bool {
        !matches!(self, Unit::Each)
    }
}

const fn article(
    description: &'static str,
    cents: i64,
    unit: Unit,
    quantity: (i64, i64),
    tax: TaxClass,
) -> Article {
    Article {
        description,
        cents,
        unit,
        quantity,
        tax,
        account: AccountClass::Sales,
    }
}

const fn service(
    description: &'static str,
    cents: i64,
    unit: Unit,
    quantity: (i64, i64),
    tax: TaxClass,
) -> Article {
    Article {
        description,
        cents,
        unit,
        quantity,
        tax,
        account: AccountClass::Other,
    }
}

use TaxClass::{Exempt, Reduced, Standard, Zero};
use Unit::{Each, Hour, Kilogram, Litre, Metre};

/// Everything on the price list.
pub(super) const CATALOGUE: &[Article] = &[
    article(
        "Roses, Red Naomi 60 cm, bunch of 20",
        1895,
        Each,
        (1, 24),
        Standard,
    ),
    article(
        "Roses, Avalanche+ white 50 cm, bunch of 20",
        1740,
        Each,
        (1, 20),
        Standard,
    ),
    article("Tulips, mixed, bunch of 50", 1265, Each, (2, 30), Standard),
    article(
        "Lisianthus, blush pink, bunch of 10",
        985,
        Each,
        (1, 18),
        Standard,
    ),
    article(
        "Hydrangea, antique green, per stem",
        315,
        Each,
        (5, 60),
        Standard,
    ),
    article(
        "Peonies, Sarah Bernhardt, bunch of 10",
        2290,
        Each,
        (1, 12),
        Standard,
    ),
    article(
        "Ranunculus 'Café au Lait', bunch of 10",
        1120,
        Each,
        (1, 16),
        Standard,
    ),
    article(
        "Gypsophila, Xlence, bunch of 25",
        1375,
        Each,
        (1, 14),
        Standard,
    ),
    article("Eucalyptus, cinerea, wrap", 645, Each, (2, 30), Standard),
    article("Ruscus, Italian, bunch of 10", 489, Each, (2, 20), Standard),
    article(
        "Orchid, Phalaenopsis, 12 cm pot",
        1150,
        Each,
        (1, 12),
        Standard,
    ),
    article("Ficus lyrata, 24 cm pot", 4250, Each, (1, 4), Standard),
    article("Box of dried flowers, mixed", 3299, Each, (1, 5), Standard),
    article("Nordmann fir, 180–200 cm", 2675, Each, (1, 30), Standard),
    article(
        "Floral foam, brick, case of 20",
        1999,
        Each,
        (1, 6),
        Standard,
    ),
    article("Glass cylinder vase 30 cm", 1179, Each, (2, 24), Standard),
    article("Satin ribbon 25 mm", 135, Metre, (5, 60), Standard),
    article("Hessian, natural", 365, Metre, (2, 25), Standard),
    article("Kindling, kiln-dried, net", 445, Each, (2, 20), Reduced),
    article(
        "Smokeless fuel for domestic use, 10 kg",
        899,
        Each,
        (1, 12),
        Reduced,
    ),
    article("Potatoes, Maris Piper", 118, Kilogram, (5, 75), Zero),
    article("Heritage tomatoes", 545, Kilogram, (1, 18), Zero),
    article("Chestnut mushrooms", 438, Kilogram, (1, 12), Zero),
    article("Wild garlic", 1390, Kilogram, (1, 4), Zero),
    article("Free-range eggs, tray of 30", 735, Each, (1, 20), Zero),
    article("Strong white flour, 16 kg", 1485, Each, (1, 12), Zero),
    article("Rapeseed oil, cold-pressed", 512, Litre, (2, 40), Zero),
    article("Crème fraîche, 2 l", 689, Each, (1, 10), Zero),
    article("Comté, 18 months", 2145, Kilogram, (1, 6), Zero),
    article("Sourdough loaf, 800 g", 325, Each, (2, 40), Zero),
    article("Edible flowers, punnet", 475, Each, (2, 24), Zero),
    article(
        "Elderflower cordial, case of 6",
        2340,
        Each,
        (1, 8),
        Standard,
    ),
    service("Arranging on site", 3850, Hour, (1, 9), Standard),
    service("Vase hire, per event", 450, Each, (5, 60), Standard),
    service("Local delivery", 1250, Each, (1, 2), Standard),
    service("Floristry course, one place", 9500, Each, (1, 4), Exempt),
];
