//! What the whole layer does with phrases that people type.

use proptest::prelude::*;

use super::*;

fn phrase(text: &str) -> Phrase {
    read(text, Language::English, &Lexicon::new()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn sounds(text: &str) -> String {
    let p = phrase(text);
    let word = |w: &Word| {
        let syllables = &p.syllables[w.syllables.clone()];
        syllables
            .iter()
            .flat_map(|s| s.segments.iter().map(|x| x.phone.arpabet()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    p.words.iter().map(word).collect::<Vec<_>>().join(" | ")
}

fn words(text: &str) -> String {
    phrase(text).words.iter().map(|w| w.text.clone()).collect::<Vec<_>>().join(" ")
}

/// "COME 0, ON 0.5 …; cycle": each sound with its beat.
fn beats(text: &str, rhythm: &RhythmConfig) -> String {
    let p = read(text, rhythm.language, &Lexicon::new()).unwrap();
    let score = lay(&p, rhythm);
    let mut out: Vec<String> = score
        .items
        .iter()
        .map(|i| {
            let name = match i.item {
                Item::Syllable(s) => {
                    p.syllables[s].segments[p.syllables[s].nucleus].phone.arpabet().to_owned()
                }
                Item::Body { mark, .. } => format!("{mark:?}").to_lowercase(),
                Item::Pause { .. } => "?".into(),
            };
            format!("{name} {:.2}", i.at_beats).trim_end_matches('0').trim_end_matches('.').to_owned()
        })
        .collect();
    out.push(format!("/{}", score.cycle_beats));
    out.join(", ")
}

#[test]
fn phrases_of_the_scene_are_said_right() {
    for (typed, expected) in [
        ("COME ON, ALL MIGHT!", "K AH M | AA N | AO L | M AY T"),
        ("beat him", "B IY T | HH IH M"),
        ("He's not gonna lose, right?", "HH IY Z | N AA T | G AA N AX | L UW Z | R AY T"),
        ("Y-yeah!", "Y AX | Y AE"),
        ("the end of the world", "DH IY | EH N D | AH V | DH AX | W ER L D"),
        ("ALL MIGHT ~", "AO L | M AY T"),
        ("“Mom, what's wrong with All Might?”", "M AA M | W AH T S | R AO NG | W IH DH | AO L | M AY T"),
    ] {
        assert_eq!(sounds(typed), expected, "{typed}");
    }
}

#[test]
fn figures_signs_and_short_forms_are_read_out() {
    for (typed, expected) in [
        ("2-1!", "two one"),
        ("#1", "number one"),
        ("100%", "one hundred percent"),
        ("$5", "five dollars"),
        ("rock & roll", "rock and roll"),
        ("Mr. Might vs. the U.S.A.", "mister Might versus the U.S.A."),
        ("St. Louis on Main St.", "saint Louis on Main street"),
        ("No. 1", "number one"),
        ("No.", "No"),
        ("DE-FENSE", "DE-FENSE"),
        ("and/or", "and or"),
        ("y'all and y’all", "y'all and y'all"),
        ("１００％", "one hundred percent"),
    ] {
        assert_eq!(words(typed), expected, "{typed}");
    }
    assert_eq!(sounds("U.S.A."), "Y UW EH S EY");
    assert_eq!(sounds("MVP"), "EH M V IY P IY");
    assert_eq!(phrase("U.S.A. 🇺🇸").notes.len(), 1);
}

#[test]
fn capitals_exclamations_and_stretches_add_effort_and_length() {
    let quiet = phrase("come on");
    assert_eq!((quiet.emphasis, quiet.syllables[0].emphasis), (0.0, 0.0));
    let loud = phrase("COME ON!");
    assert!((loud.emphasis - 0.15).abs() < 1e-6);
    let mixed = phrase("come ON");
    assert!(
        mixed.emphasis == 0.0 && mixed.syllables[0].emphasis == 0.0 && mixed.syllables[1].emphasis > 0.05
    );
    let top = phrase("GOOOOOOAL!!!!!!");
    assert!(top.emphasis <= 0.3 + 1e-6 && top.syllables[0].stretch > 2.0, "{top:?}");
    assert!((phrase("GOAL(x3)").syllables[0].stretch - 3.0).abs() < 1e-6);
    assert_eq!(phrase("what?!").mood, Mood::Question);
    assert_eq!(phrase("what!").mood, Mood::Exclamation);
}

#[test]
fn kana_are_said_in_both_languages_and_kanji_are_refused_with_a_hint() {
    assert_eq!(sounds("オールマイト"), "JO JR JU M JA JI T JO");
    let japanese = read("ganbare オールマイト！", Language::Japanese, &Lexicon::new()).unwrap();
    assert_eq!(japanese.words[0].origin, Origin::Romaji);
    assert_eq!(japanese.syllables[0].segments[1].phone, Phone::JA);
    let error = read("がんばれ 負けるな", Language::Japanese, &Lexicon::new()).unwrap_err();
    assert!(
        matches!(error, TextError::Kanji { character: '負', .. }) && error.hint().contains("kana"),
        "{error:?}"
    );
    assert_eq!(error.place("がんばれ 負けるな"), Some((1, 6)));
}

#[test]
fn chants_fall_as_crowds_say_them() {
    let standard = RhythmConfig::default();
    for (typed, expected) in [
        ("COME ON, ALL MIGHT!", "AH 0, AA 0.5, AO 1, AY 2, /4"),
        ("ALL MIGHT", "AO 0, AY 1, /4"),
        ("WIN!", "IH 0, /2"),
        ("we want more", "IY 0, AA 1, AO 2, /4"),
        ("what do we want", "AH 0, UW 1, IY 1.5, AA 2, /4"),
        ("DE-FENSE [stomp] [stomp]", "IY 0, EH 1, stomp 2, stomp 3, /4"),
        ("M-V-P", "EH 0, IY 1, IY 2, /4"),
        ("never give up", "EH 0, ER 0.5, IH 1, AH 2, /4"),
        ("victory", "IH 0, ER 1, IY 2, /4"),
        (
            "LET'S GO [clap] [clap] [clap-clap-clap]",
            "EH 0, OW 1, clap 4, clap 5, clap 6, clap 6.33, clap 6.67, /8",
        ),
        ("J-E-T-S Jets Jets Jets", "EY 0, IY 1, IY 2, EH 3, EH 4, EH 5, EH 6, /8"),
        ("GET UP! BEAT HIM!", "EH 0, AH 1, IY 4, IH 5, /8"),
        ("ALL | MIGHT", "AO 0, AY 2, /4"),
    ] {
        assert_eq!(beats(typed, &standard), expected, "{typed}");
    }
    let kana = RhythmConfig { language: Language::Japanese, ..RhythmConfig::default() };
    assert_eq!(beats("オールマイト", &kana), "JO 0, JU 1, JA 1.5, JI 2, JO 2.5, /4");
    assert_eq!(beats("がんばれ", &kana), "JA 0, JA 1, JE 2, /4");
}

#[test]
fn the_rhythm_can_be_set_by_hand() {
    let set = |rest, each, bpm| RhythmConfig {
        rest_beats: rest,
        beats_per_syllable: each,
        bpm,
        ..RhythmConfig::default()
    };
    assert_eq!(beats("come on all might", &set(Some(1.0), Some(1.0), 104.0)), "AH 0, AA 1, AO 2, AY 3, /5");
    // Faster than people can shout two in a beat.
    assert_eq!(beats("come on all might", &set(Some(0.6), None, 150.0)), "AH 0, AA 1, AO 2, AY 3, /4.6");
    assert_eq!(beats("we want more", &set(None, Some(0.5), 104.0)), "IY 0, AA 0.5, AO 1, /4");
    let wild = RhythmConfig {
        bpm: f64::NAN,
        last_stretch: f64::INFINITY,
        rest_beats: Some(-3.0),
        ..RhythmConfig::default()
    };
    let score = lay(&phrase("come on"), &wild);
    assert!(score.cycle_beats.is_finite() && score.items.iter().all(|i| i.beats.is_finite()));
}

#[test]
fn the_last_syllable_is_held_and_a_breath_stays() {
    let p = phrase("COME ON, ALL MIGHT!");
    let score = lay(&p, &RhythmConfig::default());
    let last = score.items.last().unwrap();
    assert!(last.beats > 1.2 && last.at_beats + last.beats <= score.cycle_beats - 0.5 + 1e-9, "{score:?}");
    let goal = phrase("GOOOOAL!");
    let score = lay(&goal, &RhythmConfig::default());
    assert!(score.items[0].beats >= 2.0, "{score:?}");
}

#[test]
fn notation_can_be_typed_back_in() {
    for text in [
        "COME ON, ALL MIGHT!",
        "GO team, 2-1! I said GO",
        "GOOOAL!!! Midoriya shhh hmm | {AO1 L M AY1 T} /dɪˈfɛns/ (yes)",
        "LET'S GO [clap] [clap] [clap-clap-clap]",
        "DE-FENSE [stomp] VIC-TO-RY 100% U.S.A.",
        "オールマイト がんばれっ！ WIN",
        "Y-yeah! I I I CAN",
        "THE I OF U.S.A. 7",
        "yesss GOAL(x3) {! AH1(x2) K: T}",
    ] {
        let first = phrase(text);
        let typed = notation(&first);
        let again = phrase(&typed);
        let bare = |p: &Phrase| {
            p.syllables
                .iter()
                .map(|s| (s.segments.clone(), s.nucleus, s.stress, s.stretch))
                .collect::<Vec<_>>()
        };
        assert_eq!(bare(&first), bare(&again), "{text} -> {typed}");
        let effort = |p: &Phrase| {
            p.syllables.iter().map(|s| ((s.emphasis + p.emphasis) * 1e4).round()).collect::<Vec<_>>()
        };
        assert_eq!(effort(&first), effort(&again), "{text} -> {typed}");
        assert_eq!((first.items, first.mood), (again.items, again.mood), "{text} -> {typed}");
    }
    assert_eq!(notation(&phrase("COME ON, all")), "{! K AH1 M} {! AA1 N}, {AO1 L}");
}

#[test]
fn rows_explain_every_choice() {
    let p = phrase("GO Midoriya!");
    let rows = describe(&p, &lay(&p, &RhythmConfig::default()));
    assert_eq!(rows[0].phonemes, "G OW1");
    assert_eq!(rows[1].origin, "Japanese in Latin letters");
    assert_eq!(rows[1].ipa, "mi.ˈdoʊ.ɹi.jə".replace(".ˈ", "ˈ"));
    assert_eq!((rows[0].beats.as_str(), rows[1].syllables), ("1", 4));
}

#[test]
fn bad_text_is_refused_with_its_place_and_a_hint() {
    let fail = |text: &str| {
        let error = read(text, Language::English, &Lexicon::new()).expect_err(text);
        assert!(!error.hint().is_empty() && !error.to_string().is_empty());
        (error.place(text), error)
    };
    assert_eq!(fail("").1, TextError::Empty);
    assert_eq!(fail(" \n ").1, TextError::Empty);
    assert!(matches!(fail("!!! 🎉").1, TextError::NothingToSay { .. }));
    assert!(matches!(fail("...").1, TextError::NothingToSay { .. }));
    assert!(matches!(fail("[rest]").1, TextError::NothingToSay { .. }));
    assert_eq!(fail("go {AO1 L").0, Some((1, 4)));
    assert_eq!(fail("go\n[clap").0, Some((2, 1)));
    assert!(matches!(fail("go [jump]").1, TextError::UnknownMark { .. }));
    assert!(matches!(fail("go }").1, TextError::Unopened { .. }));
    assert!(matches!(fail("go /ab").1, TextError::Unclosed { .. }));
    assert_eq!(fail("{AO1 QL}").0, Some((1, 6)));
    assert!(matches!(fail("go\u{7}").1, TextError::Control { code: 7, .. }));
    assert!(matches!(fail("Привет").1, TextError::Script { .. }));
    assert!(matches!(fail("(x2) go").1, TextError::WrongStretch { .. }));
    // Full-width signs are as long as they are typed.
    assert!(matches!(fail("go(x2，)").1, TextError::WrongStretch { span, .. } if span == (2..9)));
    assert!(matches!(fail(&"go ".repeat(10_000)).1, TextError::TooManyWords { words: 10_000, .. }));
    assert!(matches!(fail(&"g".repeat(10_000)).1, TextError::TooManyCharacters { .. }));
}

#[test]
fn every_word_of_the_dictionary_is_said_as_it_stands_there() {
    let lexicon = Lexicon::new();
    let (mut wrong, mut all) = (0, 0);
    for (word, truth) in packed::all()
        .filter(|(w, _)| !w.contains(['-', '.']))
        .step_by(if cfg!(debug_assertions) { 5 } else { 1 })
    {
        let said = lexicon.say(&word, Language::English, false);
        let same = said.sounds.iter().map(|s| s.phone).eq(truth.iter().map(|s| s.phone));
        wrong += usize::from(!same);
        all += 1;
    }
    // The rest is the list of cries and common weak forms that goes first.
    assert!(wrong < 40 && all > 20_000, "{wrong} of {all}");
}

fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        // Text that is nearly right is where readers break.
        proptest::collection::vec(
            prop_oneof![
                Just("{".to_owned()),
                Just("}".into()),
                Just("[clap".into()),
                Just("]".into()),
                Just("/".into()),
                Just("(x2)".into()),
                Just("(x".into()),
                Just("AO1".into()),
                Just(" - ".into()),
                Just("-".into()),
                Just("|".into()),
                Just("2-1:3/4,000".into()),
                Just("が".into()),
                Just("っ".into()),
                Just("ー".into()),
                Just("ん".into()),
                Just("ゃ".into()),
                Just("U.S".into()),
                Just(".".into()),
                Just("!".into()),
                Just("'".into()),
                Just("é".into()),
                Just("goooo".into()),
                Just("St.".into()),
                Just("#".into()),
                Just(" ".into()),
                Just("99999999999999999999999".into()),
                Just("１".into()),
                Just("ß".into()),
                Just("İ".into()),
                "[a-z']{1,9}",
            ],
            0..24,
        )
        .prop_map(|v| v.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_without_panic(text in anything(), japanese: bool) {
        let language = if japanese { Language::Japanese } else { Language::English };
        match read(&text, language, &Lexicon::new()) {
            Ok(p) => {
                for s in &p.syllables {
                    prop_assert!(s.nucleus < s.segments.len());
                    prop_assert!(s.word < p.words.len());
                    prop_assert!(s.stretch > 0.0 && s.stretch <= 32.0);
                    prop_assert!(p.emphasis + s.emphasis <= 0.301);
                }
                for w in &p.words {
                    prop_assert!(text.get(w.span.clone()).is_some());
                    prop_assert!(!w.syllables.is_empty());
                }
                let score = lay(&p, &RhythmConfig { language, ..RhythmConfig::default() });
                let sounding = p.items.iter().filter(|i| !matches!(i, Item::Pause { .. })).count();
                prop_assert_eq!(score.items.len(), sounding);
                let mut last = -1.0;
                for i in &score.items {
                    prop_assert!(i.at_beats > last && i.beats > 0.0 && i.beats.is_finite());
                    prop_assert!(i.at_beats + i.beats <= score.cycle_beats + 1e-6);
                    last = i.at_beats;
                }
                let again = read(&notation(&p), language, &Lexicon::new());
                prop_assert!(again.is_ok(), "{:?}", again);
                let bare = |p: &Phrase| p.syllables.iter().map(|s| (s.segments.clone(), s.nucleus, s.stress)).collect::<Vec<_>>();
                prop_assert_eq!(bare(&p), bare(&again.unwrap()));
                describe(&p, &score);
            }
            Err(e) => {
                if let Some(span) = e.span() {
                    prop_assert!(text.get(span).is_some(), "{:?}", e);
                }
            }
        }
    }
}
