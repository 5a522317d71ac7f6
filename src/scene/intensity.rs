//! The three ways to write an intensity in a preset: a number, `[from, to]`, or points.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Point, Shape};

/// A point of a curve as typed: `[seconds, value]` or `[seconds, value, "shape"]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointConfig(pub Point);

/// An intensity as typed: `0.4`, `[0.3, 0.85]` (from, to) or `[[0, 0.05], [18, 0.12, "smooth"]]`.
#[derive(Clone, Debug, PartialEq)]
pub enum IntensityConfig {
    /// The same all the time.
    Constant(f64),
    /// A straight line over the whole beat.
    Span(f64, f64),
    /// Points; seconds from the start of the beat (or of the scene, for the scene's own curve).
    Points(Vec<PointConfig>),
}

impl Serialize for PointConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Point { at_s, value, shape } = self.0;
        let mut seq = serializer.serialize_seq(None)?;
        seq.serialize_element(&at_s)?;
        seq.serialize_element(&value)?;
        if shape != Shape::Linear {
            seq.serialize_element(&shape)?;
        }
        seq.end()
    }
}

impl Serialize for IntensityConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(value) => serializer.serialize_f64(*value),
            Self::Span(from, to) => [from, to].serialize(serializer),
            Self::Points(points) => points.serialize(serializer),
        }
    }
}

/// A member of an intensity list: a number of `[from, to]`, or a point.
enum Element {
    Number(f64),
    Point(PointConfig),
}

struct ElementVisitor;

impl<'de> Visitor<'de> for ElementVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number or a point [seconds, value, \"shape\"]")
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Element, E> {
        Ok(Element::Number(v))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Element, E> {
        Ok(Element::Number(v as f64))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Element, E> {
        Ok(Element::Number(v as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Element, A::Error> {
        let at_s = seq.next_element::<f64>()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let value = seq.next_element::<f64>()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        let shape = seq.next_element::<Shape>()?.unwrap_or_default();
        if seq.next_element::<serde::de::IgnoredAny>()?.is_some() {
            return Err(A::Error::invalid_length(4, &self));
        }
        Ok(Element::Point(PointConfig(Point { at_s, value, shape })))
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementVisitor)
    }
}

impl<'de> Deserialize<'de> for PointConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Element::deserialize(deserializer)? {
            Element::Point(point) => Ok(point),
            Element::Number(_) => Err(D::Error::custom("expected a point [seconds, value, \"shape\"]")),
        }
    }
}

struct IntensityVisitor;

impl<'de> Visitor<'de> for IntensityVisitor {
    type Value = IntensityConfig;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number 0..1, [from, to], or points [[seconds, value, \"shape\"], ...]")
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<IntensityConfig, E> {
        Ok(IntensityConfig::Constant(v))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<IntensityConfig, E> {
        Ok(IntensityConfig::Constant(v as f64))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<IntensityConfig, E> {
        Ok(IntensityConfig::Constant(v as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<IntensityConfig, A::Error> {
        let (mut numbers, mut points) = (Vec::new(), Vec::new());
        while let Some(element) = seq.next_element::<Element>()? {
            match element {
                Element::Number(v) => numbers.push(v),
                Element::Point(p) => points.push(p),
            }
        }
        match (numbers.as_slice(), points.is_empty()) {
            ([], false) => Ok(IntensityConfig::Points(points)),
            ([from, to], true) => Ok(IntensityConfig::Span(*from, *to)),
            _ => Err(A::Error::custom("expected [from, to] or points [[seconds, value, \"shape\"], ...]")),
        }
    }
}

impl<'de> Deserialize<'de> for IntensityConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntensityVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        intensity: IntensityConfig,
    }

    fn read(text: &str) -> Result<IntensityConfig, String> {
        toml::from_str::<Holder>(&format!("intensity = {text}"))
            .map(|h| h.intensity)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn all_spellings_are_read_and_round_trip() {
        let cases = [
            ("0.5", IntensityConfig::Constant(0.5)),
            ("1", IntensityConfig::Constant(1.0)),
            ("[0, 1]", IntensityConfig::Span(0.0, 1.0)),
            (
                "[[0, 0.05], [18, 0.12, \"smooth\"]]",
                IntensityConfig::Points(vec![
                    PointConfig(Point { at_s: 0.0, value: 0.05, shape: Shape::Linear }),
                    PointConfig(Point { at_s: 18.0, value: 0.12, shape: Shape::Smooth }),
                ]),
            ),
        ];
        for (text, expected) in cases {
            let holder = Holder { intensity: read(text).unwrap() };
            assert_eq!(holder.intensity, expected, "{text}");
            let again = toml::to_string(&holder).unwrap();
            assert_eq!(toml::from_str::<Holder>(&again).unwrap(), holder, "{again}");
        }
    }

    #[test]
    fn wrong_spellings_say_what_is_allowed() {
        for text in ["\"loud\"", "[0.1, 0.2, 0.3]", "[[0, 0.1], 0.5]", "[[0]]", "[[0, 1, \"bumpy\"]]", "[]"] {
            let message = read(text).unwrap_err();
            assert!(message.contains("expected"), "{text}: {message}");
        }
    }
}
