//! Options of single voices, words, presets, measurements and devices.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use crate::{cli::names, output::Bits, preset::Change, units::SampleRate};

use super::values::*;

/// `uproar bench`.
#[derive(Args, Debug)]
pub struct Bench {
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
    /// Measures only a few seconds
    #[arg(long)]
    pub quick: bool,
    /// Compares with what `uproar bench --json` printed before
    #[arg(long, value_name = "OLD.json", value_hint = ValueHint::FilePath, conflicts_with = "json")]
    pub compare: Option<PathBuf>,
    /// Number of threads for the scene
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,
    /// The most memory that the scene may take, such as 512M or 2G
    ///
    /// 4G, or half of the machine's memory where that is less, if not given.
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub max_memory: Option<u64>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Person {
    /// A woman
    Woman,
    /// A man
    Man,
    /// A girl
    Girl,
    /// A boy
    Boy,
    /// Anybody, as the seed says
    Random,
}

/// `uproar say`.
#[derive(Args, Debug)]
pub struct Say {
    /// The words
    #[arg(value_name = "WORDS")]
    pub words: String,
    /// Who says it
    #[arg(long, value_enum, default_value = "random")]
    pub person: Person,
    /// Pitch of the voice in hertz, 60 to 700; the person's own if not given
    #[arg(long, value_name = "HZ", value_parser = f0, allow_hyphen_values = true)]
    pub f0: Option<f64>,
    /// How hard: 0 whisper, 0.15 murmur, 0.35 normal, 0.65 loud, 0.8 shout, 1 scream
    #[arg(long, value_name = "0..1", default_value = "0.5", value_parser = unit, allow_hyphen_values = true)]
    pub effort: f64,
    /// Seconds per beat, 0.25 to 1.5: chants on a grid instead of speaking
    #[arg(long, value_name = "S", value_parser = beat, allow_hyphen_values = true)]
    pub beat: Option<f64>,
    /// Decides who the person is and how it comes out this time
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub seed: u64,
    /// The language of the words
    #[arg(long, default_value = "english")]
    pub language: Tongue,
    /// Frames per second
    #[arg(long, value_name = "HZ", default_value = "48000", value_parser = rate)]
    pub rate: SampleRate,
    /// How the file stores a sample: 16, 24 or 32f
    #[arg(long, value_name = "16|24|32f", default_value = "24", value_parser = Bits::from_str, hide_default_value = true)]
    pub bits: Bits,
    /// The file to write, .wav, .flac or .ogg; `-` is the standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    /// Replaces a file that is there already
    #[arg(long)]
    pub force: bool,
}

/// Languages that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tongue {
    /// English
    English,
    /// Japanese, in kana or Latin letters
    Japanese,
}

/// `uproar phonemes`.
#[derive(Args, Debug)]
pub struct Phonemes {
    /// The words
    #[arg(value_name = "WORDS")]
    pub words: String,
    /// The language of the words
    #[arg(long, default_value = "english")]
    pub language: Tongue,
    /// A dictionary of your own: one word and its phonemes per line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub dictionary: Option<PathBuf>,
    /// Beats per minute that the rhythm is shown for
    #[arg(long, value_name = "BPM", default_value = "104", value_parser = tempo, allow_hyphen_values = true)]
    pub bpm: f64,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// `uproar presets`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Presets {
    /// What to do; lists them if not given
    #[command(subcommand)]
    pub action: Option<PresetsAction>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// What to do with presets.
#[derive(Debug, Subcommand)]
pub enum PresetsAction {
    /// Lists them, one line each
    List,
    /// Prints one, with its comments
    Show {
        /// Name of a built-in preset
        #[arg(value_parser = names::preset(), hide_possible_values = true)]
        name: String,
    },
    /// Copies one into a file, as a starting point of your own
    Export {
        /// Name of a built-in preset
        #[arg(value_parser = names::preset(), hide_possible_values = true)]
        name: String,
        /// The file to write; `-` is the standard output
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Replaces a file that is there already
        #[arg(long)]
        force: bool,
    },
}

/// `uproar check`.
#[derive(Args, Debug)]
pub struct Check {
    /// Names of built-in presets or paths of .toml files
    #[arg(value_name = "PRESET", required = true, value_parser = names::preset(), hide_possible_values = true)]
    pub presets: Vec<String>,
    /// Sets a key before checking, as in `render`
    #[arg(long, value_name = "KEY=VALUE", value_parser = change)]
    pub set: Vec<Change>,
    /// Lets a preset name files in this folder too, as in `render`
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, value_parser = folder)]
    pub allow_files: Vec<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// `uproar layouts`.
#[derive(Args, Debug)]
pub struct Layouts {
    /// A layout by name, or a .toml file: prints its channels as a file; lists all if not given
    #[arg(value_name = "NAME|FILE.toml")]
    pub layout: Option<String>,
}

/// `uproar devices`.
#[derive(Args, Debug)]
pub struct Devices {
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}
