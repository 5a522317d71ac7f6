//! A scene that has been checked and can be asked what happens at any time.
//!
//! Owns the order of beats, the curve and the cues. Does not own who does it. Units: seconds from the start.

use super::curve::{Curve, Point, Shape};
use super::{Activity, BeatConfig, CueAction, IntensityConfig, PointConfig, SceneConfig, SceneError};

/// Most beats of a scene.
pub const MAX_BEATS: usize = 1000;
/// Most cues of a scene.
pub const MAX_CUES: usize = 10_000;
/// Longest scene, seconds: a day.
pub const MAX_SECONDS: f64 = 86_400.0;

/// The first onset that can be asked for, seconds of the scene: before it breath is drawn.
pub const LEAST_LEAD_S: f64 = 1.0;

/// What a hit may be.
const HIT_UNIT: &str = " s, inside the beat and at least 1 s into the scene";

/// Tempos that may be asked for, beats per minute.
const BPM: (f64, f64) = (30.0, 300.0);

/// A beat with its times and names resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Beat {
    /// As typed.
    pub name: String,
    /// Start, seconds.
    pub start_s: f64,
    /// Length up to the next beat, seconds.
    pub seconds: f64,
    /// When the first onset of its chant is heard, seconds of the scene; `None` if it is left open.
    pub hit_s: Option<f64>,
    /// Where it is heard from at its start, an index into [`Scene::places`]; `None` if no place has been named.
    pub place: Option<u16>,
    /// What the crowd does.
    pub doing: Activity,
    /// Index into [`Scene::names`] of the chant line, `None` for the main one.
    pub phrase: Option<u16>,
    /// Tempo asked for.
    pub bpm: Option<f64>,
}

/// A cue at its time in the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cue {
    /// Seconds from the start of the scene.
    pub at_s: f64,
    /// What is asked for.
    pub action: CueAction,
    /// The first vowel is heard at that time, instead of the voice starting then.
    pub hit: bool,
    /// Index into [`Scene::names`] of the line.
    pub line: Option<u16>,
    /// Index into [`Scene::names`] of the soloist.
    pub who: Option<u16>,
    /// How far the call carries, 0..1.
    pub amp: Option<f32>,
}

/// What the scene asks for at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneState {
    /// How excited the scene is, 0..1.
    pub intensity: f64,
    /// Index into [`Scene::beats`].
    pub beat: usize,
    /// What the crowd does; `Auto` has been resolved.
    pub activity: Activity,
    /// Index into [`Scene::places`].
    pub place: Option<u16>,
    /// Seconds over which the listening moved (or moves) there.
    pub fade_s: f64,
    /// Index into [`Scene::names`] of the chant line, `None` for the main one.
    pub phrase: Option<u16>,
    /// Tempo asked for, beats per minute.
    pub bpm: Option<f64>,
    /// Seconds since the beat began.
    pub since_s: f64,
    /// The scene is over.
    pub ended: bool,
}

/// From when on a place is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stay {
    from_s: f64,
    place: u16,
    fade_s: f64,
}

/// A checked scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    beats: Vec<Beat>,
    stays: Vec<Stay>,
    curve: Curve,
    cues: Vec<Cue>,
    places: Vec<String>,
    names: Vec<String>,
    seconds: f64,
}

