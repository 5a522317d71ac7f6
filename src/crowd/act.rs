//! What somebody does next, by activity.

use super::Crowd;
use super::person::{Doing, Hands, NEVER};
use super::repertoire::{Mark, Noise, pick_said};
use super::scheduler::Out;
use super::writer::chant_effort;
use crate::grain::{GrainEvent, GrainId, Rate, Stem};
use crate::math;
use crate::rng::{self, Domain};
use crate::units;

/// Gaps between murmured lines: median and geometric deviation, seconds.
const GAP_S: (f64, f64) = (4.0, 1.6);
/// Share of the time that somebody in a relaxed talk speaks: a line of about 1.4 s in a round of about 5.9 s.
pub(super) const TALKER_DUTY: f64 = 0.24;
/// Gaps in a roar and lengths of its bursts, seconds.
const ROAR_GAP_S: (f64, f64) = (0.3, 0.8);
const BURST_S: (f64, f64) = (0.8, 2.5);
/// Who screams and who whistles in a roar.
const SCREAMS: f64 = 0.10;
const WHISTLES: f64 = 0.005;
/// How many dB a voice gains with the effort that the performed takes leave to be desired, per unit of effort.
const DB_PER_EFFORT: f64 = 60.0;
/// Scatter of hands around the beat, seconds.
const HANDS_S: f64 = 0.022;
/// People who clap a written hit.
const HITTERS: f32 = 0.85;
/// A repetition may begin this late, seconds; whoever would be later waits for the next.
const LATE_S: f64 = 0.04;

impl Crowd {
    /// Makes up somebody's mind. Called when no sound is planned.
    pub(crate) fn think(&mut self, slot: usize, i: usize) {
        match self.doing[slot] {
            Doing::Idle => self.persons[i].think_at = self.now + self.frames(1.0),
            Doing::Still => self.think_still(i),
            Doing::Answer => self.persons[i].think_at = self.persons[i].busy_until.max(self.now + 1),
            Doing::Murmur => self.think_murmur(i),
            Doing::Shout => self.think_shout(i),
            Doing::Chant => self.think_chant(i),
            Doing::Roar => self.think_roar(i),
            Doing::Applaud => self.think_applaud(i),
        }
    }

    fn noise(&self, noise: Noise, i: usize, unit: f64) -> Option<u32> {
        let speaker = self.traits[i].speaker;
        // A lone take is not played twice in a row either.
        let last = self.persons[i].last;
        self.repertoire.noises[noise as usize].takes(speaker).pick(unit, last).filter(|g| *g != last)
    }

    fn plan_voice(&mut self, i: usize, at: u64, grain: u32, gain_db: f64, stem: Stem) {
        let gain = self.traits[i].gain * units::gain_from_db(gain_db) as f32;
        self.plan_sound(i, at, grain, gain, stem);
    }

    /// Plans the next sound, at a speed that is drawn for it.
    pub(super) fn plan_sound(&mut self, i: usize, at: u64, grain: u32, gain: f32, stem: Stem) {
        let rate = self.speed(i, at);
        self.plan_at_rate(i, at, grain, gain, stem, rate);
    }

    fn plan_at_rate(&mut self, i: usize, at: u64, grain: u32, gain: f32, stem: Stem, rate: Rate) {
        let p = &mut self.persons[i];
        (p.voice_at, p.voice_grain, p.voice_rate) = (at, grain, rate);
        (p.voice_gain, p.voice_stem) = (gain, stem);
        p.think_at = NEVER;
    }

    /// How fast somebody plays what is planned for a moment: who is heard alone seldom makes the same sound twice.
    fn speed(&self, i: usize, index: u64) -> Rate {
        if !self.traits[i].varied {
            return Rate::ONE;
        }
        let chance = rng::stream(self.seed, Domain::Speed, i as u64, index).normal_within(2.0);
        Rate::nearest(1.0 + self.config.speed_spread * chance)
    }

    fn later(&mut self, i: usize, seconds: f64) {
        self.persons[i].think_at = self.now + self.frames(seconds);
    }

