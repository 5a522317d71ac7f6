//! `uproar chant`.

use crate::{
    engine::TAIL_S,
    preset::Change,
    scene::{Activity, Scene},
};

use super::{
    arguments::Chant,
    failure::Failure,
    mixdown::{Target, to_file},
    play::live,
    render::layout,
    replace::may_replace,
    report::write_reports,
    stage::{changes, check_report, load_all},
};

/// The built-in preset that a chant is.
const PRESET: &str = "chant";

/// The chant of the built-in preset swells for this long: it cannot be shorter, seconds.
const SHORTEST_CHANT_S: f64 = 8.0;

/// Plays or writes a crowd swelling into the words.
pub(crate) fn chant(options: &Chant) -> Result<(), Failure> {
    if options.common.phrase.is_some() {
        return Err(Failure::usage("the words stand twice: give them once, without --phrase"));
    }
    if options.output.is_none() && (options.shape.layout.is_some() || options.shape.stems.is_some()) {
        return Err(Failure::usage("--layout and --stems are for files: say which with -o"));
    }
    check_report(&options.common, options.output.as_deref())?;
    let words = Change::new("chant", "phrase", &options.words, true);
    let mut all = vec![words.map_err(|error| Failure::from_error(&error))?];
    all.extend(changes(&options.common)?);
    let name = [PRESET.to_owned()];
    let common = options.common.clone();
    let mut presets = load_all(&name, &all, &options.common, false)?;
    // A longer or shorter scene is one whose chant is longer or shorter; only what is shorter than the swell
    // itself is cut.
    if let (Some(seconds), None, None, [piece]) = (common.seconds, &common.from, &common.srt, &presets[..]) {
        let scene =
            Scene::build(&piece.loaded.preset.scene()).map_err(|error| Failure::from_error(&error))?;
        let chant = scene.beats().iter().position(|beat| beat.doing == Activity::Chant);
        if let Some(index) = chant {
            let chant_s = scene.beats()[index].seconds + seconds - (scene.seconds() + TAIL_S);
            if chant_s >= SHORTEST_CHANT_S {
                let path = format!("beat[{index}].seconds");
                let change = Change::new("--seconds", &path, &chant_s.to_string(), false);
                all.push(change.map_err(|error| Failure::from_error(&error))?);
                presets = load_all(&name, &all, &options.common, false)?;
            }
        }
    }
    may_replace(
        options.output.as_deref().into_iter().chain(options.common.report.as_deref()),
        options.force,
    )?;
    for piece in &presets {
        match &options.output {
            Some(path) => {
                let layout = layout(options.shape.layout.as_deref(), &common)?;
                let stems = options.shape.stems.clone();
                let keep_partial = options.keep_partial;
                let target = Target {
                    path: Some(path),
                    layout: &layout,
                    stems,
                    keep_partial,
                    follow: None,
                    made: None,
                };
                let rendered = to_file(&piece.loaded, &common, &target)?;
                let left = rendered.interrupted.clone();
                write_reports(&common, vec![rendered])?;
                if left.is_some() {
                    return Err(Failure::Interrupted { left });
                }
            }
            None => live(&piece.loaded, PRESET, &common, &options.sink, None)?,
        }
    }
    Ok(())
}
