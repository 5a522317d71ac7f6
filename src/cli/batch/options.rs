//! Options of `uproar batch`, as the user types them.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::{
    arguments::{Common, Filed},
    names,
};

/// `uproar batch`.
#[derive(Args, Debug)]
// A batch has a summary instead.
#[command(mut_arg("report", |arg| arg.hide(true)))]
pub struct Batch {
    /// A table of variations, or names of presets
    #[arg(value_name = "FILE.csv|PRESET", required = true, value_parser = names::preset(), hide_possible_values = true)]
    pub sources: Vec<String>,
    /// The folder for the files; made if it is not there
    #[arg(short = 'O', long, value_name = "DIR", value_hint = ValueHint::DirPath, required = true)]
    pub output_dir: PathBuf,
    /// How files are called
    ///
    /// In braces stand columns of the table, or preset, phrase, people, seed, place, seconds, row, line. What no
    /// file name should hold becomes `-`. Without it: the preset and all columns.
    #[arg(long, value_name = "TEMPLATE")]
    pub name: Option<String>,
    /// Writes what became of every row as JSON; `-` is the standard output
    #[arg(long, value_name = "FILE.json", value_hint = ValueHint::FilePath)]
    pub summary: Option<PathBuf>,
    /// Files rendered at once; as many as there are cores if not given
    ///
    /// Each needs memory of its own: some hundred megabytes for a large crowd.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub jobs: Option<u16>,
    /// Channels of all files, as in `render`
    #[arg(long, value_name = "NAME|FILE.toml", help_heading = "Sound", value_hint = ValueHint::FilePath)]
    pub layout: Option<String>,
    /// What kind of files.
    #[command(flatten)]
    pub filed: Filed,
    /// Renders finished files again too
    #[arg(long)]
    pub again: bool,
    /// Replaces files that are there already and that no batch has made
    #[arg(long)]
    pub force: bool,
    /// What all share.
    #[command(flatten)]
    pub common: Common,
}
