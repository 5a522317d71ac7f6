//! What can be wrong with a space, a place or a loudspeaker.

use thiserror::Error;

/// Why a space, a place, a loudspeaker or a chain was refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SpaceError {
    /// A number lies outside its range or is not a number.
    #[error("`{key}` of `{table}` is {value}, allowed is {low} to {high}")]
    OutOfRange {
        /// Table or name of the thing.
        table: String,
        /// Key inside it.
        key: &'static str,
        /// What was given.
        value: f64,
        /// Lowest allowed value.
        low: f64,
        /// Highest allowed value.
        high: f64,
    },
    /// The times of a listener's path do not rise.
    #[error("the path of place `{place}` goes back in time at {time_s} s")]
    PathOrder {
        /// The place.
        place: String,
        /// The first time that is not later than the one before, seconds.
        time_s: f64,
    },
    /// A loudspeaker has no position.
    #[error("loudspeaker `{name}` has no position in `at`")]
    NoPosition {
        /// The loudspeaker.
        name: String,
    },
}

/// Refuses `value` outside `low..=high` and anything that is not a number.
pub(crate) fn within(
    table: &str,
    key: &'static str,
    value: f64,
    low: f64,
    high: f64,
) -> Result<(), SpaceError> {
    if value >= low && value <= high {
        return Ok(());
    }
    Err(SpaceError::OutOfRange { table: table.to_owned(), key, value, low, high })
}
