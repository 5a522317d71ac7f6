//! Memory that all files of a batch share.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// What may be used at once, and what is.
#[derive(Debug)]
pub(super) struct Budget {
    limit_bytes: u64,
    used_bytes: Mutex<u64>,
    freed: Condvar,
}

/// A part of a budget that is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Part<'b> {
    budget: &'b Budget,
    bytes: u64,
}

impl Budget {
    pub fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, used_bytes: Mutex::default(), freed: Condvar::new() }
    }

    /// Waits until there is room for so many bytes beside what others use; who is alone may always begin. Nothing if
    /// `stopped` says that it is over.
    pub fn take(&self, bytes: u64, stopped: impl Fn() -> bool) -> Option<Part<'_>> {
        const LOOK: Duration = Duration::from_millis(100);
        let mut used = self.used_bytes.lock().unwrap_or_else(PoisonError::into_inner);
        while *used > 0 && used.saturating_add(bytes) > self.limit_bytes {
            if stopped() {
                return None;
            }
            used = self.freed.wait_timeout(used, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        *used = used.saturating_add(bytes);
        Some(Part { budget: self, bytes })
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        let mut used = self.budget.used_bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *used -= self.bytes;
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn no_more_is_used_at_once_than_there_is_and_nobody_waits_for_ever() {
        let budget = Budget::new(100);
        let (used, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for bytes in [60, 50, 40, 30, 100, 10, 90, 20] {
                let (budget, used, most) = (&budget, &used, &most);
                scope.spawn(move || {
                    let _part = budget.take(bytes, || false);
                    most.fetch_max(used.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                    std::thread::yield_now();
                    used.fetch_sub(bytes, Ordering::SeqCst);
                });
            }
        });
        assert!((60..=100).contains(&most.load(Ordering::SeqCst)));
        assert_eq!(*budget.used_bytes.lock().unwrap(), 0);
    }

    #[test]
    fn what_is_too_large_begins_alone_and_who_is_stopped_does_not_begin() {
        let budget = Budget::new(100);
        let large = budget.take(1000, || false);
        assert!(large.is_some());
        assert!(budget.take(1, || true).is_none());
        drop(large);
        assert!(budget.take(1, || true).is_some());
    }
}
