//! All recipes of a scene performed, in parallel.
//!
//! Owns the order of work, progress, cancelling and limits. Who performs is handed in: the voice and body
//! layers outside tests. The bank's layout follows the order of the recipes, so it is the same for any
//! number of threads.

use std::fmt::Debug;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::bank::Bank;
use super::cache;
use super::error::GrainError;
use super::event::Recipe;
use super::key;
use super::quantise::{Flaw, Grain, quantise};
use crate::body;
use crate::fault::caught;
use crate::units::SampleRate;
use crate::voice::{self, Act, Performance, Voice};

/// How a bank is built: threads, limits, cache and who is told about it.
#[derive(Clone, Copy)]
pub struct BuildOptions<'a> {
    /// Worker threads, one per processor when absent.
    pub threads: Option<usize>,
    /// Told after each grain: how many are done, of how many. Called from the worker threads.
    pub progress: Option<&'a (dyn Fn(usize, usize) + Sync)>,
    /// Set it to stop early with [`GrainError::Cancelled`].
    pub cancel: Option<&'a AtomicBool>,
    /// The most memory that the samples may take, bytes.
    pub limit_bytes: usize,
    /// Folder in which banks are kept between runs, none when absent.
    pub cache: Option<&'a Path>,
    /// How large that folder may grow, bytes; the banks unused longest go first.
    pub cache_limit_bytes: u64,
}

impl Default for BuildOptions<'_> {
    fn default() -> Self {
        Self {
            threads: None,
            progress: None,
            cancel: None,
            limit_bytes: 1 << 30,
            cache: None,
            cache_limit_bytes: cache::DEFAULT_CACHE_BYTES,
        }
    }
}

impl BuildOptions<'_> {
    fn cancelled(&self) -> bool {
        self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }
}

impl Bank {
    /// Performs every recipe with the voices of `cast`, in parallel, or finds the bank in the cache.
    ///
    /// * `recipes`: the grain of recipe `n` has the id `n`; a recipe names its speaker by index into `cast`.
    /// * `seed`: of the scene; every performance is keyed by it, the speaker and the take.
    ///
    /// The result is the same for any number of threads, with and without cache. Costs about 1/600 of the
    /// time that the grains sound, on each thread; found in the cache about 1 ms per megabyte.
    ///
    /// # Errors
    /// [`GrainError::TooLarge`] if the bank would exceed `limit_bytes`; [`GrainError::Silent`],
    /// [`GrainError::NotFinite`] and [`GrainError::Broken`] name a performance that failed;
    /// [`GrainError::NoSpeaker`] a recipe without a speaker; [`GrainError::Cancelled`];
    /// [`GrainError::Threads`].
    pub fn build(
        cast: &[Voice],
        recipes: &[Recipe],
        seed: u64,
        rate: SampleRate,
        options: &BuildOptions<'_>,
    ) -> Result<Self, GrainError> {
        Self::build_with(cast, recipes, seed, rate, options, |voice, recipe| {
            let (manner, person) = (&recipe.manner, u64::from(recipe.speaker));
            match recipe.act {
                Act::Body(sound) => body::perform(sound, manner.effort, manner.take, seed, person, rate),
                _ => voice::perform(voice, &recipe.act, manner, seed, person, rate),
            }
        })
    }

    /// Performs every recipe with `perform`, or finds the bank in the cache: for grains from another source
    /// than the built-in voices, such as recordings.
    ///
    /// `perform` must depend on nothing but its arguments, `seed` and `rate`, and `V` must print everything
    /// that matters in its `Debug` form, which names the bank in the cache.
    ///
    /// # Errors
    /// As [`Bank::build`].
    pub fn build_with<V, P>(
        cast: &[V],
        recipes: &[Recipe],
        seed: u64,
        rate: SampleRate,
        options: &BuildOptions<'_>,
        perform: P,
    ) -> Result<Self, GrainError>
    where
        V: Debug + Sync,
        P: Fn(&V, &Recipe) -> Performance + Sync,
    {
        check(cast.len(), recipes, rate, options)?;
        let Some(folder) = options.cache else {
            return perform_all(cast, recipes, rate, options, perform);
        };
        let key = key::key(cast, recipes, seed, rate);
        if let Some(bank) = cache::load(folder, &key, rate, options.limit_bytes as u64)
            && bank.len() == recipes.len()
        {
            if let Some(progress) = options.progress {
                progress(recipes.len(), recipes.len());
            }
            return Ok(bank);
        }
        let bank = perform_all(cast, recipes, rate, options, perform)?;
        cache::store(folder, &key, &bank, options.cache_limit_bytes);
        Ok(bank)
    }
}

