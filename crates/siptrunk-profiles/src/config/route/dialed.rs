//! Which dialled numbers a route takes.

use std::fmt;
use std::str::FromStr;

/// Which dialled numbers a route takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Dialed {
    /// All.
    #[default]
    Any,
    /// This one, character by character.
    Exact(String),
    /// Those that begin so.
    Prefix(String),
    /// Those of this shape.
    Pattern(NumberPattern),
}

impl Dialed {
    /// Whether the route takes this number.
    pub fn matches(&self, number: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == number,
            Self::Prefix(prefix) => number.starts_with(prefix.as_str()),
            Self::Pattern(pattern) => pattern.matches(number),
        }
    }

    /// What every number that is taken begins with.
    pub fn beginning(&self) -> &str {
        match self {
            Self::Any => "",
            Self::Exact(number) | Self::Prefix(number) => number,
            Self::Pattern(pattern) => pattern.beginning(),
        }
    }

    /// Whether some number may be taken by both. Of a pattern only the beginning is compared, so the
    /// answer for one errs on the side of yes.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(number), pattern) | (pattern, Self::Exact(number)) => {
                pattern.matches(number)
            }
            (one, two) => {
                let (one, two) = (one.beginning(), two.beginning());
                one.starts_with(two) || two.starts_with(one)
            }
        }
    }
}

/// As it stands in an explanation: `any number`, `+1206...`.
impl fmt::Display for Dialed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any number"),
            Self::Exact(number) => f.write_str(number),
            Self::Prefix(prefix) => write!(f, "{prefix}..."),
            Self::Pattern(pattern) => pattern.fmt(f),
        }
    }
}

/// The shape of a number: `?` stands for any digit, `[2-9]` or `[146]` for one of these digits, `*` at
/// the end for whatever follows, also nothing. Everything else stands for itself.
///
/// ```
/// use siptrunk_profiles::NumberPattern;
///
/// let pattern: NumberPattern = "+1[2-9]?????????".parse()?;
/// assert!(pattern.matches("+12065551234"));
/// assert!(!pattern.matches("+11065551234"));
/// # Ok::<(), siptrunk_profiles::PatternError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NumberPattern {
    text: String,
    /// How many octets of the text stand for themselves before the first that does not.
    literal: usize,
    places: Vec<Place>,
    open: bool,
}

/// What one character of a number may be.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Itself(char),
    /// One bit a digit.
    OneOf(u16),
}

const ANY_DIGIT: u16 = 0x3ff;

/// The longest pattern that is read, in octets.
const LONGEST: usize = 128;

impl NumberPattern {
    /// Whether a number has this shape.
    pub fn matches(&self, number: &str) -> bool {
        let mut characters = number.chars();
        for place in &self.places {
            let Some(character) = characters.next() else { return false };
            let fits = match place {
                Place::Itself(wanted) => *wanted == character,
                Place::OneOf(digits) => {
                    character.to_digit(10).is_some_and(|digit| digits >> digit & 1 == 1)
                }
            };
            if !fits {
                return false;
            }
        }
        self.open || characters.next().is_none()
    }

    /// The characters that every such number begins with.
    pub fn beginning(&self) -> &str {
        self.text.get(..self.literal).unwrap_or_default()
    }
}

impl fmt::Display for NumberPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for NumberPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumberPattern({:?})", self.text)
    }
}

/// Why a text is no [`NumberPattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// There is nothing.
    #[error("an empty pattern takes no number")]
    Empty,
    /// There is too much.
    #[error("a pattern has at most {LONGEST} characters")]
    TooLong,
    /// A `*` before the end.
    #[error("* stands for the rest of the number, so nothing follows it")]
    StarInside,
    /// Brackets that are not closed, hold nothing, or hold something else than digits and ranges.
    #[error("brackets hold digits and ranges of them, as [2-9] or [146]")]
    Brackets,
}

