//! Every grain of a scene in one row of samples.
//!
//! Owns the layout in memory. Does not own how grains are performed ([`Bank::build`] calls the voice and
//! body layers) nor how they are played (the mix layer). Samples are 16-bit, each grain with its own scale
//! in pascals per step.
//!
//! Layout: [`MARGIN`] silent frames, grain 0, silence, grain 1 ... with at least [`MARGIN`] silent frames
//! after each grain, starts on multiples of 32 frames (a cache line). A reader may therefore take a whole
//! quantum that begins before a grain or ends behind it, at any [`super::Rate`] and with the neighbours that
//! interpolation needs, without asking where the grain ends.

use std::ops::Range;

use super::error::GrainError;
use super::event::{GrainId, GrainInfo};
use super::quantise::Grain;
use super::store::Store;
use crate::units::SampleRate;

/// Silent frames around every grain.
pub const MARGIN: usize = 96;

/// Starts of grains are multiples of this, frames: 64 bytes.
const LINE: usize = 32;

/// Where one grain lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    /// Position of its first sample in the store.
    pub start: u32,
    /// Position after its last sample.
    pub end: u32,
    /// Pascals per step.
    pub scale: f32,
}

impl Span {
    /// No grain.
    const NOTHING: Self = Self { start: 0, end: 0, scale: 0.0 };
}

/// All performances of a scene, ready to be mixed. Immutable once built.
#[derive(Clone, Debug, PartialEq)]
pub struct Bank {
    pub(super) rate: SampleRate,
    pub(super) store: Store,
    pub(super) spans: Vec<Span>,
    pub(super) infos: Vec<GrainInfo>,
}

impl Bank {
    /// The largest bank that 32-bit positions can address, frames.
    pub(super) const MAX_FRAMES: u64 = u32::MAX as u64 - 2 * MARGIN as u64;

    pub(super) fn empty(rate: SampleRate) -> Self {
        Self { rate, store: Store::of(vec![0; MARGIN]), spans: Vec::new(), infos: Vec::new() }
    }

    /// Bytes that a grain of this many frames adds.
    pub(super) fn bytes_of(frames: u64) -> u64 {
        2 * (frames + MARGIN as u64).next_multiple_of(LINE as u64)
    }

    /// Appends a grain. The caller has checked the size against [`Bank::MAX_FRAMES`].
    pub(super) fn push(&mut self, grain: Grain) {
        // A bank that is being built is nobody else's.
        let Some(data) = self.store.make() else { return };
        let start = data.len();
        data.extend_from_slice(&grain.samples);
        let end = data.len();
        data.resize((end + MARGIN).next_multiple_of(LINE), 0);
        self.spans.push(Span { start: start as u32, end: end as u32, scale: grain.scale });
        self.infos.push(grain.info);
    }

    /// This bank with the grains of another one, whose numbers begin at `first`; its own keep their numbers and
    /// positions: what sounds from this bank may go on from the new one. All three share their samples.
    ///
    /// # Errors
    /// [`GrainError::TooLarge`] if both together exceed `limit_bytes`, or what 32-bit positions reach.
    pub fn with(&self, more: &Self, first: u32, limit_bytes: usize) -> Result<Self, GrainError> {
        let (shift, bytes) = (self.store.room(&more.store), self.bytes() + more.bytes());
        let reaches = u64::from(shift) + u64::from(more.store.end()) <= Self::MAX_FRAMES;
        let parts = self.store.parts() + more.store.parts();
        if bytes > limit_bytes || !reaches || parts > usize::from(u16::MAX) {
            let grains = self.len() + more.len();
            let limit_bytes = (limit_bytes as u64).min(2 * Self::MAX_FRAMES);
            return Err(GrainError::TooLarge { grains, needed_bytes: bytes as u64, limit_bytes });
        }
        let moved = more.spans.iter().map(|s| Span { start: s.start + shift, end: s.end + shift, ..*s });
        let (mut spans, mut infos) = (self.spans.clone(), self.infos.clone());
        let numbers = first as usize..first as usize + more.len();
        if spans.len() < numbers.end {
            spans.resize(numbers.end, Span::NOTHING);
            infos.resize(numbers.end, GrainInfo::default());
        }
        for (place, span) in spans[numbers.clone()].iter_mut().zip(moved) {
            *place = span;
        }
        infos[numbers].clone_from_slice(&more.infos);
        Ok(Self { rate: self.rate, store: self.store.with(&more.store), spans, infos })
    }

    /// This bank without some grains that came together in another one: their numbers stand for nothing until others
    /// get them.
    #[must_use]
    pub fn without(&self, numbers: Range<u32>) -> Self {
        let mut bank = self.clone();
        let numbers = numbers.start as usize..(numbers.end as usize).min(bank.len());
        if let Some(span) = bank.spans.get(numbers.start) {
            bank.store = bank.store.without(span.start);
        }
        bank.spans[numbers.clone()].fill(Span::NOTHING);
        bank.infos[numbers].fill(GrainInfo::default());
        bank
    }

