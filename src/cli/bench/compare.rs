//! Two measurements side by side.

use std::path::Path;

use super::figures::Figures;
use crate::{cli::failure::Failure, preset::read_text};

/// More than any measurement is long, bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Reads what `uproar bench --json` printed.
pub(super) fn read(path: &Path) -> Result<Figures, Failure> {
    let text = read_text(path, MOST_BYTES)?;
    let named = |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", path.display()));
    serde_json::from_str(&text).map_err(|error| named(&error).hint(HINT))
}

const HINT: &str = "`uproar bench --json > old.json` makes a file to compare with";

/// A line for each figure: before, now, and how much better.
pub(super) fn table(before: &Figures, now: &Figures) -> String {
    let mut text = String::new();
    if before.machine != now.machine {
        text += &format!(
            "another machine: {} ({}), {} processors\n",
            before.machine.processor, before.machine.instructions, before.machine.processors
        );
    }
    if before.quick != now.quick {
        text += "one of the two was measured with --quick: the scene and the blocks are not alike\n";
    }
    text += &format!("{:<44} {:>10} {:>10} {:>8}\n", "", "before", "now", "better");
    for (old, new) in before.rows().iter().zip(now.rows()) {
        let ratio = if new.more_is_better { new.value / old.value } else { old.value / new.value };
        let digits = if new.value < 100.0 { 2 } else { 0 };
        text += &format!(
            "{:<44} {:>10.digits$} {:>10.digits$} {:>7.2}x\n",
            new.name, old.value, new.value, ratio
        );
    }
    text + "\nTimes differ by some per cent from one measurement to the next, more on a busy machine."
}
