//! The reading of single values: times, numbers with their ranges, loudness, lengths.

use std::{path::PathBuf, str::FromStr};

use crate::{
    engine::LoopLength,
    preset::Change,
    scene::{FrameRate, PictureClock},
    units::SampleRate,
};

/// A loudness that may be asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// As the preset makes it.
    None,
    /// Integrated, LUFS.
    Lufs(f64),
}

/// A time in a scene.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// Seconds from the start.
    Seconds(f64),
    /// The beginning of a beat.
    Beat(String),
    /// A timecode or a number of frames.
    Picture(String),
}

impl FromStr for Moment {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("a time in seconds or the name of a beat is missing".into());
        }
        let frames = text.strip_suffix('f').is_some_and(|digits| digits.parse::<u32>().is_ok());
        if frames || text.matches([':', ';']).count() == 3 {
            // What it means depends on the picture's clock, which the preset may know.
            return Ok(Self::Picture(text.to_owned()));
        }
        if text.contains(':') {
            let read = PictureClock::read(None, text);
            return read.map(Self::Seconds).map_err(|_| "minutes and seconds are written like 1:30".into());
        }
        match text.parse::<f64>() {
            Ok(s) if s.is_finite() && s >= 0.0 => Ok(Self::Seconds(s)),
            Ok(_) => Err("a time is 0 seconds or more".into()),
            Err(_) => Ok(Self::Beat(text.to_owned())),
        }
    }
}

pub(crate) fn change(text: &str) -> Result<Change, String> {
    Change::parse(text)
}

pub(crate) fn between(text: &str, low: f64, high: f64, unit: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(x) if (low..=high).contains(&x) => Ok(x),
        _ => Err(format!("allowed: {low} to {high}{unit}")),
    }
}

pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    between(text, 0.05, crate::preset::LONGEST_S, " seconds")
}

pub(crate) fn loop_length(text: &str) -> Result<LoopLength, String> {
    if text == "auto" {
        return Ok(LoopLength::Auto);
    }
    let wrong = || {
        "allowed: seconds (30, at most 600), bars (8bars), or nothing when it stands behind the preset"
            .to_owned()
    };
    if let Some(bars) = text.strip_suffix("bars").or_else(|| text.strip_suffix("bar")) {
        let bars = bars.trim().parse::<u32>().ok().filter(|n| (1..=256).contains(n));
        return bars.map(LoopLength::Bars).ok_or_else(wrong);
    }
    let seconds = text.strip_suffix('s').unwrap_or(text).trim().parse::<f64>().ok();
    seconds.filter(|s| (0.5..=600.0).contains(s)).map(LoopLength::Seconds).ok_or_else(wrong)
}

pub(crate) fn loudness(text: &str) -> Result<Target, String> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(Target::None);
    }
    let lufs = between(text, -50.0, -5.0, " LUFS, or none")?;
    Ok(Target::Lufs(lufs))
}

pub(crate) fn peak(text: &str) -> Result<f64, String> {
    between(text, -24.0, 0.0, " dBTP")
}

pub(crate) fn fps(text: &str) -> Result<FrameRate, String> {
    FrameRate::from_str(text)
}

pub(crate) fn f0(text: &str) -> Result<f64, String> {
    between(text, 60.0, 700.0, " Hz")
}

pub(crate) fn unit(text: &str) -> Result<f64, String> {
    between(text, 0.0, 1.0, "")
}

pub(crate) fn beat(text: &str) -> Result<f64, String> {
    between(text, 0.25, 1.5, " seconds per beat")
}

pub(crate) fn tempo(text: &str) -> Result<f64, String> {
    between(text, 40.0, 240.0, " beats per minute")
}

pub(crate) fn rate(text: &str) -> Result<SampleRate, String> {
    let range = SampleRate::RANGE;
    let hz = text.trim().parse().ok().and_then(SampleRate::new);
    hz.ok_or_else(|| format!("allowed: {} to {} Hz", range.start(), range.end()))
}

pub(crate) fn time(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (number, scale) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e-3),
        None => (text.trim_end_matches('s'), 1.0),
    };
    match number.trim().parse::<f64>().map(|x| x * scale) {
        Ok(s) if (0.001..=60.0).contains(&s) => Ok(s),
        _ => Err("allowed: 1ms to 60s".into()),
    }
}

pub(crate) fn threshold(text: &str) -> Result<f64, String> {
    between(text.trim_end_matches("dB").trim(), -100.0, 0.0, " dB")
}

pub(crate) fn range(text: &str) -> Result<f64, String> {
    between(text.trim_end_matches("dB").trim(), 1.0, 100.0, " dB")
}

/// A folder that is there.
pub(crate) fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() { Ok(path) } else { Err("there is no such folder".into()) }
}

/// A size in bytes: `512M` and `2GiB` are counted in powers of 1024.
pub(crate) fn memory(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_lowercase();
    let digits = lower.trim_end_matches("ib").trim_end_matches('b');
    let (number, shift) = match digits.strip_suffix(['k', 'm', 'g', 't']) {
        Some(number) => (number, 10 * (1 + "kmgt".find(&digits[number.len()..]).unwrap_or(0))),
        None => (digits, 0),
    };
    let bytes = number.trim().parse::<f64>().map(|x| x * (1u64 << shift) as f64);
    match bytes {
        Ok(bytes) if (LEAST_MEMORY..=MOST_MEMORY).contains(&bytes) => Ok(bytes as u64),
        _ => Err("allowed: 16M to 1024G, such as 512M or 2G".into()),
    }
}

/// What may be asked for, bytes: nothing plays in less, and no machine has more.
const LEAST_MEMORY: f64 = (16u64 << 20) as f64;
const MOST_MEMORY: f64 = (1u64 << 40) as f64;

pub(crate) fn latency(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches("ms").trim();
    between(number, 1.0, 2000.0, "ms").map(|ms| ms / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_in_powers_of_1024() {
        for (text, mib) in
            [("512M", 512), ("2G", 2048), ("1.5 GiB", 1536), ("64mb", 64), ("33554432", 32), ("1T", 1 << 20)]
        {
            assert_eq!(memory(text), Ok(mib << 20), "{text}");
        }
        for wrong in ["", "G", "2X", "-1G", "nan", "inf", "15M", "1025G", "2G2", "1e99", "²G"] {
            assert!(memory(wrong).is_err(), "{wrong}");
        }
    }
}
