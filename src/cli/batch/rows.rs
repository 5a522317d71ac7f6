//! What each row asks for: a preset with changes, a stretch of it, a name.
//!
//! Owns the meaning of columns. Rows that are wrong are told, each at its place, and do not stop the others.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::ValueEnum;

use crate::{
    engine::LoopLength,
    output::Bits,
    preset::{Change, FileError, Loaded, Preset, Reach, load_layout, nearest},
};

use crate::cli::{
    arguments::{Common, Kind, Moment, fps, loop_length, loudness, peak, rate, seconds},
    failure::Failure,
    pieces::STINGERS,
    recipe::{self, Made},
    stage::{Piece, changes, load_all},
};

use super::table::{Cell, Line, Table};

/// Columns with a meaning of their own; every other one is a key of the preset.
const COLUMNS: [&str; 20] = [
    "preset", "name", "phrase", "people", "seed", "place", "from", "to", "seconds", "rate", "bits", "format",
    "layout", "loudness", "peak", "start", "fps", "stems", "loop", "one-shot",
];

/// A row that can be rendered.
#[derive(Debug)]
pub(crate) struct Job {
    /// Line in the table; 0 for a preset of the command line.
    pub line: u64,
    /// The preset with all changes.
    pub loaded: Loaded,
    /// The options of this row.
    pub common: Common,
    /// What is made of it.
    pub shape: Shape,
    /// The template of its own name, if the row has one.
    pub name: Option<String>,
    /// What templates may say.
    pub values: HashMap<String, String>,
}

/// What a row makes of its preset, beside a stretch of its scene.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// A loop or a single sound instead.
    pub making: Making,
    /// Stems too.
    pub stems: bool,
    /// The ending of the file.
    pub kind: Kind,
    /// What a sound file that stands for a preset holds beside a mix.
    pub made: Made,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Making {
    /// A stretch of the scene.
    #[default]
    Scene,
    /// A loop of a moment.
    Loop(LoopLength),
    /// A single sound.
    OneShot(String),
}

/// A row that cannot, and why.
pub(crate) type Bad = (u64, Failure);

/// All rows of a table, in order.
pub(crate) fn of_table(
    table: Table,
    path: &Path,
    common: &Common,
    kind: Kind,
) -> Result<Vec<Result<Job, Bad>>, Failure> {
    let columns = columns(&table)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let reader = Rows { name: &table.name, columns: &columns, folder, common, kind };
    let jobs = table.rows.into_iter().map(|row| match row {
        Ok(row) => reader.job(&row).map_err(|failure| (row.line, failure)),
        Err((line, message)) => Err((line, Failure::new(message))),
    });
    let jobs: Vec<_> = jobs.collect();
    if jobs.is_empty() {
        return Err(Failure::new(format!("{} names columns and has no row", table.name)));
    }
    Ok(jobs)
}

/// Presets named on the command line, in order.
pub(crate) fn of_presets(names: &[String], common: &Common, kind: Kind) -> Vec<Result<Job, Bad>> {
    names
        .iter()
        .map(|name| {
            let piece = load_one(name, &changes(common).map_err(|f| (0, f))?, common, common.place.is_some());
            let Piece { loaded, common, made } = piece.map_err(|failure| (0, failure))?;
            let values = values(&loaded, &common, &[], &[]);
            let shape = Shape { kind, making: making_of(&made), made, stems: false };
            Ok(Job { line: 0, loaded, common, shape, name: None, values })
        })
        .collect()
}

/// A column's name: those with a meaning of their own are known in capitals too.
pub(super) fn column_name(text: &str) -> String {
    let lower = text.to_lowercase();
    if COLUMNS.contains(&lower.as_str()) { lower } else { text.to_owned() }
}

/// Names of the columns, checked.
fn columns(table: &Table) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = Vec::new();
    for Cell { text, at } in &table.heading {
        let place = format!("{}:{}:{}", table.name, at.0, at.1);
        let name = column_name(text);
        let own = COLUMNS.contains(&name.as_str());
        if name.is_empty() {
            return Err(Failure::new(format!("{place}: a column without a name")));
        }
        if names.contains(&name) {
            return Err(Failure::new(format!("{place}: the column `{name}` stands twice")));
        }
        if !own {
            check_key(&place, &name)?;
        }
        names.push(name);
    }
    Ok(names)
}

