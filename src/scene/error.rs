//! What can be wrong with a scene.

/// Why a scene cannot be built. `path` names the field as in the preset file, `beat[3].intensity[1]`,
/// so that whoever read the file can add line and column.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SceneError {
    /// There is no beat at all.
    #[error("the scene has no beats")]
    Empty,
    /// More than the engine allows of something.
    #[error("{path}: {count} {what} are too many (at most {limit})")]
    TooMany {
        /// Field.
        path: String,
        /// What is counted.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A number that is NaN, infinite or outside its range.
    #[error("{path}{}: {value} is outside {low}..={high}{unit}", of(.beat))]
    Range {
        /// Field.
        path: String,
        /// Name of the beat, empty if there is none.
        beat: String,
        /// The number.
        value: f64,
        /// Lowest allowed.
        low: f64,
        /// Highest allowed.
        high: f64,
        /// Unit with a leading space, or nothing.
        unit: &'static str,
    },
    /// A time that comes before the one it must follow.
    #[error("{path}{}: {value} s comes before {earlier} s", of(.beat))]
    Order {
        /// Field.
        path: String,
        /// Name of the beat, empty if there is none.
        beat: String,
        /// The time.
        value: f64,
        /// The time that it must not precede.
        earlier: f64,
    },
    /// A field that is needed and absent.
    #[error("{path}{}: {what}", of(.beat))]
    Missing {
        /// Field.
        path: String,
        /// Name of the beat.
        beat: String,
        /// What is needed.
        what: &'static str,
    },
    /// A row of a curve in CSV that cannot be used.
    #[error("line {line}, column {column}: {message}")]
    Csv {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong and what is allowed.
        message: String,
    },
}

impl SceneError {
    /// The field that is wrong, as in the preset file; `None` for CSV and for an empty scene.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Empty | Self::Csv { .. } => None,
            Self::TooMany { path, .. }
            | Self::Range { path, .. }
            | Self::Order { path, .. }
            | Self::Missing { path, .. } => Some(path),
        }
    }
}

fn of(beat: &str) -> String {
    if beat.is_empty() { String::new() } else { format!(" (beat \"{beat}\")") }
}
