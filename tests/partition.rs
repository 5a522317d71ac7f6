//! The same preset gives the same samples, however it is cut into blocks and however many threads mix it.

mod small;

use std::sync::OnceLock;

use proptest::prelude::*;
use small::{QUICK, cases, corner, engine, first_difference, frames, play};
use uproar::math;

/// The whole scene, one thread, in blocks of a quantum.
fn reference() -> &'static [Vec<f32>; 2] {
    static REFERENCE: OnceLock<[Vec<f32>; 2]> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let (mut engine, _handle) = engine(&corner(QUICK), 1, false);
        let frames = frames(&engine);
        play(&mut engine, frames, &[64])
    })
}

fn played(threads: usize, blocks: &[usize]) -> [Vec<f32>; 2] {
    let (mut engine, _handle) = engine(&corner(QUICK), threads, false);
    let frames = frames(&engine);
    play(&mut engine, frames, blocks)
}

#[test]
fn the_scene_that_is_compared_has_sound_in_every_second() {
    let heard = reference();
    assert!(heard.iter().flatten().all(|x| x.is_finite()));
    for (second, part) in heard[0].chunks(48_000).enumerate().take(5) {
        let power = part.iter().map(|x| f64::from(x * x)).sum::<f64>() / part.len() as f64;
        assert!(math::log10(power) > -5.0, "second {second}: mean square {power}");
    }
}

#[test]
fn another_run_gives_the_same_bits() {
    assert_eq!(first_difference(&played(1, &[64]), reference()), None);
}

#[test]
fn one_two_and_three_threads_give_the_same_bits() {
    for threads in [1, 2, 3] {
        assert_eq!(first_difference(&played(threads, &[4096]), reference()), None, "{threads} threads");
    }
}

#[test]
fn the_whole_scene_in_one_block_gives_the_same_bits() {
    assert_eq!(first_difference(&played(2, &[usize::MAX >> 1]), reference()), None);
}

proptest! {
    // Every case builds a bank and plays the scene.
    #![proptest_config(cases(5))]

    #[test]
    fn any_split_into_blocks_gives_the_same_bits(
        blocks in prop::collection::vec(prop_oneof![1usize..130, 1usize..5000], 1..24),
        threads in 1usize..=3,
    ) {
        prop_assert_eq!(first_difference(&played(threads, &blocks), reference()), None);
    }
}
