//! Words that are learned while the crowd is on stage.
//!
//! Owns the way from typed words to performances that a running engine can take up. Works beside the audio
//! thread: it allocates, takes about a second for a phrase, and drops what the engine gives back.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::crowd::{Learnt, Lesson, Line, LineConfig, Rehearsal, Role};
use crate::grain::{Bank, BuildOptions};
use crate::text::{self, Language, Lexicon, RhythmConfig};
use crate::units::SampleRate;

use super::error::EngineError;
use super::group::GROUPS;

/// Tempos that can be learned, beats per minute.
pub const TEMPOS: std::ops::RangeInclusive<f64> = 40.0..=240.0;

/// Everything that an engine takes up in one step; afterwards it holds what was replaced.
pub struct Uptake {
    pub(super) number: u32,
    /// Which of the engines of a show it is for.
    pub(super) generation: u32,
    pub(super) lesson: Lesson,
    /// One for each group of the mix and of the stems, all the same.
    pub(super) banks: Vec<Arc<Bank>>,
    pub(super) grain_frames: Vec<u32>,
    pub(super) line: Option<u16>,
    pub(super) bpm: Option<f32>,
    /// What is forgotten for it: must not sound any more when it is taken up.
    pub(super) gone: Vec<Gone>,
}

/// Grains that are forgotten.
pub(super) struct Gone {
    pub(super) grains: Range<u32>,
    /// Where they lay in the bank.
    pub(super) positions: Range<u32>,
}

impl Uptake {
    /// Counts the uptakes of a show from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Index of the line that is chanted from now on, if it is a new one.
    pub fn line(&self) -> Option<u16> {
        self.line
    }
}

/// Learns new words and tempos for a running engine.
pub struct Study {
    rehearsal: Rehearsal,
    bank: Arc<Bank>,
    language: Language,
    lexicon: Lexicon,
    rhythm: RhythmConfig,
    phrase: String,
    seed: u64,
    rate: SampleRate,
    cache: Option<PathBuf>,
    limit_bytes: usize,
    threads: usize,
    number: u32,
    generation: u32,
}

/// What a study is made from.
pub(super) struct StudyInput {
    pub rehearsal: Rehearsal,
    pub bank: Arc<Bank>,
    pub language: Language,
    pub lexicon: Lexicon,
    pub rhythm: RhythmConfig,
    pub phrase: String,
    pub seed: u64,
    pub rate: SampleRate,
    pub cache: Option<PathBuf>,
    pub limit_bytes: usize,
}

impl Study {
    pub(super) fn new(input: StudyInput) -> Self {
        let StudyInput { rehearsal, bank, language, lexicon, rhythm, phrase, seed, rate, cache, limit_bytes } =
            input;
        Self {
            rehearsal,
            bank,
            language,
            lexicon,
            rhythm,
            phrase,
            seed,
            rate,
            cache,
            limit_bytes,
            // The audio thread wants a processor for itself.
            threads: 1,
            number: 0,
            generation: 0,
        }
    }

    /// Performs with so many threads; one if not told otherwise.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// For an engine that has taken over from so many others, with uptakes numbered from `number` on.
    #[must_use]
    pub fn after(mut self, generation: u32, number: u32) -> Self {
        (self.generation, self.number) = (generation, number);
        self
    }

    /// The texts of all lines, by index.
    pub fn lines(&self) -> impl Iterator<Item = &LineConfig> {
        self.rehearsal.lines().iter().map(|line| &line.config)
    }

    /// Bytes of all performances that are known.
    pub fn bytes(&self) -> usize {
        self.bank.bytes()
    }

    /// Learns a phrase and makes it what is chanted from the next repeat on.
    ///
    /// Takes about a second for a few words. The first nine chants stay known, those of the preset included, and of those
    /// after them the last four; what was before them is forgotten, so that a night of new words takes no more memory
    /// than the first minutes. The same holds for tempos.
    ///
    /// # Errors
    /// [`EngineError::Text`] for words that cannot be said, [`EngineError::Grain`] when memory is used up. What was
    /// known stays known.
    pub fn phrase(&mut self, words: &str) -> Result<Box<Uptake>, EngineError> {
        let text = words.replace("$phrase", &self.phrase);
        let phrase = text::read(&text, self.language, &self.lexicon)
            .map_err(|source| EngineError::Text { field: "phrase".into(), source })?;
        let score = text::lay(&phrase, &self.rhythm);
        let config = LineConfig { text, role: Role::Chant, ..LineConfig::default() };
        let line = Line { config, phrase: Arc::new(phrase), score: Arc::new(score), bpm: self.rhythm.bpm };
        let mut next = self.rehearsal.clone();
        let learnt = next.learn(line);
        let line = Some(learnt.line);
        self.finish(next, learnt, line, None)
    }

    /// Learns to chant a line (the main one if `None`) at a tempo, and asks for that tempo.
    ///
    /// # Errors
    /// [`EngineError::Grain`] when memory is used up.
    pub fn tempo(&mut self, line: Option<u16>, bpm: f64) -> Result<Box<Uptake>, EngineError> {
        let bpm = bpm.clamp(*TEMPOS.start(), *TEMPOS.end());
        let mut next = self.rehearsal.clone();
        let main = next.main().unwrap_or(0);
        let learnt = next.learn_tempo(line.unwrap_or(main), bpm);
        self.finish(next, learnt, None, Some(bpm as f32))
    }

    fn finish(
        &mut self,
        next: Rehearsal,
        learnt: Learnt,
        line: Option<u16>,
        bpm: Option<f32>,
    ) -> Result<Box<Uptake>, EngineError> {
        let options = BuildOptions {
            threads: Some(self.threads),
            limit_bytes: self.limit_bytes,
            cache: self.cache.as_deref(),
            ..BuildOptions::default()
        };
        let mut bank = Bank::clone(&self.bank);
        let mut gone = Vec::new();
        for grains in learnt.gone {
            gone.push(Gone { positions: bank.positions(&grains), grains: grains.clone() });
            bank = bank.without(grains);
        }
        if !learnt.recipes.is_empty() {
            let part = Bank::build(next.cast(), &learnt.recipes, self.seed, self.rate, &options)?;
            bank = bank.with(&part, learnt.first, self.limit_bytes)?;
        }
        let bank = Arc::new(bank);
        let lesson = next.lesson(|id| bank.info(id));
        let grain_frames =
            (0..bank.len()).map(|i| bank.info(crate::grain::GrainId(i as u32)).frames).collect();
        self.number += 1;
        self.rehearsal = next;
        self.bank = Arc::clone(&bank);
        // As many as an engine with stems has groups.
        let banks = vec![bank; 2 * GROUPS];
        let generation = self.generation;
        Ok(Box::new(Uptake { number: self.number, generation, lesson, banks, grain_frames, line, bpm, gone }))
    }
}
