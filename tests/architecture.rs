//! The shape of the code, checked: which layer may use which, and which words stand where.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A layer and the layers that it may use besides those of the ground, which all may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("math", &[]),
    ("rng", &[]),
    ("fault", &[]),
    ("claim", &[]),
    ("analysis", &[]),
    ("text", &[]),
    ("voice", &["text", "body"]),
    ("body", &["voice"]),
    ("grain", &["claim", "text", "voice", "body"]),
    ("scene", &["text", "voice"]),
    ("crowd", &["text", "voice", "body", "grain", "scene"]),
    ("space", &[]),
    ("mix", &["grain", "space"]),
    ("preset", &["text", "voice", "body", "grain", "scene", "crowd", "space", "mix", "analysis"]),
    ("engine", &["text", "voice", "body", "grain", "scene", "crowd", "space", "mix", "analysis", "preset"]),
    (
        "output",
        &[
            "claim", "text", "voice", "body", "grain", "scene", "crowd", "space", "mix", "analysis",
            "preset", "engine",
        ],
    ),
    ("plot", &["analysis", "engine"]),
    (
        "live",
        &[
            "text", "voice", "body", "grain", "scene", "crowd", "space", "mix", "analysis", "preset",
            "engine", "output",
        ],
    ),
    (
        "cli",
        &[
            "live", "text", "voice", "body", "grain", "scene", "crowd", "space", "mix", "analysis", "preset",
            "engine", "output", "plot",
        ],
    ),
];

/// Used by every layer.
const GROUND: &[&str] = &["units", "math", "rng", "fault"];

/// A crate and the files (or folders) that alone may name it.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("rand", &["src/rng.rs"]),
    ("cpal", &["src/output/device.rs", "src/output/input.rs"]),
    ("alsa", &["src/output/device.rs"]),
    ("thread_priority", &["src/output/urgency.rs"]),
    ("flacenc", &["src/output/flac.rs"]),
    ("vorbis_rs", &["src/output/ogg.rs"]),
    ("hound", &["src/output/wav.rs", "src/grain/"]),
    ("rosc", &["src/live/osc.rs"]),
    ("midir", &["src/cli/ports.rs"]),
    ("ratatui", &["src/cli/"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/"]),
    ("clap_mangen", &["src/cli/"]),
    ("indicatif", &["src/cli/"]),
    ("libm", &["src/math.rs"]),
    ("tiny_skia", &["src/plot/png.rs"]),
    ("ttf_parser", &["src/plot/font.rs"]),
    ("csv", &["src/cli/batch/"]),
];

/// Words that nothing in the library may use outside tests.
const NEVER: &[&str] =
    &["println!", "eprintln!", "print!", "eprint!", "dbg!", "todo!", "unimplemented!", ".unwrap()"];

/// Words that must not stand in functions of the audio thread.
const NOT_REAL_TIME: &[&str] = &[
    ".expect(",
    "panic!",
    "format!",
    "log::",
    "Mutex",
    "RwLock",
    "vec!",
    ".to_vec()",
    ".to_owned()",
    ".to_string()",
    "String::",
    "Vec::new",
    "Vec::with_capacity",
    "Box::new",
    ".collect(",
    ".clone()",
    "Instant::now",
    "thread::",
    "std::fs",
];

/// Functions that run on the audio thread, by the name they start with, in these layers.
const REAL_TIME_LAYERS: &[&str] = &["mix", "space", "crowd", "engine"];
const REAL_TIME_NAMES: &[&str] = &["process", "step"];

struct Source {
    name: String,
    layer: String,
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    rust_files(&root().join("src"), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter(|path| {
            let name = path.file_stem().unwrap().to_string_lossy();
            let below = path.strip_prefix(root()).unwrap();
            let in_tests = below.components().any(|c| c.as_os_str() == "tests");
            !in_tests && name != "tests" && !name.ends_with("_tests")
        })
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            let below = name.trim_start_matches("src/");
            let layer = below.split(['/', '.']).next().unwrap().to_owned();
            Source { layer, code: without_tests(&bare(&fs::read_to_string(&path).unwrap())), name }
        })
        .collect()
}

/// The code without comments and without the contents of strings; lines stay where they are.
fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let keep_lines = |out: &mut String, part: &[char]| out.extend(part.iter().filter(|c| **c == '\n'));
    while at < chars.len() {
        let rest = &chars[at..];
        let starts = |s: &str| s.chars().enumerate().all(|(n, c)| rest.get(n) == Some(&c));
        if starts("//") {
            let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
            at += length;
        } else if starts("/*") {
            let mut length = 2;
            while length < rest.len() && !(rest[length - 1] == '*' && rest[length] == '/' && length > 2) {
                length += 1;
            }
            keep_lines(&mut out, &rest[..length.min(rest.len())]);
            at += length + 1;
        } else if rest[0] == 'r' && (starts("r\"") || starts("r#")) && !out.ends_with(is_word) {
            let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
            if rest.get(1 + hashes) != Some(&'"') {
                out.push('r');
                at += 1;
                continue;
            }
            let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body: String = rest[2 + hashes..].iter().collect();
            let length = body.find(&end).map_or(body.len(), |n| n + end.len());
            let length = 2 + hashes + body[..length].chars().count();
            out.push_str("\"\"");
            keep_lines(&mut out, &rest[..length.min(rest.len())]);
            at += length;
        } else if rest[0] == '"' {
            let mut length = 1;
            while length < rest.len() && rest[length] != '"' {
                length += if rest[length] == '\\' { 2 } else { 1 };
            }
            out.push_str("\"\"");
            keep_lines(&mut out, &rest[..length.min(rest.len())]);
            at += length + 1;
        } else if rest[0] == '\'' && (rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'')) {
            let from = if rest.get(1) == Some(&'\\') { 3 } else { 2 };
            let length = rest.iter().skip(from).position(|c| *c == '\'').map_or(1, |n| n + from);
            out.push_str("' '");
            at += length + 1;
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Blanks every item that stands under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = out.find("#[cfg(test)]") {
        let end = match out[start..].find(['{', ';']) {
            Some(n) if out.as_bytes()[start + n] == b'{' => block_end(&out, start + n),
            Some(n) => start + n + 1,
            None => out.len(),
        };
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
    }
    out
}

