//! Who the people are: dispositions that each carries through the scene.
//!
//! Owns what is drawn once per person. Does not own what they are doing. A person's numbers depend on seed, index
//! and the outline of the sections, never on how many others there are.

use super::config::CrowdConfig;
use super::place::{self, Section};
use crate::math;
use crate::rng::{self, Domain};
use crate::units::{self, Vec3};

/// People whose order of catching fire stands for everybody's: the quantile of a person is taken among these.
const REFERENCE: u64 = 4096;
/// Sections are cut into blocks of this size, metres: each keeps time on its own.
const BLOCK_M: f64 = 40.0;
/// Most blocks.
pub(crate) const MAX_BLOCKS: usize = 256;
/// Zeal is log-normal with this geometric standard deviation.
const ZEAL_GSD: f64 = 1.6;
/// Timing scatter of keen people against the others.
const KEEN_TIGHTNESS: f64 = 0.4;
/// People this near to a place of listening are the foreground: they keep better time, metres.
const FOREGROUND_M: f64 = 4.0;
/// People this near to a place of listening are heard one by one: a sound that came back unchanged would be noticed,
/// metres. Further away the mixer copies, which costs a third.
const ONE_BY_ONE_M: f64 = 12.0;
/// So many people, wherever they are: in a small crowd everybody is heard.
const FEW: u64 = 256;

/// One person's dispositions.
#[derive(Clone, Debug)]
pub(crate) struct Traits {
    /// Index into the cast.
    pub speaker: u16,
    /// Section.
    pub section: u16,
    /// Block of people who keep time together.
    pub block: u16,
    /// Linear personal level.
    pub gain: f32,
    /// Effort added to what the scene asks for.
    pub effort: f32,
    /// Habitual lead or lag, standard deviations.
    pub bias: f32,
    /// Factor on timing scatter.
    pub tight: f32,
    /// Reaction time to a sound, seconds.
    pub reaction_s: f32,
    /// Eagerness to talk: who has the lowest talks first, 0..1.
    pub talk: f32,
    /// Eagerness to clap, 0..1.
    pub clap: f32,
    /// Own clapping rate, hertz.
    pub clap_hz: f32,
    /// Zeal, median 1.
    pub zeal: f32,
    /// Share of active neighbours needed before joining.
    pub threshold: f32,
    /// How long before a repetition this person makes up the mind, seconds.
    pub ahead_s: f32,
    /// From the leader (or the origin of the fire), metres.
    pub away_m: f32,
    /// Quantile in the order of catching fire, 0..1.
    pub rank: f32,
    /// Plays nothing twice at the same speed.
    pub varied: bool,
}

/// Everybody's place and dispositions.
pub(crate) struct People {
    pub mouths: Vec<Vec3>,
    pub traits: Vec<Traits>,
    /// Where the fire starts.
    pub origin: Vec3,
}

/// Draws the people of a crowd.
pub(crate) fn draw(
    config: &CrowdConfig,
    leader: Option<Vec3>,
    listeners: &[Vec3],
    speakers: usize,
    seed: u64,
) -> People {
    let fallback = [super::SectionConfig::default()];
    let sections: &[_] = if config.sections.is_empty() { &fallback } else { &config.sections };
    let total: f64 = sections.iter().map(|s| s.share).sum();
    let fitted: Vec<Section> =
        sections.iter().map(|s| Section::fit(s, config.people as f64 * s.share / total)).collect();
    let place_of = |i: u64| {
        let even = place::even(seed, i);
        let mut left = even.section * total;
        let mut section = sections.len() - 1;
        for (index, s) in sections.iter().enumerate() {
            left -= s.share;
            if left < 0.0 {
                section = index;
                break;
            }
        }
        (section, fitted[section].mouth(seed, i, &even), even)
    };
    let origin = leader.unwrap_or_else(|| place_of(0).1);
    // Joining times of a logistic contagion (scale 1 / rate) that starts where the front arrives.
    let fire_at = |mouth: Vec3, fire: f64, zeal: f64| {
        let u = fire.clamp(1e-4, 1.0 - 1e-4);
        mouth.distance_m(origin) / config.front_m_s
            + (math::ln(u / (1.0 - u)) - 0.25 * math::ln(zeal)) / config.rate_per_s
    };
    let zeal_of = |i: u64| rng::stream(seed, Domain::Disposition, i, 0).log_normal(1.0, ZEAL_GSD);
    let mut reference: Vec<f64> = (0..REFERENCE)
        .map(|i| {
            let (_, mouth, even) = place_of(i);
            fire_at(mouth, even.fire, zeal_of(i))
        })
        .collect();
    reference.sort_by(f64::total_cmp);
    let mut people = People {
        mouths: Vec::with_capacity(config.people),
        traits: Vec::with_capacity(config.people),
        origin,
    };
    for i in 0..config.people as u64 {
        let (section, mouth, even) = place_of(i);
        let zeal = zeal_of(i);
        let at = fire_at(mouth, even.fire, zeal);
        let rank = (reference.partition_point(|r| *r < at) as f64 + 0.5) / (REFERENCE + 1) as f64;
        let nearest_m = listeners.iter().map(|l| l.distance_m(mouth)).fold(f64::INFINITY, f64::min);
        let away_m = mouth.distance_m(origin);
        people.traits.push(traits(
            config,
            seed,
            i,
            Drawn { section, nearest_m, zeal, rank, away_m, speakers },
        ));
        people.mouths.push(mouth);
    }
    people
}