/// A column that is a key: its first step must be one that presets have.
fn check_key(place: &str, name: &str) -> Result<(), Failure> {
    if let Err(error) = Change::new("", name, "", true) {
        return Err(Failure::new(format!("{place}: column `{name}`: {error}")));
    }
    let first = name.split(['.', '[']).next().unwrap_or("");
    let keys = keys();
    if keys.iter().any(|key| key == first) {
        return Ok(());
    }
    let known = || COLUMNS.into_iter().chain(keys.iter().map(String::as_str));
    let failure = Failure::new(format!("{place}: there is no column `{name}`"));
    Err(match nearest(first, known()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure
            .hint(format!("columns are {}, or keys of presets such as crowd.spread_ms", COLUMNS.join(", "))),
    })
}

/// Top-level keys of presets.
fn keys() -> Vec<String> {
    /// Those that a plain preset leaves out.
    const RARE: [&str; 8] = ["base", "dictionary", "leader", "solo", "line", "speaker", "place", "beat"];
    let plain = serde_json::to_value(Preset::default()).unwrap_or_default();
    let plain = plain.as_object().map(|table| table.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    plain.into_iter().chain(RARE.map(String::from)).chain(["intensity".to_owned()]).collect()
}

struct Rows<'r> {
    name: &'r str,
    columns: &'r [String],
    folder: &'r Path,
    common: &'r Common,
    kind: Kind,
}

impl Rows<'_> {
    fn job(&self, row: &Line) -> Result<Job, Failure> {
        let mut common = self.common.clone();
        let (mut preset, mut name, mut stays) = (String::new(), None, common.place.is_some());
        let (mut own, mut wanted, mut shape) =
            (Vec::new(), None, Shape { kind: self.kind, ..Shape::default() });
        for (column, cell) in self.columns.iter().zip(&row.cells).filter(|(_, cell)| !cell.text.is_empty()) {
            let text = &cell.text;
            let place = format!("{}:{}:{}: {column}", self.name, cell.at.0, cell.at.1);
            let told = |message: String| Failure::new(format!("{place} {text}: {message}"));
            let outside = |()| {
                told("it lies neither beside the table nor where the command runs, nor below".into())
                    .hint("--allow-files DIR lets tables and presets name files in that folder too")
            };
            let set = |key: &str, literal: bool| {
                Change::new(&place, key, text, literal).map_err(|error| told(error.to_string()))
            };
            match column.as_str() {
                "preset" => preset = self.resolve(text).map_err(outside)?,
                "name" => name = Some(text.clone()),
                "phrase" => {
                    common.phrase = None;
                    own.push(set("phrase", true)?);
                }
                "people" => {
                    common.people = None;
                    own.push(set("crowd.people", false)?);
                }
                "seed" => {
                    common.seed = None;
                    own.push(set("seed", false)?);
                }
                "place" => {
                    (common.place, stays) = (None, true);
                    own.push(Change::every(&place, "beat", "place", text));
                }
                "from" => common.from = Some(Moment::from_str(text).map_err(told)?),
                "to" => (common.to, common.seconds) = (Some(Moment::from_str(text).map_err(told)?), None),
                "seconds" => (common.seconds, common.to) = (Some(seconds(text).map_err(told)?), None),
                "rate" => common.rate = Some(rate(text).map_err(told)?),
                "format" => shape.kind = one_of::<Kind>(text).map_err(told)?,
                "layout" => {
                    let layout = load_layout(&self.resolve(text).map_err(outside)?);
                    common.layout = Some(layout.map_err(|error| told(Failure::from(error).to_string()))?);
                }
                "loudness" => common.loudness = Some(loudness(text).map_err(told)?),
                "peak" => common.peak = Some(peak(text).map_err(told)?),
                "start" => common.start = Some(text.clone()),
                "fps" => common.fps = Some(fps(text).map_err(told)?),
                "stems" => shape.stems = yes(text).map_err(told)?,
                "loop" | "one-shot" if wanted.is_some() => {
                    return Err(told("a row makes a loop or a single sound, not both".into()));
                }
                "loop" => wanted = Some(Making::Loop(loop_length(text).map_err(told)?)),
                "one-shot" => wanted = Some(Making::OneShot(shot(text).map_err(told)?)),
                "bits" => common.bits = Some(Bits::from_str(text).map_err(told)?),
                key => own.push(set(key, false)?),
            }
        }
        if preset.is_empty() {
            let message = format!("{}:{}:1: the row names no preset", self.name, row.line);
            return Err(
                Failure::new(message).hint("add a column `preset`; `uproar presets` lists the built-in ones")
            );
        }
        let mut all = changes(&common)?;
        all.extend(own);
        let piece = load_one(&preset, &all, &common, stays).map_err(|failure| self.at(row, failure))?;
        let Piece { loaded, common, made } = piece;
        shape.making = wanted.unwrap_or_else(|| making_of(&made));
        shape.made = made;
        let held = !matches!(shape.making, Making::Scene);
        if held && (shape.stems || common.to.is_some() || common.seconds.is_some()) {
            let place = format!("{}:{}:1", self.name, row.line);
            return Err(Failure::new(format!(
                "{place}: loops and single sounds have neither stems nor an end: leave out stems, to and seconds"
            )));
        }
        let values = values(&loaded, &common, self.columns, &row.cells);
        Ok(Job { line: row.line, loaded, common, shape, name, values })
    }

    /// Says in which row something is wrong that the preset's own message does not place there.
    fn at(&self, row: &Line, failure: Failure) -> Failure {
        let place = format!("{}:{}", self.name, row.line);
        match failure {
            Failure::Failed { message, causes, hint } if !message.contains(&place) => {
                Failure::Failed { message: format!("{place}: {message}"), causes, hint }
            }
            other => other,
        }
    }

    /// Files are looked for where the command runs, then beside the table, then in folders that are allowed. A table
    /// may come from a stranger: it names none that lies elsewhere.
    fn resolve(&self, what: &str) -> Result<String, ()> {
        let typed = Path::new(what);
        let file_like = what.ends_with(".toml") || what.contains(['/', '\\']) || typed.is_file();
        if !file_like && !recipe::is_sound(what) {
            return Ok(what.to_owned());
        }
        let allowed: Vec<PathBuf> =
            std::iter::once(self.folder.to_owned()).chain(self.common.allow_files.iter().cloned()).collect();
        match (Reach { folder: Some(Path::new("")), allowed: &allowed }).find(what) {
            // As it was typed where that leads to it: names stand in messages.
            Ok(path) if typed.canonicalize().is_ok_and(|typed| typed == path) => Ok(what.to_owned()),
            Ok(path) => {
                let beside = self.folder.join(what);
                let same = beside.canonicalize().is_ok_and(|beside| beside == path);
                Ok(if same { beside } else { path }.display().to_string())
            }
            Err(FileError::Outside { .. }) => Err(()),
            // What is wrong with it is told when it is read.
            Err(_) => Ok(what.to_owned()),
        }
    }
}