/// The byte after the brace that closes the one at `open`.
fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (n, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return open + n + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

fn line_of(code: &str, byte: usize) -> usize {
    code[..byte].matches('\n').count() + 1
}

/// Where `word` stands as a whole word.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(n, _)| n)
        .filter(move |n| !code[..*n].ends_with(is_word) && !code[n + word.len()..].starts_with(is_word))
}

/// Modules of this crate that the code names: `crate::a::…` and `crate::{a::…, b}`.
fn used(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for at in words(code, "crate").filter(|at| code[at + 5..].trim_start().starts_with("::")) {
        let rest = code[at + 5..].trim_start()[2..].trim_start();
        let mut push = |text: &str| {
            let name: String = text.trim_start().chars().take_while(|c| is_word(*c)).collect();
            found.push((name, line_of(code, at)));
        };
        if rest.starts_with('{') {
            let group = &rest[1..block_end(rest, 0).saturating_sub(1).max(1)];
            let mut depth = 0;
            let mut from = 0;
            for (n, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        push(&group[from..n]);
                        from = n + 1;
                    }
                    _ => {}
                }
            }
            push(&group[from..]);
        } else {
            push(rest);
        }
    }
    found.retain(|(name, _)| !name.is_empty());
    found
}

#[test]
fn every_module_is_a_known_layer() {
    for source in sources() {
        let known = LAYERS.iter().any(|(name, _)| *name == source.layer);
        assert!(known || matches!(source.layer.as_str(), "lib" | "main"), "{}: unknown layer", source.name);
    }
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == source.layer) else { continue };
        for (layer, line) in used(&source.code) {
            let is_layer = LAYERS.iter().any(|(name, _)| *name == layer);
            let fine = layer == source.layer || GROUND.contains(&&*layer) || allowed.contains(&&*layer);
            if is_layer && !fine {
                wrong.push(format!("{}:{line}: {} may not use {layer}", source.name, source.layer));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_outside_crate_is_named_in_one_layer() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, places) in ONLY_IN {
            // A layer may have a module of the same name: `body::clap`.
            let module = root().join(&source.name).with_file_name(format!("{name}.rs"));
            if places.iter().any(|place| source.name.starts_with(place)) || module.exists() {
                continue;
            }
            for at in words(&source.code, name) {
                let path = source.code[at + name.len()..].starts_with("::");
                let used =
                    source.code[..at].trim_end().ends_with("use") || source.code[..at].ends_with("use ::");
                if path || used {
                    wrong.push(format!("{}:{}: names {name}", source.name, line_of(&source.code, at)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_library_neither_prints_nor_gives_up() {
    let mut wrong = Vec::new();
    for source in sources() {
        for word in NEVER {
            for (at, _) in source.code.match_indices(word) {
                // `print!` is part of `eprint!`, and `fmt::…_print!` of others.
                if !word.starts_with('.') && source.code[..at].ends_with(is_word) {
                    continue;
                }
                wrong.push(format!("{}:{}: {word}", source.name, line_of(&source.code, at)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_audio_thread_does_not_allocate_lock_or_panic() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| REAL_TIME_LAYERS.contains(&&*s.layer)) {
        for at in words(&source.code, "fn") {
            let name: String =
                source.code[at + 2..].trim_start().chars().take_while(|c| is_word(*c)).collect();
            if !REAL_TIME_NAMES.iter().any(|n| name == *n || name.starts_with(&format!("{n}_"))) {
                continue;
            }
            let Some(open) = source.code[at..].find(['{', ';']).map(|n| at + n) else { continue };
            if source.code.as_bytes()[open] == b';' {
                continue;
            }
            let body = &source.code[open..block_end(&source.code, open)];
            for word in NOT_REAL_TIME {
                for (n, _) in body.match_indices(word) {
                    let line = line_of(&source.code, open + n);
                    wrong.push(format!("{}:{line}: {word} in {name}", source.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn these_checks_see_what_they_are_meant_to_see() {
    let code = "use crate::{cli::run, units::{A, B}, mix};\n// crate::preset\nlet x = \"crate::engine\"; crate::rng::key();";
    let found: Vec<String> = used(&bare(code)).into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, ["cli", "units", "mix", "rng"]);
    let code = "a();\n#[cfg(test)]\nmod tests {\n fn f() { x.unwrap() }\n}\nb();";
    let left = without_tests(code);
    assert!(left.contains("a()") && left.contains("b()") && !left.contains("unwrap"));
    assert_eq!(left.matches('\n').count(), code.matches('\n').count());
    assert_eq!(bare("let r = r#\"x.unwrap() \"# ; 'a'; '\\n'; &'a str"), "let r = \"\" ; ' '; ' '; &'a str");
}
