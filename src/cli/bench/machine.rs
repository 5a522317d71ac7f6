//! What is measured on: the processor, its instructions, the memory that was used.

use serde::{Deserialize, Serialize};

/// A machine, as far as it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Machine {
    /// The processor's own name; the architecture where the system does not say.
    pub processor: String,
    /// Processors that this program may use.
    pub processors: usize,
    /// Operating system and architecture.
    pub system: String,
    /// The instructions that the mixer uses here.
    pub instructions: String,
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let (system, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
        Self {
            processor: processor().unwrap_or_else(|| architecture.into()),
            processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            system: format!("{system} {architecture}"),
            instructions: crate::mix::instructions().into(),
        }
    }
}

/// Linux's name of the first processor.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_string())
}

/// The high-water mark of memory, megabytes, from Linux's own count.
pub(super) fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<f64>().ok().map(|kb| kb / 1024.0)
}
