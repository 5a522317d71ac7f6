//! The presets that travel inside the program.
//!
//! Owns the list; their texts are the files of `presets/`, byte for byte, so that an exported copy is
//! the commented original.

use super::problem::nearest;

/// A preset inside the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// What to call it.
    pub name: &'static str,
    /// Its TOML.
    pub text: &'static str,
}

macro_rules! built_ins {
    ($($name:literal)*) => {
        /// In the order in which they are listed.
        const BUILT_INS: &[BuiltIn] = &[$(
            BuiltIn { name: $name, text: include_str!(concat!("../../presets/", $name, ".toml")) },
        )*];
    };
}

built_ins! {
    "kamino" "murmur" "spark" "one-by-one" "swell" "walls" "unison" "carried" "hush" "above" "silence" "fist"
    "name" "your-turn" "chant" "stadium" "arena-encore" "protest-march" "school-gym" "kana"
}

impl BuiltIn {
    /// The value of a top-level text key such as `title`, read without checking the rest.
    fn text_of(&self, key: &str) -> String {
        let table: Option<toml::Table> = self.text.parse().ok();
        let value = table.as_ref().and_then(|t| t.get(key)).and_then(|v| v.as_str());
        value.unwrap_or_default().to_owned()
    }

    /// The title of the piece.
    pub fn title(&self) -> String {
        self.text_of("title")
    }

    /// One line that says what it is.
    pub fn about(&self) -> String {
        self.text_of("about")
    }
}

/// Every built-in preset, in the order in which they are listed.
pub fn built_ins() -> &'static [BuiltIn] {
    BUILT_INS
}

/// The built-in preset of that name.
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_INS.iter().find(|preset| preset.name == name)
}

/// The built-in preset that a mistyped name probably means.
pub fn nearest_built_in(name: &str) -> Option<&'static str> {
    nearest(name, BUILT_INS.iter().map(|preset| preset.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_presets_folder_is_built_in_and_says_what_it_is() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/presets");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "toml") {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                assert!(built_in(&name).is_some(), "{name} is not in the list");
            }
        }
        for preset in built_ins() {
            assert!(!preset.about().is_empty(), "{} has no `about`", preset.name);
            assert!(preset.about().chars().count() <= 90, "{}: `about` is too long", preset.name);
        }
    }
}
