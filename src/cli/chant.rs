//! `uproar chant`.

use crate::{preset::Change, scene::Scene};

use super::{
    arguments::Chant,
    failure::Failure,
    play::live,
    render::{to_file, write_reports},
    stage::{changes, check_report, load_all},
};

/// The built-in preset that a chant is.
const PRESET: &str = "chant";

/// Plays or writes a crowd swelling into the words.
pub(crate) fn chant(options: &Chant) -> Result<(), Failure> {
    if options.common.phrase.is_some() {
        return Err(Failure::usage("the words stand twice: give them once, without --phrase"));
    }
    check_report(&options.common)?;
    let words = Change::new("chant", "phrase", &options.words, true);
    let mut all = vec![words.map_err(|error| Failure::from_error(&error))?];
    all.extend(changes(&options.common)?);
    let name = [PRESET.to_owned()];
    let mut common = options.common.clone();
    let mut presets = load_all(&name, &all, options.common.place.is_some())?;
    // A longer or shorter chant is one whose last beat is longer or shorter; only what is shorter than
    // the swell itself is cut.
    if let (Some(seconds), None, [loaded]) = (common.seconds, &common.from, &presets[..]) {
        let scene = Scene::build(&loaded.preset.scene()).map_err(|error| Failure::from_error(&error))?;
        if let Some(last) = scene.beats().last() {
            let longer = seconds - last.start_s;
            if longer >= 1.0 {
                let path = format!("beat[{}].seconds", scene.beats().len() - 1);
                let change = Change::new("--seconds", &path, &longer.to_string(), false);
                all.push(change.map_err(|error| Failure::from_error(&error))?);
                presets = load_all(&name, &all, options.common.place.is_some())?;
                common.seconds = None;
            }
        }
    }
    for loaded in &presets {
        match &options.output {
            Some(path) => {
                let report = to_file(loaded, &common, path, options.keep_partial)?;
                write_reports(&common, &[report])?;
            }
            None => live(loaded, &common, &options.sink)?,
        }
    }
    Ok(())
}
