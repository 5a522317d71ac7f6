//! `uproar presets`.

use crate::{
    output::write_file,
    preset::{BuiltIn, PresetError, built_in, built_ins, nearest_built_in},
};

use super::{
    arguments::{Presets, PresetsAction},
    failure::Failure,
    replace::may_replace,
    terminal::{print, remark},
};

/// Lists, prints or copies.
pub(crate) fn presets(options: &Presets) -> Result<(), Failure> {
    match &options.action {
        None | Some(PresetsAction::List) if options.json => {
            let list: Vec<_> = built_ins()
                .iter()
                .map(|p| serde_json::json!({ "name": p.name, "title": p.title(), "about": p.about() }))
                .collect();
            print(&serde_json::Value::from(list).to_string())
        }
        None | Some(PresetsAction::List) => {
            let width = built_ins().iter().map(|p| p.name.len()).max().unwrap_or(0);
            let lines: Vec<String> =
                built_ins().iter().map(|p| format!("{:width$}  {}", p.name, p.about())).collect();
            print(&lines.join("\n"))
        }
        Some(PresetsAction::Show { name }) => print(find(name)?.text),
        Some(PresetsAction::Export { name, file, force }) => {
            let preset = find(name)?;
            may_replace([file.as_path()], *force)?;
            write_file(file, preset.text.as_bytes())?;
            if file.as_os_str() != "-" {
                remark(&format!(
                    "{} is a copy of {name}: change it, then `uproar play` or `render` it",
                    file.display()
                ));
            }
            Ok(())
        }
    }
}

fn find(name: &str) -> Result<&'static BuiltIn, Failure> {
    let unknown = || PresetError::Unknown { name: name.to_owned(), nearest: nearest_built_in(name) };
    built_in(name).ok_or_else(|| unknown().into())
}
