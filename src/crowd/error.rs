//! What can be wrong with a crowd.

/// Why a crowd cannot be planned. `path` names the field as in the preset file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CrowdError {
    /// No people, or more than the engine carries.
    #[error("crowd.people: {people} is outside 1..={limit}")]
    People {
        /// How many were asked for.
        people: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A number that is NaN, infinite or outside its range.
    #[error("{path}: {value} is outside {low}..={high}")]
    Range {
        /// Field.
        path: String,
        /// The number.
        value: f64,
        /// Lowest allowed.
        low: f64,
        /// Highest allowed.
        high: f64,
    },
    /// A beat or cue names a line that does not exist.
    #[error("there is no line \"{name}\"; lines are: {}", list(.lines))]
    NoLine {
        /// The name asked for.
        name: String,
        /// The names there are.
        lines: Vec<String>,
    },
    /// A cue or line names a person who is neither the leader nor a soloist.
    #[error("there is no soloist \"{name}\"; soloists are: {}", list(.soloists))]
    NoSoloist {
        /// The name asked for.
        name: String,
        /// The names there are.
        soloists: Vec<String>,
    },
    /// The scene chants but no line is for chanting.
    #[error("the scene chants, but no line has as = \"chant\"")]
    NothingToChant,
    /// More lines, soloists or sections than the engine carries.
    #[error("{count} {what} are too many (at most {limit})")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}
