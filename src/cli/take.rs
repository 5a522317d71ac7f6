//! What a performance remembers of its preset, and how it is given again.

use std::path::Path;

use crate::{
    engine::Engine,
    live::{Failed, Followed, OptionUsed, Performance, Take, TakeOptions, What},
    preset::{Change, Loaded, Preset, Sheet, Target, read_text},
    units::SampleRate,
};

use super::{
    arguments::Common,
    failure::Failure,
    stage::{Span, cache_folder, memory_limit},
    terminal::{interrupt, remark},
};

/// The longest performance that is read, bytes.
const PERFORMANCE_LIMIT: u64 = 64 << 20;

/// Files that were laid over the timeline, by the paths that no preset has.
const SHEETS: [(&str, Sheet); 3] =
    [("--intensity", Sheet::Intensity), ("--cues", Sheet::Cues), ("--srt", Sheet::Subtitles)];

/// A short name for all that a preset says.
pub(crate) fn fingerprint(preset: &Preset) -> String {
    // A preset has no part that cannot be written.
    let text = serde_json::to_string(preset).unwrap_or_default();
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// Changes as they are written down.
pub(crate) fn options_used(changes: &[Change]) -> Vec<OptionUsed> {
    let path = |target: &Target| match target {
        Target::One(path) => path.to_string(),
        Target::Every { list, key } => format!("{list}[].{key}"),
        Target::Sheet(sheet) => SHEETS.iter().find(|s| s.1 == *sheet).map_or("", |s| s.0).to_owned(),
    };
    changes
        .iter()
        .map(|c| OptionUsed {
            option: c.option.clone(),
            path: path(&c.target),
            value: c.value.clone(),
            literal: c.literal,
        })
        .collect()
}

/// The changes that were written down.
pub(crate) fn changes_of(options: &[OptionUsed]) -> Result<Vec<Change>, Failure> {
    options
        .iter()
        .map(|used| {
            let sheet = SHEETS.iter().find(|sheet| sheet.0 == used.path);
            let target = match used.path.split_once("[].") {
                _ if sheet.is_some() => Target::Sheet(sheet.map_or(Sheet::Cues, |sheet| sheet.1)),
                Some((list, key)) => Target::Every { list: list.into(), key: key.into() },
                None => {
                    let path = crate::preset::Path::parse(&used.path);
                    Target::One(path.map_err(|error| Failure::from_error(&error))?)
                }
            };
            let OptionUsed { option, value, literal, .. } = used.clone();
            Ok(Change { option, target, value, literal })
        })
        .collect()
}

/// Reads a performance.
pub(crate) fn read(path: &Path) -> Result<Performance, Failure> {
    let name = path.display().to_string();
    let text = read_text(path, PERFORMANCE_LIMIT)?;
    Performance::read(&name, &text).map_err(|error| Failure::from_error(&error))
}

/// What was followed, as a performance.
pub(crate) fn of_followed(followed: &Followed, loaded: &Loaded, span: Span, rate: SampleRate) -> Performance {
    let mut performance = Performance::new(&loaded.name, rate, span.from);
    performance.fingerprint = fingerprint(&loaded.preset);
    (performance.frames, performance.cut) = (span.frames(), span.cut);
    followed.events().for_each(|(frame, command)| performance.add(frame, What::Do(command)));
    performance
}

/// Has an engine give a performance again; the second value tells later what went wrong, should anything.
pub(crate) fn follow(
    engine: &mut Engine,
    performance: &Performance,
    preset: &Preset,
    common: &Common,
) -> Failed {
    if performance.fingerprint != fingerprint(preset) {
        remark("note: this is not the preset that was played, or it has changed: the sound will be another");
    }
    let study = engine.study();
    let means = TakeOptions {
        cache: cache_folder(common),
        threads: common.threads.map(usize::from),
        memory_limit_bytes: Some(memory_limit(common.max_memory)),
        cancel: Some(interrupt()),
    };
    let (take, failed) = Take::new(performance, study, means);
    engine.follow(Box::new(take));
    failed
}
