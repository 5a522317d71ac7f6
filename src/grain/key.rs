//! The name of a bank: a digest of all that decides how it sounds.
//!
//! Owns the canonical encoding of cast, recipes, seed and rate. Two banks with the same key have the same
//! samples, so a cached one may stand in for a new one. Anything printed by `Debug` is plain data with
//! floats in their shortest exact form and no unordered maps, hence canonical for one build of the
//! program; phrases and scores are shared by many recipes and are digested once each. The build itself is
//! part of the key, so that a bank performed by other code is never found.

use std::collections::HashMap;
use std::fmt::{self, Debug, Write as _};
use std::sync::Arc;
use std::time::SystemTime;

use blake3::Hasher;

use super::event::Recipe;
use crate::units::SampleRate;
use crate::voice::Act;

/// Raised whenever voices, bodies or grains sound different for the same input, so that no stale
/// bank is found in a cache.
pub const SOUND_VERSION: u32 = 2;

/// Digest of everything that decides the samples of a bank.
pub(super) type Key = [u8; 32];

/// Streams formatted text into the digest without building strings.
struct Digest(Hasher);

impl fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl Digest {
    fn value(&mut self, value: &impl Debug) {
        // Writing into a hasher cannot fail; the separator keeps neighbours apart.
        let _ = write!(self, "{value:?}\0");
    }
}

/// Digests of shared values, by address. Only looked up, never walked, so its order reaches nothing.
struct Shared(HashMap<usize, Key>);

impl Shared {
    fn of<T: Debug>(&mut self, value: &Arc<T>) -> Key {
        *self.0.entry(Arc::as_ptr(value).addr()).or_insert_with(|| {
            let mut digest = Digest(Hasher::new());
            digest.value(value);
            *digest.0.finalize().as_bytes()
        })
    }
}

/// Length and time of the running program's file; zeros where they cannot be had.
fn build_of_program() -> (u64, Option<SystemTime>) {
    let facts = std::env::current_exe().and_then(std::fs::metadata);
    facts.map_or((0, None), |facts| (facts.len(), facts.modified().ok()))
}

/// The key of a bank.
pub(super) fn key<V: Debug>(cast: &[V], recipes: &[Recipe], seed: u64, rate: SampleRate) -> Key {
    let mut digest = Digest(Hasher::new());
    digest.value(&(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), SOUND_VERSION));
    digest.value(&build_of_program());
    digest.value(&(seed, rate.hz(), cast.len(), recipes.len()));
    for voice in cast {
        digest.value(voice);
    }
    let mut shared = Shared(HashMap::new());
    for recipe in recipes {
        digest.value(&(recipe.speaker, recipe.manner));
        match &recipe.act {
            Act::Speak { phrase, delivery } => {
                digest.value(&("speak", delivery));
                digest.0.update(&shared.of(phrase));
            }
            Act::Chant { phrase, score, beat_s, tune } => {
                digest.value(&("chant", beat_s, tune));
                digest.0.update(&shared.of(phrase));
                digest.0.update(&shared.of(score));
            }
            other => digest.value(other),
        }
    }
    *digest.0.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grain::build::tests::{chant, sound_recipe};
    use crate::voice::Sound;

    #[test]
    fn the_same_input_has_the_same_key_wherever_it_lies_in_memory() {
        let rate = SampleRate::DEFAULT;
        let a = key(&[1.5, 2.5], &[chant(0, 0.4), chant(1, 0.4)], 7, rate);
        let b = key(&[1.5, 2.5], &[chant(0, 0.4), chant(1, 0.4)], 7, rate);
        assert_eq!(a, b);
    }

    #[test]
    fn every_part_of_the_input_changes_the_key() {
        let rate = SampleRate::DEFAULT;
        let other_rate = SampleRate::new(44_100).unwrap();
        let one = sound_recipe(0, Sound::Cheer);
        let mut take = one.clone();
        take.manner.take += 1;
        let mut effort = one.clone();
        effort.manner.effort += 1e-12;
        let alone = std::slice::from_ref::<Recipe>;
        let keys = [
            key(&[1.0], alone(&one), 7, rate),
            key(&[1.0], alone(&one), 8, rate),
            key(&[1.0 + 1e-15], alone(&one), 7, rate),
            key(&[1.0, 1.0], alone(&one), 7, rate),
            key(&[1.0], &[one.clone(), one.clone()], 7, rate),
            key(&[1.0], alone(&one), 7, other_rate),
            key(&[1.0], &[take], 7, rate),
            key(&[1.0], &[effort], 7, rate),
            key(&[1.0], &[sound_recipe(0, Sound::Boo)], 7, rate),
            key(&[1.0], &[sound_recipe(1, Sound::Cheer)], 7, rate),
            key(&[1.0], &[chant(0, 0.4)], 7, rate),
            key(&[1.0], &[chant(0, 0.41)], 7, rate),
        ];
        for (i, a) in keys.iter().enumerate() {
            assert!(keys[i + 1..].iter().all(|b| a != b), "key {i} is not alone");
        }
    }
}
