//! The leader and the soloists, and single answers from the crowd.

use super::person::Doing;
use super::plan::LeadPlan;
use super::repertoire::{Takes, pick_said};
use super::scheduler::Out;
use super::{Control, Crowd, Order, Role, Voiced};
use crate::grain::{GrainEvent, GrainId, Rate, Stem};
use crate::math;
use crate::rng::{self, Domain};
use crate::scene::{Activity, CueAction};
use crate::units;

/// Time between two single answers when they begin and when they get dense, seconds.
const ANSWER_S: (f64, f64) = (2.5, 0.6);
/// Intensities at which that is.
const ANSWER_AT: (f64, f64) = (0.15, 0.30);
/// Answers come from among this many people.
const ANSWERERS: usize = 4096;
/// Keys of leads lie out of reach of any crowd.
const LEAD_KEY: u64 = 1 << 40;
/// Timing scatter of those who lead, seconds.
const LEAD_S: f64 = 0.008;

/// A leader or soloist on stage.
pub(crate) struct Lead {
    pub plan: LeadPlan,
    person: u32,
    busy_at: u64,
    busy_until: u64,
    busy_grain: u32,
    cycle: u32,
    next_line: usize,
    calls: u64,
}

impl Lead {
    pub fn new(person: u32, plan: LeadPlan) -> Self {
        Self { plan, person, busy_at: 0, busy_until: 0, busy_grain: 0, cycle: 0, next_line: 0, calls: 0 }
    }

    pub fn reset(&mut self) {
        (self.busy_at, self.busy_until, self.busy_grain) = (0, 0, 0);
        (self.cycle, self.next_line, self.calls) = (0, 0, 0);
    }

    /// Stops at once; the mixer ends what sounds.
    pub fn fall_silent(&mut self) {
        self.busy_until = 0;
    }

    fn start(&mut self, grain: u32, at: u64, frames: u32, out: &mut Out) {
        out.push(GrainEvent::Start {
            person: self.person,
            grain: GrainId(grain),
            rate: Rate::ONE,
            at,
            gain: 1.0,
            stem: Stem::Leader,
        });
        (self.busy_at, self.busy_grain) = (at, grain);
        self.busy_until = at + u64::from(frames);
    }

    fn stop(&mut self, at: u64, fade: u64, out: &mut Out) {
        if self.busy_until > at {
            out.push(GrainEvent::Stop { person: self.person, at, fade_frames: fade as u32 });
            self.busy_until = at + fade;
        }
    }
}

/// Intensity below which leader and soloists do not chant along.
const LEAD_FROM: f64 = 0.02;

impl Crowd {
    /// Lets the leader and the soloists call, and chant along.
    pub(crate) fn step_leads(&mut self, control: &Control, out: &mut Out) {
        for order in control.orders.iter() {
            match order.action {
                CueAction::Call | CueAction::Solo => self.say(order, out),
                _ => {}
            }
        }
        let hushed = self.world.activity == Activity::Silent && self.world.changed_at == self.now;
        for lead in 0..self.leads.len() {
            if hushed && self.leads[lead].cycle > 0 {
                let at = self.now + self.frames(0.3);
                let busy_at = self.leads[lead].busy_at;
                let stops = self.infos.stops(self.leads[lead].busy_grain);
                let stop = stops.iter().map(|s| busy_at + u64::from(*s)).find(|s| *s >= at);
                let fade = self.frames(0.03);
                self.leads[lead].stop(stop.unwrap_or(at), fade, out);
            }
            // Nobody shouts alone into a street that has been asked to be silent.
            if self.clock.running && self.world.intensity > LEAD_FROM && self.leads[lead].plan.chants {
                self.lead_chant(lead, out);
            }
        }
    }

    fn lead_chant(&mut self, lead: usize, out: &mut Out) {
        let (cycle, at) = (self.clock.cycle, self.clock.at);
        let soon = self.now + self.frames(0.4);
        if self.leads[lead].cycle == cycle || soon < at {
            return;
        }
        self.leads[lead].cycle = cycle;
        let takes = self.repertoire.lead_chants.get(lead).and_then(|c| c.get(self.clock.chant));
        let mut draw = rng::stream(self.seed, Domain::Timing, LEAD_KEY + lead as u64, u64::from(cycle));
        let last = self.leads[lead].busy_grain;
        let Some(grain) = takes.and_then(|t| t.pick(draw.unit(), last)) else { return };
        let beat = at as f64 + LEAD_S * draw.normal_within(2.5) * self.rate.hz_f64();
        let start = (beat - f64::from(self.infos.anchor[grain as usize])).max(0.0) as u64;
        if start >= self.now && self.leads[lead].busy_until <= start {
            self.leads[lead].start(grain, start, self.infos.frames[grain as usize], out);
        }
    }