impl Scene {
    /// Checks a scene and resolves its times and names.
    ///
    /// # Errors
    /// The first thing that is wrong, with the path of its field and the name of its beat.
    pub fn build(config: &SceneConfig) -> Result<Self, SceneError> {
        let count = config.beats.len();
        if count == 0 {
            return Err(SceneError::Empty);
        }
        if count > MAX_BEATS {
            return Err(too_many("beat", "beats", count, MAX_BEATS));
        }
        let cue_count: usize = config.beats.iter().map(|b| b.cues.len()).sum();
        if cue_count > MAX_CUES {
            return Err(too_many("beat", "cues", cue_count, MAX_CUES));
        }
        let spans = times(&config.beats)?;
        let seconds = spans.last().map_or(0.0, |s| s.0 + s.1);
        let (mut places, mut names) = (Vec::new(), Vec::new());
        let mut beats: Vec<Beat> = Vec::with_capacity(count);
        let mut stays: Vec<Stay> = Vec::new();
        let (mut points, mut cues) = (Vec::new(), Vec::with_capacity(cue_count));
        for (index, (beat, (start_s, length))) in config.beats.iter().zip(spans).enumerate() {
            let at = Field { index, name: &beat.name };
            at.range("fade_s", beat.fade_s, 0.0, 60.0, " s")?;
            if let Some(bpm) = beat.bpm {
                at.range("bpm", bpm, BPM.0, BPM.1, " beats per minute")?;
            }
            if let Some(hit) = beat.hit {
                // Nobody can begin before a breath has been drawn.
                at.range("hit", hit, (LEAST_LEAD_S - start_s).max(0.0), length, HIT_UNIT)?;
            }
            add_points(&mut points, &at, &beat.intensity, start_s, length)?;
            for (number, cue) in beat.cues.iter().enumerate() {
                at.range(&format!("cues[{number}].at"), cue.at, 0.0, length, " s, the length of the beat")?;
                if let Some(amp) = cue.amp {
                    at.range(&format!("cues[{number}].amp"), amp, 0.0, 1.0, "")?;
                }
                cues.push(Cue {
                    at_s: start_s + cue.at,
                    action: cue.action,
                    hit: cue.hit,
                    line: cue.line.as_deref().map(|n| intern(&mut names, n)),
                    who: cue.who.as_deref().map(|n| intern(&mut names, n)),
                    amp: cue.amp.map(|a| a as f32),
                });
            }
            if let Some(name) = beat.place.as_deref() {
                let place = intern(&mut places, name);
                stays.push(Stay { from_s: start_s, place, fade_s: beat.fade_s.min(length) });
            }
            let place = stays.last().map(|stay| stay.place);
            let mut earlier = 0.0;
            for (number, step) in beat.moves.iter().enumerate() {
                let field = format!("moves[{number}].at");
                at.range(&field, step.at, earlier, length, " s: moves stand in order, inside the beat")?;
                at.range(&format!("moves[{number}].fade_s"), step.fade_s, 0.0, 60.0, " s")?;
                earlier = step.at;
                let place = intern(&mut places, &step.place);
                stays.push(Stay { from_s: start_s + step.at, place, fade_s: step.fade_s });
            }
            beats.push(Beat {
                name: beat.name.clone(),
                start_s,
                seconds: length,
                hit_s: beat.hit.map(|hit| start_s + hit),
                place,
                doing: beat.doing,
                phrase: beat.phrase.as_deref().map(|n| intern(&mut names, n)),
                bpm: beat.bpm,
            });
        }
        if let Some(whole) = &config.intensity {
            points = whole_points(whole, seconds)?;
        }
        cues.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        let Some(curve) = Curve::new(points) else { return Err(SceneError::Empty) };
        Ok(Self { beats, stays, curve, cues, places, names, seconds })
    }

    /// The same scene under another intensity curve, in seconds from the scene's start.
    ///
    /// # Errors
    /// [`SceneError::Range`] or [`SceneError::Order`] naming the point.
    pub fn with_intensity(mut self, points: Vec<Point>) -> Result<Self, SceneError> {
        let whole = IntensityConfig::Points(points.into_iter().map(PointConfig).collect());
        let points = whole_points(&whole, self.seconds)?;
        let Some(curve) = Curve::new(points) else { return Err(SceneError::Empty) };
        self.curve = curve;
        Ok(self)
    }

    /// Length, seconds.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Beats in order of time.
    pub fn beats(&self) -> &[Beat] {
        &self.beats
    }