    /// Positions that some grains take up together.
    pub(crate) fn positions(&self, numbers: &Range<u32>) -> Range<u32> {
        let spans = self.spans.get(numbers.start as usize..numbers.end as usize).unwrap_or_default();
        let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
        first..spans.iter().map(|span| span.end).max().unwrap_or(0)
    }

    /// The rate at which the grains were performed.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// How many grains there are; ids run from 0.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// True without any grain.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Bytes of sound in memory.
    pub fn bytes(&self) -> usize {
        self.store.len() * 2
    }

    /// What is known of a grain without hearing it.
    ///
    /// # Panics
    /// If the id is not of this bank.
    pub fn info(&self, id: GrainId) -> &GrainInfo {
        &self.infos[id.0 as usize]
    }

    /// The samples of a grain and their scale in pascals per step.
    ///
    /// # Panics
    /// If the id is not of this bank.
    pub fn samples(&self, id: GrainId) -> (&[i16], f32) {
        let span = self.spans[id.0 as usize];
        (self.store.between(span.start, span.end), span.scale)
    }

    /// All samples, for the mixer.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Where a grain lies, `None` when the id is not of this bank.
    pub(crate) fn span(&self, id: GrainId) -> Option<Span> {
        self.spans.get(id.0 as usize).copied()
    }

    /// Mean square of the sounding part of a grain, Pa² at 1 m; 0 when the id is not of this bank.
    pub(crate) fn power_pa2(&self, id: GrainId) -> f32 {
        self.infos.get(id.0 as usize).map_or(0.0, |info| info.power_pa2)
    }
}

#[cfg(test)]
impl Bank {
    /// A bank of given sounds, pascals.
    pub(crate) fn of_sounds(sounds: &[Vec<f32>], rate: SampleRate) -> Self {
        let mut bank = Self::empty(rate);
        for samples in sounds {
            let sound = crate::voice::Performance {
                samples: samples.clone(),
                anchor_frames: 0,
                stops_frames: vec![samples.len()],
            };
            bank.push(super::quantise::quantise(&sound, rate).expect("a sound"));
        }
        bank
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grain_lies_in_silence_on_a_cache_line() {
        let sounds: Vec<Vec<f32>> = (1..40).map(|n| vec![0.1; n * 17]).collect();
        let bank = Bank::of_sounds(&sounds, SampleRate::DEFAULT);
        assert_eq!(bank.len(), 39);
        for (id, sound) in sounds.iter().enumerate() {
            let span = bank.span(GrainId(id as u32)).unwrap();
            let (start, end) = (span.start as usize, span.end as usize);
            assert_eq!(end - start, sound.len());
            assert_eq!(start % LINE, 0);
            assert!(bank.store.first()[start - MARGIN..start].iter().all(|&x| x == 0));
            assert!(bank.store.first()[end..end + MARGIN].iter().all(|&x| x == 0));
            assert!(bank.store.first()[start..end].iter().all(|&x| x == i16::MAX));
        }
        assert_eq!(bank.span(GrainId(39)), None);
    }

    #[test]
    fn a_longer_bank_leaves_the_old_grains_where_they_are() {
        let sounds = |from: usize| (from..from + 9).map(|n| vec![0.1; n * 17]).collect::<Vec<_>>();
        let old = Bank::of_sounds(&sounds(1), SampleRate::DEFAULT);
        let more = Bank::of_sounds(&sounds(20), SampleRate::DEFAULT);
        let both = old.with(&more, 9, 1 << 30).unwrap();
        assert_eq!(both.len(), 18);
        for id in 0..9 {
            assert_eq!(both.span(GrainId(id)), old.span(GrainId(id)));
            assert_eq!(both.samples(GrainId(id)), old.samples(GrainId(id)));
            let (new, there) = (both.samples(GrainId(id + 9)), more.samples(GrainId(id)));
            assert_eq!(new, there);
            assert_eq!(both.span(GrainId(id + 9)).unwrap().start as usize % LINE, 0);
        }
        assert!(old.with(&more, 9, 1000).is_err());
        // The second nine go, and others get their numbers and their room.
        let rest = both.without(9..18);
        assert_eq!((rest.len(), rest.bytes()), (18, old.bytes()));
        assert_eq!(rest.samples(GrainId(8)), old.samples(GrainId(8)));
        assert!(rest.samples(GrainId(12)).0.is_empty());
        let again = rest.with(&more, 9, 1 << 30).unwrap();
        assert_eq!(again, both);
        assert_eq!(both.positions(&(9..18)).start, both.span(GrainId(9)).unwrap().start);
    }
}
