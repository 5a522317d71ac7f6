//! Frames of film and video: their rates, their labels, and the way to seconds and samples.
//!
//! Owns the arithmetic of timecode, drop-frame included (SMPTE ST 12-1: at 29.97 frames per second the labels
//! 00 and 01 of every minute but each tenth are skipped, at 59.94 the labels 00 to 03). Does not own what happens
//! at a time. All of it is whole numbers and ratios: nothing drifts.

use std::{fmt, str::FromStr};

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::SampleRate;

/// How many pictures a second has, and how they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    /// Frames per second are this over `under`.
    over: u32,
    under: u32,
    drop: bool,
}

/// Names and rates.
const RATES: [(&str, FrameRate); 12] = [
    ("23.976", rate(24_000, 1001, false)),
    ("24", rate(24, 1, false)),
    ("25", rate(25, 1, false)),
    ("29.97df", rate(30_000, 1001, true)),
    ("29.97ndf", rate(30_000, 1001, false)),
    ("30", rate(30, 1, false)),
    ("47.952", rate(48_000, 1001, false)),
    ("48", rate(48, 1, false)),
    ("50", rate(50, 1, false)),
    ("59.94df", rate(60_000, 1001, true)),
    ("59.94ndf", rate(60_000, 1001, false)),
    ("60", rate(60, 1, false)),
];

const fn rate(over: u32, under: u32, drop: bool) -> FrameRate {
    FrameRate { over, under, drop }
}

impl FrameRate {
    /// The names of all rates, for messages.
    pub fn names() -> String {
        RATES.map(|(name, _)| name).join(", ")
    }

    /// Frames that a second of labels has: 30 at 29.97.
    pub fn nominal(self) -> u32 {
        self.over.div_ceil(self.under)
    }

    /// True if labels are skipped so that they keep up with the clock on the wall.
    pub fn drops(self) -> bool {
        self.drop
    }

    /// Frames per second as a ratio.
    pub fn ratio(self) -> (u32, u32) {
        (self.over, self.under)
    }

    /// The time at which a frame begins, seconds from frame 0.
    pub fn seconds(self, frame: u64) -> f64 {
        frame as f64 * f64::from(self.under) / f64::from(self.over)
    }

    /// The sample nearest to the beginning of a frame.
    pub fn samples(self, frame: u64, rate: SampleRate) -> u64 {
        let over = u128::from(self.over);
        let samples = u128::from(frame) * u128::from(rate.hz()) * u128::from(self.under);
        u64::try_from((samples + over / 2) / over).unwrap_or(u64::MAX)
    }

    /// Frames of a day of labels: the first number that no label has.
    pub fn day(self) -> u64 {
        let labels = 24 * 3600 * u64::from(self.nominal());
        // Per hour, 54 minutes skip labels.
        if self.drop { labels - 24 * 54 * self.skipped() } else { labels }
    }

    /// Labels that a minute skips.
    fn skipped(self) -> u64 {
        u64::from(self.nominal() / 15)
    }

