//! What a folder holds already: a small file beside the sounds that says how each was made.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    engine::Report,
    output::{OutputError, write_file},
    preset::{Loaded, read_text},
    space::ChannelLayout,
};

use super::rows::Shape;
use crate::cli::{arguments::Common, failure::Failure};

/// Its name.
const NAME: &str = ".uproar-batch.json";
/// Its format.
const VERSION: u32 = 1;
/// Largest that is read, bytes.
const BYTES: u64 = 256 << 20;

/// What is known of a finished file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Of everything that decides the sound.
    pub fingerprint: String,
    /// Length of the file.
    pub bytes: u64,
    /// Length of the sound.
    pub seconds: f64,
    /// People.
    pub people: usize,
    /// Seed.
    pub seed: u64,
    /// Phrase.
    pub phrase: String,
    /// Loudness, absent for silence.
    pub integrated_lufs: Option<f64>,
    /// True peak, absent for silence.
    pub true_peak_dbtp: Option<f64>,
    /// Time it took, seconds.
    pub took_s: f64,
}

impl Entry {
    /// What a render has become.
    pub fn new(fingerprint: &str, bytes: u64, report: &Report) -> Self {
        Self {
            fingerprint: fingerprint.to_owned(),
            bytes,
            seconds: report.span_s[1] - report.span_s[0],
            people: report.people,
            seed: report.seed,
            phrase: report.phrase.clone(),
            integrated_lufs: report.integrated_lufs,
            true_peak_dbtp: report.true_peak_dbtp,
            took_s: report.prepare_s + report.render_s,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    version: u32,
    files: BTreeMap<String, Entry>,
}

/// The list of a folder.
#[derive(Debug)]
pub(crate) struct Manifest {
    folder: PathBuf,
    contents: Contents,
}

impl Manifest {
    /// Reads the list of a folder. One that is missing or damaged is empty: everything is made anew.
    pub fn open(folder: &Path) -> Self {
        let text = read_text(&folder.join(NAME), BYTES).ok();
        let contents = text.and_then(|text| serde_json::from_str::<Contents>(&text).ok());
        let contents = contents.filter(|c| c.version == VERSION);
        let contents = contents.unwrap_or(Contents { version: VERSION, files: BTreeMap::new() });
        Self { folder: folder.to_owned(), contents }
    }

    /// True if a batch has made this file.
    pub fn knows(&self, file: &str) -> bool {
        self.contents.files.contains_key(file)
    }

    /// What is known of a file, if it is there as it was finished, and made in just this way.
    pub fn finished(&self, file: &str, fingerprint: &str) -> Option<&Entry> {
        let entry = self.contents.files.get(file)?;
        let there = self.folder.join(file).metadata().is_ok_and(|m| m.is_file() && m.len() == entry.bytes);
        (there && entry.fingerprint == fingerprint).then_some(entry)
    }

    /// Adds a finished file and stores the list.
    pub fn add(&mut self, file: &str, entry: Entry) -> Result<(), OutputError> {
        self.contents.files.insert(file.to_owned(), entry);
        // Numbers and texts: there is nothing that cannot be written.
        let text = serde_json::to_string_pretty(&self.contents).unwrap_or_default();
        write_file(&self.folder.join(NAME), text.as_bytes())
    }
}

/// A short text that differs when anything that decides the sound differs.
pub(crate) fn fingerprint(
    loaded: &Loaded,
    common: &Common,
    layout: &ChannelLayout,
    shape: &Shape,
) -> Result<String, Failure> {
    let preset = serde_json::to_string(&loaded.preset).map_err(|error| Failure::from_error(&error))?;
    // What the preset holds already, and what changes no sample, does not count.
    let rest = Common {
        phrase: None,
        people: None,
        seed: None,
        place: None,
        set: Vec::new(),
        threads: None,
        report: None,
        no_cache: false,
        quiet: false,
        rate: Some(common.rate.unwrap_or_default()),
        ..common.clone()
    };
    let dictionary = loaded.dictionary.as_ref().map(|(_, text)| text.as_str());
    let all =
        format!("{}\n{preset}\n{dictionary:?}\n{rest:?}\n{layout:?}\n{shape:?}", env!("CARGO_PKG_VERSION"));
    Ok(blake3::hash(all.as_bytes()).to_hex().as_str()[..32].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fingerprint: &str, bytes: u64) -> Entry {
        Entry {
            fingerprint: fingerprint.into(),
            bytes,
            seconds: 1.0,
            people: 2,
            seed: 3,
            phrase: "go".into(),
            integrated_lufs: None,
            true_peak_dbtp: None,
            took_s: 0.1,
        }
    }

    #[test]
    fn only_whole_and_unchanged_files_are_finished() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.wav"), [0; 10]).unwrap();
        Manifest::open(folder.path()).add("a.wav", entry("x", 10)).unwrap();
        let manifest = Manifest::open(folder.path());
        assert_eq!(manifest.finished("a.wav", "x"), Some(&entry("x", 10)));
        assert_eq!(manifest.finished("a.wav", "y"), None, "other settings");
        assert_eq!(manifest.finished("b.wav", "x"), None, "another file");
        std::fs::write(folder.path().join("a.wav"), [0; 9]).unwrap();
        assert_eq!(manifest.finished("a.wav", "x"), None, "another length");
        std::fs::write(folder.path().join(NAME), "{]").unwrap();
        assert_eq!(Manifest::open(folder.path()).finished("a.wav", "x"), None, "a damaged list");
    }

    #[test]
    fn a_fingerprint_follows_the_sound_and_nothing_else() {
        let loaded = crate::preset::load("chant", &[]).unwrap();
        let of = |common: &Common| {
            fingerprint(&loaded, common, &ChannelLayout::stereo(), &Shape::default()).unwrap()
        };
        let plain = of(&Common::default());
        assert_eq!(of(&Common { threads: Some(2), quiet: true, ..Common::default() }), plain);
        assert_ne!(of(&Common { seconds: Some(3.0), ..Common::default() }), plain);
        let mut other = loaded.clone();
        other.preset.seed += 1;
        let stereo = ChannelLayout::stereo();
        assert_ne!(fingerprint(&other, &Common::default(), &stereo, &Shape::default()).unwrap(), plain);
        let stems = Shape { stems: true, ..Shape::default() };
        assert_ne!(fingerprint(&loaded, &Common::default(), &stereo, &stems).unwrap(), plain);
    }
}
