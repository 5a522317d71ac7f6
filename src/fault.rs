//! What becomes of a panic: words, instead of a dead thread that somebody waits for.
//!
//! Owns catching. Does not own what is done about it. A panic is a fault of this program; it must end in an error.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does some work; if it panics, what it said.
///
/// What the work has touched may be half-done: whoever calls gives it up, or ends.
///
/// Real-time unless it panics.
///
/// # Errors
/// The words of the panic.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| words_of(&*panic))
}

/// What a panic said.
pub(crate) fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}

/// For the tests that a fault ends in an error: true if `UPROAR_TEST_PANIC` names this place, never in a release.
pub(crate) fn is_demanded(place: &str) -> bool {
    cfg!(debug_assertions) && std::env::var_os("UPROAR_TEST_PANIC").is_some_and(|asked| asked == place)
}

/// Breaks down if that [is demanded](is_demanded).
pub(crate) fn on_demand(place: &str) {
    assert!(!is_demanded(place), "a fault that was asked for");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_what_it_said() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| panic!("plain")), Err::<(), _>("plain".to_owned()));
        assert_eq!(caught(|| panic!("{} of {}", 1, 2)), Err::<(), _>("1 of 2".to_owned()));
        assert_eq!(caught(|| std::panic::panic_any(3)), Err::<(), _>("no reason given".to_owned()));
    }
}