/// What can be known before any work: speakers exist, and the shortest possible bank fits.
fn check(
    cast: usize,
    recipes: &[Recipe],
    rate: SampleRate,
    options: &BuildOptions<'_>,
) -> Result<(), GrainError> {
    let mut bytes = 0;
    for (index, recipe) in recipes.iter().enumerate() {
        if recipe.speaker as usize >= cast {
            return Err(GrainError::NoSpeaker { recipe: index, speaker: recipe.speaker, cast });
        }
        // A chant lasts at least until its last but one beat begins; other acts may be short.
        let seconds = match &recipe.act {
            Act::Chant { score, beat_s, .. } => (score.sounding_beats - 1.0).max(0.0) * beat_s.max(0.0),
            _ => 0.0,
        };
        bytes += Bank::bytes_of(rate.frames(seconds));
    }
    fits(bytes, recipes.len(), options)
}

fn fits(bytes: u64, grains: usize, options: &BuildOptions<'_>) -> Result<(), GrainError> {
    let limit_bytes = (options.limit_bytes as u64).min(2 * Bank::MAX_FRAMES);
    if bytes > limit_bytes {
        return Err(GrainError::TooLarge { grains, needed_bytes: bytes, limit_bytes });
    }
    Ok(())
}

/// How many performances wait for the bank at once.
pub(super) fn batch(threads: usize) -> usize {
    (threads * 16).max(64)
}

/// True for a line that has nothing for the mouth to do.
fn is_wordless(recipe: &Recipe) -> bool {
    match &recipe.act {
        Act::Chant { phrase, .. } | Act::Speak { phrase, .. } => phrase.syllables.is_empty(),
        _ => false,
    }
}

fn perform_all<V, P>(
    cast: &[V],
    recipes: &[Recipe],
    rate: SampleRate,
    options: &BuildOptions<'_>,
    perform: P,
) -> Result<Bank, GrainError>
where
    V: Sync,
    P: Fn(&V, &Recipe) -> Performance + Sync,
{
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .thread_name(|n| format!("grains-{n}"))
        .build()
        .map_err(GrainError::Threads)?;
    let done = AtomicUsize::new(0);
    let bytes = AtomicU64::new(0);
    let one = |(index, recipe): (usize, &Recipe)| -> Result<Grain, GrainError> {
        if options.cancelled() {
            return Err(GrainError::Cancelled);
        }
        let voice = &cast[recipe.speaker as usize];
        // A synthesizer that breaks down must end in an error here, not in a hung or dead program.
        let performance = caught(|| perform(voice, recipe)).map_err(|reason| GrainError::Broken {
            recipe: index,
            what: describe(recipe),
            reason,
        })?;
        let grain = match quantise(&performance, rate) {
            Ok(grain) => grain,
            // A chant of claps alone: the mouth rests, hands and feet have grains of their own.
            Err(Flaw::Silent) if is_wordless(recipe) => Grain::rest(),
            Err(Flaw::Silent) => {
                return Err(GrainError::Silent { recipe: index, what: describe(recipe) });
            }
            Err(Flaw::NotFinite) => {
                return Err(GrainError::NotFinite { recipe: index, what: describe(recipe) });
            }
        };
        let added = Bank::bytes_of(grain.samples.len() as u64);
        fits(bytes.fetch_add(added, Ordering::Relaxed) + added, recipes.len(), options)?;
        if let Some(progress) = options.progress {
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, recipes.len());
        }
        Ok(grain)
    };
    // In batches, so that finished grains move into the flat buffer while the rest is performed and
    // nothing is held twice; large enough to keep all threads busy.
    let batch = batch(pool.current_num_threads());
    let mut bank = Bank::empty(rate);
    // A buffer that grows would be held twice; what is not used is given back.
    let about = Bank::about_bytes(recipes, rate).min(options.limit_bytes as u64) / 2;
    if let Some(data) = bank.store.make() {
        // More than is there is no reason to give up: it may need less.
        let _ = data.try_reserve(usize::try_from(about).unwrap_or(0));
    }
    for (batch_index, part) in recipes.chunks(batch).enumerate() {
        let first = batch_index * batch;
        let grains: Vec<Result<Grain, GrainError>> =
            pool.install(|| part.par_iter().enumerate().map(|(i, r)| one((first + i, r))).collect());
        for grain in grains {
            bank.push(grain?);
        }
    }
    bank.store.make().into_iter().for_each(Vec::shrink_to_fit);
    Ok(bank)
}

/// A recipe in a few words, for messages.
fn describe(recipe: &Recipe) -> String {
    let what = match &recipe.act {
        Act::Speak { phrase, .. } => format!("speaking \"{}\"", short(&phrase.text)),
        Act::Chant { phrase, .. } => format!("chanting \"{}\"", short(&phrase.text)),
        Act::Sound(sound) => format!("{sound:?}").to_lowercase(),
        Act::Body(sound) => format!("{sound:?}").to_lowercase(),
    };
    let (speaker, manner) = (recipe.speaker, &recipe.manner);
    format!("{what}, speaker {speaker}, effort {}, take {}", manner.effort, manner.take)
}

fn short(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
#[path = "build_tests.rs"]
pub(super) mod tests;
