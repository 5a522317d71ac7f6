//! Presets: the files that describe a scene, from reading to every mistake named.

mod built_in;
mod change;
mod check;
mod curves;
mod files;
mod layers;
mod load;
mod markers;
mod page;
mod path;
mod problem;
mod ranges;
mod read;
mod schema;
mod speakers;
mod subtitles;
mod times;
mod tree;

pub use built_in::{BuiltIn, built_in, built_ins, nearest_built_in};
pub use change::{Change, Sheet, Target};
pub(crate) use files::plain as plain_io;
pub use files::{BESIDE_LIMIT, FileError, PRESET_LIMIT, Reach, beside, read_text};
pub use load::{Loaded, PresetError, Report, load, load_allowing, load_text, load_text_within};
pub use path::{Path, PathError, Step};
pub(crate) use problem::nearest;
pub use problem::{Problem, SourceKind};
pub use ranges::{LONGEST_S, MOST_PEOPLE};
pub use schema::Preset;
pub use speakers::{load_layout, read_layout};
