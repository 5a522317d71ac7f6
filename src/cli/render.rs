//! `uproar render`: what of which preset goes where.
//!
//! Owns the meaning of its options beside one another. Does not own the way of a scene into its files (`mixdown`), nor
//! pieces and layers.

use std::path::{Path, PathBuf};

use crate::{
    engine::LoopLength,
    output::Container,
    preset::{Loaded, load_layout},
    rng::{self, Domain},
    space::ChannelLayout,
};

use super::{
    arguments::{Common, Render, Vary},
    failure::Failure,
    mixdown::{Target, to_file},
    pieces::{Studio, is_shot, take_path},
    recipe::{Made, Making},
    replace::may_replace,
    report::{Rendered, write_reports},
    stage::{Piece, changes, check_report, load_all},
    stems::make_folder,
    take,
};

/// What is made of a preset.
enum Work {
    /// A stretch of its scene.
    Scene,
    /// A moment of it.
    Loop(LoopLength),
    /// One sound.
    OneShot(String),
    /// All layers of a game, into a folder.
    Layers(PathBuf, LoopLength),
    /// One file of them.
    Layer(LoopLength, String),
}

/// Renders presets to files.
pub(crate) fn render(options: &Render) -> Result<(), Failure> {
    if options.output.is_some() && options.presets.len() > 1 {
        let failure = Failure::usage("several presets do not fit into one file");
        return Err(failure.hint("give a folder instead: -O DIR"));
    }
    check_report(&options.common, options.output.as_deref())?;
    if let Some(path) = &options.output {
        Container::of(path)?;
    }
    check_led(options)?;
    let led = options.performance.as_deref().map(take::read).transpose()?;
    let mut common = options.common.clone();
    let mut all_changes = Vec::new();
    if let Some(led) = &led {
        all_changes = take::changes_of(&led.options)?;
        common.rate = common.rate.or(led.rate());
    }
    all_changes.extend(changes(&common)?);
    let mut all = load_all(&options.presets, &all_changes, &common, options.force)?;
    for piece in &mut all {
        if led.as_ref().is_some_and(|led| led.stay) {
            piece.loaded.preset.beat.iter_mut().for_each(|beat| beat.moves.clear());
        }
        if led.is_some() {
            piece.made.performance = led.clone();
        }
    }
    let paths = match (&options.output, &options.output_dir) {
        (Some(path), _) => vec![Some(path.clone())],
        (None, Some(folder)) => {
            paths_in(folder, &all, options.filed.format.ending())?.into_iter().map(Some).collect()
        }
        (None, None) => vec![None; all.len()],
    };
    let takes = options.takes.unwrap_or(1);
    if takes > 1 && options.output.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("several takes do not fit into one stream"));
    }
    let mut done = Vec::new();
    let of_take = |path: &PathBuf, number: u32| match options.takes {
        Some(takes) => take_path(path, number, takes),
        None => path.clone(),
    };
    let all_paths: Vec<String> = paths
        .iter()
        .flatten()
        .flat_map(|path| (1..=takes).map(|number| of_take(path, number).display().to_string()))
        .collect();
    if let Some(cue) = &options.one_shot {
        is_shot(cue)?;
    }
    let mut written: Vec<PathBuf> = all_paths.iter().map(PathBuf::from).collect();
    written.extend(options.common.report.clone());
    let folder_of = |folder: &Path, name: &str, number: u32| {
        let folder = if all.len() == 1 { folder.to_owned() } else { folder.join(name) };
        if options.takes.is_some() { folder.join(format!("take-{number}")) } else { folder }
    };
    for folder in options.shape.stems.iter().chain(&options.layers) {
        for (piece, number) in all.iter().flat_map(|piece| (1..=takes).map(move |number| (piece, number))) {
            written.extend(sounds_in(&folder_of(folder, &piece.loaded.name, number)));
        }
    }
    may_replace(written.iter().map(PathBuf::as_path), options.force)?;
    for (piece, path) in all.iter().zip(&paths) {
        let layout = layout(options.shape.layout.as_deref(), &piece.common)?;
        for number in 1..=takes {
            let loaded = take_of(&piece.loaded, options.vary, number);
            let path = path.as_ref().map(|path| of_take(path, number));
            let folder = |folder: &PathBuf| folder_of(folder, &loaded.name, number);
            let before = done.len();
            done.extend(one(options, &loaded, piece, &layout, path.as_deref(), &folder).map_err(
                |failure| {
                    let complete = &all_paths[..before.min(all_paths.len())];
                    failure.halfway(complete, &all_paths[complete.len()..])
                },
            )?);
            let left = done.last().and_then(|rendered: &Rendered| rendered.interrupted.clone());
            if left.is_some() {
                write_reports(&options.common, done)?;
                return Err(Failure::Interrupted { left });
            }
        }
    }
    write_reports(&options.common, done)
}

