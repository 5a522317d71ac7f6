//! `uproar play`, and `uproar chant` without a file.
//!
//! Owns the loop of a show: what comes in goes to the desk, the desk is looked after, the screen is drawn, a device
//! that has gone is replaced by the next one. Does not own the sound or what actions do.

use std::{
    io::{BufRead, stdin},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use ratatui::crossterm::event::KeyEvent;
use rtrb::RingBuffer;

use crate::{
    engine::{ReportFacts, Reporter, Snapshot},
    fault::on_demand,
    live::{
        Action, Desk, Edited, Facts, News, Performance, RecordTo,
        midi::{Message, MidiMap},
        osc,
    },
    output::{Info, check_writable, prefer, write_file},
    preset::{Loaded, Preset},
    space::ChannelLayout,
    units::SampleRate,
};

use super::{
    about,
    arguments::{Common, Live, Play, Sink},
    failure::Failure,
    following::{Ear, follow_file},
    outlet::Outlet,
    ports::{OscIn, OscOut, hear_midi, hear_osc},
    recipe,
    reload::{self, Watched},
    replace::may_replace,
    report::{refuse_page, write_played},
    screen::{Keys, Press, Screen, Status, possible},
    show::Show,
    stage::{Purpose, Span, changes, check_report, length, load_all, prepare, summary},
    take::{fingerprint, options_used},
    terminal::{Progress, interrupt, print, remark},
};

/// How often the desk is looked after when nothing happens.
const TICK: Duration = Duration::from_millis(20);

/// How often the screen is drawn.
const DRAW: Duration = Duration::from_millis(50);

/// What is heard waits at most this long for the control side, seconds.
const TAP_S: usize = 10;

/// What may wait to be taken: more is a flood.
const MOST_WAITING: usize = 1024;

/// What is taken between two looks at the desk.
const MOST_AT_ONCE: usize = 60;

/// The fade of Ctrl-C, seconds.
const INTERRUPT_FADE_S: f32 = 0.3;

/// Something that comes in while the show is on.
pub(crate) enum Input {
    /// A typed line.
    Line(String),
    /// A key on the screen; nothing for another size of the terminal.
    Key(Option<KeyEvent>),
    /// From elsewhere, understood already.
    Act(Action),
    /// A MIDI message and when it came, microseconds.
    Midi(Message, u64),
    /// Something that the performer should know.
    Say(String),
    /// An edited preset is ready to take over.
    Edited(Box<Edited>),
    /// An edited preset is wrong.
    Refused(String),
    /// Files were saved and are what plays: a mistake has been taken back.
    Unchanged,
}

/// Plays a preset.
pub(crate) fn play(options: &Play) -> Result<(), Failure> {
    refuse_page(&options.common)?;
    check_report(&options.common, None)?;
    for path in [&options.live.log_performance, &options.live.record].into_iter().flatten() {
        check_writable(path)?;
    }
    let live_files = [&options.live.log_performance, &options.live.record, &options.common.report];
    may_replace(live_files.into_iter().flatten().map(PathBuf::as_path), options.live.force)?;
    let all =
        load_all(std::slice::from_ref(&options.preset), &changes(&options.common)?, &options.common, false)?;
    for piece in &all {
        live(&piece.loaded, &options.preset, &piece.common, &options.sink, Some(&options.live))?;
    }
    Ok(())
}

/// Plays a loaded preset on the sound card, or to nobody. `hands`: how it is performed; without it nobody performs.
pub(crate) fn live(
    loaded: &Loaded,
    named: &str,
    common: &Common,
    sink: &Sink,
    hands: Option<&Live>,
) -> Result<(), Failure> {
    refuse_page(common)?;
    if common.target_lufs().is_some() {
        let failure = Failure::usage("the loudness of a live performance is known only when it is over");
        return Err(failure.hint("--set master.gain_db=3 makes it louder; --loudness is for files"));
    }
    let outlet = Outlet::find(sink, common.rate)?;
    let rate = outlet.rate();
    let purpose = Purpose::Live { performed: hands.is_some() };
    let mut stage = prepare(loaded, common, rate, purpose)?;
    let span = Span::of(common, loaded, stage.engine.scene(), rate)?;
    let Some(handle) = stage.engine.handle() else { return Err(Failure::new("this engine has no handle")) };
    let facts = Facts::of(&loaded.preset, &stage.engine);
    let study = stage.engine.study();
    let (tap, heard) = RingBuffer::new(TAP_S * rate.hz() as usize);
    let none = Live::default();
    let hands_or_none = hands.unwrap_or(&none);
    let (format, info) = (about::format(common, &ChannelLayout::stereo(), rate), about::piece(loaded));
    let record_to = RecordTo {
        path: hands_or_none.record.clone().unwrap_or_else(|| format!("{}-take.wav", loaded.name).into()),
        named: hands_or_none.record.is_some(),
        format,
        info: Info { comment: format!("{}; played live", info.comment), ..info },
        seed: loaded.preset.seed,
    };
    let mut desk = Desk::new(handle, study, facts, rate, heard, record_to);
    skip(&mut stage.engine, span.from);
    desk.look()?;
    if common.report.is_some() {
        desk.report(Reporter::new(rate, span.from));
    }
    if hands_or_none.log_performance.is_some() {
        let mut log = Performance::new(named, rate, span.from);
        log.fingerprint = fingerprint(&loaded.preset);
        log.options = options_used(&changes(common)?);
        log.stay = common.place.is_some();
        log.cut = span.cut;
        desk.log(log);
    }
    if hands_or_none.record.is_some() {
        desk.act(Action::Record(crate::live::Switch::On)).map_err(Failure::new)?;
    }
    let facts = ReportFacts {
        title: loaded.preset.title.clone(),
        phrase: loaded.preset.phrase.clone(),
        seed: loaded.preset.seed,
        prepare_s: stage.prepare_s,
        render_s: 0.0,
    };
    let frames = Arc::new(AtomicU64::new(0));
    let led = hands_or_none.follow.follow.is_none();
    let ear = match &hands_or_none.follow.follow {
        Some(path) if path.as_os_str() == "input" => Some(Ear::open(&hands_or_none.follow)?),
        _ => {
            follow_file(&mut stage.engine, &hands_or_none.follow)?;
            None
        }
    };
    let show = Box::new(Show::new(stage.engine, span, tap, Arc::clone(&frames), outlet.is_timed(), led, ear));
    let (inputs, incoming) = mpsc::sync_channel(MOST_WAITING);
    let ports = Ports::open(hands_or_none, &loaded.preset, &inputs)?;
    let screen = if hands.is_some_and(|h| !h.no_tui) && !common.quiet && possible() {
        Screen::listen(inputs.clone(), Input::Key);
        Screen::open().ok()
    } else {
        if hands.is_some() {
            listen_to_lines(inputs.clone());
        }
        None
    };
    if screen.is_none() {
        summary(common, &format!("playing on {}", outlet.describe()));
        if let Some(osc) = &ports.osc_in {
            summary(common, &format!("listening for OSC at {}", osc.at));
        }
    }
    let bar = screen.is_none().then(|| Progress::new("playing", span.frames(), common.quiet));
    let mut watch = Watch {
        desk,
        keys: Keys::default(),
        screen,
        bar,
        quiet: common.quiet,
        plain: hands.is_some(),
        stop: interrupt(),
        interrupted: false,
        drawn: Instant::now() - DRAW,
        status: Status::default(),
        rate,
        from: span.from,
        ports,
        latest: Arc::default(),
        again: Arc::default(),
        ended: None,
    };
    let over = Arc::new(AtomicBool::new(false));
    if hands.is_some() && !recipe::is_sound(named) {
        let watched = Watched {
            name: named.to_owned(),
            common: common.clone(),
            rate,
            now: Arc::clone(&watch.latest),
            from: span.from,
            heard: Arc::clone(&frames),
            again: Arc::clone(&watch.again),
            over: Arc::clone(&over),
        };
        reload::watch(watched, loaded, inputs.clone());
    }
    // Threads that are started from here on hand the sound on.
    prefer();
    let (show, outcome) = outlet.play(show, &mut |now| watch.look(now, &incoming));
    over.store(true, Ordering::Relaxed);
    drop(inputs);
    let Watch { desk, screen, bar, interrupted, status, ended, .. } = watch;
    drop((screen, bar));
    let frames = frames.load(Ordering::Relaxed);
    let (reporter, log, recorded) = desk.finish(frames);
    if let (Some(path), Some(log)) = (&hands_or_none.log_performance, log) {
        write_file(path, log.text().as_bytes())?;
    }
    if let (Some(reporter), Some(show)) = (reporter, &show) {
        let seconds = rate.seconds(frames);
        let report = reporter.finish(&show.engine, ReportFacts { render_s: seconds, ..facts });
        write_played(common, &report)?;
    }
    recorded?;
    outcome?;
    let gaps = match (status.underruns, status.late) {
        (0, 0) => "no gaps".to_owned(),
        (underruns, late) => format!("{underruns} gaps, {late} blocks late"),
    };
    let thinned = status.thinned;
    let thinned =
        if thinned > 0 { format!(", {thinned} sounds of far people left out") } else { String::new() };
    summary(common, &format!("played {}, {gaps}{thinned}", length(rate.seconds(frames))));
    if let Some(failure) = ended {
        return Err(failure);
    }
    if interrupted {
        return Err(Failure::Interrupted { left: Some("faded out".into()) });
    }
    Ok(())
}

/// What comes in beside keys and lines, and what goes out.
struct Ports {
    osc_in: Option<OscIn>,
    osc_out: Option<OscOut>,
    midi: Option<String>,
    map: MidiMap,
}

impl Ports {
    fn open(live: &Live, preset: &Preset, inputs: &SyncSender<Input>) -> Result<Self, Failure> {
        let given = live.midi_map.len();
        let bindings = live.midi_map.iter().chain(&preset.midi).map(String::as_str);
        let map = MidiMap::new(bindings).map_err(|(number, error)| match number.checked_sub(given) {
            Some(number) => Failure::new(format!("{}: midi[{number}]: {error}", preset.title)),
            None => Failure::usage(format!("--midi-map: {error}")),
        })?;
        if let Some(name) = &live.midi {
            hear_midi(name, inputs.clone())?;
        }
        Ok(Self {
            osc_in: live.osc.map(|at| hear_osc(at, inputs.clone())).transpose()?,
            osc_out: live.osc_out.map(OscOut::new).transpose()?,
            midi: live.midi.clone(),
            map,
        })
    }

    fn describe(&self) -> String {
        let mut all = Vec::new();
        if let Some(osc) = &self.osc_in {
            let refused = osc.refused.load(Ordering::Relaxed);
            let refused = if refused > 0 { format!(" ({refused} refused)") } else { String::new() };
            all.push(format!("OSC {}{refused}", osc.at.port()));
        }
        if let Some(name) = &self.midi {
            all.push(format!("MIDI {name}"));
        }
        all.join("  ")
    }
}

/// Runs the scene to a frame unheard.
fn skip(engine: &mut crate::engine::Engine, frames: u64) {
    let (mut left, mut right) = ([0.0f32; 2048], [0.0f32; 2048]);
    let mut now = 0;
    while now < frames {
        let n = (frames - now).min(2048) as usize;
        engine.process(&mut left[..n], &mut right[..n]);
        now += n as u64;
    }
}

/// Sends every line of the standard input. Its end changes nothing.
fn listen_to_lines(inputs: SyncSender<Input>) {
    let work = move || {
        for line in stdin().lock().lines() {
            let Ok(line) = line else { return };
            if inputs.send(Input::Line(line)).is_err() {
                return;
            }
        }
    };
    // Without a thread the show cannot be led, but it can be heard.
    let _ = thread::Builder::new().name("lines".into()).spawn(work);
}

/// The control side while it plays.
struct Watch {
    desk: Desk,
    keys: Keys,
    screen: Option<Screen>,
    bar: Option<Progress>,
    quiet: bool,
    /// Lines are typed; answers are printed.
    plain: bool,
    stop: Arc<AtomicBool>,
    interrupted: bool,
    drawn: Instant,
    status: Status,
    rate: SampleRate,
    from: u64,
    ports: Ports,
    latest: Arc<Mutex<Snapshot>>,
    again: Arc<AtomicBool>,
    ended: Option<Failure>,
}

impl Watch {
    /// Waits for what comes in, at most `wait`, and looks after everything.
    fn look(&mut self, now: super::outlet::Now<'_>, incoming: &Receiver<Input>) {
        let wait = now.wait.min(TICK);
        match incoming.recv_timeout(wait) {
            Ok(input) => {
                self.take(input);
                // No more than the engine can be told of between two looks.
                for input in incoming.try_iter().take(MOST_AT_ONCE) {
                    self.take(input);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            // Nobody types any more.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(wait),
        }
        if self.stop.load(Ordering::Relaxed) {
            self.interrupt();
        }
        if let Err(error) = self.desk.look() {
            self.desk.complain(error.to_string());
            // The show goes on, but it has not all been recorded.
            self.ended.get_or_insert(error.into());
        }
        self.print_news();
        if self.desk.take_missed() {
            self.again.store(true, Ordering::Relaxed);
        }
        if let Ok(mut latest) = self.latest.lock() {
            *latest = *self.desk.now();
        }
        self.status.device = now.device.to_owned();
        self.status.latency_s = now.latency_s;
        self.status.load = now.load.max(0.9 * self.status.load);
        (self.status.underruns, self.status.late) = (now.underruns, now.late);
        match (now.lost, self.status.lost) {
            (Some(why), false) => {
                self.desk.complain(format!("the sound device has gone ({why}); the show goes on unheard"));
            }
            (None, true) => self.desk.say(format!("heard again on {}", now.device)),
            _ => {}
        }
        self.status.lost = now.lost.is_some();
        self.status.thinned = self.desk.now().thinned;
        self.status.inputs = self.ports.describe();
        if let Some(out) = &mut self.ports.osc_out {
            let (load, gaps) = (self.status.load, self.status.underruns + self.status.late);
            out.tell(|| osc::state(&self.desk, load, gaps));
        }
        self.show();
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Line(line) => self.line(&line),
            Input::Act(action) => self.act(action),
            Input::Say(text) => self.desk.say(text),
            Input::Edited(edited) => {
                if let Err(text) = self.desk.succeed(*edited) {
                    self.desk.complain(text);
                }
            }
            Input::Refused(message) => {
                let text = format!("the edited preset is refused, the old one goes on\n{message}");
                self.desk.complain(text);
                self.desk.problem(Some(message));
            }
            Input::Unchanged => {
                if self.desk.problems().is_some() {
                    self.desk.problem(None);
                    self.desk.say("the preset is again what plays");
                }
            }
            Input::Midi(message, at_us) => {
                let (action, said) = self.ports.map.hear(message, at_us, self.desk.facts());
                if let Some(text) = said {
                    self.take(Input::Say(text));
                }
                if let Some(action) = action {
                    self.act(action);
                }
            }
            Input::Key(None) => self.drawn = Instant::now() - DRAW,
            Input::Key(Some(key)) => match self.keys.press(key) {
                Press::Act(action) => self.act(action),
                Press::Line(line) => self.line(&line),
                Press::Interrupt => self.interrupt(),
                Press::Nothing => self.drawn = Instant::now() - DRAW,
            },
        }
    }

    fn line(&mut self, line: &str) {
        let line = line.trim();
        // Scripts may hold empty lines and remarks.
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        if let Some(text) = line.strip_prefix("learn ") {
            let said = self.ports.map.learn(text.trim());
            let said = said.map(|()| format!("touch a key or a controller: it will do `{}`", text.trim()));
            return match said {
                Ok(text) => self.desk.say(text),
                Err(text) => self.desk.complain(text),
            };
        }
        match line.parse::<Action>() {
            Ok(Action::Help) if self.screen.is_some() => self.keys.help = true,
            Ok(action) => self.act(action),
            Err(error) => {
                self.desk.complain(error.to_string());
            }
        }
    }

    fn act(&mut self, action: Action) {
        let asked = matches!(action, Action::State | Action::Help);
        // Everything else that is said is news.
        if let Ok(text) = self.desk.act(action)
            && asked
        {
            match &self.screen {
                Some(_) => self.desk.say(text),
                None => {
                    if let Err(failure) = print(&text) {
                        self.ended.get_or_insert(failure);
                    }
                }
            }
        }
    }

    /// Prints what there is to say where no screen shows it.
    fn print_news(&mut self) {
        let news = self.desk.news();
        if self.screen.is_some() || !self.plain {
            return;
        }
        for News { text, wrong } in news {
            match wrong {
                true => remark(&format!("error: {text}")),
                false if !self.quiet => remark(&text),
                false => {}
            }
        }
    }

    fn interrupt(&mut self) {
        if !std::mem::replace(&mut self.interrupted, true) {
            let _ = self.desk.act(Action::Quit(INTERRUPT_FADE_S));
        }
    }

    fn show(&mut self) {
        if self.drawn.elapsed() < DRAW {
            return;
        }
        self.drawn = Instant::now();
        if let Some(screen) = &mut self.screen {
            // A terminal that has gone leaves the sound.
            let _ = screen.draw(&self.desk, &self.keys, &self.status);
            on_demand("screen");
        }
        if let Some(bar) = &self.bar {
            let now = self.desk.now();
            bar.at(self.rate.frames(now.scene_s).saturating_sub(self.from));
            let name = self.desk.facts().beats.get(now.beat).map_or("", |b| b.0.as_str());
            bar.message(format!("{name}  {} grains  ", now.grains));
        }
    }
}
