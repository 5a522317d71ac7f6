//! Renders a preset to a WAV file with the library: no device, all cores.
//!
//! ```text
//! cargo run --release --example offline -- kamino kamino.wav report.json
//! ```

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use uproar::engine::{Engine, PrepareOptions, ReportFacts, Reporter};
use uproar::output::{Bits, Format, Info, WavWriter};
use uproar::preset;
use uproar::units::SampleRate;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map_or("kamino", String::as_str);
    let out = arguments.get(1).map_or("out.wav", String::as_str);
    let preset = preset::load(name, &[])?.preset;

    let begun = Instant::now();
    let mut engine = Engine::prepare(&preset, SampleRate::DEFAULT, &PrepareOptions::default())?;
    let prepare_s = begun.elapsed().as_secs_f64();
    let mut handle = engine.handle().ok_or("the handle was taken")?;

    let frames = engine.rate().frames(engine.seconds());
    let format = Format { rate: engine.rate(), channels: 2, bits: Bits::TwentyFour, speakers: 0 };
    let mut file = WavWriter::create(Path::new(out), format, &Info::default(), frames, preset.seed)?;
    let mut reporter = Reporter::new(engine.rate(), 0);
    let (mut left, mut right) = (vec![0.0; 2048], vec![0.0; 2048]);
    let begun = Instant::now();
    let mut done = 0;
    while done < frames {
        let n = (frames - done).min(2048) as usize;
        engine.process(&mut left[..n], &mut right[..n]);
        while let Some(snapshot) = handle.snapshot() {
            reporter.note(snapshot);
        }
        reporter.hear(&left[..n], &right[..n]);
        file.write(&[&left[..n], &right[..n]])?;
        done += n as u64;
    }
    file.finish()?;
    let facts = ReportFacts {
        title: preset.title.clone(),
        phrase: preset.phrase.clone(),
        seed: preset.seed,
        prepare_s,
        render_s: begun.elapsed().as_secs_f64(),
    };
    let report = reporter.finish(&engine, facts);
    if let Some(path) = arguments.get(2) {
        std::fs::write(path, serde_json::to_string_pretty(&report)?)?;
    }
    println!(
        "{out}: {:.1} s of {} people in {prepare_s:.1} s + {:.1} s ({:.0} times real time), {:.1} LUFS, {:.1} dBTP",
        engine.seconds(),
        report.people,
        report.render_s,
        report.times_real_time,
        report.integrated_lufs.unwrap_or(f64::NEG_INFINITY),
        report.true_peak_dbtp.unwrap_or(f64::NEG_INFINITY),
    );
    Ok(())
}
