//! Pictures of a performance and of sound files: SVG, PNG, and a page that holds all of it.
//!
//! Owns layout, axes, colours for light and dark, and the two ways of drawing. Does not own any measuring (the
//! figures come from reports and from `analysis`) nor files.

mod axes;
mod drawing;
mod font;
mod heat;
mod html;
mod page;
mod panels;
mod picture;
mod png;
mod subject;
mod svg;
mod theme;

pub use drawing::Drawing;
pub use page::{Page, Player, page};
pub use picture::{Layout, PanelKind, PlotError, picture};
pub use png::png;
pub use subject::{BeatSpan, Subject};
pub use svg::svg;
pub use theme::Theme;
