//! Where a show is heard: a sound card, nobody, or one after the other.
//!
//! Owns the change from a device that has gone to a clock that keeps the show in time, and back to the next device.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use crate::{
    output::{Clock, Counters, Device, DeviceRequest, NullPlayer, Playing, find},
    units::SampleRate,
};

use super::{
    arguments::Sink,
    failure::Failure,
    show::{Lent, Show},
};

/// Frames of the null device's blocks.
const NULL_BLOCK: usize = 512;

/// A device that asks for nothing for this long has gone, whatever it says.
const STALLED: Duration = Duration::from_secs(3);

/// How often a new device is looked for.
const SEARCH: Duration = Duration::from_secs(1);

/// How the output stands.
pub(crate) struct Now<'a> {
    /// Nothing has to be done for this long.
    pub wait: Duration,
    /// What plays.
    pub device: &'a str,
    /// Length of its buffer, seconds.
    pub latency_s: f64,
    /// Highest load since the last look.
    pub load: f64,
    /// Gaps so far.
    pub underruns: u64,
    /// Late blocks so far.
    pub late: u64,
    /// The device has gone.
    pub lost: bool,
}

/// Looks after everything else while the show is on.
pub(crate) type Look<'l> = dyn FnMut(Now<'_>) + 'l;

/// A place for a show.
pub(crate) enum Outlet {
    /// A sound card, and how to find the next one.
    Card(Box<Device>, DeviceRequest),
    /// Nobody.
    Nobody(SampleRate, Clock),
}

impl Outlet {
    /// Finds what the options ask for. `null` is nobody in real time, `null-free` nobody as fast as the machine can.
    pub fn find(sink: &Sink, rate: Option<SampleRate>) -> Result<Self, Failure> {
        match sink.device.as_deref() {
            Some("null") => return Ok(Self::Nobody(rate.unwrap_or_default(), Clock::RealTime)),
            Some("null-free") => return Ok(Self::Nobody(rate.unwrap_or_default(), Clock::Free)),
            _ => {}
        }
        let request = DeviceRequest {
            host: sink.host.clone(),
            device: sink.device.clone(),
            rate,
            channels: sink.channels,
            block_s: sink.latency,
        };
        let device = find(&request)?;
        // The show has the rate that it began with, whatever comes after.
        let request = DeviceRequest { rate: Some(device.rate()), ..request };
        Ok(Self::Card(Box::new(device), request))
    }

    /// Frames per second.
    pub fn rate(&self) -> SampleRate {
        match self {
            Self::Card(device, _) => device.rate(),
            Self::Nobody(rate, _) => *rate,
        }
    }

    /// True if time is real.
    pub fn is_timed(&self) -> bool {
        !matches!(self, Self::Nobody(_, Clock::Free))
    }

    /// What was granted.
    pub fn describe(&self) -> String {
        match self {
            Self::Card(device, _) => device.describe(),
            Self::Nobody(rate, Clock::RealTime) => format!("nobody, in real time, {} Hz", rate.hz()),
            Self::Nobody(rate, Clock::Free) => format!("nobody, as fast as can be, {} Hz", rate.hz()),
        }
    }

    /// Plays the show to its end; `look` is called again and again meanwhile. The show comes back, unless a device
    /// keeps it.
    pub fn play(self, show: Box<Show>, look: &mut Look<'_>) -> (Option<Box<Show>>, Result<(), Failure>) {
        let rate = self.rate();
        let name = self.describe();
        let (back, returned) = mpsc::channel();
        let lent = Box::new(Lent::new(show, back.clone()));
        let mut run = Run { name, rate, back, returned, past: (0, 0), look };
        let outcome = match self {
            Self::Nobody(_, clock) => {
                run.unheard(lent, clock, None);
                Ok(())
            }
            Self::Card(device, request) => run.cards(*device, &request, lent),
        };
        let show = run.returned.recv_timeout(Duration::from_secs(1)).ok();
        (show, outcome)
    }
}

