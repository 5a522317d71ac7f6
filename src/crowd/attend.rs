//! One visit to one person: hear the news, turn to what is wanted, decide, and hand out what is due.

use super::Crowd;
use super::act::TALKER_DUTY;
use super::person::{Doing, Hands, NEVER};
use super::repertoire::Noise;
use super::scheduler::{Out, quantum_of};
use super::world::{News, audibility};
use crate::grain::{GrainEvent, GrainId, Stem};
use crate::rng::{self, Domain};
use crate::scene::Activity;

/// Falling silent: median and spread of the reaction, seconds; how many lag behind until when; how many stop only at
/// the end of their phrase, if that is near.
const HUSH_S: (f64, f64) = (0.45, 1.5);
const STRAGGLERS: f64 = 0.015;
const STRAGGLERS_S: (f64, f64) = (1.5, 2.8);
const TO_PHRASE_END: f64 = 0.2;
/// Nobody but stragglers is heard after this, seconds.
const HUSH_LIMIT_S: f64 = 1.4;
/// Who gasps, and when after the event, seconds.
const GASPS: f64 = 0.07;
const GASP_S: (f64, f64) = (0.3, 0.8);
/// Who cheers when a cue asks for it.
const CHEERS: f64 = 0.45;
/// Fades at the end of a syllable and anywhere else, seconds.
const FADE_S: f64 = 0.025;
const CUT_FADE_S: f64 = 0.07;
/// A murmur is broken off by a call that is heard well, with this chance.
const HEADS_TURN: f64 = 0.78;

impl Crowd {
    /// Visits one person. `lit`: whether this person should be active.
    pub(crate) fn attend(&mut self, slot: usize, i: usize, lit: bool, out: &mut Out) {
        self.hear(slot, i);
        let wanted = self.wanted(slot, i, lit);
        if wanted != self.doing[slot] {
            self.turn(slot, i, wanted);
        } else {
            self.persons[i].hush_at = NEVER;
        }
        let p = &self.persons[i];
        if p.think_at <= self.now && p.voice_at == NEVER {
            self.think(slot, i);
        }
        self.emit(slot, i, out);
        let p = &self.persons[i];
        let due = p.voice_at.min(p.stop_at).min(p.clap_at).min(p.hush_at);
        let due = if due == NEVER { NEVER } else { due.saturating_sub(self.look) };
        self.wake[slot] = quantum_of(due.min(p.think_at));
    }

    fn hear(&mut self, slot: usize, i: usize) {
        let from = self.heard[slot].max(self.world.oldest().saturating_sub(1));
        for epoch in from + 1..=self.world.epoch {
            let (at, news) = self.world.news(epoch);
            // Keyed by the news, not by how much the person has done so far.
            let mut draw = rng::stream(self.seed, Domain::Decision, i as u64, 1 << 41 | u64::from(epoch));
            match news {
                News::Turn => {}
                News::Hush => {
                    let mut hush_s = draw.log_normal(HUSH_S.0, HUSH_S.1).min(HUSH_LIMIT_S);
                    if draw.chance(STRAGGLERS) {
                        hush_s = draw.range(STRAGGLERS_S.0, STRAGGLERS_S.1);
                    }
                    // Nobody draws breath for another phrase late in the own reaction.
                    let p = &mut self.persons[i];
                    if p.voice_at != NEVER && p.voice_at > at + self.rate.frames(0.5 * hush_s) {
                        p.voice_at = NEVER;
                    }
                    if draw.chance(GASPS) {
                        let gasp_s = draw.range(GASP_S.0, GASP_S.1);
                        hush_s = hush_s.min(gasp_s - 0.1);
                        let gasp_at = at + self.frames(gasp_s);
                        self.react(i, Noise::Gasp, gasp_at, draw.unit());
                    }
                    if self.doing[slot] != Doing::Idle {
                        self.persons[i].hush_at = at + self.frames(hush_s);
                    }
                }
                News::Gasp => {
                    if draw.chance(GASPS) && !self.doing[slot].is_active() {
                        let gasp_at = at + self.frames(draw.range(GASP_S.0, GASP_S.1));
                        self.react(i, Noise::Gasp, gasp_at, draw.unit());
                    }
                }
                News::Cheer => {
                    if draw.chance(CHEERS) && self.doing[slot] != Doing::Chant {
                        let late = f64::from(self.traits[i].reaction_s) + 0.6 * draw.unit();
                        let cheer_at = at + self.frames(late);
                        self.react(i, Noise::Cheer, cheer_at, draw.unit());
                    }
                }
                News::Call { amp } => self.heads_turn(slot, i, at, f64::from(amp), &mut draw),
            }
        }
        self.heard[slot] = self.world.epoch;
    }