    fn think_still(&mut self, i: usize) {
        let quiet = self.config.residual / 1000.0;
        if self.world.intensity <= 0.0 || f64::from(self.traits[i].talk) >= quiet {
            self.later(i, 5.0);
            return;
        }
        let mut dice = self.dice(i);
        let noise = match dice.below(4) {
            0 | 1 => Noise::Breath,
            2 => Noise::Cough,
            _ => Noise::Sob,
        };
        let at = self.now + self.frames(dice.range(4.0, 12.0));
        match self.noise(noise, i, dice.unit()) {
            Some(grain) => {
                self.plan_voice(i, at, grain, -6.0, Stem::Murmur);
                self.persons[i].think_at = at + 1;
            }
            None => self.later(i, 5.0),
        }
    }

    /// Share of people who speak at this moment.
    pub(super) fn talk(&self) -> f64 {
        self.config.talk * (1.0 - math::exp(-self.world.intensity / 0.06))
    }

    fn think_murmur(&mut self, i: usize) {
        let mut dice = self.dice(i);
        // Where more speak than there are relaxed talkers, everybody falls in sooner.
        let odds = |share: f64| (1.0 - share) / share;
        let haste = odds(self.talk().clamp(TALKER_DUTY, 0.9)) / odds(TALKER_DUTY);
        let gap_s = haste * dice.log_normal(GAP_S.0, GAP_S.1);
        // The first line falls anywhere in the round: nobody begins together.
        let gap_s = if self.persons[i].age == 0 { gap_s * dice.unit() } else { gap_s };
        let at = self.persons[i].busy_until.max(self.now) + self.frames(gap_s.max(0.15));
        let aside = dice.unit();
        let noise = if aside < 0.02 {
            self.noise(Noise::Laugh, i, dice.unit())
        } else if aside < 0.035 {
            self.noise(Noise::Cough, i, dice.unit())
        } else {
            None
        };
        let speaker = usize::from(self.traits[i].speaker);
        let said = self.repertoire.murmurs.get(speaker).map_or(&[][..], |s| s.as_slice());
        let line = pick_said(said, dice.unit(), self.persons[i].last).map(|s| s.grain);
        // People raise their voices as it gets louder around them (Lombard).
        let gain_db = 8.0 * self.world.intensity + 2.0 * dice.normal_within(2.0);
        match noise.or(line) {
            Some(grain) => self.plan_voice(i, at, grain, gain_db, Stem::Murmur),
            None => self.later(i, 5.0),
        }
    }

    fn think_shout(&mut self, i: usize) {
        let mut dice = self.dice(i);
        let median = math::lerp(3.2, 0.45, self.world.intensity);
        let gap_s = if self.persons[i].age == 0 { 0.0 } else { dice.log_normal(median, 1.5) };
        let at = self.persons[i].busy_until.max(self.now) + self.frames(gap_s.max(0.03));
        let kind = dice.unit();
        let noise = if kind < 0.18 {
            self.noise(Noise::Cheer, i, dice.unit())
        } else if kind < 0.28 {
            self.noise(Noise::Whoop, i, dice.unit())
        } else {
            None
        };
        let speaker = usize::from(self.traits[i].speaker);
        let said = self.repertoire.shouts.get(speaker).map_or(&[][..], |s| s.as_slice());
        let words = pick_said(said, dice.unit(), self.persons[i].last).map(|s| s.grain);
        let gain_db = -7.0 * (1.0 - self.world.intensity) + 1.5 * dice.normal_within(2.0);
        match (noise, words) {
            (Some(grain), _) => self.plan_voice(i, at, grain, gain_db, Stem::Cheer),
            (None, Some(grain)) => self.plan_voice(i, at, grain, gain_db, Stem::Chant),
            (None, None) => match self.noise(Noise::Cheer, i, dice.unit()) {
                Some(grain) => self.plan_voice(i, at, grain, gain_db, Stem::Cheer),
                None => self.later(i, 2.0),
            },
        }
    }

