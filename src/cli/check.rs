//! `uproar check`.

use serde_json::{Value, json};

use crate::{
    live::midi::MidiMap,
    preset::{PresetError, Problem, load_allowing},
};

use super::{arguments::Check, failure::Failure, terminal::print};

/// Names all that is wrong with each preset.
pub(crate) fn check(options: &Check) -> Result<(), Failure> {
    let mut wrong = false;
    let mut results: Vec<Value> = Vec::new();
    for (n, name) in options.presets.iter().enumerate() {
        let loaded = load_allowing(name, &options.set, &options.allow_files);
        if let Ok(loaded) = &loaded
            && let Err((number, error)) = MidiMap::new(loaded.preset.midi.iter().map(String::as_str))
        {
            wrong = true;
            if options.json {
                let problem = json!({ "path": format!("midi[{number}]"), "message": error });
                results.push(json!({ "preset": name, "ok": false, "problems": [problem] }));
            } else {
                print(&format!("{name}: midi[{number}]: {error}"))?;
            }
            continue;
        }
        match loaded {
            Ok(_) if options.json => results.push(json!({ "preset": name, "ok": true, "problems": [] })),
            Ok(_) => print(&format!("{name}: ok"))?,
            Err(PresetError::Invalid(report)) => {
                wrong = true;
                if options.json {
                    let problems: Vec<Value> = report.problems.iter().map(as_json).collect();
                    results.push(json!({ "preset": name, "ok": false, "problems": problems }));
                } else {
                    let gap = if n > 0 { "\n" } else { "" };
                    print(&format!("{gap}{report}"))?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    if options.json {
        print(&Value::from(results).to_string())?;
    }
    if wrong { Err(Failure::Told) } else { Ok(()) }
}

fn as_json(problem: &Problem) -> Value {
    json!({
        "source": problem.source,
        "line": problem.at.map(|at| at.0),
        "column": problem.at.map(|at| at.1),
        "path": problem.path.to_string(),
        "message": problem.message,
        "allowed": problem.allowed,
        "hint": problem.hint,
    })
}