    /// Murmurers who hear the leader break off, and take 1 to 3 s before they go on.
    fn heads_turn(&mut self, slot: usize, i: usize, at: u64, amp: f64, draw: &mut rng::Stream) {
        if self.doing[slot] != Doing::Murmur {
            return;
        }
        let heard = audibility(f64::from(self.traits[i].away_m), amp, self.active_share());
        if !draw.chance(HEADS_TURN * heard) {
            return;
        }
        let stop = at + self.frames(draw.log_normal(0.4, 1.4));
        let pause = self.frames(draw.range(1.0, 3.0));
        self.break_off(i, stop, 1.0);
        let p = &mut self.persons[i];
        if p.voice_at != NEVER {
            p.voice_at = p.voice_at.max(stop + pause);
        }
        p.think_at = p.think_at.max(stop);
    }

    /// A sound that answers something, whatever the person does otherwise.
    fn react(&mut self, i: usize, noise: Noise, at: u64, unit: f64) {
        let speaker = self.traits[i].speaker;
        let Some(grain) = self.repertoire.noises[noise as usize].takes(speaker).pick(unit, u32::MAX) else {
            return;
        };
        if at <= self.now {
            return;
        }
        if self.persons[i].busy_until > at {
            self.break_off(i, at.saturating_sub(self.frames(0.12)), 0.0);
        }
        let (gain, think_at) = (self.traits[i].gain, self.persons[i].think_at);
        self.plan_sound(i, at, grain, gain, Stem::Cheer);
        (self.persons[i].reaction, self.persons[i].think_at) = (true, think_at);
    }

    /// What somebody should be doing now.
    fn wanted(&self, slot: usize, i: usize, lit: bool) -> Doing {
        let world = &self.world;
        let talk = |quiet: f64| {
            let share = self.talk() * quiet / TALKER_DUTY;
            if f64::from(self.traits[i].talk) < share { Doing::Murmur } else { Doing::Idle }
        };
        let doing = self.doing[slot];
        if i as u32 >= world.limit {
            return if world.activity == Activity::Silent { Doing::Still } else { Doing::Idle };
        }
        match world.activity {
            Activity::Silent | Activity::Auto => Doing::Still,
            Activity::Murmur | Activity::Answer => {
                let p = &self.persons[i];
                if doing == Doing::Answer && (p.voice_at != NEVER || p.busy_until > self.now) {
                    return Doing::Answer;
                }
                talk(1.0)
            }
            Activity::Shout if lit => Doing::Shout,
            Activity::Chant if lit && self.clock.running => Doing::Chant,
            Activity::Chant if lit => Doing::Shout,
            Activity::Roar if lit => Doing::Roar,
            Activity::Applaud if lit => Doing::Applaud,
            Activity::Shout => talk((1.0 - world.share) * (1.0 - world.share)),
            Activity::Chant if self.fire.is_some() => talk((1.0 - self.active_share()).max(0.0)),
            Activity::Chant | Activity::Roar | Activity::Applaud => Doing::Idle,
        }
    }

    fn turn(&mut self, slot: usize, i: usize, wanted: Doing) {
        if wanted == Doing::Still {
            self.fall_silent(slot, i);
            return;
        }
        let mut dice = self.dice(i);
        let reaction = self.traits[i].reaction_s;
        let (first_s, hands) = match wanted {
            Doing::Shout => (f64::from(reaction) + 0.25 * dice.unit(), Hands::Still),
            Doing::Roar => (0.12 * dice.unit(), self.hands_in_a_roar(i)),
            Doing::Applaud => (0.3 * dice.unit(), Hands::Free),
            _ => (0.0, Hands::Still),
        };
        let start = self.now + self.frames(first_s);
        self.set_doing(slot, wanted);
        let hz = f64::from(self.traits[i].clap_hz);
        let first_clap = start + self.frames(dice.unit() / hz);
        let p = &mut self.persons[i];
        p.hush_at = NEVER;
        p.age = 0;
        p.think_at = start;
        if !p.reaction {
            p.voice_at = NEVER;
        }
        p.hands = hands;
        p.clap_at = if hands == Hands::Free { first_clap } else { NEVER };
    }

    fn hands_in_a_roar(&self, i: usize) -> Hands {
        if f64::from(self.traits[i].clap) < self.config.claps { Hands::Free } else { Hands::Still }
    }

