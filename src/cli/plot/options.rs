//! Options of `uproar plot`, as the user types them.

use std::path::PathBuf;

use clap::{
    Args, ValueEnum, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{
    cli::{
        arguments::{Common, between},
        names,
    },
    plot::{Layout, PanelKind},
};

/// `uproar plot`.
#[derive(Args, Debug)]
// No sound is written.
#[command(mut_arg("bits", |arg| arg.hide(true)))]
pub struct Plot {
    /// Name of a built-in preset, path of a .toml file, or a sound file that ends in .wav
    #[arg(value_name = "PRESET|FILE.wav", value_parser = names::preset(), hide_possible_values = true)]
    pub what: String,
    /// The picture to write, .svg or .png; `-` writes SVG to the standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    /// Replaces a picture that is there already
    #[arg(long)]
    pub force: bool,
    /// Width in pixels, 320 to 8000
    #[arg(long, value_name = "PIXELS", help_heading = "Picture", default_value_t = Layout::WIDTH, value_parser = pixels)]
    pub width: u32,
    /// Height in pixels; what suits the panels if not given
    #[arg(long, value_name = "PIXELS", help_heading = "Picture", value_parser = pixels)]
    pub height: Option<u32>,
    /// What to show, from top to bottom
    ///
    /// A list with commas of: intensity, people, spreading, timing, level, loudness, spectrogram. Sound files have
    /// level, loudness and spectrogram.
    #[arg(long, value_name = "PANEL,...", help_heading = "Picture", value_delimiter = ',', value_parser = panel_names())]
    pub panels: Vec<PanelKind>,
    /// Colours for light paper or a dark screen; auto lets an SVG follow its reader
    #[arg(long, value_enum, help_heading = "Picture", default_value = "auto")]
    pub theme: PlotTheme,
    /// Pixels of a PNG for each pixel of width and height, 1 to 4: 2 for dense screens and print
    #[arg(long, value_name = "FACTOR", help_heading = "Picture", default_value = "1", value_parser = scale)]
    pub scale: f32,
    /// What all share.
    #[command(flatten)]
    pub common: Common,
}

/// Colours of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlotTheme {
    /// Follows the reader (SVG), light (PNG)
    Auto,
    /// Dark ink on white
    Light,
    /// Light ink on black
    Dark,
}

fn panel_names() -> impl TypedValueParser<Value = PanelKind> {
    let names = PanelKind::ALL.map(|(name, _)| name);
    PossibleValuesParser::new(names).map(|typed| {
        let found = PanelKind::ALL.iter().find(|(name, _)| *name == typed);
        found.map_or(PanelKind::Level, |(_, kind)| *kind)
    })
}

fn pixels(text: &str) -> Result<u32, String> {
    let (low, high) = Layout::RANGE;
    between(text, f64::from(low), f64::from(high), " pixels").map(|n| n.round() as u32)
}

fn scale(text: &str) -> Result<f32, String> {
    between(text, 1.0, 4.0, "").map(|x| x as f32)
}
