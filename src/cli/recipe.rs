//! What a file says of its making, so that it can be made again: `uproar render file.wav`.
//!
//! Owns the recipe's form and the way from a file to a preset with its options. Does not own chunks of files.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{
    engine::LoopLength,
    live::Performance,
    output::{Bits, Container, LONGEST_RECIPE, StoredError, read_stored},
    preset::{Change, Loaded, PresetError, Reach, SourceKind, load_layout, load_text_within, read_layout},
    space::ChannelLayout,
    units::SampleRate,
};

use super::{
    arguments::{Common, Target},
    failure::Failure,
    layouts::describe,
    stage::{Piece, Span},
    take::fingerprint,
    terminal::remark,
};

/// What was made of a moment of the scene instead of a stretch of it. `at_s` is that moment, seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Making {
    /// A loop.
    Loop { at_s: f64, length: LoopLength },
    /// One sound by itself.
    OneShot { at_s: f64, cue: String },
    /// One file of the layers of a game, by its name without the ending.
    Layer { at_s: f64, length: LoopLength, part: String },
}

/// What a file holds beside the mix of a scene, as it stood in the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// A moment that was held.
    pub making: Option<Making>,
    /// One stem of the mix.
    pub stem: Option<String>,
    /// What a performer did, or what was followed.
    pub performance: Option<Performance>,
}

impl Made {
    /// The moment that was held, seconds.
    pub fn moment_s(&self) -> Option<f64> {
        match self.making {
            Some(Making::Loop { at_s, .. } | Making::Layer { at_s, .. } | Making::OneShot { at_s, .. }) => {
                Some(at_s)
            }
            None => None,
        }
    }
}

/// Everything that decides the samples of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recipe {
    /// Version of uproar: another one may sound different.
    version: String,
    /// Name of the preset.
    name: String,
    /// Frames per second.
    rate: u32,
    /// How a sample is stored.
    bits: String,
    /// First frame of the scene and the one after the last; of pieces 0 and their length.
    span: [u64; 2],
    /// Whether start and end are cut, and faded.
    cut: [bool; 2],
    /// Ctrl-C came before the end: the span is what is left.
    interrupted: bool,
    /// Loudness that was asked for, LUFS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loudness: Option<f64>,
    /// Name of the channel layout; stereo without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layout: Option<String>,
    /// The loudspeakers, if they came from a file: its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loudspeakers: Option<String>,
    /// Name and text of the preset's own dictionary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dictionary: Option<(String, String)>,
    /// Name of the stem that the file holds instead of the mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stem: Option<String>,
    /// What was made of one moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    making: Option<Making>,
    /// What was done while the scene ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    performance: Option<Performance>,
    /// The whole preset, with all changes, as TOML.
    preset: String,
}

/// The longest that anything is: a day at the highest rate, and some.
const LONGEST_FRAMES: u64 = 100_000 * 192_000;

/// Version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Recipe {
    /// The recipe of a stretch of a scene.
    ///
    /// # Errors
    /// None that a checked preset can cause.
    pub fn new(
        loaded: &Loaded,
        common: &Common,
        layout: &ChannelLayout,
        span: Span,
        rate: SampleRate,
    ) -> Result<Self, Failure> {
        let stereo = *layout == ChannelLayout::stereo();
        let known = stereo || ChannelLayout::named(&layout.name).as_ref() == Some(layout);
        let mut preset = loaded.preset.clone();
        // The dictionary travels along: a file beside the preset does not.
        preset.dictionary = None;
        Ok(Self {
            version: VERSION.to_owned(),
            name: loaded.name.clone(),
            rate: rate.hz(),
            bits: common.bits().to_string(),
            span: [span.from, span.to],
            cut: span.cut,
            interrupted: false,
            loudness: common.target_lufs(),
            layout: (known && !stereo).then(|| layout.name.clone()),
            loudspeakers: if known { None } else { Some(describe(layout)?) },
            dictionary: loaded.dictionary.clone(),
            stem: None,
            making: None,
            performance: None,
            preset: toml::to_string(&preset).map_err(|error| Failure::from_error(&error))?,
        })
    }

    /// The recipe of a piece of so many frames.
    pub fn of_piece(self, making: Making, frames: u64) -> Self {
        Self { making: Some(making), span: [0, frames], cut: [false; 2], ..self }
    }

    /// The recipe of one stem.
    pub fn of_stem(&self, name: &str, bits: Bits) -> Self {
        Self { stem: Some(name.to_owned()), bits: bits.to_string(), ..self.clone() }
    }

    /// The same with what was done while the scene ran.
    pub fn with(self, performance: &Performance, loaded: &Loaded) -> Self {
        let mut performance = performance.clone();
        let mut preset = loaded.preset.clone();
        let same = performance.fingerprint == fingerprint(&preset);
        preset.dictionary = None;
        if same {
            performance.fingerprint = fingerprint(&preset);
        }
        // What they changed stands in the preset.
        performance.options.clear();
        Self { performance: Some(performance), ..self }
    }

    /// As text; none if it is longer than any file tells.
    pub fn text(&self) -> Option<String> {
        // Numbers, texts and lists: there is nothing that cannot be written.
        let text = serde_json::to_string(self).ok()?;
        if text.len() > LONGEST_RECIPE {
            remark(
                "note: so much was done that it does not fit into the file: it cannot be made again from itself",
            );
            return None;
        }
        Some(text)
    }

    /// The text of a render that Ctrl-C has ended after so many frames, as long as that of the whole.
    pub fn interrupted(&self, frames: u64) -> Option<String> {
        let whole = self.text()?;
        let span = [self.span[0], self.span[0] + frames];
        let short = Self { span, cut: [self.cut[0], false], interrupted: true, ..self.clone() };
        short.text().map(|text| format!("{text:<0$}", whole.chars().count()))
    }
}

