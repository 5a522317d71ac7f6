//! Options of what makes files of a scene: `chant`, `render` and what they share.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::{cli::names, engine::LoopLength};

use super::{Common, Follow, Sink, values::*};

/// Options of what is written into files: which channels, and what besides the mix.
#[derive(Args, Clone, Debug, Default)]
pub struct Shape {
    /// Channels: mono, stereo, binaural, 5.1, 7.1, 7.1.4, ambix1, ambix2, ambix3 or a file
    ///
    /// `uproar layouts` lists channels and directions; a .toml file describes loudspeakers of your own, and
    /// `uproar layouts 5.1` prints one to start from. Walls and reverberation come from where they are.
    #[arg(long, value_name = "NAME|FILE.toml", help_heading = "Sound", value_hint = ValueHint::FilePath)]
    pub layout: Option<String>,
    /// Writes the stems of the mix into a folder too
    ///
    /// Leader, near, mid, far, murmur, cheers, body (claps, stomps, whistles), loudspeaker, ambience and each
    /// place's reverb, and the mix before the limiter, which is their sum. All of one length and layout, in 32-bit
    /// float. Made if it is not there; several presets get a folder each.
    #[arg(long, value_name = "DIR", help_heading = "Sound", value_hint = ValueHint::DirPath)]
    pub stems: Option<PathBuf>,
}

/// `uproar chant`.
#[derive(Args, Debug)]
// The words are the phrase; the option is refused with a message of its own.
#[command(mut_arg("phrase", |arg| arg.hide(true)))]
pub struct Chant {
    /// The words
    #[arg(value_name = "WORDS")]
    pub words: String,
    /// Writes a file (.wav, .flac, .ogg) instead of playing; `-` is the standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Keeps a shorter, valid file when interrupted by Ctrl-C
    #[arg(long, requires = "output")]
    pub keep_partial: bool,
    /// Replaces a file that is there already
    #[arg(long, requires = "output")]
    pub force: bool,
    /// What is written.
    #[command(flatten)]
    pub shape: Shape,
    /// What all share.
    #[command(flatten)]
    pub common: Common,
    /// Where it plays.
    #[command(flatten)]
    pub sink: Sink,
}

/// What differs between takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Vary {
    /// Other voices in other places
    #[default]
    People,
    /// The same voices in the same places do it once more
    Performance,
}

/// Kinds of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// WAV
    #[default]
    Wav,
    /// FLAC
    Flac,
    /// Ogg Vorbis
    Ogg,
}

impl Kind {
    /// How files of this kind end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
        }
    }
}

/// The kind of files whose names are not given.
#[derive(Args, Clone, Copy, Debug)]
pub struct Filed {
    /// The kind of files that go into a folder: wav, flac or ogg
    #[arg(
        long,
        value_enum,
        value_name = "wav|flac|ogg",
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub format: Kind,
}

/// `uproar render`.
#[derive(Args, Debug)]
pub struct Render {
    /// Names of built-in presets, paths of .toml files, or sound files that uproar wrote
    #[arg(value_name = "PRESET", required = true, value_parser = names::preset(), hide_possible_values = true)]
    pub presets: Vec<String>,
    /// The file to write, .wav, .flac or .ogg; `-` is the standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present_any = ["output_dir", "stems", "layers"], conflicts_with = "output_dir")]
    pub output: Option<PathBuf>,
    /// A folder to write one WAV file per preset into; made if it is not there
    #[arg(short = 'O', long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output_dir: Option<PathBuf>,
    /// What kind of files.
    #[command(flatten)]
    pub filed: Filed,
    /// Keeps a shorter, valid file when interrupted by Ctrl-C
    #[arg(long)]
    pub keep_partial: bool,
    /// Replaces files that are there already; renders from a sound file of another version or that was edited since
    #[arg(long)]
    pub force: bool,
    /// Writes a seamless loop of one moment, with loop points in the file
    ///
    /// The moment is --from, else where the longest beat is most intense. The length is exact: seconds (30, 12.5),
    /// bars of four beats (8bars), or nothing for as many rounds of the chant as last 20 s. Tails go over into the
    /// start.
    #[arg(long = "loop", value_name = "S|BARSbars", num_args = 0..=1, default_missing_value = "auto", value_parser = loop_length, help_heading = "Pieces", conflicts_with_all = ["to", "seconds", "stems", "one_shot"])]
    pub looped: Option<LoopLength>,
    /// Writes one sound of the crowd by itself: call, cheer, gasp or roar
    #[arg(long, value_name = "CUE", help_heading = "Pieces", conflicts_with_all = ["to", "seconds", "stems"])]
    pub one_shot: Option<String>,
    /// Writes a game's crowd into a folder: loops, transitions, single sounds and a manifest
    ///
    /// murmur, low, mid, high, unison and roar as loops of one length (--loop says which), the ways between them as
    /// long, a stinger per cue, and layers.json, which says how one parameter of intensity fades between them.
    #[arg(long, value_name = "DIR", help_heading = "Pieces", value_hint = ValueHint::DirPath, conflicts_with_all = ["to", "seconds", "stems", "one_shot", "output", "output_dir"])]
    pub layers: Option<PathBuf>,
    /// Makes so many takes: NAME-1.wav, NAME-2.wav ...
    #[arg(long, value_name = "N", help_heading = "Pieces", value_parser = clap::value_parser!(u32).range(1..=999))]
    pub takes: Option<u32>,
    /// What differs between takes: other people, or another performance by the same people
    #[arg(long, value_enum, default_value = "people", help_heading = "Pieces", requires = "takes")]
    pub vary: Vary,
    /// What is written.
    #[command(flatten)]
    pub shape: Shape,
    /// Gives a performance again that `play --log-performance` wrote down: the very same samples
    #[arg(long, value_name = "FILE.json", value_hint = ValueHint::FilePath)]
    pub performance: Option<PathBuf>,
    /// What it follows.
    #[command(flatten)]
    pub follow: Follow,
    /// What all share.
    #[command(flatten)]
    pub common: Common,
}
