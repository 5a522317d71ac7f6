//! Where a show is heard: a sound card, nobody, or one after the other.
//!
//! Owns the change from a device that has gone to a clock that keeps the show in time, and back to the next device.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use rtrb::Producer;

use crate::{
    output::{Clock, Counters, Device, DeviceRequest, NullPlayer, OutputError, Playing, find},
    units::SampleRate,
};

use super::{
    arguments::Sink,
    failure::Failure,
    run::broken,
    show::{Lent, Seat, Show},
};

/// Frames of the null device's blocks.
const NULL_BLOCK: usize = 512;

/// A device that asks for nothing for this long, or for so many of its blocks, has gone, whatever it says.
const STALLED: Duration = Duration::from_millis(500);
const STALLED_BLOCKS: f64 = 8.0;

/// How often a new device is looked for.
const SEARCH: Duration = Duration::from_secs(1);

/// How long a device that has been found may take until it asks for sound, again and again.
const BEGIN: Duration = Duration::from_secs(3);

/// A device that has asked for so much silence runs, seconds: more than it keeps in its buffers.
const RUNS_S: f64 = 0.1;

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
    /// The device has gone, and why.
    pub lost: Option<&'a str>,
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
        let mut run = Run { name, rate, back, returned, past: (0, 0), ended: None, look };
        let outcome = match self {
            Self::Nobody(_, clock) => run.unheard(show, clock),
            Self::Card(device, request) => run.cards(*device, &request, show),
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
    /// Why the show ended unheard, if it broke down.
    ended: Option<Failure>,
    look: &'r mut Look<'l>,
}

/// How a show has ended: well, or because it broke down.
fn ended_well(counters: &Counters) -> Result<(), Failure> {
    counters.broken().map_or(Ok(()), |reason| Err(broken(reason)))
}

impl Run<'_, '_> {
    /// Plays on a device, and on those that come after it.
    fn cards(&mut self, device: Device, request: &DeviceRequest, show: Box<Show>) -> Result<(), Failure> {
        let mut found = Found::open(device)?;
        // One that never asks is found out soon.
        let _ = found.runs(self.rate);
        let mut playing = found.seat(show, &self.back);
        loop {
            let Some(silent_since) = self.card(&playing) else { return ended_well(&playing.counters) };
            (self.past.0, self.past.1) =
                (self.past.0 + playing.counters.underruns(), self.past.1 + playing.counters.late());
            let why = playing.counters.why_lost().unwrap_or("it asks for no more sound").to_owned();
            // Closing a device that has gone may take its time; the show must not wait for it.
            // Without a thread it is closed here.
            let _ = thread::Builder::new().name("closing".into()).spawn(move || drop(playing));
            let Ok(show) = self.returned.recv_timeout(Duration::from_secs(5)) else {
                let failure = Failure::new("the sound device has gone and does not let the show go");
                return Err(failure.hint("`uproar devices` lists what there is now"));
            };
            match self.until_found(show, silent_since, &why, request) {
                Some(next) => playing = next,
                None => return self.ended.take().map_or(Ok(()), Err),
            }
        }
    }

    /// Looks after a device until the show ends, or until the device has gone: then tells when it last asked for sound.
    fn card(&mut self, playing: &Playing) -> Option<Instant> {
        let counters = Arc::clone(&playing.counters);
        let block_s = f64::from(playing.block_frames.unwrap_or(0)) / self.rate.hz_f64();
        let stalled = STALLED.max(Duration::from_secs_f64(STALLED_BLOCKS * block_s));
        let mut moved = (counters.frames(), Instant::now());
        while !counters.ended() {
            if counters.frames() != moved.0 {
                moved = (counters.frames(), Instant::now());
            } else if counters.lost() || moved.1.elapsed() > stalled {
                return Some(moved.1);
            }
            self.tell(
                &counters,
                Duration::from_millis(20),
                playing.latency_s().unwrap_or(2.0 * block_s),
                None,
            );
        }
        self.tell(&counters, Duration::ZERO, block_s, None);
        // What has been handed over still has to be heard.
        let rest_s = playing.latency_s().unwrap_or(0.0).max(2.0 * block_s).clamp(0.05, 1.0);
        thread::sleep(Duration::from_secs_f64(rest_s));
        None
    }

