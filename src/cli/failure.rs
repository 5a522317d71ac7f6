//! How a command ends when it does not end well.
//!
//! Owns exit codes, the layout of a message, and hints. Does not own the words of the layers' errors.

use std::{error::Error, fmt};

use crate::{
    output::OutputError,
    preset::{FileError, PresetError},
};

/// Files that are listed by name.
const LISTED: usize = 20;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something went wrong: exit code 1.
    Failed {
        /// What.
        message: String,
        /// Because of what, outermost first.
        causes: Vec<String>,
        /// What to try.
        hint: Option<String>,
    },
    /// The command was used wrongly: exit code 2.
    Usage {
        /// How.
        message: String,
        /// What to try.
        hint: Option<String>,
    },
    /// Problems were found and have been printed: exit code 1, nothing more to say.
    Told,
    /// Ctrl-C: exit code 130.
    Interrupted {
        /// What is left, if anything.
        left: Option<String>,
    },
    /// The reader of our output has gone: success.
    Closed,
}

impl Failure {
    /// A failure with a message of its own.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), causes: Vec::new(), hint: None }
    }

    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// A failure that says what an error and its causes say.
    pub fn from_error(error: &dyn Error) -> Self {
        let message = error.to_string();
        let mut causes: Vec<String> = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Many messages already hold the words of their cause.
            let plain = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
            let said = |s: &String| s.to_lowercase().contains(&plain);
            if !said(&message) && !causes.iter().any(said) {
                causes.push(text);
            }
            source = cause.source();
        }
        Self::Failed { message, causes, hint: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, advice: impl Into<String>) -> Self {
        if let Self::Failed { hint, .. } | Self::Usage { hint, .. } = &mut self {
            *hint = Some(advice.into());
        }
        self
    }

    /// The same for work that was to become many files: which there are, and which are missing.
    #[must_use]
    pub fn halfway(self, complete: &[String], missing: &[String]) -> Self {
        if missing.len() + complete.len() < 2 {
            return self;
        }
        let list = |names: &[String]| match names.len() {
            0 => "nothing".to_owned(),
            n if n <= LISTED => names.join(", "),
            n => format!("{} and {} more", names[..LISTED].join(", "), n - LISTED),
        };
        match self {
            Self::Failed { message, causes, hint } => {
                let state = format!("complete: {}; missing: {}", list(complete), list(missing));
                let hint = hint.map_or(state.clone(), |hint| format!("{hint}\n{state}"));
                Self::Failed { message, causes, hint: Some(hint) }
            }
            other => other,
        }
    }

    /// The same as wrong usage.
    #[must_use]
    pub fn usage_error(self) -> Self {
        match self {
            Self::Failed { message, causes, hint } => {
                let causes: String = causes.iter().map(|cause| format!("\n  because: {cause}")).collect();
                Self::Usage { message: message + &causes, hint }
            }
            other => other,
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed { .. } | Self::Told => 1,
            Self::Usage { .. } => 2,
            Self::Interrupted { .. } => 130,
            Self::Closed => 0,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { message, causes, hint } => {
                f.write_str(message)?;
                for cause in causes {
                    write!(f, "\n  because: {cause}")?;
                }
                hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
            }
            Self::Usage { message, hint } => {
                f.write_str(message)?;
                hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
            }
            Self::Interrupted { left: Some(left) } => write!(f, "interrupted: {left}"),
            Self::Interrupted { left: None } => f.write_str("interrupted: nothing was written"),
            Self::Told | Self::Closed => Ok(()),
        }
    }
}

impl From<PresetError> for Failure {
    fn from(error: PresetError) -> Self {
        let failure = Self::from_error(&error);
        match &error {
            // Nothing is wrong with the preset: only with what the options made of it.
            PresetError::Invalid(report) if report.problems.iter().all(|p| p.source.starts_with("--")) => {
                failure.usage_error()
            }
            PresetError::Unknown { nearest: Some(name), .. } => {
                failure.hint(format!("did you mean `{name}`?"))
            }
            PresetError::UnknownLayout { nearest: Some(name), .. } => {
                failure.hint(format!("did you mean `{name}`?"))
            }
            PresetError::Unknown { nearest: None, .. } => {
                failure.hint("`uproar presets` lists the built-in ones; the path of a file ends in .toml")
            }
            _ => failure,
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::from_error(&error)
    }
}

/// What to do about an ending that is not made here.
fn ending_hint(ending: &str) -> String {
    let advice = "end the name in .wav, .flac or .ogg".to_owned();
    match ending {
        "mp3" | "aac" | "m4a" | "mp4" | "opus" | "wma" | "ac3" | "aif" | "aiff" | "caf" => {
            format!("{advice}; `ffmpeg -i x.wav x.{ending}` makes the other")
        }
        _ => advice,
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let failure = Self::from_error(&error);
        match &error {
            OutputError::Closed { .. } => Self::Closed,
            // One line, since it is what a user without a card sees first.
            OutputError::NoDevice => Self::new(format!(
                "{error}: write a file with `uproar chant WORDS -o FILE.wav` or `uproar render PRESET -o FILE.wav`"
            )),
            OutputError::Unknown { .. } | OutputError::Unsupported { .. } => {
                failure.hint("`uproar devices` lists what there is")
            }
            OutputError::Ending { ending, .. } => failure.usage_error().hint(ending_hint(ending)),
            OutputError::Refused { .. } => failure.usage_error(),
            OutputError::NoFolder { folder, .. } => failure.hint(format!("make it first: mkdir -p {folder}")),
            _ => failure,
        }
    }
}