struct Drawn {
    section: usize,
    /// From the nearest listener.
    nearest_m: f64,
    zeal: f64,
    rank: f64,
    away_m: f64,
    speakers: usize,
}

fn traits(config: &CrowdConfig, seed: u64, i: u64, drawn: Drawn) -> Traits {
    let mut draw = rng::stream(seed, Domain::Disposition, i, 1);
    let keen = draw.unit() < config.keen;
    let habit_db = config.habit_db * draw.normal_within(2.5) + 1.5 * math::ln(drawn.zeal);
    let mut tight: f64 = if keen { KEEN_TIGHTNESS } else { 1.0 };
    if drawn.nearest_m < FOREGROUND_M {
        tight = tight.min(0.5);
    }
    // Rotating through the cast keeps its mixture exact in any number of people.
    let n = drawn.speakers as u64;
    let turn = rng::key(seed, Domain::Casting, i / n, 0);
    let speaker = (i % n + turn % n) % n;
    let block = drawn.section * 31 + (drawn.away_m / BLOCK_M) as usize;
    Traits {
        speaker: speaker as u16,
        section: drawn.section as u16,
        block: (block % MAX_BLOCKS) as u16,
        gain: units::gain_from_db(habit_db + if keen { 2.0 } else { 0.0 }) as f32,
        effort: (0.02 * draw.normal_within(2.0) + 0.03 * math::ln(drawn.zeal)) as f32,
        bias: draw.normal_within(3.0) as f32,
        tight: tight as f32,
        reaction_s: draw.log_normal(0.33, 1.35) as f32,
        talk: draw.unit() as f32,
        clap: draw.unit() as f32,
        clap_hz: draw.range(3.5, 4.5) as f32,
        zeal: drawn.zeal as f32,
        threshold: (config.threshold + config.threshold_sd * draw.normal_within(3.0)).max(0.0) as f32,
        ahead_s: draw.range(0.38, 0.62) as f32,
        away_m: drawn.away_m as f32,
        rank: drawn.rank as f32,
        varied: i < FEW || drawn.nearest_m < ONE_BY_ONE_M,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_share_of_the_ranks_is_that_share_of_the_people() {
        for people in [100, 1000, 5000] {
            let config = CrowdConfig { people, ..Default::default() };
            let drawn = draw(&config, None, &[], 64, 7);
            for tenth in 1..10 {
                let share = f64::from(tenth) / 10.0;
                let below = drawn.traits.iter().filter(|t| f64::from(t.rank) < share).count();
                let error = below as f64 / people as f64 - share;
                assert!(error.abs() < 0.04, "{people} people, share {share}: off by {error:.3}");
            }
        }
    }

    #[test]
    fn the_near_catch_fire_before_the_far() {
        let config = CrowdConfig { people: 4000, ..Default::default() };
        let drawn = draw(&config, Some(Vec3::new(0.0, -6.0, 21.0)), &[], 64, 7);
        let mean = |low: f32, high: f32| {
            let t: Vec<f32> =
                drawn.traits.iter().filter(|t| (low..high).contains(&t.away_m)).map(|t| t.rank).collect();
            t.iter().sum::<f32>() / t.len() as f32
        };
        let (near, middle, far) = (mean(0.0, 60.0), mean(120.0, 180.0), mean(240.0, 300.0));
        assert!(near + 0.15 < middle && middle + 0.15 < far, "{near} {middle} {far}");
    }

    #[test]
    fn one_more_person_changes_nobody() {
        let config = |people| CrowdConfig { people, ..Default::default() };
        let (a, b) = (draw(&config(700), None, &[], 64, 3), draw(&config(701), None, &[], 64, 3));
        assert_eq!(a.mouths, b.mouths[..700]);
        assert_eq!(format!("{:?}", a.traits), format!("{:?}", &b.traits[..700]));
    }

    #[test]
    fn the_cast_is_used_evenly() {
        let config = CrowdConfig { people: 640, ..Default::default() };
        let drawn = draw(&config, None, &[], 64, 7);
        for speaker in 0..64 {
            assert_eq!(drawn.traits.iter().filter(|t| t.speaker == speaker).count(), 10);
        }
    }
}