    /// Reads a label, `01:00:00:00`, as a number of frames. In front of the frames `;` may stand as well where labels
    /// are dropped.
    ///
    /// # Errors
    /// [`TimecodeError`]: what is wrong, and how it should be.
    pub fn parse(self, text: &str) -> Result<u64, TimecodeError> {
        let text = text.trim();
        let wrong = |why: String| TimecodeError { text: text.to_owned(), why };
        let form = || wrong("a timecode is hours, minutes, seconds and frames, such as 01:00:00:00".into());
        let bytes = text.as_bytes();
        let (Some(last), true) = (text.rfind([':', ';']), text.is_ascii()) else { return Err(form()) };
        if bytes[last] != b':' && !self.drop {
            return Err(wrong(format!(
                "`;` before the frames stands for drop-frame, and {self} counts every frame: write `:`"
            )));
        }
        let mut fields = [0u64; 4];
        let mut count = 0;
        for field in text[..last].split(':').chain(std::iter::once(&text[last + 1..])) {
            let digits = (1..=3).contains(&field.len()) && field.bytes().all(|b| b.is_ascii_digit());
            match (digits, fields.get_mut(count)) {
                (true, Some(number)) => *number = field.parse().map_err(|_| form())?,
                _ => return Err(form()),
            }
            count += 1;
        }
        if count != 4 {
            return Err(form());
        }
        let [hours, minutes, seconds, frames] = fields;
        let nominal = u64::from(self.nominal());
        for (what, value, limit) in [
            ("hours", hours, 24),
            ("minutes", minutes, 60),
            ("seconds", seconds, 60),
            ("frames", frames, nominal),
        ] {
            if value >= limit {
                return Err(wrong(format!(
                    "{what} go from 00 to {:02}, at {self} frames per second",
                    limit - 1
                )));
            }
        }
        let all_minutes = hours * 60 + minutes;
        let labels = (all_minutes * 60 + seconds) * nominal + frames;
        if !self.drop {
            return Ok(labels);
        }
        if seconds == 0 && frames < self.skipped() && !minutes.is_multiple_of(10) {
            let next = self.skipped();
            return Err(wrong(format!(
                "drop-frame has no such frame: the first of this minute is {hours:02}:{minutes:02}:00;{next:02}"
            )));
        }
        Ok(labels - self.skipped() * (all_minutes - all_minutes / 10))
    }

    /// The label of a frame; after a day labels begin anew.
    pub fn label(self, frame: u64) -> String {
        let nominal = u64::from(self.nominal());
        let frame = frame % self.day();
        let labels = if self.drop {
            let skipped = self.skipped();
            let (ten, minute) = (600 * nominal - 9 * skipped, 60 * nominal - skipped);
            let (tens, rest) = (frame / ten, frame % ten);
            // The first minute of ten is whole, those after it are shorter.
            let minutes = if rest < 60 * nominal { 0 } else { 1 + (rest - 60 * nominal) / minute };
            frame + skipped * (9 * tens + minutes)
        } else {
            frame
        };
        let (seconds, frames) = (labels / nominal, labels % nominal);
        let mark = if self.drop { ';' } else { ':' };
        format!("{:02}:{:02}:{:02}{mark}{frames:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(RATES.iter().find(|(_, rate)| rate == self).map_or("?", |(name, _)| name))
    }
}

impl FromStr for FrameRate {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim().to_ascii_lowercase();
        let name = match name.as_str() {
            "23.98" => "23.976",
            "29.97" | "59.94" => {
                return Err(format!(
                    "{name} counts with or without dropped labels: say {name}df or {name}ndf"
                ));
            }
            name => name.strip_suffix(".0").unwrap_or(name),
        };
        let found = RATES.iter().find(|(known, _)| *known == name);
        found.map(|(_, rate)| *rate).ok_or_else(|| format!("allowed: {}", Self::names()))
    }
}

impl Serialize for FrameRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Takes a rate as text or as a number.
struct RateVisitor;

impl Visitor<'_> for RateVisitor {
    type Value = FrameRate;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "frames per second: {}", FrameRate::names())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FrameRate, E> {
        text.parse().map_err(|allowed: String| E::custom(format!("`{text}` is no frame rate; {allowed}")))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<FrameRate, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<FrameRate, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<FrameRate, E> {
        self.visit_str(&number.to_string())
    }
}

impl<'de> Deserialize<'de> for FrameRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RateVisitor)
    }
}

/// Why a timecode cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no timecode: {why}")]
pub struct TimecodeError {
    /// As typed.
    pub text: String,
    /// What is wrong, and what is allowed.
    pub why: String,
}

/// A picture's clock: how fast it runs and what it shows when the scene begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureClock {
    /// Frames per second.
    pub rate: FrameRate,
    /// Number of the frame with which the scene begins.
    pub start: u64,
}

impl PictureClock {
    /// The label at a time of the scene, seconds.
    pub fn label_at(&self, at_s: f64) -> String {
        let (over, under) = self.rate.ratio();
        let frames = (at_s * f64::from(over) / f64::from(under) + 1e-6).floor().max(0.0) as u64;
        self.rate.label(self.start + frames)
    }

