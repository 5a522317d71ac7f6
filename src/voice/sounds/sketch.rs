//! A sound without words as lines over time, and its way to the synthesizer.
//!
//! Owns [`Take`], who performs what this time, and [`Sketch`], pitch, level, breath, roughness and mouth
//! over time. Levels are dB re [`Sketch::level_db`] whatever the pitch and the vowel: the sketch measures
//! what the tract makes of them.

use super::super::{
    act::Sound,
    effort::Effort,
    friction::Friction,
    melody::{Flutter, Track},
    person::Voice,
    tract::{FRAME_S, Frame, Throat},
};
use crate::{
    math,
    rng::Stream,
    text::Phone,
    units::{self, SPL_REFERENCE_PA},
};

/// F1..F4, hertz.
pub(super) type Mouth = [f64; 4];

/// At and below this level a line is silence, dB.
pub(super) const SILENT_DB: f64 = -70.0;
/// Silence before the sound, seconds.
pub(super) const LEAD_S: f64 = 0.01;
/// Silence after it, in which the tract rings out, seconds.
const TAIL_S: f64 = 0.06;
/// Frames between two measurements of what the tract does to a steady source.
const MEASURE_EVERY: usize = 8;

/// Who performs, how, and the two streams of chance.
pub(super) struct Take<'a> {
    /// The person.
    pub voice: &'a Voice,
    /// What.
    pub sound: Sound,
    /// Effort 0..1 with the person's zeal.
    pub level: f64,
    /// What the effort does.
    pub effort: Effort,
    /// Pitch at this effort, hertz.
    pub f0_hz: f64,
    /// 0 fresh to 1 tired.
    pub tired: f64,
    /// The same in every take of this sound by this person.
    pub habits: Stream,
    /// New in every take.
    pub draw: Stream,
}

impl Take<'_> {
    /// Formants of a vowel at this effort, at its start and its end.
    pub fn vowel(&self, phone: Phone) -> [Mouth; 2] {
        let ends = self.voice.vowel_hz(phone).unwrap_or([[620.0, 1250.0, 2550.0, 3550.0]; 2]);
        let shift = self.effort.f1_shift_hz * self.voice.kind.ratios()[0];
        ends.map(|[f1, f2, f3, f4]| [f1 + shift, f2, f3, f4])
    }

    /// A man's formants in this throat.
    pub fn mouth(&self, men_hz: Mouth) -> Mouth {
        self.voice.formants_hz(men_hz)
    }

    /// A length in seconds around a median, drawn anew each time and stretched by the person's habit.
    pub fn seconds(&mut self, median_s: f64, low_s: f64, high_s: f64) -> f64 {
        let habit = math::exp(0.16 * self.habits.normal_within(2.0));
        (median_s * habit * self.draw.log_normal(1.0, 1.28)).clamp(low_s, high_s)
    }

    /// A friction noise whose peaks fit the size of this mouth; its level comes from a line.
    pub fn friction(&self, peaks_hz: [f64; 2], widths_hz: [f64; 2], second: f64) -> Friction {
        // Fricative peaks of women lie about 700 Hz higher (Jongman et al. 2000): 60 % of the formant ratio.
        let size = 1.0 + 0.6 * (self.voice.kind.ratios()[2] * self.voice.tract - 1.0);
        Friction {
            level: 0.0,
            peaks_hz: peaks_hz.map(|hz| (hz * size) as f32),
            widths_hz: widths_hz.map(|hz| (hz * size) as f32),
            second: second as f32,
            gated: 0.0,
        }
    }
}

/// A line through `(seconds, value)` points.
pub(super) fn line(points: &[(f64, f64)]) -> Track {
    let mut track = Track::default();
    for (at_s, value) in points {
        track.push(*at_s, *value);
    }
    track
}

/// A hiss and its level over time, dB re the sketch's level.
pub(super) struct Hiss {
    pub level_db: Track,
    pub sound: Friction,
}

