//! What can be asked of a running engine, and what it says of itself.
//!
//! Owns the messages and the two bounded rings they travel on. Messages are `Copy`; a full ring never
//! blocks: the sender is told.

use rtrb::{Consumer, Producer, PushError, RingBuffer};

use crate::scene::{Activity, CueAction};

/// How many commands may wait for the next quantum.
pub(super) const COMMANDS: usize = 256;
/// How many snapshots may wait to be read; older ones are kept, newer ones dropped.
const SNAPSHOTS: usize = 256;

/// Something a performer, a game or a script asks for. Takes effect at the next quantum (1.3 ms).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// Replaces the drawn intensity (0..1) until [`Command::FollowScene`].
    Intensity(f32),
    /// Replaces what the beat has the crowd do until [`Command::FollowScene`].
    Activity(Activity),
    /// Gives intensity and activity back to the scene.
    FollowScene,
    /// Cues the crowd now.
    Cue(CueAction),
    /// Has the crowd chant this line (index into the preset's chant lines) from the next repeat on.
    Line(u16),
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
    /// Output gain, linear, smoothed.
    Gain(f32),
    /// Holds the scene's clock where it is (the crowd goes on) or lets it run.
    Hold(bool),
    /// Moves the scene's clock to the start of this beat.
    Beat(u16),
    /// Fades out over `seconds`, then stays silent.
    FadeOut {
        /// Length of the fade.
        seconds: f32,
    },
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
    /// Grains sounding.
    pub grains: u32,
    /// Grains that had to be replaced so far because the pool was full.
    pub stolen: u64,
    /// Level of the quantum after the master.
    pub meter: crate::mix::Meter,
}

/// The control side of an engine: sends commands, reads snapshots. May live on another thread.
pub struct EngineHandle {
    commands: Producer<Command>,
    snapshots: Consumer<Snapshot>,
}

impl EngineHandle {
    /// Sends a command.
    ///
    /// # Errors
    /// Gives the command back when 256 are already waiting, which means that nobody runs the engine.
    pub fn send(&mut self, command: Command) -> Result<(), Command> {
        self.commands.push(command).map_err(|PushError::Full(command)| command)
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
}

/// The audio side of the two rings.
pub(crate) struct Port {
    commands: Consumer<Command>,
    snapshots: Producer<Snapshot>,
}

impl Port {
    pub(crate) fn take(&mut self) -> Option<Command> {
        self.commands.pop().ok()
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
    (
        EngineHandle { commands: command_in, snapshots: snapshot_out },
        Port { commands: command_out, snapshots: snapshot_in },
    )
}