    /// The next repetition: say it, rest, or whoop and roar beside it.
    fn think_chant(&mut self, i: usize) {
        let (cycle, at, length) = (self.clock.cycle, self.clock.at, self.clock.length);
        let ahead = self.frames(f64::from(self.traits[i].ahead_s)).min(length / 2);
        let next = (at + length).saturating_sub(ahead);
        if self.persons[i].cycle == cycle {
            // Decided already; the next cycle may not be prepared yet, then this is asked again shortly.
            self.persons[i].think_at = next.max(self.now + 1);
            return;
        }
        if at.saturating_sub(ahead) > self.now {
            let p = &mut self.persons[i];
            if p.age == 0 && p.busy_until < self.now && !self.clock.is_hit() {
                p.age = 1;
                self.join_with_a_cheer(i, at - ahead);
                return;
            }
            p.think_at = at - ahead;
            return;
        }
        let mut draw = rng::stream(self.seed, Domain::Timing, i as u64, u64::from(cycle));
        let (role, onset, pick, loud) =
            (draw.unit(), draw.normal_within(3.0), draw.unit(), draw.normal_within(2.0));
        let anywhere = draw.unit();
        let (bed, skip) = (&self.config.bed, self.config.skip);
        let (whoopers, roarers, strays) = (bed.whoop_share, bed.roar_share, bed.stray_share);
        self.persons[i].cycle = cycle;
        self.persons[i].think_at = next;
        let beat = self.offset_s(i);
        let dev_s = beat + self.onset_s(i, onset);
        self.raise_hands(i, at, dev_s);
        let rested = std::mem::replace(&mut self.persons[i].rested, false);
        let within = at + (anywhere * 0.85 * length as f64) as u64;
        let loud_enough = self.world.intensity > 0.4;
        if role < whoopers && loud_enough {
            self.beside(i, Noise::Whoop, within, pick, next);
        } else if role < whoopers + roarers && loud_enough {
            self.beside(i, Noise::Roar, within, pick, next);
        } else if role < whoopers + roarers + strays {
            let own_s = anywhere * self.rate.seconds(length);
            self.repeat(i, own_s, pick, 0.8 * loud, next);
        } else if role > 1.0 - skip && !rested {
            self.persons[i].rested = true;
            if anywhere < 0.4 {
                self.beside(i, Noise::Breath, at + length / 4, pick, next);
            }
        } else {
            let onset_s = self.repeat(i, dev_s, pick, 0.8 * loud, next);
            onset_s.into_iter().for_each(|onset_s| self.scatter.add(onset_s));
        }
    }

    /// Says the phrase `dev_s` seconds after the clock; when it begins, against that clock, if it does.
    fn repeat(&mut self, i: usize, dev_s: f64, pick: f64, loud_db: f64, next: u64) -> Option<f64> {
        let chant = &self.repertoire.chants[self.clock.chant];
        let traits = &self.traits[i];
        let effort = chant_effort(self.world.intensity) + f64::from(traits.effort);
        // Without levels it is forgotten.
        let (mut level, others) = chant.levels.split_first()?;
        for other in others {
            if (other.effort - effort).abs() < (level.effort - effort).abs() {
                level = other;
            }
        }
        let grain = level.set.takes(traits.speaker).pick(pick, self.persons[i].last)?;
        let gain_db = (DB_PER_EFFORT * (effort - level.effort)).clamp(-6.0, 4.0) + loud_db;
        let beat_at = self.clock.at as f64 + dev_s * self.rate.hz_f64();
        let rate = self.speed(i, self.clock.at);
        let anchor = rate.played(self.infos.anchor[grain as usize]);
        let start = beat_at - anchor as f64;
        let late = self.now as f64 - start;
        if late > LATE_S * self.rate.hz_f64() {
            return None;
        }
        let start = (start.max(0.0).round() as u64).max(self.now);
        if !self.make_free(i, start) {
            return None;
        }
        let block = self.clock.level[usize::from(self.traits[i].block)];
        let gain = self.traits[i].gain * units::gain_from_db(gain_db) as f32 * block;
        self.plan_at_rate(i, start, grain, gain, Stem::Chant, rate);
        self.persons[i].think_at = next;
        let onset_s = (start + anchor) as f64 - self.clock.at as f64;
        Some(onset_s / self.rate.hz_f64())
    }

