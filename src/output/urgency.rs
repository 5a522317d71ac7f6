//! How soon the system runs a thread: those that sound come before all others, those that prepare come last.
//!
//! Owns asking for it. Where it is not allowed everything stays as it is, and nothing is said: a quiet machine needs
//! none of it.

use thread_priority::{ThreadPriority, ThreadPriorityValue};

/// Priority of the audio thread among those that come before all others, 1..99: enough to come before programs that
/// compute, behind what the system itself needs.
const URGENT: u8 = 20;

/// Priorities of usual threads, 0..99: a niceness of -11, as PulseAudio's own server has, and of 4.
#[cfg(target_os = "linux")]
const PREFERRED: u8 = 77;
#[cfg(target_os = "linux")]
const PATIENT: u8 = 38;

/// Asks the system to run this thread before all usual ones. For an audio callback's first call.
pub(super) fn make_urgent() {
    #[cfg(unix)]
    {
        use thread_priority::unix::{RealtimeThreadSchedulePolicy, ThreadSchedulePolicy};
        ask(URGENT, ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo));
    }
    #[cfg(not(unix))]
    if let Ok(priority) = ThreadPriorityValue::try_from(URGENT) {
        let _ = thread_priority::set_current_thread_priority(ThreadPriority::Crossplatform(priority));
    }
}

/// Prefers this thread, and those that it starts from now on, to those of other programs: what hands sound on to a
/// sound server, and what takes keys in.
pub fn prefer() {
    #[cfg(target_os = "linux")]
    usual(PREFERRED);
}

/// Lets this thread, and those that it starts from now on, take the time that is left over.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    usual(PATIENT);
    #[cfg(not(unix))]
    let _ = thread_priority::set_current_thread_priority(ThreadPriority::Min);
}

/// Niceness is a thread's own on Linux only; elsewhere it is the process's, which must not step back.
#[cfg(target_os = "linux")]
fn usual(priority: u8) {
    use thread_priority::unix::{NormalThreadSchedulePolicy, ThreadSchedulePolicy};
    ask(priority, ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Other));
}

#[cfg(unix)]
fn ask(priority: u8, policy: thread_priority::unix::ThreadSchedulePolicy) {
    use thread_priority::unix::{set_thread_priority_and_policy, thread_native_id};
    if let Ok(priority) = ThreadPriorityValue::try_from(priority) {
        let _ = set_thread_priority_and_policy(
            thread_native_id(),
            ThreadPriority::Crossplatform(priority),
            policy,
        );
    }
}
