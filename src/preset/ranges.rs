//! What each number of a preset may be.
//!
//! Owns one table: path, lowest, highest, unit. Everything else about a key belongs to its layer.
//! Limits either follow from the physics, or say how much this program is built to carry.

use super::{
    path::Path,
    problem::{Problem, Source},
    tree::{Node, Value},
};

/// A path pattern (`[]` stands for any entry of a list) and what the numbers there may be.
pub(crate) struct Range {
    /// Where.
    pub pattern: &'static str,
    /// Lowest.
    pub low: f64,
    /// Highest.
    pub high: f64,
    /// Unit, may be empty.
    pub unit: &'static str,
}

const fn range(pattern: &'static str, low: f64, high: f64, unit: &'static str) -> Range {
    Range { pattern, low, high, unit }
}

/// The most people that a crowd may have.
pub const MOST_PEOPLE: u64 = crate::crowd::MAX_PEOPLE as u64;

/// The longest scene, seconds.
pub const LONGEST_S: f64 = 4.0 * 3600.0;

/// Any coordinate, metres: from the next street to beyond the clouds.
const FAR_M: f64 = 100_000.0;

/// The table.
#[rustfmt::skip]
pub(crate) const RANGES: &[Range] = &[
    range("seed", 0.0, i64::MAX as f64, ""),
    range("performance", 0.0, i64::MAX as f64, ""),
    range("rhythm.bpm", 40.0, 240.0, "beats per minute"),
    range("rhythm.rest_beats", 0.0, 32.0, "beats"),
    range("rhythm.beats_per_syllable", 0.25, 8.0, "beats"),
    range("rhythm.last_stretch", 0.5, 8.0, "beats"),
    range("crowd.people", 1.0, MOST_PEOPLE as f64, "people"),
    range("beat[].seconds", 0.05, LONGEST_S, "seconds"),
    range("beat[].at", 0.0, LONGEST_S, "seconds"),
    range("beat[].intensity", 0.0, 1.0, ""),
    range("place[].at[]", -FAR_M, FAR_M, "metres"),
    range("master.ceiling_dbtp", -24.0, 0.0, "dB true peak"),
];

/// Adds a problem for every number that is not finite or outside its range.
///
/// Such numbers are taken out of the tree, so that they are reported once.
pub(crate) fn check(tree: &mut Node, sources: &[Source], problems: &mut Vec<Problem>) {
    let mut wrong = Vec::new();
    tree.walk(&mut |path, node| {
        let Some(number) = node.number() else { return };
        if let Some(problem) = check_number(path, node, number, sources) {
            problems.push(problem);
            wrong.push(path.clone());
        }
    });
    for path in wrong {
        tree.remove(&path);
    }
}

fn check_number(path: &Path, node: &Node, number: f64, sources: &[Source]) -> Option<Problem> {
    let typed = match node.value {
        Value::Integer(n) => n.to_string(),
        _ => number.to_string(),
    };
    if !number.is_finite() {
        let message = format!("{typed} is not a finite number");
        return Some(Problem::new(sources, &node.at, path.clone(), message));
    }
    let range = RANGES.iter().find(|r| path.fits(r.pattern))?;
    let side = if number < range.low {
        "small"
    } else if number > range.high {
        "large"
    } else {
        return None;
    };
    let unit = if range.unit.is_empty() { String::new() } else { format!(" {}", range.unit) };
    let message = format!("{typed} is too {side}");
    let problem = Problem::new(sources, &node.at, path.clone(), message);
    // The largest seed has more digits than a float can print.
    let high = if range.high >= i64::MAX as f64 { i64::MAX.to_string() } else { range.high.to_string() };
    Some(problem.allowed(format!("{} to {high}{unit}", range.low)))
}
