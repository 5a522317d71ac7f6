//! scene.