/// Renders one preset, once.
fn one(
    options: &Render,
    loaded: &Loaded,
    piece: &Piece,
    layout: &ChannelLayout,
    path: Option<&Path>,
    folder: &dyn Fn(&PathBuf) -> PathBuf,
) -> Result<Vec<Rendered>, Failure> {
    let common = &piece.common;
    let (work, stored_s) = work(options, &piece.made, folder);
    let studio = Studio { loaded, common, layout, stored_s };
    let nowhere = || Failure::usage("there is no file to write: give one with -o");
    let rendered = match (work, path) {
        (Work::Layers(folder, length), _) => {
            return studio.layers(&folder, length, options.filed.format.ending());
        }
        (Work::OneShot(cue), Some(path)) => studio.one_shot(path, &cue)?,
        (Work::Loop(length), Some(path)) => studio.looped(path, length)?,
        (Work::Layer(length, name), Some(path)) => studio.layer(path, length, &name)?,
        (Work::OneShot(_) | Work::Loop(_) | Work::Layer(..), None) => return Err(nowhere()),
        (Work::Scene, _) => {
            let target = Target {
                path,
                layout,
                stems: options.shape.stems.as_ref().map(folder),
                keep_partial: options.keep_partial,
                follow: Some(&options.follow),
                made: Some(&piece.made),
            };
            to_file(loaded, common, &target)?
        }
    };
    Ok(vec![rendered])
}

/// What the options ask for, else what a sound file was, and the moment that was held then.
fn work(options: &Render, made: &Made, folder: &dyn Fn(&PathBuf) -> PathBuf) -> (Work, Option<f64>) {
    let stored_length = match &made.making {
        Some(Making::Loop { length, .. } | Making::Layer { length, .. }) => Some(*length),
        Some(Making::OneShot { .. }) | None => None,
    };
    let part = options.common.to.is_some()
        || options.common.seconds.is_some()
        || options.shape.stems.is_some()
        || options.performance.is_some()
        || options.follow.follow.is_some();
    let length = options.looped.or(stored_length).unwrap_or(LoopLength::Auto);
    let work = match (&options.layers, &options.one_shot, options.looped, &made.making) {
        (Some(layers), ..) => Work::Layers(folder(layers), length),
        (_, Some(cue), ..) => Work::OneShot(cue.clone()),
        (_, _, Some(length), _) => Work::Loop(length),
        (_, _, _, Some(_)) if part => Work::Scene,
        (_, _, _, Some(Making::Loop { length, .. })) => Work::Loop(*length),
        (_, _, _, Some(Making::OneShot { cue, .. })) => Work::OneShot(cue.clone()),
        (_, _, _, Some(Making::Layer { length, part, .. })) => Work::Layer(*length, part.clone()),
        (_, _, _, None) => Work::Scene,
    };
    (work, made.moment_s())
}

/// The `number`th take: the first is the preset's own.
fn take_of(loaded: &Loaded, vary: Vary, number: u32) -> Loaded {
    let mut loaded = loaded.clone();
    let preset = &mut loaded.preset;
    match vary {
        _ if number == 1 => {}
        // Half of the numbers: a preset's seed has 63 bits.
        Vary::People => preset.seed = rng::key(preset.seed, Domain::Casting, 1 << 50, u64::from(number)) >> 1,
        Vary::Performance => preset.performance += u64::from(number - 1),
    }
    loaded
}

/// The sound files in a folder, if it is there.
fn sounds_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| Container::is_named_by(path)).collect()
}

/// One file per preset in a folder, which is made if need be.
fn paths_in(folder: &Path, all: &[Piece], ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for piece in all {
        let path = folder.join(format!("{}.{ending}", piece.loaded.name));
        if paths.contains(&path) {
            return Err(Failure::usage(format!("two presets would both be written to {}", path.display())));
        }
        paths.push(path);
    }
    make_folder(folder)?;
    Ok(paths)
}

/// Refuses what cannot be led.
fn check_led(options: &Render) -> Result<(), Failure> {
    let common = &options.common;
    let (led, follow) = (options.performance.is_some(), options.follow.follow.as_deref());
    if follow == Some(Path::new("input")) {
        let failure = Failure::usage("a microphone cannot be followed faster than real time");
        return Err(failure.hint("give a WAV file, or use `uproar play`"));
    }
    if follow.is_some() && led {
        return Err(Failure::usage(
            "what was followed stands in the performance already: leave out --follow",
        ));
    }
    if led && (common.from.is_some() || common.to.is_some() || common.seconds.is_some()) {
        let failure = Failure::usage("a performance has its own beginning and end");
        return Err(failure.hint("leave out --from, --to and --seconds"));
    }
    let piece = options.looped.is_some() || options.one_shot.is_some() || options.layers.is_some();
    if piece && (led || follow.is_some()) {
        return Err(Failure::usage(
            "loops, layers and single sounds are not performed: leave out one of both",
        ));
    }
    Ok(())
}

/// The channels that are asked for, or those that a file was rendered in.
pub(crate) fn layout(name: Option<&str>, common: &Common) -> Result<ChannelLayout, Failure> {
    match (name, &common.layout) {
        (Some(name), _) => Ok(load_layout(name)?),
        (None, Some(stored)) => Ok(stored.clone()),
        (None, None) => Ok(ChannelLayout::stereo()),
    }
}