    /// A call or a solo line, now or with its first vowel at a frame.
    fn say(&mut self, order: &Order, out: &mut Out) {
        if order.voiced == Voiced::Already {
            return;
        }
        let lead = self.lead_for(order.who, order.line);
        if lead >= self.leads.len() {
            return;
        }
        let Some(takes) = self.line_of(lead, order.line) else { return };
        let calls = self.leads[lead].calls;
        self.leads[lead].calls += 1;
        let mut draw = rng::stream(self.seed, Domain::Decision, LEAD_KEY + lead as u64, calls);
        let Some(grain) = takes.pick(draw.unit(), self.leads[lead].busy_grain) else { return };
        let anchor = u64::from(self.infos.anchor[grain as usize]);
        let mut at = match order.voiced {
            Voiced::At(onset) => onset.saturating_sub(anchor).max(self.now),
            _ => self.now,
        };
        if self.leads[lead].busy_until > at {
            let (fade, rest) = (self.frames(0.04), self.frames(0.08));
            let stop = at.saturating_sub(rest).max(self.now);
            self.leads[lead].stop(stop, fade, out);
            at = at.max(stop + rest);
        }
        self.leads[lead].start(grain, at, self.infos.frames[grain as usize], out);
    }

    /// The takes of a line, or of the next line that suits this lead.
    fn line_of(&mut self, lead: usize, line: Option<u16>) -> Option<Takes> {
        let lines = self.repertoire.lead_lines.get(lead)?;
        if let Some(takes) = line.and_then(|l| lines.get(usize::from(l))).filter(|t| t.count > 0) {
            return Some(*takes);
        }
        let own = if self.leads[lead].plan.is_leader { Role::Leader } else { Role::Solo };
        let next = self.leads[lead].next_line;
        let n = lines.len();
        for any in [false, true] {
            for k in 0..n {
                let index = (next + k) % n;
                if lines[index].count > 0 && (any || self.lines[index].role == own) {
                    self.leads[lead].next_line = index + 1;
                    return Some(lines[index]);
                }
            }
        }
        None
    }

    /// Lets one person after the other shout an answer, each another line, those who heard the leader best first.
    pub(crate) fn step_answers(&mut self) {
        if self.world.activity != Activity::Answer {
            self.answer_at = self.now + self.frames(0.4);
            return;
        }
        if self.now < self.answer_at {
            return;
        }
        let dense = (self.world.intensity - ANSWER_AT.0) / (ANSWER_AT.1 - ANSWER_AT.0);
        let mut draw = rng::stream(self.seed, Domain::Scene, self.answers, 3);
        self.answers += 1;
        let mean = math::lerp(ANSWER_S.0, ANSWER_S.1, dense.clamp(0.0, 1.0));
        self.answer_at = self.now + self.frames(mean * draw.range(0.55, 1.45));
        let reach_m = self.world.call.map_or(60.0, |(_, amp)| 15.0 + 70.0 * f64::from(amp));
        for _ in 0..64 {
            // Drawn from a fixed range: one more person changes only the draws that meet this person.
            let (i, heard) = (draw.below(ANSWERERS.min(self.persons.len().next_power_of_two())), draw.unit());
            if i >= self.persons.len().min(self.world.limit as usize)
                || heard > math::exp(-f64::from(self.traits[i].away_m) / reach_m)
            {
                continue;
            }
            if self.answer(i, draw.unit(), draw.range(0.1, 0.3)) {
                return;
            }
        }
    }

    fn answer(&mut self, i: usize, unit: f64, after_s: f64) -> bool {
        let slot = self.slot(i);
        let speaker = usize::from(self.traits[i].speaker);
        if !matches!(self.doing[slot], Doing::Idle | Doing::Murmur | Doing::Still) {
            return false;
        }
        let said = self.repertoire.shouts.get(speaker).map_or(&[][..], |s| s.as_slice());
        let Some(said) = pick_said(said, unit, self.persons[i].last) else { return false };
        if said.line == self.answer_line && self.lines.iter().filter(|l| l.role == Role::Answer).count() > 1 {
            return false;
        }
        // At least a round of visits ahead, so that it is on time.
        let at = self.now + self.look + self.frames(after_s);
        if !self.make_free(i, at) {
            return false;
        }
        self.answer_line = said.line;
        self.set_doing(slot, Doing::Answer);
        let gain = self.traits[i].gain * units::gain_from_db(2.0) as f32;
        self.plan_sound(i, at, said.grain, gain, Stem::Chant);
        // What comes after it is thought about then.
        (self.persons[i].reaction, self.persons[i].think_at) = (true, at);
        self.wake[slot] = 0;
        true
    }
}