    /// A sound of the bed instead of the words.
    fn beside(&mut self, i: usize, noise: Noise, at: u64, pick: f64, next: u64) {
        let at = at.max(self.now);
        let Some(grain) = self.noise(noise, i, pick) else { return };
        if !self.make_free(i, at) {
            return;
        }
        self.plan_voice(i, at, grain, 0.0, Stem::Cheer);
        let trim = (DB_PER_EFFORT * (chant_effort(self.world.intensity) - 0.95)).clamp(-9.0, 0.0);
        let bed = match noise {
            Noise::Whoop => self.bed.whoop,
            Noise::Roar => self.bed.roar,
            _ => 1.0,
        };
        let p = &mut self.persons[i];
        // Personal levels differ less here: the bed's level is set as a whole.
        p.voice_gain = bed * p.voice_gain.sqrt() * units::gain_from_db(trim) as f32;
        p.think_at = next;
    }

    /// Those who join between two repetitions let it out at once, if there is time.
    fn join_with_a_cheer(&mut self, i: usize, until: u64) {
        let mut dice = self.dice(i);
        let start = self.now + self.frames(f64::from(self.traits[i].reaction_s));
        self.persons[i].think_at = until;
        let grain = self.noise(Noise::Cheer, i, dice.unit());
        if let Some(grain) = grain.filter(|_| dice.chance(0.5))
            && start + u64::from(self.infos.frames[grain as usize]) < until
        {
            self.plan_voice(i, start, grain, -3.0, Stem::Cheer);
            self.persons[i].think_at = until;
        }
    }

    /// Where this person's beat lies against the clock: drift of the block, section's own, way of the sound.
    fn offset_s(&self, i: usize) -> f64 {
        let traits = &self.traits[i];
        let section = self.config.sections.get(usize::from(traits.section)).map_or(0.0, |s| s.offset_ms);
        let way = self.config.lag * f64::from(traits.away_m) / 343.2;
        f64::from(self.clock.drift_s[usize::from(traits.block)]) + 1e-3 * section + way
    }

    /// This repetition's onset against the person's beat: a habit and chance, half and half.
    fn onset_s(&self, i: usize, chance: f64) -> f64 {
        let traits = &self.traits[i];
        // Keen people lower the scatter of all; the others make up for it.
        let keen = self.config.keen;
        let whole = (1.0 - keen + 0.16 * keen).sqrt();
        let spread = self.world.spread * self.clock.spread_s(&self.config, self.persons[i].age) / whole;
        let habit = f64::from(traits.bias);
        spread * f64::from(traits.tight) * std::f64::consts::FRAC_1_SQRT_2 * (habit + chance)
    }

    fn think_roar(&mut self, i: usize) {
        let mut dice = self.dice(i);
        let first = self.persons[i].age == 0;
        let gap_s = if first { 0.05 * dice.unit() } else { dice.range(ROAR_GAP_S.0, ROAR_GAP_S.1) };
        let free = self.persons[i].busy_until.min(self.persons[i].stop_at);
        let at = free.max(self.now) + self.frames(gap_s);
        let kind = dice.unit();
        let noise = match kind {
            k if k < WHISTLES => Noise::Whistle,
            k if k < WHISTLES + SCREAMS => Noise::Scream,
            k if k < 0.28 => Noise::Cheer,
            k if k < 0.38 => Noise::Whoop,
            _ => Noise::Roar,
        };
        let grain = self.noise(noise, i, dice.unit()).or_else(|| self.noise(Noise::Roar, i, dice.unit()));
        // 0 dB at the top; the performed effort is a full shout's.
        let gain_db = 12.0 * (self.world.intensity - 1.0) + dice.normal_within(2.0);
        match grain {
            Some(grain) => self.plan_voice(i, at, grain, gain_db, Stem::Cheer),
            None => self.later(i, 2.0),
        }
    }

    /// Ends some bursts of a roar before the breath is out.
    pub(crate) fn cut_burst(&mut self, i: usize) {
        let mut dice = self.dice(i);
        let end = self.persons[i].busy_at + self.frames(dice.range(BURST_S.0, BURST_S.1));
        let fade = self.frames(0.12) as u32;
        let p = &mut self.persons[i];
        if end + u64::from(fade) < p.busy_until {
            (p.stop_at, p.stop_fade) = (end, fade);
        }
    }

