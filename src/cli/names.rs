//! Names that completions offer and that may be something else all the same: a preset may be a file, a place may
//! be one of the user's own.

use std::sync::OnceLock;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap_complete::Shell;

use crate::preset::built_ins;

/// Takes any text; completions offer names.
#[derive(Clone)]
pub(crate) struct Offered {
    names: fn() -> Vec<&'static str>,
}

/// The name of a preset, built-in or a file.
pub(crate) fn preset() -> Offered {
    Offered { names: || built_ins().iter().map(|preset| preset.name).collect() }
}

/// The name of a place of any preset.
pub(crate) fn place() -> Offered {
    Offered { names: places }
}

fn places() -> Vec<&'static str> {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let tables = built_ins().iter().filter_map(|preset| preset.text.parse::<toml::Table>().ok());
        let places = tables.filter_map(|table| table.get("place")?.as_array().cloned()).flatten();
        let mut names: Vec<String> =
            places.filter_map(|place| Some(place.get("name")?.as_str()?.to_owned())).collect();
        names.sort();
        names.dedup();
        names
    });
    names.iter().map(String::as_str).collect()
}

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.names)().into_iter().map(PossibleValue::new)))
    }
}

/// Commands whose words are presets or files.
const TAKE_PRESETS: &str = "render play check batch plot";

/// Adds what the generator cannot say: that files are as good as the names offered (zsh), and names of presets
/// for words without an option (fish).
pub(crate) fn with_files(script: String, shell: Shell) -> String {
    let names = (preset().names)().join(" ");
    match shell {
        Shell::Zsh => {
            let both = format!("{{_alternative \"presets:preset:({names})\" \"files:file:_files\"}}");
            script.replace(&format!("({names})"), &both)
        }
        Shell::Fish => {
            script
                + &format!(
                    "complete -c uproar -n \"__fish_seen_subcommand_from {TAKE_PRESETS} show export\" -a \"{names}\"\n"
                )
        }
        _ => script,
    }
}