/// One sound before synthesis. Times are seconds from the start of the sound.
pub(super) struct Sketch {
    /// Level at 1 m of a line at 0 dB, dB SPL (RMS).
    pub level_db: f64,
    /// Pitch of a line at 0 semitones, hertz.
    pub base_hz: f64,
    /// Length, seconds.
    pub end_s: f64,
    /// First vowel or hit, seconds.
    pub anchor_s: f64,
    /// Where one can stop, seconds, rising; the end is added.
    pub stops_s: Vec<f64>,
    /// Pitch, semitones re base.
    pub pitch_st: Track,
    /// Slow random walk of the pitch, semitones (standard deviation).
    pub wander_st: f64,
    /// Tremor of pitch and level: hertz, semitones, dB.
    pub tremor: [f64; 3],
    /// Level of the voice, dB.
    pub voice_db: Track,
    /// Level of the noise at the glottis, dB.
    pub breath_db: Track,
    /// Level of the noise around the mouth, dB re voice and breath.
    pub floor_db: f64,
    /// Roughness, 0..1.
    pub rough: Track,
    /// Rate of the roughness, hertz.
    pub rough_hz: f64,
    /// Attenuation of every other period, 0..1.
    pub creak: Track,
    /// Opening of the velum, 0..1.
    pub nasal: Track,
    /// Source shape.
    pub rd: f64,
    /// Loss of the source at 3 kHz besides that of the effort, dB.
    pub tilt_db: f64,
    /// Scatter of periods.
    pub jitter: f64,
    /// Formants over time, at least one point.
    pub mouth: Vec<(f64, Mouth)>,
    /// Factor on bandwidths, and hertz added to the first.
    pub loose: (f64, f64),
    /// Hisses.
    pub hisses: Vec<Hiss>,
}

impl Sketch {
    /// A silent sketch with the person's own voice.
    pub fn new(take: &Take<'_>, end_s: f64) -> Self {
        let (e, v) = (&take.effort, take.voice);
        Self {
            level_db: e.level_db + 2.0 + v.level_db - 3.0 * take.tired,
            base_hz: take.f0_hz,
            end_s,
            anchor_s: 0.0,
            stops_s: Vec::new(),
            pitch_st: Track::default(),
            wander_st: 0.25,
            tremor: [5.5, 0.0, 0.0],
            voice_db: line(&[(0.0, SILENT_DB)]),
            breath_db: line(&[(0.0, SILENT_DB)]),
            floor_db: -22.0 + 0.5 * v.breath_db,
            rough: line(&[(0.0, (e.rough + 0.35 * v.rough).min(0.8))]),
            rough_hz: v.rough_hz,
            creak: Track::default(),
            nasal: Track::default(),
            rd: e.rd + v.rd + 0.2 * take.tired,
            tilt_db: 1.5,
            jitter: e.jitter * v.unsteady * (1.0 + take.tired),
            mouth: vec![(0.0, take.mouth([560.0, 1400.0, 2500.0, 3500.0]))],
            loose: (e.bandwidth, 0.0),
            hisses: Vec::new(),
        }
    }

    /// Sets the whisper's share: an effort without voice turns it into breath.
    fn whispered(&mut self, voiced: f64, db: f64) -> (f64, f64) {
        let gain = gain(db);
        (gain * voiced, gain * (1.0 - voiced) * 0.9)
    }