struct Run<'r, 'l> {
    name: String,
    rate: SampleRate,
    back: mpsc::Sender<Box<Show>>,
    returned: mpsc::Receiver<Box<Show>>,
    /// Gaps and late blocks of outputs that are over.
    past: (u64, u64),
    look: &'r mut Look<'l>,
}

impl Run<'_, '_> {
    /// Plays on a device, and on those that come after it.
    fn cards(&mut self, device: Device, request: &DeviceRequest, lent: Box<Lent>) -> Result<(), Failure> {
        let mut playing = device.play(lent)?;
        loop {
            if self.card(&playing) {
                return Ok(());
            }
            (self.past.0, self.past.1) =
                (self.past.0 + playing.counters.underruns(), self.past.1 + playing.counters.late());
            // Closing a device that has gone may take its time; the show must not wait for it.
            std::thread::spawn(move || drop(playing));
            let Ok(show) = self.returned.recv_timeout(Duration::from_secs(5)) else {
                let failure = Failure::new("the sound device has gone and does not let the show go");
                return Err(failure.hint("`uproar devices` lists what there is now"));
            };
            let lent = Box::new(Lent::new(show, self.back.clone()));
            match self.unheard(lent, Clock::RealTime, Some(request)) {
                Some(next) => playing = next,
                None => return Ok(()),
            }
        }
    }

    /// Looks after a device until the show ends (true) or the device has gone (false).
    fn card(&mut self, playing: &Playing) -> bool {
        let counters = Arc::clone(&playing.counters);
        let block_s = f64::from(playing.block_frames.unwrap_or(0)) / self.rate.hz_f64();
        let mut moved = (counters.frames(), Instant::now());
        while !counters.ended() {
            if counters.lost() {
                return false;
            }
            if counters.frames() != moved.0 {
                moved = (counters.frames(), Instant::now());
            } else if moved.1.elapsed() > STALLED {
                return false;
            }
            self.tell(
                &counters,
                Duration::from_millis(20),
                playing.latency_s().unwrap_or(2.0 * block_s),
                false,
            );
        }
        self.tell(&counters, Duration::ZERO, block_s, false);
        // What has been handed over still has to be heard.
        let rest_s = playing.latency_s().unwrap_or(0.0).max(2.0 * block_s).clamp(0.05, 1.0);
        std::thread::sleep(Duration::from_secs_f64(rest_s));
        true
    }

    /// Plays to nobody until the show ends, or until a device that fits `request` plays it.
    fn unheard(&mut self, lent: Box<Lent>, clock: Clock, request: Option<&DeviceRequest>) -> Option<Playing> {
        let mut player = NullPlayer::new(lent, self.rate, NULL_BLOCK, clock);
        let mut searched = Instant::now();
        loop {
            let counters = Arc::clone(player.counters());
            let wait = player.step();
            self.tell(&counters, wait, 0.0, request.is_some());
            if counters.ended() {
                return None;
            }
            let Some(request) = request.filter(|_| searched.elapsed() > SEARCH) else { continue };
            searched = Instant::now();
            let Ok(device) = find(request) else { continue };
            let name = device.describe();
            drop(player);
            // The clock's owner is this thread: the show is back at once.
            let show = self.returned.recv_timeout(Duration::from_secs(1)).ok()?;
            match device.play(Box::new(Lent::new(show, self.back.clone()))) {
                Ok(playing) => {
                    self.name = name;
                    return Some(playing);
                }
                Err(_) => {
                    let show = self.returned.recv_timeout(Duration::from_secs(1)).ok()?;
                    let lent = Box::new(Lent::new(show, self.back.clone()));
                    player = NullPlayer::new(lent, self.rate, NULL_BLOCK, clock);
                }
            }
        }
    }

    fn tell(&mut self, counters: &Counters, wait: Duration, latency_s: f64, lost: bool) {
        (self.look)(Now {
            wait,
            device: &self.name,
            latency_s,
            load: counters.take_load(),
            underruns: self.past.0 + counters.underruns(),
            late: self.past.1 + counters.late(),
            lost,
        });
    }
}
