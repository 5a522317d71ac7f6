//! What a file says of its making, so that it can be made again: `uproar render file.wav`.
//!
//! Owns the recipe's form and the way from a file to a preset with its options. Does not own chunks of files.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{
    output::{Container, StoredError, read_stored},
    preset::{Change, Loaded, SourceKind, load_layout, load_text},
    space::ChannelLayout,
    units::SampleRate,
};

use super::{
    arguments::{Common, Target},
    failure::Failure,
    stage::Span,
};

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
    /// First frame of the scene and the one after the last.
    span: [u64; 2],
    /// Whether start and end are cut, and faded.
    cut: [bool; 2],
    /// Loudness that was asked for, LUFS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loudness: Option<f64>,
    /// Name of the channel layout; stereo without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layout: Option<String>,
    /// Name and text of the preset's own dictionary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dictionary: Option<(String, String)>,
    /// The whole preset, with all changes, as TOML.
    preset: String,
}

/// Version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The recipe of a render, as text; none for loudspeakers from a file, which does not travel along.
pub(crate) fn text(
    loaded: &Loaded,
    common: &Common,
    layout: &ChannelLayout,
    span: Span,
    rate: SampleRate,
) -> Result<Option<String>, Failure> {
    let stereo = *layout == ChannelLayout::stereo();
    if !stereo && load_layout(&layout.name).ok().as_ref() != Some(layout) {
        return Ok(None);
    }
    let mut preset = loaded.preset.clone();
    // The dictionary travels along: a file beside the preset does not.
    preset.dictionary = None;
    let recipe = Recipe {
        version: VERSION.to_owned(),
        name: loaded.name.clone(),
        rate: rate.hz(),
        bits: common.bits().to_string(),
        span: [span.from, span.to],
        cut: span.cut,
        loudness: common.target_lufs(),
        layout: (!stereo).then(|| layout.name.clone()),
        dictionary: loaded.dictionary.clone(),
        preset: toml::to_string(&preset).map_err(|error| Failure::from_error(&error))?,
    };
    serde_json::to_string(&recipe).map(Some).map_err(|error| Failure::from_error(&error))
}

/// True if the name is that of a sound file rather than of a preset.
pub(crate) fn is_sound(name: &str) -> bool {
    Container::is_named_by(Path::new(name))
}

/// Loads what a file was made from; options that were given go before those that were stored.
pub(crate) fn load(
    name: &str,
    changes: &[Change],
    common: &Common,
    force: bool,
) -> Result<(Loaded, Common), Failure> {
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
    let broken = |what: &str| Failure::new(format!("the recipe in {name} cannot be used: {what}"));
    let rate = SampleRate::new(recipe.rate).ok_or_else(|| broken("the rate is out of range"))?;
    let bits = recipe.bits.parse().map_err(|_| broken("the format is unknown"))?;
    let source = format!("{name} (its preset)");
    let mut loaded = load_text(&source, &recipe.preset, None, SourceKind::File, changes)?;
    loaded.name = recipe.name;
    loaded.dictionary = recipe.dictionary;
    let mut common = common.clone();
    let [from, to] = recipe.span;
    // Another rate or another part of the scene has other frames.
    let asked = common.from.is_some() || common.to.is_some() || common.seconds.is_some();
    if !asked && from < to {
        let scale = |frame: u64| match common.rate {
            Some(other) if other != rate => other.frames(rate.seconds(frame)),
            _ => frame,
        };
        common.span = Some(Span { from: scale(from), to: scale(to), cut: recipe.cut });
    }
    common.layout = recipe.layout;
    common.rate = common.rate.or(Some(rate));
    common.bits = common.bits.or(Some(bits));
    common.loudness = common.loudness.or(recipe.loudness.map(Target::Lufs));
    Ok((loaded, common))
}

fn other_version(name: &str, version: &str) -> Failure {
    Failure::new(format!("{name} was made by uproar {version}, and this is {VERSION}"))
}
