//! What can be asked of a running engine, and what it says of itself.
//!
//! Owns the messages and the bounded rings they travel on. Messages are `Copy`; a full ring never
//! blocks: the sender is told. What is larger travels in a box that comes back to be dropped outside.

use rtrb::{Consumer, Producer, PushError, RingBuffer};
use serde::{Deserialize, Serialize};

use crate::scene::{Activity, CueAction};

use super::runner::Engine;
use super::study::Uptake;

/// How many commands may wait for the next quantum.
pub(super) const COMMANDS: usize = 256;
/// How many snapshots may wait to be read; older ones are kept, newer ones dropped.
const SNAPSHOTS: usize = 256;
/// How many deeds may wait to be written down: several seconds of the busiest hands.
const DEEDS: usize = 4096;
/// How many learned phrases may wait.
const UPTAKES: usize = 4;

/// Something that a performer, a game or a script asks for. Takes effect at the next quantum (1.3 ms).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Replaces the drawn intensity (0..1) until [`Command::FollowScene`].
    Intensity(f32),
    /// Moves the intensity from where it is to `to`, evenly over `seconds`.
    Swell {
        /// Where to, 0..1.
        to: f32,
        /// Length of the way, seconds.
        seconds: f32,
    },
    /// Replaces what the beat has the crowd do until [`Command::FollowScene`].
    Activity(Activity),
    /// Gives intensity, activity, line and tempo back to the scene.
    FollowScene,
    /// Cues the crowd now.
    Cue(CueAction),
    /// The leader calls this line (index into the preset's lines) now, or says it as far as it was learned.
    Call(u16),
    /// Has the crowd chant this line (index into the preset's chant lines) from the next repeat on.
    Line(u16),
    /// Tempo of the chant, beats per minute, from the next repeat on: the nearest that was performed. 0 gives it back
    /// to the scene.
    Tempo(f32),
    /// Listens from this place (index into the preset's places), over `fade_s` seconds.
    Place {
        /// Index of the place.
        place: u16,
        /// Length of the cross-fade, seconds.
        fade_s: f32,
    },
    /// Gives the place back to the scene.
    FollowPlace,
    /// How far the leader's call carries, 0..1.
    Amp(f32),
    /// Factor on the scatter of onsets, 0..4; 1 leaves it as it is.
    Spread(f32),
    /// Only so many people take part.
    People(u32),
    /// Output gain, linear, smoothed.
    Gain(f32),
    /// Silences the output within 20 ms, or gives it back. The crowd goes on.
    Mute(bool),
    /// Holds the scene's clock where it is (the crowd goes on) or lets it run.
    Hold(bool),
    /// Repeats the present beat until it is let go.
    Loop(bool),
    /// Moves the scene's clock to the start of this beat.
    Beat(u16),
    /// Moves the scene's clock by so many beats, to the start of a beat.
    Step(i16),
    /// Leaves out some of the far people: 0 nobody, each step about half of those that are left.
    Thin(u8),
    /// Stops every sound at once; the crowd stands silent until it is asked for something.
    Panic,
    /// Fades out over `seconds`, then stays silent.
    FadeOut {
        /// Length of the fade.
        seconds: f32,
    },
}

impl Command {
    /// The same with numbers that can be written down: what is not a number becomes 0, as it is taken anyway.
    #[must_use]
    pub fn plain(self) -> Self {
        let fix = |x: f32| if x.is_nan() { 0.0 } else { x.clamp(-1e9, 1e9) };
        match self {
            Self::Intensity(x) => Self::Intensity(fix(x)),
            Self::Swell { to, seconds } => Self::Swell { to: fix(to), seconds: fix(seconds) },
            Self::Tempo(x) => Self::Tempo(fix(x)),
            Self::Place { place, fade_s } => Self::Place { place, fade_s: fix(fade_s) },
            Self::Amp(x) => Self::Amp(fix(x)),
            Self::Spread(x) => Self::Spread(fix(x)),
            Self::Gain(x) => Self::Gain(fix(x)),
            Self::FadeOut { seconds } => Self::FadeOut { seconds: fix(seconds) },
            other => other,
        }
    }