impl FromStr for NumberPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        match text.len() {
            0 => return Err(PatternError::Empty),
            1..=LONGEST => {}
            _ => return Err(PatternError::TooLong),
        }
        let special = text.find(['?', '[', ']', '*']).unwrap_or(text.len());
        let (mut places, mut open) = (Vec::new(), false);
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            if open {
                return Err(PatternError::StarInside);
            }
            match character {
                '*' => open = true,
                '?' => places.push(Place::OneOf(ANY_DIGIT)),
                '[' => {
                    let (inside, rest) =
                        characters.as_str().split_once(']').ok_or(PatternError::Brackets)?;
                    places.push(Place::OneOf(digits(inside).ok_or(PatternError::Brackets)?));
                    characters = rest.chars();
                }
                ']' => return Err(PatternError::Brackets),
                other => places.push(Place::Itself(other)),
            }
        }
        Ok(Self { text: text.to_owned(), literal: special, places, open })
    }
}

/// The digits that the inside of brackets names.
fn digits(inside: &str) -> Option<u16> {
    let mut set = 0;
    let mut rest = inside.as_bytes();
    while let [first, after @ ..] = rest {
        let (last, after) = match after {
            [b'-', last, after @ ..] => (last, after),
            _ => (first, after),
        };
        let range = *first..=*last;
        if range.is_empty() || !first.is_ascii_digit() || !last.is_ascii_digit() {
            return None;
        }
        for digit in range {
            set |= 1 << (digit - b'0');
        }
        rest = after;
    }
    (set != 0).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> NumberPattern {
        text.parse().expect("a pattern")
    }

    #[test]
    fn a_pattern_takes_the_numbers_of_its_shape() {
        for (text, number, taken) in [
            ("+1206???????", "+12065551234", true),
            ("+1206???????", "+1206555123", false),
            ("+1206???????", "+120655512345", false),
            ("+1206???????", "+1206555123a", false),
            ("+1[2-46]*", "+12", true),
            ("+1[2-46]*", "+14anything", true),
            ("+1[2-46]*", "+16", true),
            ("+1[2-46]*", "+15", false),
            ("+1[2-46]*", "+1", false),
            ("011*", "011", true),
            ("011*", "01144", true),
            ("*", "", true),
            ("100", "100", true),
            ("?", "\u{664}", false),
        ] {
            assert_eq!(pattern(text).matches(number), taken, "{text} {number}");
        }
        assert_eq!(pattern("+1206[0-9]*").beginning(), "+1206");
        assert_eq!(pattern("011*").beginning(), "011");
        assert_eq!(pattern("100").beginning(), "100");
    }

    #[test]
    fn a_text_that_is_no_pattern_says_why() {
        for (text, error) in [
            ("", PatternError::Empty),
            ("1*2", PatternError::StarInside),
            ("**", PatternError::StarInside),
            ("[", PatternError::Brackets),
            ("1]", PatternError::Brackets),
            ("[]", PatternError::Brackets),
            ("[9-2]", PatternError::Brackets),
            ("[2-]", PatternError::Brackets),
            ("[a-z]", PatternError::Brackets),
        ] {
            assert_eq!(text.parse::<NumberPattern>(), Err(error), "{text}");
        }
        assert_eq!("?".repeat(129).parse::<NumberPattern>(), Err(PatternError::TooLong));
        assert!("?".repeat(128).parse::<NumberPattern>().is_ok());
    }

    #[test]
    fn patterns_overlap_only_where_a_number_fits_both() {
        let exact = |number: &str| Dialed::Exact(number.to_owned());
        let prefix = |number: &str| Dialed::Prefix(number.to_owned());
        let shape = |text: &str| Dialed::Pattern(pattern(text));
        for (one, two, overlap) in [
            (Dialed::Any, exact("+1"), true),
            (Dialed::Any, Dialed::Any, true),
            (exact("+12"), exact("+12"), true),
            (exact("+12"), exact("+13"), false),
            (prefix("+1"), exact("+12"), true),
            (prefix("+2"), exact("+12"), false),
            (prefix("+1206"), prefix("+1"), true),
            (prefix("+1206"), prefix("+1207"), false),
            (shape("+1?"), exact("+12"), true),
            (shape("+1?"), exact("+123"), false),
            (shape("+1?"), prefix("+1"), true),
            (shape("+1?"), prefix("+2"), false),
            (shape("+1?"), Dialed::Any, true),
        ] {
            assert_eq!(one.overlaps(&two), overlap, "{one:?} {two:?}");
            assert_eq!(two.overlaps(&one), overlap, "{two:?} {one:?}");
        }
    }
}
