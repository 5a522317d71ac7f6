//! Options of `play`: the sound card, how it is performed and what is followed.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::cli::{names, ports};

use super::{Common, values::*};

/// Options of the sound card.
#[derive(Args, Clone, Debug, Default)]
pub struct Sink {
    /// Sound device, as `uproar devices` lists it; `null` plays to nobody
    ///
    /// `null` keeps time as a sound card does, `null-free` plays as fast as the machine can.
    #[arg(long, value_name = "NAME", help_heading = "Sound card")]
    pub device: Option<String>,
    /// Sound system, as `uproar devices` lists it
    #[arg(long, value_name = "NAME", help_heading = "Sound card")]
    pub host: Option<String>,
    /// Channels to open; the crowd is heard on the first two
    #[arg(long, value_name = "N", help_heading = "Sound card", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub channels: Option<u16>,
    /// Length of the device's blocks, such as 20ms
    #[arg(long, value_name = "TIME", help_heading = "Sound card", value_parser = latency)]
    pub latency: Option<f64>,
}

/// `uproar play`.
#[derive(Args, Debug)]
pub struct Play {
    /// Name of a built-in preset or path of a .toml file
    #[arg(value_name = "PRESET", value_parser = names::preset(), hide_possible_values = true)]
    pub preset: String,
    /// What all share.
    #[command(flatten)]
    pub common: Common,
    /// Where it plays.
    #[command(flatten)]
    pub sink: Sink,
    /// How it is performed.
    #[command(flatten)]
    pub live: Live,
}

/// How a show is performed.
#[derive(Args, Clone, Debug, Default)]
pub struct Live {
    /// Shows no screen; lines on the standard input are commands all the same
    #[arg(long, help_heading = "Performing")]
    pub no_tui: bool,
    /// Writes down everything that is done, for `render --performance`
    #[arg(long, value_name = "FILE.json", help_heading = "Performing", value_hint = ValueHint::FilePath)]
    pub log_performance: Option<PathBuf>,
    /// Records what is heard from the beginning; `record` turns it on and off
    #[arg(long, value_name = "FILE.wav", help_heading = "Performing", value_hint = ValueHint::FilePath)]
    pub record: Option<PathBuf>,
    /// Replaces files that are there already
    #[arg(long, help_heading = "Performing")]
    pub force: bool,
    /// Takes OSC in on this UDP port, on this machine alone unless an address stands before it
    #[arg(long, value_name = "PORT|ADDR:PORT", help_heading = "Performing", value_parser = ports::address)]
    pub osc: Option<std::net::SocketAddr>,
    /// Sends state and meters as OSC ten times a second
    #[arg(long, value_name = "PORT|ADDR:PORT", help_heading = "Performing", value_parser = ports::address)]
    pub osc_out: Option<std::net::SocketAddr>,
    /// Takes MIDI in from the input whose name contains this; `uproar devices` lists them
    #[arg(long, value_name = "NAME", help_heading = "Performing")]
    pub midi: Option<String>,
    /// Binds a note or controller, such as "note 36 = hush" or "cc 1 = intensity"
    ///
    /// May be given several times; comes before what the preset's `midi` list says, and that before the usual map,
    /// which `uproar controls` prints.
    #[arg(long, value_name = "BINDING", help_heading = "Performing")]
    pub midi_map: Vec<String>,
    /// What it follows.
    #[command(flatten)]
    pub follow: Follow,
}

/// What the intensity follows.
#[derive(Args, Clone, Debug, Default)]
pub struct Follow {
    /// Lets the loudness of a sound drive the intensity: a WAV file, or `input` for the microphone
    #[arg(long, value_name = "FILE.wav|input", help_heading = "Following", value_hint = ValueHint::FilePath)]
    pub follow: Option<PathBuf>,
    /// Time constant of a rise, such as 100ms (that is the default)
    #[arg(long, value_name = "TIME", help_heading = "Following", value_parser = time, requires = "follow")]
    pub follow_attack: Option<f64>,
    /// Time constant of a fall, such as 1500ms (that is the default)
    #[arg(long, value_name = "TIME", help_heading = "Following", value_parser = time, requires = "follow")]
    pub follow_release: Option<f64>,
    /// Level at which the crowd begins to react, dB re full scale; -45 if not given
    #[arg(long, value_name = "DB", help_heading = "Following", value_parser = threshold, requires = "follow", allow_hyphen_values = true)]
    pub follow_threshold: Option<f64>,
    /// Range above the threshold over which the intensity rises from 0 to 1, dB; 30 if not given
    #[arg(long, value_name = "DB", help_heading = "Following", value_parser = range, requires = "follow")]
    pub follow_range: Option<f64>,
    /// What a sudden sound cues
    #[arg(long, value_enum, value_name = "CUE", help_heading = "Following", requires = "follow")]
    pub follow_onset: Option<Onset>,
}

/// What a sudden sound may cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Onset {
    /// Many give a short cheer
    Cheer,
    /// Some gasp
    Gasp,
    /// Everybody roars
    Roar,
    /// Everybody falls silent
    Hush,
    /// The leader calls
    Call,
}

impl From<Onset> for crate::scene::CueAction {
    fn from(onset: Onset) -> Self {
        match onset {
            Onset::Cheer => Self::Cheer,
            Onset::Gasp => Self::Gasp,
            Onset::Roar => Self::Roar,
            Onset::Hush => Self::Hush,
            Onset::Call => Self::Call,
        }
    }
}