/// What a sound file was; a layer of a game is not made by itself.
fn making_of(made: &Made) -> Making {
    match &made.making {
        Some(recipe::Making::Loop { length, .. }) => Making::Loop(*length),
        Some(recipe::Making::OneShot { cue, .. }) => Making::OneShot(cue.clone()),
        Some(recipe::Making::Layer { .. }) | None => Making::Scene,
    }
}

fn one_of<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, true).map_err(|_| {
        let names: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|v| Some(v.to_possible_value()?.get_name().to_owned()))
            .collect();
        format!("allowed: {}", names.join(", "))
    })
}

fn yes(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err("allowed: yes, no".into()),
    }
}

fn shot(text: &str) -> Result<String, String> {
    match STINGERS.iter().any(|stinger| stinger.0 == text) {
        true => Ok(text.to_owned()),
        false => Err(format!("allowed: {}", STINGERS.map(|stinger| stinger.0).join(", "))),
    }
}

fn load_one(name: &str, changes: &[Change], common: &Common, stays: bool) -> Result<Piece, Failure> {
    let mut all = load_all(&[name.to_owned()], changes, common, false)?;
    let mut piece = all.pop().ok_or_else(|| Failure::new(format!("{name}: nothing was loaded")))?;
    if stays {
        piece.loaded.preset.beat.iter_mut().for_each(|beat| beat.moves.clear());
    }
    Ok(piece)
}

/// What a template may say about a row: every column, and what the preset made of the usual ones.
fn values(loaded: &Loaded, common: &Common, columns: &[String], cells: &[Cell]) -> HashMap<String, String> {
    let preset = &loaded.preset;
    let mut values: HashMap<String, String> =
        columns.iter().cloned().zip(cells.iter().map(|cell| cell.text.clone())).collect();
    values.insert("preset".into(), loaded.name.clone());
    values.insert("phrase".into(), preset.phrase.clone());
    values.insert("people".into(), preset.crowd.people.to_string());
    values.insert("seed".into(), preset.seed.to_string());
    let place = values.get("place").cloned().filter(|p| !p.is_empty()).or_else(|| common.place.clone());
    values.insert("place".into(), place.unwrap_or_default());
    let length = common.seconds.map(|s| s.to_string());
    values.insert("seconds".into(), length.unwrap_or_default());
    values
}
