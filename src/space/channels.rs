//! Channel layouts: which channels a programme has and where each of them is heard.
//!
//! Owns names, directions, the speaker bits of WAV files and the weights of loudness. Does not own gains (see
//! `pan`) or files that describe layouts. Units: degrees; azimuth clockwise from straight ahead (30 is right,
//! -30 left), elevation up.
//!
//! Sources: ITU-R BS.775 and BS.2051 for positions, WAVE_FORMAT_EXTENSIBLE for speaker bits and their order,
//! AmbiX (Nachbar et al. 2011) for ambisonics: ACN order, SN3D weights. BS.1770-5 for weights of loudness.

/// Most channels of a layout.
pub const MAX_CHANNELS: usize = 64;

/// How sound gets into the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendering {
    /// Two channels from two microphones in one point, which fold down to mono without loss.
    Pair,
    /// Two channels for headphones: every direction through the exact response of a rigid sphere.
    Binaural,
    /// Spherical harmonics of this order, 1 to 3.
    Ambisonics(u8),
    /// One channel per loudspeaker, amplitude panning.
    Speakers,
}

/// One channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// What it is called: `L`, `Ls`, `ACN3`.
    pub name: String,
    /// Azimuth and elevation of its loudspeaker, degrees. `None` for channels without a direction.
    pub direction_deg: Option<[f64; 2]>,
    /// Distance of its loudspeaker from the listener, metres, where loudspeakers stand unlike far away.
    pub distance_m: Option<f64>,
    /// The low-frequency effects channel: a crowd has nothing in it.
    pub lfe: bool,
    /// Its bit among the speakers of a WAV file, 0 for none.
    pub speaker_bit: u32,
}

/// The channels of a programme.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelLayout {
    /// As in `--layout`, or the title of a file.
    pub name: String,
    /// How sound gets into them.
    pub rendering: Rendering,
    /// The channels in their order in a file.
    pub channels: Vec<Channel>,
}

/// Speakers of a WAV file by name, in the order of their bits (and so of their channels).
pub const SPEAKER_BITS: [(&str, u32); 18] = [
    ("front-left", 0x1),
    ("front-right", 0x2),
    ("front-center", 0x4),
    ("low-frequency", 0x8),
    ("back-left", 0x10),
    ("back-right", 0x20),
    ("front-left-of-center", 0x40),
    ("front-right-of-center", 0x80),
    ("back-center", 0x100),
    ("side-left", 0x200),
    ("side-right", 0x400),
    ("top-center", 0x800),
    ("top-front-left", 0x1000),
    ("top-front-center", 0x2000),
    ("top-front-right", 0x4000),
    ("top-back-left", 0x8000),
    ("top-back-center", 0x10000),
    ("top-back-right", 0x20000),
];

/// Layouts by name with a line about each.
pub const LAYOUTS: [(&str, &str); 9] = [
    ("mono", "one microphone that hears all around"),
    ("stereo", "a coincident pair of wide cardioids, which folds down to mono without loss (the default)"),
    ("binaural", "headphones: every direction through the exact response of a rigid sphere"),
    ("5.1", "L R C LFE Ls Rs, surrounds at 110 degrees"),
    ("7.1", "L R C LFE Lrs Rrs Lss Rss, at 135 and 90 degrees"),
    ("7.1.4", "7.1 with four heights at 45 degrees: Ltf Rtf Ltb Rtb"),
    ("ambix1", "first-order ambisonics, AmbiX (ACN, SN3D), 4 channels"),
    ("ambix2", "second-order ambisonics, AmbiX, 9 channels"),
    ("ambix3", "third-order ambisonics, AmbiX, 16 channels"),
];