    /// The seconds of the scene that a typed time means: seconds (`12.5`), minutes and seconds (`1:30`), hours too
    /// (`0:01:30.5`), frames from its start (`250f`), or a timecode (`01:00:10:12`).
    ///
    /// `clock` may be absent: then frames and timecodes have no meaning.
    ///
    /// # Errors
    /// What is wrong, and how it should be.
    pub fn read(clock: Option<&Self>, text: &str) -> Result<f64, String> {
        let text = text.trim();
        let without = || {
            Err(format!(
                "`{text}` counts frames, and nobody said how many a second has: give fps, such as --fps 25"
            ))
        };
        let form = || {
            Err(format!(
                "`{text}` is no time: write seconds (12.5), minutes (1:30), frames (250f) or 01:00:10:12"
            ))
        };
        if text.matches([':', ';']).count() == 3 {
            return match clock {
                Some(clock) => clock.seconds_of(text).map_err(|error| error.to_string()),
                None => without(),
            };
        }
        if let Some(frames) = text.strip_suffix('f') {
            return match (frames.parse::<u32>(), clock) {
                (Ok(frames), Some(clock)) => Ok(clock.rate.seconds(u64::from(frames))),
                (Ok(_), None) => without(),
                _ => form(),
            };
        }
        let fields: Vec<&str> = text.split(':').collect();
        let Some((last, whole)) = fields.split_last().filter(|(_, whole)| whole.len() <= 2) else {
            return form();
        };
        let plain = |field: &str| !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let Some(seconds) = last.parse::<f64>().ok().filter(|_| plain(last)) else { return form() };
        if !whole.is_empty() && seconds >= 60.0 {
            return form();
        }
        let mut minutes = 0u64;
        for (index, field) in whole.iter().enumerate() {
            match field.parse::<u32>() {
                Ok(number) if plain(field) && (index == 0 || number < 60) => {
                    minutes = minutes * 60 + u64::from(number);
                }
                _ => return form(),
            }
        }
        Ok(minutes as f64 * 60.0 + seconds)
    }

