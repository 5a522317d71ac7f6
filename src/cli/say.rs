//! `uproar say`.

use std::{io, path::Path, sync::Arc};

use crate::{
    body,
    output::{Format, Info, WavWriter},
    text::{BodyMark, Item, Language, Lexicon, RhythmConfig, Score, lay},
    units::{SPL_REFERENCE_PA, SampleRate, db_from_gain, gain_from_db},
    voice::{Act, BodySound, Delivery, Kind, Manner, Performance, Sound, TraitsConfig, Voice, perform},
};

use super::{
    arguments::{Person, Say},
    failure::Failure,
    phonemes::read_words,
    replace::may_replace,
    terminal::remark,
};

/// Highest sample of the file, dB re full scale.
const PEAK_DB: f64 = -3.0;

/// Claps without words and without --beat: so many seconds apart, a brisk walk.
const CLAP_BEAT_S: f64 = 0.5;

/// Lets one person say something into a file.
pub(crate) fn say(options: &Say) -> Result<(), Failure> {
    let language: Language = options.language.into();
    let phrase = Arc::new(read_words(&options.words, language, &Lexicon::new())?);
    let kind = match options.person {
        Person::Woman => Some(Kind::Woman),
        Person::Man => Some(Kind::Man),
        Person::Girl => Some(Kind::Girl),
        Person::Boy => Some(Kind::Boy),
        Person::Random => None,
    };
    let traits = TraitsConfig { kind, f0_hz: options.f0, ..TraitsConfig::default() };
    let voice = Voice::pinned(options.seed, 0, &traits);
    let manner = Manner { effort: options.effort, looseness_s: 0.0, take: 0, fatigue: 0.0 };
    let marked = phrase.items.iter().any(|item| matches!(item, Item::Body { .. }));
    let beat = match options.beat {
        None if marked && phrase.syllables.is_empty() => Some(CLAP_BEAT_S),
        None if marked => {
            let failure = Failure::usage("claps, stomps and whistles between words need a beat");
            return Err(failure.hint("say how long it is: --beat 0.5"));
        }
        beat => beat,
    };
    may_replace([options.output.as_path()], options.force)?;
    let samples = match beat {
        None => {
            let act = Act::Speak { phrase: phrase.clone(), delivery: Delivery::Plain };
            perform(&voice, &act, &manner, options.seed, 0, options.rate).samples
        }
        Some(beat_s) => {
            let rhythm = RhythmConfig { bpm: 60.0 / beat_s, language, ..RhythmConfig::default() };
            let score = Arc::new(lay(&phrase, &rhythm));
            let act = Act::Chant { phrase: phrase.clone(), score: score.clone(), beat_s, tune: None };
            let words = perform(&voice, &act, &manner, options.seed, 0, options.rate);
            let words = (!phrase.syllables.is_empty()).then_some(words);
            with_marks(words, &score, beat_s, &voice, &manner, options)
        }
    };
    let rms =
        (samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len().max(1) as f64).sqrt();
    let peak = samples.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let gain = if peak > 0.0 { (gain_from_db(PEAK_DB) / f64::from(peak)) as f32 } else { 0.0 };
    let samples: Vec<f32> = samples.iter().map(|x| x * gain).collect();
    write(options, &samples)?;
    if options.output != Path::new("-") {
        let seconds = options.rate.seconds(samples.len() as u64);
        let level = db_from_gain(rms / SPL_REFERENCE_PA);
        remark(&format!(
            "{}: {}, {:.0} Hz, {seconds:.2} s, {level:.0} dB at 1 m, seed {}",
            options.output.display(),
            format!("{:?}", voice.kind).to_lowercase(),
            voice.f0_hz,
            options.seed
        ));
    }
    Ok(())
}

fn write(options: &Say, samples: &[f32]) -> Result<(), Failure> {
    let format = Format { rate: options.rate, channels: 1, bits: options.bits, speakers: 0 };
    let info = Info {
        title: options.words.clone(),
        comment: format!("one voice; effort {}; seed {}", options.effort, options.seed),
        phrase: options.words.clone(),
        seed: options.seed,
        ..Info::default()
    };
    let frames = samples.len() as u64;
    let mut writer = if options.output == Path::new("-") {
        let sink = Box::new(io::stdout());
        WavWriter::stream(sink, "the standard output".into(), format, &info, frames, options.seed)?
    } else {
        WavWriter::create(&options.output, format, &info, frames, options.seed)?
    };
    writer.write(&[samples])?;
    writer.finish()?;
    Ok(())
}

/// Adds the claps, stomps and whistles of a score to its words, if it has any.
fn with_marks(
    words: Option<Performance>,
    score: &Score,
    beat_s: f64,
    voice: &Voice,
    manner: &Manner,
    options: &Say,
) -> Vec<f32> {
    let rate = options.rate;
    let mut all: Vec<_> = words.into_iter().map(|words| (words.anchor_frames, 0.0, words.samples)).collect();
    for (n, item) in score.items.iter().enumerate() {
        let Item::Body { mark, .. } = item.item else { continue };
        let take = n as u32;
        let hit = |sound| body::perform(sound, options.effort, take, options.seed, 0, rate);
        let sound = match mark {
            BodyMark::Clap => hit(BodySound::Clap),
            BodyMark::Stomp => hit(BodySound::Stomp),
            BodyMark::Whistle => {
                let manner = Manner { take, ..*manner };
                perform(voice, &Act::Sound(Sound::Whistle), &manner, options.seed, 0, rate)
            }
        };
        all.push((sound.anchor_frames, item.at_beats * beat_s, sound.samples));
    }
    mix(&all, rate)
}

/// Sums performances, each with its anchor at a time in seconds, into as many frames as they need.
fn mix(all: &[(usize, f64, Vec<f32>)], rate: SampleRate) -> Vec<f32> {
    let lead = all.iter().map(|(anchor, ..)| *anchor).max().unwrap_or(0);
    let start = |anchor: usize, at_s: f64| lead + rate.frames(at_s) as usize - anchor;
    let length = all.iter().map(|(anchor, at_s, s)| start(*anchor, *at_s) + s.len()).max().unwrap_or(0);
    let mut out = vec![0.0; length];
    for (anchor, at_s, samples) in all {
        let from = start(*anchor, *at_s);
        for (o, x) in out[from..].iter_mut().zip(samples) {
            *o += x;
        }
    }
    // What came before everything else is cut: the file starts with the first sound.
    let first = all.iter().map(|(anchor, at_s, _)| start(*anchor, *at_s)).min().unwrap_or(0);
    out.split_off(first.min(out.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_fall_on_their_times() {
        let rate = SampleRate::new(48_000).unwrap();
        let out = mix(&[(2, 0.0, vec![0.0, 0.0, 1.0]), (0, 10.0 / 48_000.0, vec![5.0])], rate);
        assert_eq!(out.len(), 13);
        assert_eq!((out[2], out[12]), (1.0, 5.0));
    }
}
