//! Compares what was heard (a recording of a sound card's monitor) with what was rendered, sample by sample.
//!
//! `cargo run --example compare -- heard.wav rendered.wav`: finds where the rendering begins in the recording,
//! and says how much of it was heard exactly as rendered and how often it broke off. Both are 32-bit float. Exit code 1
//! unless every sample is the same.

use std::process::ExitCode;

/// Frames that are looked for: enough to be unmistakable.
const ANCHOR: usize = 64;
/// After a break, the rendering is looked for again this far on, frames.
const STEP: usize = 480;

fn frames(path: &str) -> Result<Vec<[f32; 2]>, hound::Error> {
    let mut reader = hound::WavReader::open(path)?;
    let samples = reader.samples::<f32>().collect::<Result<Vec<f32>, _>>()?;
    Ok(samples.chunks_exact(2).map(|f| [f[0], f[1]]).collect())
}

/// Where `anchor` stands in `heard` from `from` on.
fn find(heard: &[[f32; 2]], anchor: &[[f32; 2]], from: usize) -> Option<usize> {
    heard.get(from..)?.windows(anchor.len()).position(|w| w == anchor).map(|at| from + at)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [heard, rendered] = &arguments[..] else {
        eprintln!("usage: compare heard.wav rendered.wav");
        return ExitCode::from(2);
    };
    let (heard, rendered) = match (frames(heard), frames(rendered)) {
        (Ok(heard), Ok(rendered)) => (heard, rendered),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Before its first sound the rendering is silent, as the recording is before it plays.
    let Some(first) = rendered.iter().position(|f| *f != [0.0; 2]) else {
        eprintln!("error: the rendering is silent");
        return ExitCode::FAILURE;
    };
    let (mut at, mut from, mut same, mut breaks, mut lost) = (first, 0, 0, 0, 0);
    while at + ANCHOR <= rendered.len() {
        let Some(mut there) = find(&heard, &rendered[at..at + ANCHOR], from) else {
            (at, lost) = (at + STEP, lost + STEP);
            continue;
        };
        while at < rendered.len() && heard.get(there) == Some(&rendered[at]) {
            (at, there, same) = (at + 1, there + 1, same + 1);
        }
        from = there;
        if at < rendered.len() {
            breaks += 1;
        }
    }
    let all = rendered.len() - first;
    println!(
        "{:.1} s rendered, {:.3} % of it heard exactly, {breaks} breaks, {lost} frames not found",
        rendered.len() as f64 / 48_000.0,
        100.0 * same as f64 / all as f64
    );
    if same == all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
