//! How a plan is cut into slices.

use super::*;

#[test]
fn everything_to_do_is_in_one_slice_and_both_sides_have_work_while_there_is_any() {
    let asks = |place: usize| match place {
        // As many to ERPNext as two slices and a half take, all before the few to Xero.
        0..2_500 => Asks::Writing(Side::Erpnext),
        2_500..2_510 => Asks::Writing(Side::Xero),
        2_510..2_521 => Asks::Settling,
        _ => Asks::Nothing,
    };
    let slices = to_do((0..2_530).map(|place| (place, asks(place))), 1_000);
    let sizes: Vec<usize> = slices.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1_021, 1_000, 500]);
    let mut places: Vec<usize> = slices.into_iter().flatten().collect();
    places.sort_unstable();
    assert_eq!(places, (0..2_521).collect::<Vec<_>>());
    assert!(to_do(std::iter::empty(), 1_000).is_empty());
}

#[test]
fn what_is_taken_out_of_a_list_is_in_order_and_a_whole_list_is_not_copied() {
    let mut list: Vec<u32> = (0..100).collect();
    let odd = taken(&mut list, |it| it % 2 == 1);
    assert_eq!(odd, (0..100).filter(|it| it % 2 == 1).collect::<Vec<_>>());
    assert_eq!(list, (0..100).filter(|it| it % 2 == 0).collect::<Vec<_>>());
    let at = list.as_ptr();
    let all = taken(&mut list, |_| true);
    assert_eq!((all.as_ptr(), all.len(), list.len()), (at, 50, 0));
}