    /// True for what only a performer asks of the crowd itself: from then on it knows more than the scene needs.
    pub(super) fn opens_up(self) -> bool {
        matches!(
            self,
            Self::Intensity(_)
                | Self::Swell { .. }
                | Self::Activity(_)
                | Self::Cue(_)
                | Self::Call(_)
                | Self::Line(_)
                | Self::Tempo(_)
        )
    }
}

/// Something that took effect, with the first frame that it concerns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deed {
    /// First frame of the quantum. Frames count from the start of the engine, look-ahead included.
    pub frame: u64,
    /// What.
    pub what: Did,
}

/// What took effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Did {
    /// A command.
    Command(Command),
    /// The uptake with this number.
    TookUp(u32),
    /// Another engine takes over.
    TookOver,
}

/// The engine at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Frame that the snapshot belongs to.
    pub frame: u64,
    /// Time on the scene's clock, seconds.
    pub scene_s: f64,
    /// Index of the beat.
    pub beat: usize,
    /// Index of the place that is heard.
    pub place: usize,
    /// Intensity asked for, 0..1.
    pub intensity: f32,
    /// What the crowd does.
    pub crowd: crate::crowd::CrowdStats,
    /// Where it is alight.
    pub map: crate::crowd::Map,
    /// Grains sounding.
    pub grains: u32,
    /// Grains that had to be replaced so far because the pool was full.
    pub stolen: u64,
    /// Level of the quantum after the master.
    pub meter: crate::mix::Meter,
    /// What a performer has taken over.
    pub hands: Hands,
    /// Grains of far people that were left out so far to save time.
    pub thinned: u64,
    /// Deeds that nobody wrote down because their ring was full.
    pub unlogged: u64,
}

/// What a performer has taken over from the scene.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hands {
    /// Intensity or activity do not follow the scene.
    pub crowd: bool,
    /// What the crowd was told to do, if it was.
    pub activity: Option<Activity>,
    /// The line that was chosen.
    pub line: Option<u16>,
    /// The place does not follow the scene.
    pub place: bool,
    /// The clock is held.
    pub hold: bool,
    /// The beat repeats.
    pub looped: bool,
    /// The output is silent.
    pub mute: bool,
    /// How far the crowd is thinned.
    pub thin: u8,
    /// The final fade has begun.
    pub fading: bool,
}

/// The control side of an engine: sends commands, reads snapshots. May live on another thread.
pub struct EngineHandle {
    commands: Producer<Command>,
    snapshots: Consumer<Snapshot>,
    deeds: Consumer<Deed>,
    uptakes: Producer<Box<Uptake>>,
    done: Consumer<Box<Uptake>>,
    arrivals: Producer<Box<Engine>>,
    departed: Consumer<Box<Engine>>,
}

impl EngineHandle {
    /// Sends a command.
    ///
    /// # Errors
    /// Gives the command back when 256 are already waiting, which means that nobody runs the engine.
    pub fn send(&mut self, command: Command) -> Result<(), Command> {
        self.commands.push(command).map_err(|PushError::Full(command)| command)
    }

    /// Has the crowd take up what it has learned. Drops what earlier uptakes have replaced.
    ///
    /// # Errors
    /// Gives it back when four are already waiting.
    pub fn take_up(&mut self, uptake: Box<Uptake>) -> Result<(), Box<Uptake>> {
        while self.done.pop().is_ok() {}
        self.uptakes.push(uptake).map_err(|PushError::Full(uptake)| uptake)
    }

    /// Lets another engine take over at the frame that it has been rolled to; see [`Engine::roll`]. If that has passed
    /// when it arrives, nothing happens.
    ///
    /// # Errors
    /// Gives it back while another one is on its way.
    pub fn succeed(&mut self, next: Box<Engine>) -> Result<(), Box<Engine>> {
        while self.departed.pop().is_ok() {}
        self.arrivals.push(next).map_err(|PushError::Full(next)| next)
    }