    /// Names of the places, in order of first use.
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// Names of the lines and soloists that beats and cues speak of.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The intensity over the whole scene.
    pub fn curve(&self) -> &Curve {
        &self.curve
    }

    /// All cues in order of time.
    pub fn cues(&self) -> &[Cue] {
        &self.cues
    }

    /// The cues in `from_s..to_s`. Real-time: a binary search.
    pub fn cues_between(&self, from_s: f64, to_s: f64) -> &[Cue] {
        let start = self.cues.partition_point(|c| c.at_s < from_s);
        let end = self.cues.partition_point(|c| c.at_s < to_s).max(start);
        &self.cues[start..end]
    }

    /// Finds a beat by its name.
    pub fn beat_named(&self, name: &str) -> Option<&Beat> {
        self.beats.iter().find(|b| b.name == name)
    }

    /// What is asked for at a time; times outside the scene are clamped to it.
    ///
    /// Real-time: no allocation; two binary searches.
    pub fn state(&self, t_s: f64) -> SceneState {
        let beat = self.beats.partition_point(|b| b.start_s <= t_s).saturating_sub(1);
        let current = &self.beats[beat];
        let intensity = self.curve.at(t_s.min(self.seconds)).clamp(0.0, 1.0);
        let since_s = (t_s - current.start_s).max(0.0);
        let stay = self.stays.partition_point(|s| s.from_s <= t_s).checked_sub(1).map(|s| self.stays[s]);
        SceneState {
            intensity,
            beat,
            activity: current.doing.at(intensity),
            place: stay.map(|s| s.place),
            fade_s: stay.map_or(0.0, |s| s.fade_s),
            phrase: current.phrase,
            bpm: current.bpm,
            since_s,
            ended: t_s >= self.seconds,
        }
    }
}

/// A beat, for error messages.
struct Field<'a> {
    index: usize,
    name: &'a str,
}

impl Field<'_> {
    fn path(&self, field: &str) -> String {
        format!("beat[{}].{field}", self.index)
    }

    fn range(
        &self,
        field: &str,
        value: f64,
        low: f64,
        high: f64,
        unit: &'static str,
    ) -> Result<(), SceneError> {
        check(self.path(field), self.name, value, low, high, unit)
    }
}

fn check(
    path: String,
    beat: &str,
    value: f64,
    low: f64,
    high: f64,
    unit: &'static str,
) -> Result<(), SceneError> {
    // The tolerance forgives times that were added up.
    if value.is_finite() && value >= low && value <= high + 1e-6 {
        return Ok(());
    }
    Err(SceneError::Range { path, beat: beat.into(), value, low, high, unit })
}

fn too_many(path: &str, what: &'static str, count: usize, limit: usize) -> SceneError {
    SceneError::TooMany { path: path.into(), what, count, limit }
}

