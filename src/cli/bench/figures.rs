//! Everything that is measured, in the order in which it is told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{engine::PrepareOptions, units::SampleRate};

use super::blocks::{self, BlockFigures, LiveFigures, SceneFigures};
use super::compare;
use super::machine::{self, Machine};
use super::parts::Parts;
use crate::cli::{
    arguments::Bench,
    failure::Failure,
    stage::memory_limit,
    terminal::{Progress, print},
};

/// Frames per second of everything that is measured.
pub(super) const RATE: SampleRate = SampleRate::DEFAULT;

/// Everything that is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Version of uproar.
    pub(super) version: String,
    /// Measured with `--quick`.
    pub(super) quick: bool,
    pub(super) machine: Machine,
    pub(super) parts: Parts,
    pub(super) scene: SceneFigures,
    pub(super) blocks: BlockFigures,
    pub(super) live: Vec<LiveFigures>,
    /// Most memory that this program has used, megabytes; absent where the system does not say.
    pub(super) peak_memory_mb: Option<f64>,
}

/// One figure of the table.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) unit: &'static str,
    pub(super) more_is_better: bool,
}

/// Measures this machine.
pub(crate) fn bench(options: &Bench) -> Result<(), Failure> {
    let before = options.compare.as_deref().map(compare::read).transpose()?;
    let bar = Progress::new("measuring", 100, false);
    let time = Duration::from_secs_f64(if options.quick { 0.2 } else { 2.0 });
    let parts = Parts::measure(time)?;
    bar.set(30, 100);
    let usual = PrepareOptions {
        threads: options.threads.map(usize::from),
        memory_limit_bytes: Some(memory_limit(options.max_memory)),
        ..PrepareOptions::default()
    };
    let scene = blocks::scene(options.quick, &usual)?;
    bar.set(60, 100);
    let (blocks, live) = blocks::live(options.quick, &usual)?;
    drop(bar);
    let figures = Figures {
        version: env!("CARGO_PKG_VERSION").into(),
        quick: options.quick,
        machine: Machine::this(),
        parts,
        scene,
        blocks,
        live,
        peak_memory_mb: machine::peak_memory_mb(),
    };
    if options.json {
        let text = serde_json::to_string_pretty(&figures).map_err(|error| Failure::from_error(&error))?;
        return print(&text);
    }
    print(&match before {
        Some(before) => compare::table(&before, &figures),
        None => figures.say(),
    })
}

impl Figures {
    /// The figures in the order in which they are told.
    pub(super) fn rows(&self) -> Vec<Row> {
        let row =
            |name: &str, value, unit, more_is_better| Row { name: name.into(), value, unit, more_is_better };
        let parts = &self.parts;
        let mut rows = vec![
            row("grains mixed at once, as performed", parts.grains_copied, "", true),
            row("grains mixed at once, each at its own rate", parts.grains_at_own_rates, "", true),
            row("  the same in portable code", parts.grains_at_own_rates_portable, "", true),
            row("voices performed, times real time", parts.voices_performed, "x", true),
            row("a thousand people's decisions", parts.thousand_people_us, "µs per 64 frames", false),
            row("one bus in a street", parts.bus_us, "µs per 64 frames", false),
            row("late reverberation of a street", parts.room_us, "µs per 64 frames", false),
            row("levelling and limiter", parts.master_us, "µs per 64 frames", false),
        ];
        let scene = &self.scene;
        let name = format!("{} with {} people, all processors", scene.preset, scene.people);
        rows.push(row(&name, scene.times_real_time, "times real time", true));
        rows.push(row("  preparing it", scene.prepare_s, "s", false));
        let blocks = &self.blocks;
        for (name, value) in [
            ("median", blocks.median),
            ("99 %", blocks.p99),
            ("99.9 %", blocks.p999),
            ("longest", blocks.most),
        ] {
            let name = format!("block of {}, {} people: {name}", blocks.block_frames, blocks.people);
            rows.push(row(&name, 100.0 * value, "% of its time", false));
        }
        for live in &self.live {
            let name = format!("people live at blocks of {} frames", live.block_frames);
            rows.push(row(&name, live.people as f64, if live.more { "or more" } else { "" }, true));
        }
        if let Some(mb) = self.peak_memory_mb {
            rows.push(row("memory at most", mb, "MB", false));
        }
        rows
    }

    fn say(&self) -> String {
        let Machine { processor, processors, system, instructions } = &self.machine;
        let mut text = format!("{processor}, {processors} processors, {system}, {instructions}\n");
        text += "One core unless said otherwise, 48 kHz.\n\n";
        for Row { name, value, unit, .. } in self.rows() {
            let digits = if value < 100.0 { 2 } else { 0 };
            text += format!("{name:<44} {value:>10.digits$} {unit}").trim_end();
            text += "\n";
        }
        let live = self.live.iter().find(|live| live.block_frames == 256);
        let people = live.map_or(0, |live| live.people);
        let more = if live.is_some_and(|live| live.more) { " or more" } else { "" };
        text + &format!("\nThis machine plays about {people} people{more} live at blocks of 256 frames.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(people: u64) -> Figures {
        let parts = Parts {
            grains_copied: 100_000.0,
            grains_at_own_rates: 30_000.0,
            grains_at_own_rates_portable: 10_000.0,
            voices_performed: 500.0,
            thousand_people_us: 2.0,
            bus_us: 1.5,
            room_us: 20.0,
            master_us: 12.0,
        };
        let scene = SceneFigures {
            preset: "chant".into(),
            people: 5001,
            seconds: 8.0,
            prepare_s: 1.0,
            render_s: 0.5,
            times_real_time: 16.0,
        };
        let blocks = BlockFigures {
            people: 1000,
            block_frames: 128,
            blocks: 900,
            median: 0.1,
            p99: 0.2,
            p999: 0.3,
            most: 0.4,
        };
        Figures {
            version: "0".into(),
            quick: true,
            machine: Machine::this(),
            parts,
            scene,
            blocks,
            live: vec![LiveFigures { block_frames: 256, people, more: false }],
            peak_memory_mb: None,
        }
    }

    #[test]
    fn a_measurement_that_was_printed_can_be_compared_with() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("old.json");
        std::fs::write(&path, serde_json::to_string(&figures(10_000)).expect("json")).expect("written");
        let mut now = figures(20_000);
        now.parts.room_us = 40.0;
        let table = compare::table(&compare::read(&path).expect("read"), &now);
        let line = |of: &str| table.lines().find(|line| line.starts_with(of)).unwrap_or_default().to_string();
        assert!(line("people live").ends_with("2.00x"), "{table}");
        assert!(line("late reverberation").ends_with("0.50x"), "{table}");
        assert!(!table.contains("another machine"), "{table}");
        assert!(now.say().contains("plays about 20000 people live at blocks of 256 frames"));
    }

    #[test]
    fn what_is_no_measurement_is_refused_with_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        for text in ["", "{}", "[1, 2", "{\"version\": 3}"] {
            std::fs::write(&path, text).expect("written");
            let message = format!("{:?}", compare::read(&path).expect_err("refused"));
            assert!(message.contains("x.json") && message.contains("column"), "{text}: {message}");
        }
    }
}
