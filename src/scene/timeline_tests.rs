use super::*;

fn scene(text: &str) -> Result<Scene, SceneError> {
    Scene::build(&toml::from_str::<SceneConfig>(text).unwrap())
}

const THREE: &str = r#"
    [[beat]]
    name = "dread"
    seconds = 10
    place = "roof"
    doing = "murmur"
    intensity = [[0, 0.05], [8, 0.25, "smooth"]]
    cues = [{ at = 4.0, do = "call", line = "spark", amp = 0.9 }]
    [[beat]]
    name = "swell"
    at = 12
    intensity = [0.3, 0.9]
    doing = "auto"
    place = "street"
    fade_s = 2
    phrase = "name"
    bpm = 100
    [[beat]]
    name = "hush"
    at = 32
    seconds = 5
    doing = "silent"
    intensity = 0
    cues = [{ at = 0, do = "hush" }, { at = 0.4, do = "solo", who = "boy" }]
"#;

#[test]
fn beats_places_and_cues_are_resolved() {
    let s = scene(THREE).unwrap();
    assert_eq!(s.seconds(), 37.0);
    let spans: Vec<(f64, f64)> = s.beats().iter().map(|b| (b.start_s, b.seconds)).collect();
    assert_eq!(spans, [(0.0, 12.0), (12.0, 20.0), (32.0, 5.0)]);
    assert_eq!(s.places(), ["roof", "street"]);
    assert_eq!(s.names(), ["spark", "name", "boy"]);
    assert_eq!(s.beats()[2].place, Some(1), "a beat without a place keeps the one before");
    assert_eq!(s.cues_between(0.0, 4.0).len(), 0);
    assert_eq!(s.cues_between(4.0, 4.1)[0].line, Some(0));
    assert_eq!(s.cues_between(32.0, 37.0).len(), 2);
    assert_eq!(s.beat_named("hush").unwrap().start_s, 32.0);
}

#[test]
fn state_follows_the_drawn_curve() {
    let s = scene(THREE).unwrap();
    assert!((s.state(4.0).intensity - 0.15).abs() < 1e-12);
    assert!((s.state(11.0).intensity - 0.25).abs() < 1e-12, "the last value holds to the next beat");
    let middle = s.state(22.0);
    assert!((middle.intensity - 0.6).abs() < 1e-12);
    assert_eq!((middle.beat, middle.activity, middle.phrase), (1, Activity::Chant, Some(1)));
    assert_eq!(s.state(13.0).activity, Activity::Shout, "auto is resolved by intensity");
    let end = s.state(500.0);
    assert!(end.ended && end.intensity == 0.0 && end.activity == Activity::Silent);
}

#[test]
fn the_listening_moves_over_the_fade() {
    let s = scene(THREE).unwrap();
    let moving = s.state(13.0);
    assert_eq!((moving.place, moving.fade_s), (Some(1), 2.0));
}

#[test]
fn the_whole_scene_can_be_drawn_anew() {
    let points = super::super::parse_csv("0,0\n37,1", None).unwrap();
    let s = scene(THREE).unwrap().with_intensity(points).unwrap();
    assert!((s.state(18.5).intensity - 0.5).abs() < 1e-12);
    let config = format!("intensity = [1, 0]\n{THREE}");
    assert!((scene(&config).unwrap().state(18.5).intensity - 0.5).abs() < 1e-12);
}

#[test]
fn mistakes_name_the_beat_and_the_field() {
    let cases = [
        ("", "the scene has no beats"),
        ("[[beat]]\nname = \"a\"", "beat[0].seconds (beat \"a\"): needs seconds"),
        ("[[beat]]\nseconds = -1", "beat[0].seconds: -1 is outside"),
        ("[[beat]]\nseconds = nan", "beat[0].seconds: NaN is outside"),
        ("[[beat]]\nseconds = 90000", "beat[0].seconds: 90000 is outside"),
        ("[[beat]]\nseconds = 5\nintensity = 1.5", "beat[0].intensity: 1.5 is outside 0..=1"),
        (
            "[[beat]]\nseconds = 9\n[[beat]]\nname = \"b\"\nat = 3\nseconds = 1",
            "beat[1].at (beat \"b\"): 3 s comes before 9 s",
        ),
        (
            "[[beat]]\nseconds = 5\nintensity = [[0, 0.1], [9, 0.2]]",
            "beat[0].intensity[1]: 9 is outside 0..=5 s",
        ),
        (
            "[[beat]]\nseconds = 5\nintensity = [[3, 0.1], [1, 0.2]]",
            "beat[0].intensity[1]: 1 s comes before 3 s",
        ),
        ("[[beat]]\nseconds = 5\ncues = [{ at = 6, do = \"hush\" }]", "beat[0].cues[0].at: 6 is outside"),
        ("[[beat]]\nseconds = 5\nbpm = 0", "beat[0].bpm: 0 is outside 30..=300"),
        ("intensity = [[0, 2]]\n[[beat]]\nseconds = 5", "intensity[0]: 2 is outside 0..=1"),
    ];
    for (text, words) in cases {
        let message = scene(text).unwrap_err().to_string();
        assert!(message.contains(words), "{text}: {message}");
    }
}

#[test]
fn limits_are_kept() {
    let beat = BeatConfig { seconds: Some(1.0), ..BeatConfig::default() };
    let many = SceneConfig { beats: vec![beat.clone(); MAX_BEATS + 1], intensity: None };
    assert!(matches!(Scene::build(&many), Err(SceneError::TooMany { limit: MAX_BEATS, .. })));
    let long =
        SceneConfig { beats: vec![BeatConfig { seconds: Some(50_000.0), ..beat }; 2], intensity: None };
    assert!(matches!(Scene::build(&long), Err(SceneError::Range { .. })));
}

#[test]
fn a_scene_survives_being_written_and_read() {
    let config: SceneConfig = toml::from_str(THREE).unwrap();
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<SceneConfig>(&text).unwrap(), config, "{text}");
}

#[test]
fn a_beat_can_be_heard_from_several_places() {
    let text = r#"
        [[beat]]
        seconds = 10
        place = "street"
        moves = [{ at = 4, place = "screen", fade_s = 0.5 }, { at = 8, place = "street" }]
        [[beat]]
        seconds = 5
    "#;
    let s = Scene::build(&toml::from_str(text).unwrap()).unwrap();
    let place = |t: f64| s.places()[usize::from(s.state(t).place.unwrap())].as_str();
    assert_eq!(
        [place(0.0), place(3.9), place(4.0), place(8.1), place(12.0)],
        ["street", "street", "screen", "street", "street"]
    );
    assert_eq!(s.state(5.0).fade_s, 0.5);
    let late = text.replace("at = 8", "at = 3");
    let error = Scene::build(&toml::from_str(&late).unwrap()).unwrap_err();
    assert_eq!(error.path(), Some("beat[0].moves[1].at"));
}