fn intern(names: &mut Vec<String>, name: &str) -> u16 {
    let index = names.iter().position(|n| n == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    // At most MAX_BEATS + 2 * MAX_CUES names: fits.
    index as u16
}

/// Start and length of each beat.
fn times(beats: &[BeatConfig]) -> Result<Vec<(f64, f64)>, SceneError> {
    let mut spans: Vec<(f64, f64)> = Vec::with_capacity(beats.len());
    let mut end = 0.0;
    for (index, beat) in beats.iter().enumerate() {
        let field = Field { index, name: &beat.name };
        if let Some(seconds) = beat.seconds {
            field.range("seconds", seconds, 0.001, MAX_SECONDS, " s")?;
        }
        let start = match beat.at {
            None => end,
            Some(at) => {
                field.range("at", at, 0.0, MAX_SECONDS, " s")?;
                if at < end - 1e-6 || spans.last().is_some_and(|s| at <= s.0) {
                    return Err(SceneError::Order {
                        path: field.path("at"),
                        beat: beat.name.clone(),
                        value: at,
                        earlier: end,
                    });
                }
                at
            }
        };
        // The beat before lasts until this one.
        if let Some(last) = spans.last_mut() {
            last.1 = start - last.0;
        }
        let length = match (beat.seconds, beats.get(index + 1).and_then(|b| b.at)) {
            (Some(seconds), _) => seconds,
            (None, Some(next)) => next - start,
            (None, None) => {
                let what = "needs seconds, or a next beat with at";
                return Err(SceneError::Missing {
                    path: field.path("seconds"),
                    beat: beat.name.clone(),
                    what,
                });
            }
        };
        end = start + length;
        spans.push((start, length));
        if end > MAX_SECONDS {
            return Err(SceneError::Range {
                path: field.path("seconds"),
                beat: beat.name.clone(),
                value: end,
                low: 0.0,
                high: MAX_SECONDS,
                unit: " s, the longest scene",
            });
        }
    }
    Ok(spans)
}

fn add_points(
    points: &mut Vec<Point>,
    field: &Field,
    intensity: &IntensityConfig,
    start_s: f64,
    length: f64,
) -> Result<(), SceneError> {
    let mut push = |at_s: f64, value: f64, shape| points.push(Point { at_s: start_s + at_s, value, shape });
    match intensity {
        IntensityConfig::Constant(value) => {
            field.range("intensity", *value, 0.0, 1.0, "")?;
            push(0.0, *value, Shape::Hold);
            push(length, *value, Shape::Hold);
        }
        IntensityConfig::Span(from, to) => {
            field.range("intensity[0]", *from, 0.0, 1.0, "")?;
            field.range("intensity[1]", *to, 0.0, 1.0, "")?;
            push(0.0, *from, Shape::Hold);
            push(length, *to, Shape::Linear);
        }
        IntensityConfig::Points(typed) => {
            check_points(typed, length, field.name, |n| field.path(&format!("intensity[{n}]")))?;
            let first = typed.first().map_or(0.0, |p| p.0.value);
            push(0.0, first, Shape::Hold);
            for PointConfig(p) in typed {
                push(p.at_s.min(length), p.value, p.shape);
            }
        }
    }
    Ok(())
}

fn whole_points(intensity: &IntensityConfig, seconds: f64) -> Result<Vec<Point>, SceneError> {
    let path = |n: usize| format!("intensity[{n}]");
    let ends = |a: f64, b: f64| {
        vec![
            Point { at_s: 0.0, value: a, shape: Shape::Hold },
            Point { at_s: seconds, value: b, shape: Shape::Linear },
        ]
    };
    match intensity {
        IntensityConfig::Constant(value) => {
            check("intensity".into(), "", *value, 0.0, 1.0, "")?;
            Ok(ends(*value, *value))
        }
        IntensityConfig::Span(from, to) => {
            check(path(0), "", *from, 0.0, 1.0, "")?;
            check(path(1), "", *to, 0.0, 1.0, "")?;
            Ok(ends(*from, *to))
        }
        IntensityConfig::Points(typed) => {
            check_points(typed, MAX_SECONDS, "", path)?;
            Ok(typed.iter().map(|p| p.0).collect())
        }
    }
}

fn check_points(
    points: &[PointConfig],
    length: f64,
    beat: &str,
    path: impl Fn(usize) -> String,
) -> Result<(), SceneError> {
    if points.is_empty() {
        return Err(SceneError::Missing {
            path: path(0),
            beat: beat.into(),
            what: "needs at least one point",
        });
    }
    let mut earlier = 0.0;
    for (number, PointConfig(point)) in points.iter().enumerate() {
        check(path(number), beat, point.at_s, 0.0, length, " s")?;
        check(path(number), beat, point.value, 0.0, 1.0, "")?;
        if point.at_s < earlier {
            return Err(SceneError::Order {
                path: path(number),
                beat: beat.into(),
                value: point.at_s,
                earlier,
            });
        }
        earlier = point.at_s;
    }
    Ok(())
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
