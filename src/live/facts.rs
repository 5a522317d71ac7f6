//! What a performer can name: beats, places, lines.

use crate::crowd::Role;
use crate::engine::Engine;
use crate::preset::Preset;
use crate::scene::{Activity, Curve};

/// The names and numbers of a show, for finding what was meant and for showing it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Title of the preset.
    pub title: String,
    /// Name, start (seconds) and length (seconds) of each beat, and what the crowd does.
    pub beats: Vec<(String, f64, f64, Activity)>,
    /// Names of the places, by index.
    pub places: Vec<String>,
    /// Chant lines: index and words. The figure keys take the first nine.
    pub chants: Vec<(u16, String)>,
    /// Names of the lines that a leader may be asked for.
    pub calls: Vec<(u16, String)>,
    /// Whether anybody leads.
    pub leader: bool,
    /// Everybody, leader and soloists included.
    pub people: usize,
    /// Length of the scene, seconds.
    pub seconds: f64,
    /// The drawn intensity.
    pub curve: Curve,
}

impl Facts {
    /// Collects them.
    pub fn of(preset: &Preset, engine: &Engine) -> Self {
        let scene = engine.scene();
        let lines = preset.line.iter().enumerate().map(|(i, line)| (i as u16 + 1, line));
        let mut chants = vec![(0, preset.phrase.clone())];
        let mut calls = Vec::new();
        for (index, line) in lines {
            let words = line.text.replace("$phrase", &preset.phrase);
            if line.role == Role::Chant {
                chants.push((index, words.clone()));
            }
            let name = if line.name.is_empty() { words } else { line.name.clone() };
            if matches!(line.role, Role::Leader | Role::Chant | Role::Solo) {
                calls.push((index, name));
            }
        }
        let places: Vec<String> = preset.place.iter().map(|place| place.name.clone()).collect();
        Self {
            title: preset.title.clone(),
            beats: scene.beats().iter().map(|b| (b.name.clone(), b.start_s, b.seconds, b.doing)).collect(),
            places: if places.is_empty() { vec!["front".into()] } else { places },
            chants,
            calls,
            leader: preset.leader.is_some() || !preset.solo.is_empty(),
            people: engine.people(),
            seconds: scene.seconds(),
            curve: scene.curve().clone(),
        }
    }

    /// Index of a beat by its name, or its number from 1.
    ///
    /// # Errors
    /// One line that names what there is.
    pub fn beat(&self, name: &str) -> Result<u16, String> {
        find("beat", name, self.beats.iter().map(|b| b.0.as_str()))
    }

    /// Index of a place by its name, or its number from 1.
    ///
    /// # Errors
    /// One line that names what there is.
    pub fn place(&self, name: &str) -> Result<u16, String> {
        find("place", name, self.places.iter().map(String::as_str))
    }

    /// Index of a line that the leader may call, by its name or words.
    ///
    /// # Errors
    /// One line that names what there is.
    pub fn call(&self, name: &str) -> Result<u16, String> {
        let at = find("line to call", name, self.calls.iter().map(|c| c.1.as_str()))?;
        Ok(self.calls[usize::from(at)].0)
    }
}

fn find<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Result<u16, String> {
    if let Some(index) = names.clone().position(|n| n.eq_ignore_ascii_case(name)) {
        return Ok(index as u16);
    }
    match name.parse::<usize>() {
        Ok(n) if n >= 1 && n <= names.clone().count() => Ok(n as u16 - 1),
        _ => {
            let all: Vec<&str> = names.filter(|n| !n.is_empty()).collect();
            Err(format!("there is no {what} `{name}`; there are: {}", all.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn names_are_found_in_any_case_and_by_number() {
        let names = || ["near", "Roof", "2"].into_iter();
        assert_eq!(find("place", "roof", names()), Ok(1));
        assert_eq!(find("place", "1", names()), Ok(0));
        assert_eq!(find("place", "2", names()), Ok(2), "a name comes before a number");
        let message = find("place", "moon", names()).unwrap_err();
        assert_eq!(message, "there is no place `moon`; there are: near, Roof, 2");
    }
}