    fn fall_silent(&mut self, slot: usize, i: usize) {
        if self.persons[i].hush_at == NEVER {
            if self.doing[slot] == Doing::Idle {
                self.set_doing(slot, Doing::Still);
                self.persons[i].think_at = self.now;
                return;
            }
            let hush_s = self.dice(i).log_normal(HUSH_S.0, HUSH_S.1).min(HUSH_LIMIT_S);
            self.persons[i].hush_at = self.world.changed_at.max(self.now) + self.frames(hush_s);
        }
        let at = self.persons[i].hush_at;
        if at > self.now + self.look {
            return;
        }
        let mut dice = self.dice(i);
        let late = self.world.changed_at + self.frames(HUSH_LIMIT_S);
        let patient = dice.chance(TO_PHRASE_END) && self.persons[i].busy_until <= late;
        if !patient {
            self.break_off(i, at.max(self.now), 0.6);
        }
        self.set_doing(slot, Doing::Still);
        let think_at = at + self.frames(2.0 + 3.0 * dice.unit());
        let p = &mut self.persons[i];
        if !p.reaction {
            p.voice_at = NEVER;
        }
        (p.hush_at, p.clap_at, p.hands) = (NEVER, NEVER, Hands::Still);
        p.think_at = think_at;
    }

    /// Stops what is being said at the end of a syllable after `at`, or after `patience_s` at the latest.
    pub(crate) fn break_off(&mut self, i: usize, at: u64, patience_s: f64) {
        let p = &self.persons[i];
        if p.busy_until <= at {
            return;
        }
        let said = p.busy_rate.performed(at.saturating_sub(p.busy_at));
        let stops = self.infos.stops(p.busy_grain);
        let next = stops.partition_point(|s| u64::from(*s) < said);
        let limit = at + self.frames(patience_s);
        let syllable = stops.get(next).map(|s| p.busy_at + p.busy_rate.played(*s)).filter(|s| *s <= limit);
        let (stop, fade_s) = match syllable {
            Some(stop) => (stop, FADE_S),
            None => (at + self.frames(0.3 * patience_s), CUT_FADE_S),
        };
        let fade = self.frames(fade_s) as u32;
        let p = &mut self.persons[i];
        if stop < p.busy_until && stop < p.stop_at {
            (p.stop_at, p.stop_fade) = (stop, fade);
        }
    }

    /// Makes sure that nothing else is being said at `start`; `false` if that cannot be.
    pub(crate) fn make_free(&mut self, i: usize, start: u64) -> bool {
        let p = &self.persons[i];
        if p.busy_until.min(p.stop_at) <= start {
            return true;
        }
        let fade = self.frames(FADE_S);
        let Some(latest) = start.checked_sub(fade).filter(|l| *l > self.now) else { return false };
        let said = p.busy_rate.performed(latest.saturating_sub(p.busy_at));
        let stops = self.infos.stops(p.busy_grain);
        let before = stops.partition_point(|s| u64::from(*s) <= said);
        let syllable =
            before.checked_sub(1).map(|k| p.busy_at + p.busy_rate.played(stops[k])).filter(|s| *s > self.now);
        let cut = latest.saturating_sub(self.frames(CUT_FADE_S)).max(self.now);
        let fade = self.frames(if syllable.is_some() { FADE_S } else { CUT_FADE_S }) as u32;
        let p = &mut self.persons[i];
        (p.stop_at, p.stop_fade) = (syllable.unwrap_or(cut), fade);
        true
    }

    /// Hands out what begins or ends before the next visit.
    fn emit(&mut self, slot: usize, i: usize, out: &mut Out) {
        let horizon = self.now + self.look;
        let person = i as u32;
        let p = &mut self.persons[i];
        if p.stop_at < horizon {
            let at = p.stop_at.max(self.now);
            if at < p.busy_until {
                out.push(GrainEvent::Stop { person, at, fade_frames: p.stop_fade });
                p.busy_until = at + u64::from(p.stop_fade);
            }
            p.stop_at = NEVER;
        }
        if p.voice_at < horizon {
            let at = p.voice_at.max(self.now);
            let (grain, rate) = (p.voice_grain, p.voice_rate);
            out.push(GrainEvent::Start {
                person,
                grain: GrainId(grain),
                rate,
                at,
                gain: p.voice_gain,
                stem: p.voice_stem,
            });
            p.busy_at = at;
            p.busy_until = at + rate.played(self.infos.frames[grain as usize]);
            (p.busy_grain, p.busy_rate, p.last) = (grain, rate, grain);
            (p.voice_at, p.reaction) = (NEVER, false);
            p.age += 1;
            if matches!(self.doing[slot], Doing::Murmur | Doing::Shout | Doing::Roar | Doing::Applaud) {
                p.think_at = self.now;
            }
            if self.doing[slot] == Doing::Roar {
                self.cut_burst(i);
            }
        }
        if self.persons[i].clap_at < horizon {
            self.clap(i, out);
        }
    }
}