    fn think_applaud(&mut self, i: usize) {
        let mut dice = self.dice(i);
        let shout = dice.chance(0.08 * self.world.intensity);
        let at = self.persons[i].busy_until.max(self.now) + self.frames(dice.range(0.2, 3.0));
        let noise = if dice.chance(0.5) { Noise::Cheer } else { Noise::Whoop };
        match self.noise(noise, i, dice.unit()).filter(|_| shout) {
            Some(grain) => self.plan_voice(i, at, grain, -4.0, Stem::Cheer),
            None => self.later(i, 3.0),
        }
    }

    /// Decides what the hands do in the cycle that is coming.
    fn raise_hands(&mut self, i: usize, at: u64, dev_s: f64) {
        let chant = &self.repertoire.chants[self.clock.chant];
        let eager = self.traits[i].clap;
        let hands = if !chant.marks.is_empty() && eager < HITTERS {
            Hands::Line
        } else if self.world.along && f64::from(eager) < self.config.claps {
            Hands::Along
        } else {
            Hands::Still
        };
        let base = (at as f64 + 0.7 * dev_s * self.rate.hz_f64()).max(0.0) as u64;
        let p = &mut self.persons[i];
        (p.hands, p.clap_base, p.clap_next) = (hands, base, 0);
        self.next_hit(i);
    }

    fn hit(&self, i: usize) -> Option<Mark> {
        let p = &self.persons[i];
        let chant = self.repertoire.chants.get(self.clock.chant)?;
        let marks = match p.hands {
            Hands::Line => &chant.marks,
            Hands::Along => &chant.along,
            Hands::Still | Hands::Free => return None,
        };
        marks.get(usize::from(p.clap_next)).copied()
    }

    fn next_hit(&mut self, i: usize) {
        let beat_s = self.repertoire.chants.get(self.clock.chant).map_or(0.5, |c| c.beat_s);
        let at = match self.hit(i) {
            Some(mark) => {
                let index =
                    1 << 40 | u64::from(self.persons[i].cycle) << 8 | u64::from(self.persons[i].clap_next);
                let chance = rng::stream(self.seed, Domain::Timing, i as u64, index).normal_within(2.5);
                let tight = f64::from(self.traits[i].tight);
                let s = mark.at_beats * beat_s + HANDS_S * tight * chance;
                let hit = (self.persons[i].clap_base as f64 + s * self.rate.hz_f64()).max(0.0) as u64;
                hit.saturating_sub(self.hit_lead)
            }
            None => NEVER,
        };
        self.persons[i].clap_at = at;
    }

    /// One hit of the hands, and the plan of the next.
    pub(crate) fn clap(&mut self, i: usize, out: &mut Out) {
        let due = self.persons[i].clap_at;
        let free = self.persons[i].hands == Hands::Free;
        let noise = if free { Noise::Clap } else { self.hit(i).map_or(Noise::Clap, |m| m.noise) };
        let index = (1 << 42) | (due / 64);
        let mut draw = rng::stream(self.seed, Domain::Timing, i as u64, index);
        let takes = self.repertoire.noises[noise as usize].takes(self.traits[i].speaker);
        if let Some(grain) = takes.pick(draw.unit(), self.persons[i].last_clap) {
            let wait = self.hit_lead.saturating_sub(u64::from(self.infos.anchor[grain as usize]));
            let wait = if free { 0 } else { wait };
            let gain_db =
                2.0 * draw.normal_within(2.0) + if free { 8.0 * (self.world.intensity - 1.0) } else { 0.0 };
            let along = if self.persons[i].hands == Hands::Along { self.bed.clap } else { 1.0 };
            out.push(GrainEvent::Start {
                person: i as u32,
                grain: GrainId(grain),
                rate: Rate::ONE,
                at: (due + wait).max(self.now),
                gain: along * units::gain_from_db(gain_db) as f32,
                stem: Stem::Body,
            });
            self.persons[i].last_clap = grain;
        }
        if free {
            let period = (1.0 + 0.06 * draw.normal_within(2.0)) / f64::from(self.traits[i].clap_hz);
            self.persons[i].clap_at = due + self.frames(period.max(0.12));
        } else {
            self.persons[i].clap_next += 1;
            self.next_hit(i);
        }
    }
}
