#![allow(clippy::unwrap_used, clippy::type_complexity)]
use rust_decimal::Decimal;

use super::*;
use Side::{Erpnext, Xero};

fn way(kind: MappingKind, from: Side, key: &str, to: &str) -> Mapping {
    Mapping {
        kind,
        from,
        key: key.into(),
        to: to.into(),
    }
}

fn choice(key: &str, code: Option<&str>, name: &str, rate: Option<i64>) -> Choice {
    Choice {
        key: key.into(),
        id: None,
        code: code.map(Into::into),
        also: None,
        also_id: None,
        no_bank: false,
        name: name.into(),
        rate: rate.map(Decimal::from),
        default: false,
    }
}

fn to<'m>(mappings: &'m Mappings, kind: MappingKind, from: Side, key: &str) -> &'m str {
    mappings.translate(kind, from, key).unwrap_or("-")
}

mod ways {
    use super::*;

    /// What stands for Xero's 200, Sales and Freight after each choice, made one after the other.
    #[test]
    fn a_choice_changes_the_way_it_was_made_for_and_no_other() {
        const KIND: MappingKind = MappingKind::Account;
        let mut mappings: Mappings = Mapping::both_ways(KIND, "200", "Sales")
            .into_iter()
            .collect();
        #[rustfmt::skip]
        let choices = [
            // from, key, to: then 200, Sales, Freight
            (Erpnext, "Freight", Some("200"), ["Sales", "200", "200"]),
            (Xero, "200", Some("Freight"), ["Freight", "200", "200"]),
            (Erpnext, "Sales", Some("260"), ["Freight", "260", "200"]),
            (Erpnext, "Sales", None, ["Freight", "-", "200"]),
            (Xero, "200", None, ["-", "-", "200"]),
        ];
        for (from, key, counterpart, then) in choices {
            match counterpart {
                Some(counterpart) => mappings.set(way(KIND, from, key, counterpart)),
                None => mappings.remove(KIND, from, key),
            }
            let now = [(Xero, "200"), (Erpnext, "Sales"), (Erpnext, "Freight")]
                .map(|(from, key)| to(&mappings, KIND, from, key));
            assert_eq!(now, then, "{from} {key} to {counterpart:?}");
        }
    }

    #[test]
    fn kinds_have_nothing_to_do_with_each_other() {
        let mappings: Mappings = [way(MappingKind::Account, Xero, "200", "Sales")]
            .into_iter()
            .collect();
        assert_eq!(mappings.translate(MappingKind::Tax, Xero, "200"), None);
    }

    #[test]
    fn they_can_be_stored_and_read() {
        let mappings = Mapping::both_ways(MappingKind::Tax, "OUTPUT2", "VAT 20")
            .into_iter()
            .collect::<Mappings>()
            .knowing_rates(Xero, &[choice("OUTPUT2", None, "20 %", Some(20))]);
        let text = serde_json::to_string(&mappings).unwrap();
        assert_eq!(serde_json::from_str::<Mappings>(&text).unwrap(), mappings);
        assert_eq!(mappings.rate(Xero, "OUTPUT2"), Some(Decimal::from(20)));
        assert_eq!(mappings.rate(Erpnext, "OUTPUT2"), None);
    }
}

mod rates {
    use super::*;

    fn template(key: &str, also: &str, rate: i64) -> Choice {
        Choice {
            also: Some(also.into()),
            ..choice(key, None, key, Some(rate))
        }
    }