    /// Plays the sketch through a throat: frames in pascals, from [`LEAD_S`] before the sound on.
    pub fn frames(mut self, take: &mut Take<'_>, throat: &Throat) -> Vec<Frame> {
        let count = ((LEAD_S + self.end_s + TAIL_S) / FRAME_S).ceil() as usize + 1;
        let reference_pa = SPL_REFERENCE_PA * units::gain_from_db(self.level_db);
        let flutter = Flutter::new(take.voice, &mut take.draw);
        let tremor_phase = take.draw.unit();
        let voiced = take.effort.voiced;
        let mut wander = 0.0;
        let mut sway = [0.0; 3];
        let mut frames = Vec::with_capacity(count);
        let (mut voice_gain, mut breath_gain) = ((0.0, 0.0), (0.0, 0.0));
        for i in 0..count {
            let at = i as f64 * FRAME_S - LEAD_S;
            // A first-order walk with a memory of half a second.
            wander = 0.99 * wander + 0.141 * take.draw.normal_within(2.5);
            for s in &mut sway {
                *s = 0.98 * *s + 0.2 * take.draw.normal_within(2.5);
            }
            let shake = math::sin(math::TAU * (self.tremor[0] * at + tremor_phase));
            let st = self.pitch_st.read(at) + self.wander_st * wander + self.tremor[1] * shake;
            let hz = self.base_hz * units::ratio_from_semitones(st) * (1.0 + flutter.at(at));
            let mut frame = Frame {
                f0_hz: hz.clamp(20.0, 2400.0) as f32,
                rd: self.rd.clamp(0.28, 2.7) as f32,
                tilt_db: (take.effort.tilt_db + self.tilt_db).max(0.0) as f32,
                nasality: self.nasal.read(at).clamp(0.0, 1.0) as f32,
                nasal_zero_hz: (450.0 * take.voice.kind.ratios()[0] * take.voice.tract) as f32,
                rough: self.rough.read(at).clamp(0.0, 0.9) as f32,
                rough_hz: self.rough_hz.clamp(25.0, 150.0) as f32,
                double: self.creak.read(at).clamp(0.0, 1.0) as f32,
                jitter: self.jitter as f32,
                shimmer_db: (take.effort.shimmer_db * take.voice.unsteady) as f32,
                ..Frame::REST
            };
            let mouth = self.mouth_at(at, hz, &sway, take);
            frame.formants_hz = mouth.map(|f| f as f32);
            let (wide, open) = self.loose;
            frame.bandwidths_hz = mouth.map(|f| ((0.06 * f).max(60.0) * wide) as f32);
            frame.bandwidths_hz[0] += open as f32;
            if i % MEASURE_EVERY == 0 {
                // Gains for now and for the next measurement's start; between them they glide.
                let now = 1.0 / throat.voiced_rms(&frame).max(1e-6);
                voice_gain = (if i == 0 { now } else { voice_gain.1 }, now);
                if i % (4 * MEASURE_EVERY) == 0 {
                    let now = 1.0 / throat.breath_rms(&frame).max(1e-6);
                    breath_gain = (if i == 0 { now } else { breath_gain.1 }, now);
                }
            }
            let part = (i % MEASURE_EVERY) as f64 / MEASURE_EVERY as f64;
            let long = (i % (4 * MEASURE_EVERY)) as f64 / (4 * MEASURE_EVERY) as f64;
            let strength = math::lerp(voice_gain.0, voice_gain.1, part);
            let wind = math::lerp(breath_gain.0, breath_gain.1, long);
            let loud_db = self.voice_db.read(at) + self.tremor[2] * shake;
            let (voice, whisper) = self.whispered(voiced, loud_db);
            let breath = gain(self.breath_db.read(at)) + whisper;
            frame.voice = (reference_pa * strength * voice) as f32;
            frame.aspiration = (reference_pa * wind * breath) as f32;
            frame.floor = (reference_pa * units::gain_from_db(self.floor_db) * (voice + breath)) as f32;
            for hiss in &mut self.hisses {
                let level = (reference_pa * gain(hiss.level_db.read(at))) as f32;
                if level > frame.friction.level {
                    frame.friction = Friction { level, ..hiss.sound };
                }
            }
            frames.push(frame);
        }
        if let Some(last) = frames.last_mut() {
            (last.voice, last.aspiration, last.floor, last.friction.level) = (0.0, 0.0, 0.0, 0.0);
        }
        frames
    }

    fn mouth_at(&self, at: f64, f0_hz: f64, sway: &[f64; 3], take: &Take<'_>) -> Mouth {
        let after = self.mouth.partition_point(|p| p.0 <= at);
        let mut hz = match (after.checked_sub(1).and_then(|i| self.mouth.get(i)), self.mouth.get(after)) {
            (Some(a), Some(b)) => {
                let t = math::smoothstep((at - a.0) / (b.0 - a.0));
                std::array::from_fn(|k| math::lerp(a.1[k], b.1[k], t))
            }
            (Some(a), None) => a.1,
            (None, Some(b)) => b.1,
            (None, None) => Mouth::default(),
        };
        for (f, s) in hz.iter_mut().zip(sway) {
            *f *= 1.0 + 0.012 * s;
        }
        // A mouth follows a high voice open (Cantor Digitalis 2017: F1 above f0, F2 above 2 f0 as far as
        // jaws go).
        let ratios = take.voice.kind.ratios();
        hz[0] = hz[0].max((f0_hz + 30.0).min(1150.0 * ratios[0]));
        hz[1] = hz[1].max(hz[0] + 180.0);
        hz[2] = hz[2].max(hz[1] + 200.0);
        hz[3] = hz[3].max(hz[2] + 300.0);
        hz
    }
}

fn gain(db: f64) -> f64 {
    if db <= SILENT_DB { 0.0 } else { units::gain_from_db(db) }
}
