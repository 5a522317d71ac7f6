use super::stage::*;
use crate::crowd::*;
use crate::grain::GrainEvent;
use crate::units::Vec3;

const WHOLE: &str = r#"
    [[beat]]
    seconds = 6
    doing = "murmur"
    intensity = 0.1
    cues = [{ at = 3, do = "call" }]
    [[beat]]
    seconds = 5
    doing = "answer"
    intensity = [0.15, 0.3]
    [[beat]]
    seconds = 8
    doing = "shout"
    intensity = [0.3, 0.85]
    [[beat]]
    seconds = 10
    doing = "chant"
    intensity = [0.9, 1.0]
    cues = [{ at = 1, do = "clap-start" }, { at = 8, do = "hush" }]
    [[beat]]
    seconds = 6
    doing = "roar"
    intensity = [[0, 0], [1, 1.0], [6, 0.5]]
"#;

fn run(people: usize) -> (Stage, Vec<GrainEvent>) {
    let config = CrowdConfig { people, ..Default::default() };
    let leader = LeaderConfig { at: Vec3::new(0.0, -6.0, 21.0), ..Default::default() };
    let mut s = stage(&config, Some(&leader), &lines(), WHOLE);
    let events = s.play(35.0, |_, _| {});
    (s, events)
}

fn person(e: &GrainEvent) -> u32 {
    let (GrainEvent::Start { person, .. } | GrainEvent::Stop { person, .. }) = e;
    *person
}

#[test]
fn the_same_seed_gives_the_same_events_and_reset_starts_anew() {
    let (mut s, first) = run(400);
    assert!(first.len() > 5000, "{} events", first.len());
    assert_eq!(first, run(400).1);
    s.crowd.reset();
    assert_eq!(first, s.play(35.0, |_, _| {}), "reset");
}

#[test]
fn one_more_person_changes_nobody_else() {
    let (a, b) = (run(400).1, run(401).1);
    let own = |events: &[GrainEvent], who: u32| -> Vec<GrainEvent> {
        events.iter().filter(|e| person(e) == who).copied().collect()
    };
    let changed = (0..400).filter(|who| own(&a, *who) != own(&b, *who)).count();
    println!("{changed} of 400 people changed");
    // Single answers are drawn from the crowd as a whole: a draw that met the new person moves on.
    assert!(changed <= 2, "{changed} people changed");
}

#[test]
fn nobody_says_two_things_at_once() {
    let (s, events) = run(500);
    let mut sounds = s.soundings(&events);
    sounds.retain(|x| x.stem != crate::grain::Stem::Body);
    sounds.sort_by_key(|x| (x.person, x.from));
    let overlaps =
        sounds.windows(2).filter(|w| w[0].person == w[1].person && w[1].from + 2400 < w[0].to).count();
    println!("{} sounds, {overlaps} overlaps", sounds.len());
    assert_eq!(overlaps, 0);
}

#[test]
fn the_repertoire_fits_its_budget_and_the_cast_its_shares() {
    let config = CrowdConfig::default();
    let chant = stage(&config, None, &lines(), "[[beat]]\nseconds = 30\ndoing = \"chant\"\nintensity = 1.0");
    println!("chant: {} recipes, {:.0} s", chant.acts.len(), chant.seconds);
    assert!(chant.seconds < 900.0);
    let whole = stage(&config, None, &lines(), WHOLE);
    println!("whole: {} recipes, {:.0} s", whole.acts.len(), whole.seconds);
    assert!(whole.seconds < 1400.0);
    let tight = CrowdConfig { budget_s: 300.0, ..CrowdConfig::default() };
    let small = stage(&tight, None, &lines(), WHOLE);
    assert!(small.seconds < 600.0, "{:.0} s", small.seconds);
}

#[test]
fn names_that_lead_nowhere_are_refused_with_what_there_is() {
    let plan = |text: &str, lines: &[Line], people: usize| {
        let scene = scene(text);
        let crowd = CrowdConfig { people, ..Default::default() };
        Plan::new(&PlanInput { seed: 1, ..PlanInput::new(&crowd, lines, &scene, RATE) }).map(|_| ())
    };
    let chant = "[[beat]]\nseconds = 5\ndoing = \"chant\"";
    let error = plan(&format!("{chant}\nphrase = \"nope\""), &lines(), 10).unwrap_err().to_string();
    assert!(error.contains("no line \"nope\"") && error.contains("spark"), "{error}");
    let solo = format!("{chant}\ncues = [{{ at = 0, do = \"solo\", who = \"boy\" }}]");
    assert!(matches!(plan(&solo, &lines(), 10), Err(CrowdError::NoSoloist { .. })));
    assert_eq!(plan(chant, &[], 10), Err(CrowdError::NothingToChant));
    for people in [0, 10_000_000_000] {
        assert!(matches!(plan(chant, &lines(), people), Err(CrowdError::People { .. })));
    }
    assert!(plan(chant, &lines(), 1).is_ok());
}