    /// Each row: what a person mapped in ERPNext, the templates there are, and what a line that says
    /// a key is carried as.
    #[test]
    fn a_rate_keeps_its_mapping_whichever_way_the_site_names_it() {
        let twenty = || template("VAT 20%", "VAT @ 20", 20);
        let again = || template("A VAT 20%", "VAT @ 20", 20);
        let zero = |name: &str| template(name, "VAT @ 0", 0);
        #[rustfmt::skip]
        let table: [(&[(&str, &str)], Vec<Choice>, &[(&str, &str)]); 9] = [
            // A template is added for a mapped rate, or the other way round.
            (&[("VAT @ 20", "OUT")], vec![twenty()], &[("VAT 20%", "OUT"), ("VAT @ 20", "OUT")]),
            (&[("VAT 20%", "OUT")], vec![twenty()], &[("VAT 20%", "OUT"), ("VAT @ 20", "OUT")]),
            // Both may stand, and say different things.
            (&[("VAT @ 20", "OUT"), ("VAT 20%", "CAP")], vec![twenty()], &[("VAT 20%", "CAP"), ("VAT @ 20", "OUT")]),
            // A second template of the same account and rate, whose name comes first.
            (&[("VAT 20%", "OUT")], vec![again(), twenty()], &[("A VAT 20%", "OUT"), ("VAT @ 20", "OUT")]),
            (&[("VAT @ 20", "OUT")], vec![again(), twenty()], &[("A VAT 20%", "OUT"), ("VAT 20%", "OUT")]),
            // Which of two is meant cannot be told.
            (&[("VAT 20%", "OUT"), ("A VAT 20%", "CAP")], vec![again(), twenty(), template("B", "VAT @ 20", 20)], &[("B", "-"), ("VAT @ 20", "CAP")]),
            // Exempt and zero-rated differ by their names alone.
            (&[("Zero", "ZERO")], vec![zero("Exempt"), zero("Zero")], &[("Exempt", "-"), ("VAT @ 0", "ZERO")]),
            (&[("VAT @ 0", "ZERO")], vec![zero("Exempt")], &[("Exempt", "ZERO")]),
            // Another account is another rate.
            (&[("VAT @ 20", "OUT")], vec![template("GST 20%", "GST @ 20", 20)], &[("GST 20%", "-"), ("GST @ 20", "-")]),
        ];
        for (said, choices, expected) in table {
            let mappings = said
                .iter()
                .map(|(key, other)| way(MappingKind::Tax, Erpnext, key, other))
                .collect::<Mappings>()
                .completed(MappingKind::Tax, Erpnext, &choices, &Directory::default());
            for (key, other) in expected {
                assert_eq!(
                    to(&mappings, MappingKind::Tax, Erpnext, key),
                    *other,
                    "{key} where {said:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_said_one_way_adds_nothing_the_other_way() {
        let mappings = [way(MappingKind::Tax, Erpnext, "VAT @ 20", "OUT")]
            .into_iter()
            .collect::<Mappings>()
            .completed(
                MappingKind::Tax,
                Erpnext,
                &[template("VAT 20%", "VAT @ 20", 20)],
                &Directory::default(),
            );
        assert_eq!(mappings.ways(MappingKind::Tax, Xero).count(), 0);
        assert_eq!(mappings.ways(MappingKind::Tax, Erpnext).count(), 2);
    }
}

mod rates_by_other_names {
    use super::*;

    const TAX: MappingKind = MappingKind::Tax;

    fn template(key: &str, also: &str) -> Choice {
        Choice {
            also: Some(also.into()),
            ..choice(key, None, key, Some(5))
        }
    }

    fn known(offered: &[Choice]) -> Directory {
        Directory::new(seen(TAX, Erpnext, &[], offered).values)
    }

    #[test]
    fn what_is_sent_is_called_what_the_site_calls_it_now() {
        let plain = [choice("VAT @ 5", None, "VAT @ 5", Some(5))];
        let named = [template("VAT 5%", "VAT @ 5")];
        let two = [template("A 5%", "VAT @ 5"), template("VAT 5%", "VAT @ 5")];
        #[rustfmt::skip]
        let table: [(&str, &[Choice], &[Choice], &str, &str); 7] = [
            // mapped to, offered when it was, offered now: sent as, and the way back of the plain rate
            ("VAT @ 5", &plain, &plain, "VAT @ 5", "RED"),
            ("VAT @ 5", &plain, &named, "VAT 5%", "RED"),
            ("VAT @ 5", &plain, &two, "VAT @ 5", "RED"),
            ("VAT 5%", &named, &two, "VAT 5%", "RED"),
            // The template is deleted, and another of the same rate made.
            ("VAT 5%", &named, &plain, "VAT @ 5", "RED"),
            ("VAT 5%", &named, &[template("Five", "VAT @ 5")], "Five", "RED"),
            ("VAT 5%", &named, &[], "VAT @ 5", "RED"),
        ];
        for (mapped, before, now, sent, back) in table {
            let mappings: Mappings = Mapping::both_ways(TAX, "RED", mapped).into_iter().collect();
            let mappings = mappings.completed(TAX, Erpnext, now, &known(before));
            let case = format!("{mapped} of {before:?} in {now:?}");
            assert_eq!(to(&mappings, TAX, Xero, "RED"), sent, "{case}");
            assert_eq!(to(&mappings, TAX, Erpnext, "VAT @ 5"), back, "{case}");
            for choice in now {
                assert_eq!(to(&mappings, TAX, Erpnext, &choice.key), back, "{case}");
            }
        }
    }

    #[test]
    fn records_are_read_under_the_names_of_now() {
        let named = [template("VAT 5%", "VAT @ 5")];
        let directory = known(&named);
        let now =
            |key: &'static str, offered| directory.present(TAX, Erpnext, key, offered).to_owned();
        assert_eq!(now("VAT @ 5", &named[..]), "VAT 5%");
        assert_eq!(now("VAT 5%", &named[..]), "VAT 5%");
        let two = [template("A 5%", "VAT @ 5"), template("VAT 5%", "VAT @ 5")];
        assert_eq!(now("VAT @ 5", &two[..]), "VAT @ 5");
        assert_eq!(now("GST @ 5", &named[..]), "GST @ 5");
    }
}

mod suggestions {
    use super::*;

    fn words(found: &[Suggestion]) -> Vec<String> {
        found
            .iter()
            .map(|it| {
                let arrow = match it.mapping.from {
                    Xero => ">",
                    Erpnext => "<",
                };
                let (xero, erpnext) = (it.mapping.on(Xero), it.mapping.on(Erpnext));
                format!("{xero} {arrow} {erpnext}: {}", it.reason)
            })
            .collect()
    }

    #[test]
    fn accounts_go_by_code_then_name_then_word() {
        let xero = [
            choice("200", Some("200"), "Sales", None),
            choice("260", Some("260"), "Other Revenue", None),
            choice("270", Some("270"), "Interest Income", None),
        ];
        let erpnext = [
            choice("4000 - Sales - MF", Some("200"), "Product Sales", None),
            choice("Other Revenue - MF", None, "Other Revenue", None),
            choice("Interest - MF", None, "Interest received", None),
            choice("Freight - MF", None, "Freight", None),
        ];
        let found = suggest(MappingKind::Account, &xero, &erpnext, &Mappings::default());
        assert_eq!(
            words(&found),
            [
                "200 > 4000 - Sales - MF: same code, 200",
                "200 < 4000 - Sales - MF: same code, 200",
                "260 > Other Revenue - MF: same name",
                "260 < Other Revenue - MF: same name",
                "270 > Interest - MF: both named \"interest\"",
                "270 < Interest - MF: both named \"interest\"",
            ]
        );
    }

    #[test]
    fn tax_rates_need_the_same_percentage_and_ties_are_left_to_a_person() {
        let xero = [
            choice("OUTPUT2", None, "20% (VAT on Income)", Some(20)),
            choice("ZERORATEDOUTPUT", None, "Zero Rated Income", Some(0)),
            choice("EXEMPTOUTPUT", None, "Exempt Income", Some(0)),
        ];
        let erpnext = [
            choice("VAT 20 - MF", None, "UK VAT 20%", Some(20)),
            choice("Zero - MF", None, "Zero rate", Some(0)),
            choice("Exempt - MF", None, "Exempt from VAT", Some(0)),
            choice("Nil - MF", None, "Nil", Some(0)),
        ];
        let found = suggest(MappingKind::Tax, &xero, &erpnext, &Mappings::default());
        assert_eq!(
            words(&found),
            [
                "ZERORATEDOUTPUT > Zero - MF: same rate, 0 %",
                "ZERORATEDOUTPUT < Zero - MF: same rate, 0 %",
                "EXEMPTOUTPUT > Exempt - MF: same rate, 0 %",
                "EXEMPTOUTPUT < Exempt - MF: same rate, 0 %",
                "OUTPUT2 > VAT 20 - MF: same rate, 20 %",
                "OUTPUT2 < VAT 20 - MF: same rate, 20 %",
            ]
        );
    }

    #[test]
    fn the_way_back_of_several_is_left_to_a_person_in_whatever_order_they_come() {
        let mut xero = [
            choice("OUTPUT2", None, "20% (VAT on Income)", Some(20)),
            choice("CAPOUTPUT2", None, "20% (VAT on Capital Sales)", Some(20)),
        ];
        let erpnext = [choice("VAT 20 - MF", None, "UK 20", Some(20))];
        for _ in 0..2 {
            let found = suggest(MappingKind::Tax, &xero, &erpnext, &Mappings::default());
            assert!(
                found.iter().all(|it| it.mapping.from == Xero),
                "{:?}",
                words(&found)
            );
            assert_eq!(found.len(), 2);
            xero.reverse();
        }
    }

    #[test]
    fn a_weaker_reason_decides_nothing_that_a_stronger_one_left_open() {
        let free = choice("GST Free - MF", None, "GST Free", Some(0));
        let xero = |names: &[&str]| -> Vec<Choice> {
            let of = |name: &&str| choice(name, None, name, Some(0));
            names.iter().map(of).collect()
        };
        let of = |names: &[&str]| {
            let free = std::slice::from_ref(&free);
            let found = suggest(MappingKind::Tax, &xero(names), free, &Mappings::default());
            let back = found.iter().find(|it| it.mapping.from == Erpnext);
            back.map(|it| it.mapping.to.clone())
        };
        // Both share a word with it; the third has nothing but the rate.
        let tied = ["GST Free Goods", "GST Free Exports", "BAS Excluded"];
        assert_eq!(of(&tied), None);
        let told = ["GST Free Exports", "GST Free Income", "BAS Excluded"];
        assert_eq!(of(&told).as_deref(), Some("GST Free Income"));
    }

    #[test]
    fn only_the_way_that_has_nothing_is_offered() {
        let xero = [choice("200", Some("200"), "Sales", None)];
        let erpnext = [choice("Sales - MF", Some("200"), "Sales", None)];
        let both = Mapping::both_ways(MappingKind::Account, "200", "Sales - MF");
        let of = |taken: &[Mapping]| {
            let taken = taken.iter().cloned().collect();
            words(&suggest(MappingKind::Account, &xero, &erpnext, &taken))
        };
        assert_eq!(of(&both), [""; 0]);
        assert_eq!(of(&both[..1]), ["200 < Sales - MF: same code, 200"]);
        // A value that is mapped elsewhere one way is still found the other way.
        let elsewhere = way(MappingKind::Account, Xero, "200", "Freight - MF");
        assert_eq!(of(&[elsewhere]), ["200 < Sales - MF: same code, 200"]);
    }
}

mod names {
    use super::*;

    const KIND: MappingKind = MappingKind::Account;

    fn offered(of: &[(&str, &str, &str)]) -> Vec<Choice> {
        of.iter()
            .map(|(key, id, name)| Choice {
                id: Some((*id).to_owned()).filter(|id| !id.is_empty()),
                ..choice(key, None, name, None)
            })
            .collect()
    }

    /// Reads charts one after the other; what a mapping of each key says then.
    fn read(charts: &[&[(&str, &str, &str)]]) -> (Directory, Mappings, Vec<(String, String)>) {
        // Made when nothing was known but keys.
        let mut kept = vec![
            way(KIND, Xero, "200", "Sales"),
            way(KIND, Xero, "300", "Freight"),
            way(KIND, Erpnext, "Sales", "200"),
            way(KIND, Erpnext, "Freight", "300"),
        ];
        let mut known: Vec<KnownValue> = Vec::new();
        let mut renamed = Vec::new();
        for chart in charts {
            let found = seen(KIND, Xero, &known, &offered(chart));
            for (before, now) in &found.moved {
                for way in &mut kept {
                    let id = match way.from {
                        Xero => &mut way.key,
                        Erpnext => &mut way.to,
                    };
                    if id == before {
                        id.clone_from(now);
                    }
                }
            }
            for value in found.values {
                known.retain(|it| (&it.key, &it.id) != (&value.key, &value.id));
                known.push(value);
            }
            renamed.extend(found.renamed.into_iter().map(|it| (it.before, it.now)));
            assert!(
                seen(KIND, Xero, &known, &offered(chart)).is_empty(),
                "reading the same again teaches nothing"
            );
        }
        let directory = Directory::new(known);
        let mappings = kept.iter().flat_map(|way| directory.ways(way)).collect();
        (directory, mappings, renamed)
    }

    #[test]
    fn a_mapping_goes_with_the_account_whatever_it_is_called() {
        const START: &[(&str, &str, &str)] = &[("200", "A", "Sales"), ("300", "B", "Freight")];
        #[rustfmt::skip]
        let table: [(&str, &[(&str, &str, &str)], &[(&str, &str)], [&str; 2]); 9] = [
            // what happened, the chart then, keys of Xero and what stands for them, the ways back
            ("nothing", START, &[("200", "Sales"), ("300", "Freight")], ["200", "300"]),
            ("a code changed: old records carry the old one", &[("4000", "A", "Sales"), ("300", "B", "Freight")],
                &[("4000", "Sales"), ("200", "Sales"), ("300", "Freight")], ["4000", "300"]),
            ("the name too", &[("4000", "A", "Trade"), ("300", "B", "Freight")],
                &[("4000", "Sales"), ("200", "Sales")], ["4000", "300"]),
            ("two codes changed places", &[("300", "A", "Sales"), ("200", "B", "Freight")],
                &[("300", "Sales"), ("200", "Freight")], ["300", "200"]),
            ("a code was given to a new account", &[("4000", "A", "Sales"), ("200", "C", "Cakes"), ("300", "B", "Freight")],
                &[("4000", "Sales"), ("200", "-"), ("300", "Freight")], ["4000", "300"]),
            ("archived: the key is still its own", &[("300", "B", "Freight")],
                &[("200", "Sales"), ("300", "Freight")], ["200", "300"]),
            ("deleted and made again", &[("200", "C", "Sales"), ("300", "B", "Freight")],
                &[("200", "Sales"), ("300", "Freight")], ["200", "300"]),
            ("gone, and its code is another account's", &[("200", "C", "Cakes"), ("300", "B", "Freight")],
                &[("200", "-"), ("300", "Freight")], ["-", "300"]),
            ("identities could not be read", &[("200", "", "Sales"), ("300", "", "Freight")],
                &[("200", "Sales"), ("300", "Freight")], ["200", "300"]),
        ];
        for (what, chart, expected, back) in table {
            let (_, mappings, _) = read(&[START, chart]);
            for (key, other) in expected {
                assert_eq!(to(&mappings, KIND, Xero, key), *other, "{what}: {key}");
            }
            let backs = ["Sales", "Freight"].map(|key| to(&mappings, KIND, Erpnext, key));
            assert_eq!(backs, back, "{what}");
        }
    }

    #[test]
    fn renamed_twice_and_back() {
        let (directory, mappings, renamed) = read(&[
            &[("200", "A", "Sales")],
            &[("210", "A", "Sales")],
            &[("220", "A", "Sales")],
            &[("200", "A", "Sales")],
        ]);
        for key in ["200", "210", "220"] {
            assert_eq!(to(&mappings, KIND, Xero, key), "Sales", "{key}");
        }
        assert_eq!(directory.key_of(KIND, Xero, "A"), Some("200"));
        assert_eq!(directory.name_of(KIND, Xero, "A"), Some("Sales"));
        let renamed: Vec<_> = renamed
            .iter()
            .map(|(before, now)| format!("{before} {now}"))
            .collect();
        assert_eq!(renamed, ["200 210", "210 220", "220 200"]);
    }

    #[test]
    fn without_an_identity_a_key_is_all_there_is() {
        let (_, mappings, _) = read(&[&[("200", "", "Sales")], &[("4000", "", "Sales")]]);
        assert_eq!(to(&mappings, KIND, Xero, "200"), "Sales");
        assert_eq!(to(&mappings, KIND, Xero, "4000"), "-");
        // Learned later, it counts from then on.
        let (_, mappings, _) = read(&[
            &[("200", "", "Sales")],
            &[("200", "A", "Sales")],
            &[("4000", "A", "Sales")],
        ]);
        assert_eq!(to(&mappings, KIND, Xero, "4000"), "Sales");
    }

    #[test]
    fn an_identity_that_two_claim_tells_nothing() {
        let (_, mappings, _) = read(&[
            &[("200", "A", "Sales"), ("300", "A", "Freight")],
            &[("4000", "A", "Sales"), ("300", "B", "Freight")],
        ]);
        assert_eq!(to(&mappings, KIND, Xero, "4000"), "-");
        assert_eq!(to(&mappings, KIND, Xero, "300"), "Freight");
    }

    #[test]
    fn a_template_and_its_rate_are_two_values() {
        let chart = |key: &str, also: &str| Choice {
            id: Some("T".into()),
            also: Some(also.into()),
            also_id: Some("V @ 20".into()),
            no_bank: false,
            ..choice(key, None, key, Some(20))
        };
        let first = seen(
            MappingKind::Tax,
            Erpnext,
            &[],
            &[chart("VAT 20", "VAT @ 20")],
        );
        assert_eq!(first.values.len(), 2);
        // The tax account is renamed: the template keeps its name, its rate does not.
        let second = seen(
            MappingKind::Tax,
            Erpnext,
            &first.values,
            &[chart("VAT 20", "2300 - VAT @ 20")],
        );
        assert_eq!(
            second.renamed,
            [Renamed {
                kind: MappingKind::Tax,
                side: Erpnext,
                before: "VAT @ 20".into(),
                now: "2300 - VAT @ 20".into(),
            }]
        );
    }
}