type Spot = (&'static str, f64, f64, u32);

const FIVE: [Spot; 6] = [
    ("L", -30.0, 0.0, 0x1),
    ("R", 30.0, 0.0, 0x2),
    ("C", 0.0, 0.0, 0x4),
    ("LFE", 0.0, 0.0, 0x8),
    ("Ls", -110.0, 0.0, 0x10),
    ("Rs", 110.0, 0.0, 0x20),
];

const SEVEN_FOUR: [Spot; 12] = [
    ("L", -30.0, 0.0, 0x1),
    ("R", 30.0, 0.0, 0x2),
    ("C", 0.0, 0.0, 0x4),
    ("LFE", 0.0, 0.0, 0x8),
    ("Lrs", -135.0, 0.0, 0x10),
    ("Rrs", 135.0, 0.0, 0x20),
    ("Lss", -90.0, 0.0, 0x200),
    ("Rss", 90.0, 0.0, 0x400),
    ("Ltf", -45.0, 45.0, 0x1000),
    ("Rtf", 45.0, 45.0, 0x4000),
    ("Ltb", -135.0, 45.0, 0x8000),
    ("Rtb", 135.0, 45.0, 0x20000),
];

impl ChannelLayout {
    /// A built-in layout by the names of [`LAYOUTS`].
    pub fn named(name: &str) -> Option<Self> {
        let ambisonics = |order: u8| {
            let count = (usize::from(order) + 1).pow(2);
            let channels = (0..count).map(|n| plain(&format!("ACN{n}"))).collect();
            Self::of(name, Rendering::Ambisonics(order), channels)
        };
        let speakers = |spots: &[Spot]| {
            Self::of(name, Rendering::Speakers, spots.iter().map(|spot| Channel::from(*spot)).collect())
        };
        Some(match name {
            "mono" => Self::of(name, Rendering::Ambisonics(0), vec![plain("M")]),
            "stereo" => Self::of(name, Rendering::Pair, vec![plain("L"), plain("R")]),
            "binaural" => Self::of(name, Rendering::Binaural, vec![plain("L"), plain("R")]),
            "5.1" => speakers(&FIVE),
            "7.1" => speakers(&SEVEN_FOUR[..8]),
            "7.1.4" => speakers(&SEVEN_FOUR),
            "ambix1" => ambisonics(1),
            "ambix2" => ambisonics(2),
            "ambix3" => ambisonics(3),
            _ => return None,
        })
    }

    /// The default: a pair of microphones.
    pub fn stereo() -> Self {
        Self::of("stereo", Rendering::Pair, vec![plain("L"), plain("R")])
    }

    fn of(name: &str, rendering: Rendering, channels: Vec<Channel>) -> Self {
        Self { name: name.to_owned(), rendering, channels }
    }

    /// The speaker bits for the header of a WAV file, 0 where channels have no such places.
    pub fn speaker_mask(&self) -> u32 {
        let bits: Vec<u32> = self.channels.iter().map(|c| c.speaker_bit).collect();
        let rising = bits.windows(2).all(|pair| pair[0] < pair[1]);
        match self.rendering {
            Rendering::Pair | Rendering::Binaural => 0x3,
            Rendering::Ambisonics(0) => 0x4,
            Rendering::Speakers if rising && !bits.contains(&0) => bits.iter().sum(),
            _ => 0,
        }
    }

    /// The share of each channel's power in the power where the listener is.
    pub fn level_shares(&self) -> Vec<f64> {
        let count = self.channels.len();
        match self.rendering {
            Rendering::Pair | Rendering::Binaural => vec![0.5; count],
            // The first channel is the pressure.
            Rendering::Ambisonics(_) => (0..count).map(|n| if n == 0 { 1.0 } else { 0.0 }).collect(),
            Rendering::Speakers => {
                let farthest_m = self.farthest_m();
                // What a near loudspeaker gives up on the way out it has again at the listener.
                let near = |c: &Channel| Some((farthest_m? / c.distance_m?).powi(2));
                let share = |c: &Channel| if c.lfe { 0.0 } else { near(c).unwrap_or(1.0) };
                self.channels.iter().map(share).collect()
            }
        }
    }

    /// The distance of the farthest loudspeaker, metres; `None` if no distances are known.
    pub(crate) fn farthest_m(&self) -> Option<f64> {
        self.channels.iter().filter_map(|c| c.distance_m).max_by(f64::total_cmp)
    }

    /// How much louder a programme measures (BS.1770) than that power, dB: two channels count twice.
    pub fn programme_db(&self) -> f64 {
        match self.rendering {
            Rendering::Pair | Rendering::Binaural => 3.010_299_956_639_812,
            Rendering::Ambisonics(_) | Rendering::Speakers => 0.0,
        }
    }

    /// The weight of each channel in the loudness of the programme: 1.41 beside the listener, 0 for what is not
    /// counted (low-frequency effects; of ambisonics all but the first channel, which is the pressure).
    pub fn loudness_weights(&self) -> Vec<f64> {
        let of_speaker = |channel: &Channel| match channel.direction_deg {
            _ if channel.lfe => 0.0,
            Some([azimuth, elevation]) => {
                let aside = (60.0..=120.0).contains(&wrapped(azimuth).abs()) && elevation.abs() < 30.0;
                if aside { 1.41 } else { 1.0 }
            }
            None => 1.0,
        };
        match self.rendering {
            Rendering::Ambisonics(_) => {
                (0..self.channels.len()).map(|n| if n == 0 { 1.0 } else { 0.0 }).collect()
            }
            _ => self.channels.iter().map(of_speaker).collect(),
        }
    }
}

impl From<Spot> for Channel {
    fn from((name, azimuth, elevation, speaker_bit): Spot) -> Self {
        let lfe = speaker_bit == 0x8;
        let direction_deg = (!lfe).then_some([azimuth, elevation]);
        Self { name: name.to_owned(), direction_deg, distance_m: None, lfe, speaker_bit }
    }
}

fn plain(name: &str) -> Channel {
    Channel { name: name.to_owned(), direction_deg: None, distance_m: None, lfe: false, speaker_bit: 0 }
}

/// An azimuth between -180 and 180 degrees.
pub(crate) fn wrapped(azimuth_deg: f64) -> f64 {
    (azimuth_deg + 180.0).rem_euclid(360.0) - 180.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_layout_and_masks_are_those_of_the_format() {
        let mask = |name| ChannelLayout::named(name).unwrap().speaker_mask();
        assert!(LAYOUTS.iter().all(|(name, _)| ChannelLayout::named(name).is_some()));
        assert_eq!([mask("mono"), mask("stereo"), mask("binaural")], [0x4, 0x3, 0x3]);
        assert_eq!([mask("5.1"), mask("7.1"), mask("7.1.4")], [0x3f, 0x63f, 0x2d63f]);
        assert_eq!([mask("ambix1"), mask("ambix3")], [0, 0]);
        assert!(ChannelLayout::named("6.1").is_none());
    }

    #[test]
    fn surrounds_count_more_and_effects_not_at_all() {
        let weights = ChannelLayout::named("5.1").unwrap().loudness_weights();
        assert_eq!(weights, [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]);
        let weights = ChannelLayout::named("7.1.4").unwrap().loudness_weights();
        assert_eq!(weights, [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(ChannelLayout::named("ambix1").unwrap().loudness_weights(), [1.0, 0.0, 0.0, 0.0]);
    }
}