    /// The oldest snapshot not yet read.
    pub fn snapshot(&mut self) -> Option<Snapshot> {
        self.snapshots.pop().ok()
    }

    /// The newest snapshot, dropping those before it.
    pub fn latest(&mut self) -> Option<Snapshot> {
        let mut newest = None;
        while let Ok(snapshot) = self.snapshots.pop() {
            newest = Some(snapshot);
        }
        newest
    }

    /// The oldest deed not yet read, and drops what uptakes have replaced.
    pub fn deed(&mut self) -> Option<Deed> {
        while self.done.pop().is_ok() {}
        while self.departed.pop().is_ok() {}
        self.deeds.pop().ok()
    }
}

/// The audio side of the rings.
pub(crate) struct Port {
    commands: Consumer<Command>,
    snapshots: Producer<Snapshot>,
    deeds: Producer<Deed>,
    uptakes: Consumer<Box<Uptake>>,
    done: Producer<Box<Uptake>>,
    arrivals: Consumer<Box<Engine>>,
    departed: Producer<Box<Engine>>,
    unlogged: u64,
}

impl Port {
    pub(crate) fn take(&mut self) -> Option<Command> {
        self.commands.pop().ok()
    }

    /// The next uptake, if there is room to send it back. One for an engine that has not quite taken over waits.
    pub(crate) fn next_uptake(&self, generation: u32) -> Option<&Uptake> {
        let next = self.uptakes.peek().ok().filter(|uptake| uptake.generation <= generation)?;
        (!self.done.is_full()).then_some(next)
    }

    /// Takes the next uptake.
    pub(crate) fn take_uptake(&mut self) -> Option<Box<Uptake>> {
        self.uptakes.pop().ok()
    }

    pub(crate) fn give_back(&mut self, uptake: Box<Uptake>) {
        // There is room: it was asked for before.
        let _ = self.done.push(uptake);
    }

    /// A new engine, if there is room for the old one to leave.
    pub(crate) fn take_arrival(&mut self) -> Option<Box<Engine>> {
        if self.departed.slots() < 2 { None } else { self.arrivals.pop().ok() }
    }

    pub(crate) fn depart(&mut self, engine: Box<Engine>) {
        // There is room for the one that takes over and the one that is replaced: it was asked for before.
        let _ = self.departed.push(engine);
    }

    pub(crate) fn note(&mut self, deed: Deed) {
        self.unlogged += u64::from(self.deeds.push(deed).is_err());
    }

    pub(crate) fn unlogged(&self) -> u64 {
        self.unlogged
    }

    pub(crate) fn report(&mut self, snapshot: Snapshot) {
        // A reader that does not keep up loses the newest: it must never hold up the sound.
        let _ = self.snapshots.push(snapshot);
    }
}

/// Both ends.
pub(crate) fn rings() -> (EngineHandle, Port) {
    let (command_in, command_out) = RingBuffer::new(COMMANDS);
    let (snapshot_in, snapshot_out) = RingBuffer::new(SNAPSHOTS);
    let (deed_in, deed_out) = RingBuffer::new(DEEDS);
    let (uptake_in, uptake_out) = RingBuffer::new(UPTAKES);
    let (done_in, done_out) = RingBuffer::new(UPTAKES);
    let (arrival_in, arrival_out) = RingBuffer::new(1);
    let (departed_in, departed_out) = RingBuffer::new(4);
    (
        EngineHandle {
            commands: command_in,
            snapshots: snapshot_out,
            deeds: deed_out,
            uptakes: uptake_in,
            done: done_out,
            arrivals: arrival_in,
            departed: departed_out,
        },
        Port {
            commands: command_out,
            snapshots: snapshot_in,
            deeds: deed_in,
            uptakes: uptake_out,
            done: done_in,
            arrivals: arrival_out,
            departed: departed_in,
            unlogged: 0,
        },
    )
}