    /// The seconds of the scene at which a label stands.
    ///
    /// # Errors
    /// [`TimecodeError`] if it is none, or comes before the scene begins.
    pub fn seconds_of(&self, text: &str) -> Result<f64, TimecodeError> {
        let frame = self.rate.parse(text)?;
        match frame.checked_sub(self.start) {
            Some(frames) => Ok(self.rate.seconds(frames)),
            None => Err(TimecodeError {
                text: text.trim().to_owned(),
                why: format!("it comes before the start, {}", self.rate.label(self.start)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(name: &str) -> FrameRate {
        name.parse().unwrap()
    }

    #[test]
    fn drop_frame_labels_have_the_numbers_of_the_standard() {
        // Known values: an hour of 29.97 is 107,892 frames, ten minutes are 17,982, a day 2,589,408.
        let df = rate("29.97df");
        for (label, frame) in [
            ("00:00:00;00", 0),
            ("00:00:59;29", 1799),
            ("00:01:00;02", 1800),
            ("00:01:59;29", 3597),
            ("00:02:00;02", 3598),
            ("00:09:59;29", 17_981),
            ("00:10:00;00", 17_982),
            ("00:11:00;02", 19_782),
            ("01:00:00;00", 107_892),
            ("10:00:00;00", 1_078_920),
            ("23:59:59;29", 2_589_407),
        ] {
            assert_eq!(df.parse(label), Ok(frame), "{label}");
            assert_eq!(df.label(frame), label);
        }
        assert_eq!(df.day(), 2_589_408);
        let df = rate("59.94df");
        for (label, frame) in
            [("00:00:59;59", 3599), ("00:01:00;04", 3600), ("00:10:00;00", 35_964), ("01:00:00;00", 215_784)]
        {
            assert_eq!((df.parse(label), df.label(frame).as_str()), (Ok(frame), label));
        }
    }

    #[test]
    fn every_label_of_a_day_leads_back_to_its_frame() {
        for (name, rate) in RATES {
            let mut frame = 0;
            while frame < rate.day() {
                assert_eq!(rate.parse(&rate.label(frame)), Ok(frame), "{name}");
                // Steps that meet every place of a minute.
                frame += 37;
            }
            assert_eq!(rate.label(rate.day()), rate.label(0), "{name}");
        }
    }

    #[test]
    fn an_hour_of_drop_frame_is_an_hour_of_the_wall_within_four_milliseconds() {
        let df = rate("29.97df");
        let hour = df.parse("01:00:00;00").unwrap();
        assert!((df.seconds(hour) - 3600.0).abs() < 0.004, "{}", df.seconds(hour));
        let ndf = rate("29.97ndf");
        let hour = ndf.parse("01:00:00:00").unwrap();
        assert!((ndf.seconds(hour) - 3603.6).abs() < 1e-9);
        // 108,000 frames of 1601.6 samples.
        assert_eq!(ndf.samples(hour, SampleRate::DEFAULT), 172_972_800);
        assert_eq!(rate("25").samples(1, SampleRate::DEFAULT), 1920);
        assert_eq!(rate("23.976").samples(24_000, SampleRate::DEFAULT), 48_048_000);
    }

    #[test]
    fn wrong_timecodes_say_how_it_should_be() {
        for (fps, text, word) in [
            ("25", "01:00:00:25", "00 to 24"),
            ("25", "01:00:00;00", "write `:`"),
            ("25", "24:00:00:00", "00 to 23"),
            ("25", "01:60:00:00", "00 to 59"),
            ("25", "1:00:00", "01:00:00:00"),
            ("25", "01:00:00:00:00", "01:00:00:00"),
            ("25", "aa:00:00:00", "01:00:00:00"),
            ("25", "+1:00:00:00", "01:00:00:00"),
            ("25", "01:00:00:9999999999", "01:00:00:00"),
            ("25", "", "01:00:00:00"),
            ("25", "０1:00:00:00", "01:00:00:00"),
            ("29.97df", "00:01:00;01", "00:01:00;02"),
            ("29.97df", "00:01:00:00", "00:01:00;02"),
        ] {
            let error = rate(fps).parse(text).unwrap_err().to_string();
            assert!(error.contains(word), "{fps} {text}: {error}");
        }
        assert!(rate("29.97df").parse("00:10:00;00").is_ok());
    }

    #[test]
    fn rates_have_names_and_29_97_must_say_which() {
        for (name, rate) in RATES {
            assert_eq!(rate.to_string(), name);
            assert_eq!(name.parse(), Ok(rate));
        }
        assert!("29.97".parse::<FrameRate>().unwrap_err().contains("29.97df"));
        assert!("31".parse::<FrameRate>().unwrap_err().contains("29.97ndf"));
        assert_eq!("23.98".parse(), Ok(rate("23.976")));
    }

    #[test]
    fn times_are_read_in_every_form() {
        let clock = PictureClock { rate: rate("25"), start: rate("25").parse("10:00:00:00").unwrap() };
        let read = |text| PictureClock::read(Some(&clock), text);
        for (text, seconds) in [
            ("12.5", 12.5),
            ("1:30", 90.0),
            ("90:00.25", 5400.25),
            ("1:00:00.5", 3600.5),
            ("250f", 10.0),
            ("10:00:10:05", 10.2),
        ] {
            assert_eq!(read(text), Ok(seconds), "{text}");
        }
        for text in ["", "-1", "1:75", "1:99:00", "x", "12e3", "nan", "f", "1.5f", "1:2:3:4:5", "::", "1:"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(PictureClock::read(None, "250f").unwrap_err().contains("--fps 25"));
        assert!(PictureClock::read(None, "10:00:10:05").unwrap_err().contains("--fps 25"));
        assert_eq!(PictureClock::read(None, "3"), Ok(3.0));
    }

    #[test]
    fn a_clock_counts_from_its_start() {
        let clock = PictureClock { rate: rate("25"), start: rate("25").parse("01:00:00:00").unwrap() };
        assert_eq!(clock.seconds_of("01:00:10:05"), Ok(10.2));
        assert_eq!(clock.label_at(10.2), "01:00:10:05");
        assert!(clock.seconds_of("00:59:59:24").unwrap_err().to_string().contains("before the start"));
    }
}