    /// Plays to nobody until the show ends.
    fn unheard(&mut self, show: Box<Show>, clock: Clock) -> Result<(), Failure> {
        let lent = Box::new(Lent::new(show, self.back.clone()));
        let mut player = NullPlayer::new(lent, self.rate, NULL_BLOCK, clock);
        let counters = Arc::clone(player.counters());
        while !counters.ended() {
            let wait = player.step();
            self.tell(&counters, wait, 0.0, None);
        }
        ended_well(&counters)
    }

    /// Plays to nobody, in time since `start`, until the show ends or a device that fits plays it.
    fn until_found(
        &mut self,
        show: Box<Show>,
        start: Instant,
        why: &str,
        request: &DeviceRequest,
    ) -> Option<Playing> {
        let search = Search::begin(request);
        let lent = Box::new(Lent::new(show, self.back.clone()));
        let mut player = NullPlayer::new(lent, self.rate, NULL_BLOCK, Clock::RealTime).since(start);
        let counters = Arc::clone(player.counters());
        let mut found = None;
        loop {
            let wait = player.step();
            self.tell(&counters, wait, 0.0, Some(why));
            if counters.ended() {
                self.ended = ended_well(&counters).err();
                return None;
            }
            found = found.or_else(|| search.found.try_recv().ok());
            // In time first: what is behind is caught up with unheard.
            if wait > Duration::ZERO
                && let Some(found) = found.take()
            {
                drop(player);
                // The clock's owner is this thread: the show is back at once.
                let show = self.returned.recv_timeout(Duration::from_secs(1)).ok()?;
                self.name.clone_from(&found.name);
                return Some(found.seat(show, &self.back));
            }
        }
    }

    fn tell(&mut self, counters: &Counters, wait: Duration, latency_s: f64, lost: Option<&str>) {
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

/// A device that plays silence, and the door to the seat in it.
struct Found {
    playing: Playing,
    door: Producer<Box<Lent>>,
    name: String,
}

impl Found {
    fn open(device: Device) -> Result<Self, OutputError> {
        let name = device.describe();
        let (seat, door) = Seat::new();
        Ok(Self { playing: device.play(Box::new(seat))?, door, name })
    }

    /// Waits until it asks for sound as fast as it is heard; false if it does not.
    fn runs(&mut self, rate: SampleRate) -> bool {
        let start = Instant::now();
        while rate.seconds(self.playing.counters.frames()) < RUNS_S {
            if self.playing.counters.lost() || start.elapsed() > BEGIN {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Gives it a show to play.
    fn seat(mut self, show: Box<Show>, back: &mpsc::Sender<Box<Show>>) -> Playing {
        // The seat is free: nobody else has its door.
        let _ = self.door.push(Box::new(Lent::new(show, back.clone())));
        self.playing
    }
}

/// Looks for a device on a thread of its own: sound systems that are in trouble may take seconds for each answer.
struct Search {
    found: mpsc::Receiver<Found>,
    over: Arc<AtomicBool>,
}

impl Search {
    fn begin(request: &DeviceRequest) -> Self {
        let (tell, found) = mpsc::sync_channel(1);
        let over = Arc::new(AtomicBool::new(false));
        let (request, ended) = (request.clone(), Arc::clone(&over));
        let work = move || {
            while !ended.load(Ordering::Relaxed) {
                if let Some(found) = look_for(&request) {
                    // Without anybody who waits it is closed again.
                    let _ = tell.send(found);
                    return;
                }
                thread::sleep(SEARCH);
            }
        };
        // Without a thread the show goes on unheard.
        let _ = thread::Builder::new().name("search".into()).spawn(work);
        Self { found, over }
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// A device that fits and runs.
fn look_for(request: &DeviceRequest) -> Option<Found> {
    let mut found = Found::open(find(request).ok()?).ok()?;
    found.runs(request.rate.unwrap_or_default()).then_some(found)
}