/// True if the name is that of a sound file rather than of a preset.
pub(crate) fn is_sound(name: &str) -> bool {
    Container::is_named_by(Path::new(name))
}

/// Loads what a file was made from; options that were given go before those that were stored.
pub(crate) fn load(name: &str, changes: &[Change], common: &Common, force: bool) -> Result<Piece, Failure> {
    let stored = read_stored(Path::new(name)).map_err(|error| {
        let failure = Failure::from_error(&error);
        match error {
            StoredError::Silent { .. } | StoredError::Foreign { .. } => {
                failure.hint("a preset is a .toml file or a name from `uproar presets`")
            }
            _ => failure,
        }
    })?;
    if let Some(what) = stored.edited.filter(|_| !force) {
        let message = format!("the {what} of {name} was edited after uproar wrote it");
        return Err(Failure::new(message).hint("--force renders what its notes describe all the same"));
    }
    let recipe: Recipe = serde_json::from_str(&stored.recipe).map_err(|error| {
        let version = serde_json::from_str::<serde_json::Value>(&stored.recipe)
            .ok()
            .and_then(|value| value["version"].as_str().map(str::to_owned))
            .filter(|version| version != VERSION);
        match version {
            Some(version) => other_version(name, &version),
            None => Failure::new(format!("the recipe in {name} cannot be read: {error}")),
        }
    })?;
    if recipe.version != VERSION && !force {
        return Err(other_version(name, &recipe.version)
            .hint("--force renders it with this version; the sound may differ"));
    }
    let [from, to] = recipe.span;
    let broken = |what: &str| Failure::new(format!("the recipe in {name} cannot be used: {what}"));
    if !(from..=LONGEST_FRAMES).contains(&to) {
        return Err(broken("its span is none"));
    }
    if let Some(Making::Loop { length, .. } | Making::Layer { length, .. }) = &recipe.making {
        // As on the command line: a loop is held in memory.
        let fits = match length {
            LoopLength::Auto => true,
            LoopLength::Seconds(seconds) => (0.5..=600.0).contains(seconds),
            LoopLength::Bars(bars) => (1..=256).contains(bars),
            LoopLength::Frames(frames) => (1..=600 * u64::from(recipe.rate)).contains(frames),
        };
        if !fits {
            return Err(broken("the length of its loop is out of range"));
        }
    }
    if stored.frames.is_some_and(|frames| frames != to - from) && !force {
        let message = format!("{name} is not as long as uproar made it: it was interrupted or edited");
        return Err(Failure::new(message).hint("--force renders what its notes describe all the same"));
    }
    let rate = SampleRate::new(recipe.rate).ok_or_else(|| broken("the rate is out of range"))?;
    let bits = recipe.bits.parse().map_err(|_| broken("the format is unknown"))?;
    let source = format!("{name} (its preset)");
    let reach = Reach { folder: None, allowed: &common.allow_files };
    let mut loaded = load_text_within(&source, &recipe.preset, reach, SourceKind::File, changes)?;
    loaded.name = recipe.name;
    loaded.dictionary = recipe.dictionary;
    let mut common = common.clone();
    // Another rate or another part of the scene has other frames.
    let asked = common.from.is_some() || common.to.is_some() || common.seconds.is_some();
    if !asked && recipe.making.is_none() && from < to {
        let scale = |frame: u64| match common.rate {
            Some(other) if other != rate => other.frames(rate.seconds(frame)),
            _ => frame,
        };
        common.span = Some(Span { from: scale(from), to: scale(to), cut: recipe.cut });
        if recipe.interrupted {
            remark(&format!(
                "note: {name} was interrupted: it is a part of its scene; --from 0 renders all of it"
            ));
        }
    }
    common.layout = match (&recipe.layout, &recipe.loudspeakers) {
        (_, Some(text)) => {
            let read = read_layout(&format!("{name} (its loudspeakers)"), text);
            Some(read.map_err(|report| Failure::from_error(&PresetError::from(report)))?)
        }
        (Some(known), None) => Some(load_layout(known)?),
        (None, None) => None,
    };
    common.rate = common.rate.or(Some(rate));
    common.bits = common.bits.or(Some(bits));
    common.loudness = common.loudness.or(recipe.loudness.map(Target::Lufs));
    let performance = match recipe.performance {
        Some(performance) => Some(performance.checked(&source).map_err(|error| Failure::from_error(&error))?),
        None => None,
    };
    let made = Made { making: recipe.making, stem: recipe.stem, performance };
    Ok(Piece { loaded, common, made })
}

fn other_version(name: &str, version: &str) -> Failure {
    Failure::new(format!("{name} was made by uproar {version}, and this is {VERSION}"))
}
