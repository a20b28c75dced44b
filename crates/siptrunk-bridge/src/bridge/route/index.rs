//! Finds the first route that takes a call without asking them all.
//!
//! Routes that set the same kinds of conditions have one shape: from a trunk, to a number of such a
//! length, and so on. Within a shape the routes that may take a call are found by one look into a hash
//! table, so the work is that of the few shapes that a configuration has, however many routes there
//! are. The table only narrows: each route it names is judged in full, so a collision costs time and
//! never changes an answer.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use siptrunk_profiles::Dialed;

use super::Facts;
use super::rule::Rule;
use crate::legs::TrunkId;

/// The kinds of conditions that routes set, as far as the index knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    from: bool,
    number: Number,
    /// How many octets of the caller's number.
    caller: usize,
    skill: bool,
    user_group: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Number {
    Whole,
    /// So many octets of its beginning; also none.
    Beginning(usize),
}

/// What a route wants, or a call has, of what a shape names.
struct Values<'a> {
    from: Option<TrunkId>,
    number: &'a [u8],
    caller: &'a [u8],
    skill: &'a [u8],
    user_group: &'a [u8],
}

#[derive(Debug, Default)]
pub(super) struct Index {
    /// Each with the place of its first route; in the order of these.
    shapes: Vec<(usize, Shape)>,
    /// By the hash of shape and values: where their places begin.
    begins: HashMap<u64, usize, BuildHasherDefault<Already>>,
    /// Hashes and places of routes, in order.
    places: Vec<(u64, usize)>,
}

impl Index {
    pub(super) fn build(rules: &[Rule]) -> Self {
        let mut shapes = BTreeMap::new();
        let mut places = Vec::with_capacity(rules.len());
        for (place, rule) in rules.iter().enumerate() {
            let shape = Shape::of(rule);
            shapes.entry(shape).or_insert(place);
            let route = &rule.route;
            // A route with several skills stands under each.
            let each = |list: &'_ [String]| -> Vec<String> {
                if list.is_empty() { vec![String::new()] } else { list.to_vec() }
            };
            for skill in each(&route.skill) {
                for user_group in each(&route.user_group) {
                    let values = Values {
                        from: rule.from,
                        number: route.dialed.beginning().as_bytes(),
                        caller: route.caller_prefix.as_deref().unwrap_or_default().as_bytes(),
                        skill: skill.as_bytes(),
                        user_group: user_group.as_bytes(),
                    };
                    places.push((shape.hash(&values), place));
                }
            }
        }
        places.sort_unstable();
        places.dedup();
        let mut begins = HashMap::default();
        for (at, (hash, _)) in places.iter().enumerate() {
            begins.entry(*hash).or_insert(at);
        }
        let mut shapes: Vec<_> = shapes.into_iter().map(|(shape, first)| (first, shape)).collect();
        shapes.sort_unstable();
        Self { shapes, begins, places }
    }

    /// The place of the first route that takes a call.
    pub(super) fn first(
        &self,
        facts: &Facts<'_>,
        rules: &[Rule],
        takes: impl Fn(&Rule) -> bool,
    ) -> Option<usize> {
        let mut best = usize::MAX;
        for (first, shape) in &self.shapes {
            if *first >= best {
                break;
            }
            let before = self.of(*shape, facts).take_while(|place| *place < best);
            let found = before.into_iter().find(|place| rules.get(*place).is_some_and(&takes));
            best = found.unwrap_or(best);
        }
        (best != usize::MAX).then_some(best)
    }

    /// The places of all routes that may take a call, in order.
    pub(super) fn candidates(&self, facts: &Facts<'_>) -> Vec<usize> {
        let mut places: Vec<_> =
            self.shapes.iter().flat_map(|(_, shape)| self.of(*shape, facts)).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The places of one shape's routes that may take a call, in order.
    fn of(&self, shape: Shape, facts: &Facts<'_>) -> impl Iterator<Item = usize> + '_ {
        let hash = shape.values(facts).map(|values| shape.hash(&values));
        let begin = hash.and_then(|hash| self.begins.get(&hash)).copied();
        let places = begin.and_then(|begin| self.places.get(begin..)).unwrap_or_default();
        places.iter().take_while(move |(of, _)| Some(*of) == hash).map(|(_, place)| *place)
    }
}

impl Shape {
    fn of(rule: &Rule) -> Self {
        let route = &rule.route;
        Self {
            from: rule.from.is_some(),
            number: match &route.dialed {
                Dialed::Exact(_) => Number::Whole,
                other => Number::Beginning(other.beginning().len()),
            },
            caller: route.caller_prefix.as_deref().unwrap_or_default().len(),
            skill: !route.skill.is_empty(),
            user_group: !route.user_group.is_empty(),
        }
    }

    /// What a call has of this shape; nothing if it is too short for it, or says no such thing.
    fn values<'a>(self, facts: &Facts<'a>) -> Option<Values<'a>> {
        let dialed = facts.call.parties.dialed.as_bytes();
        Some(Values {
            from: self.from.then_some(facts.call.trunk),
            number: match self.number {
                Number::Whole => dialed,
                Number::Beginning(length) => dialed.get(..length)?,
            },
            caller: facts.call.parties.caller.as_bytes().get(..self.caller)?,
            skill: if self.skill { facts.skill? } else { b"" },
            user_group: if self.user_group { facts.user_group? } else { b"" },
        })
    }

    fn hash(self, values: &Values<'_>) -> u64 {
        let kind = u64::from(self.from)
            | u64::from(self.number == Number::Whole) << 1
            | u64::from(self.skill) << 2
            | u64::from(self.user_group) << 3;
        let from = values.from.map_or(u64::MAX, |trunk| u64::try_from(trunk.0).unwrap_or(u64::MAX));
        let mut hash = mix(mix(0, kind), from);
        for text in [values.number, values.caller, values.skill, values.user_group] {
            hash = mix_bytes(hash, text);
        }
        hash
    }
}

/// The numbers of a configuration are nobody's attack: a plain multiplicative hash is enough.
fn mix(hash: u64, word: u64) -> u64 {
    let mixed = u128::from(hash ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    // Both halves of the product, as one.
    #[allow(clippy::cast_possible_truncation, reason = "the halves of 128 bits have 64 each")]
    {
        (mixed >> 64) as u64 ^ mixed as u64
    }
}

fn mix_bytes(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        hash = mix(hash, chunk.iter().fold(0, |word, octet| word << 8 | u64::from(*octet)));
    }
    let rest = chunks.remainder().iter().fold(1, |word, octet| word << 8 | u64::from(*octet));
    mix(hash, rest)
}

/// For keys that are hashes already.
#[derive(Debug, Default)]
struct Already(u64);

impl Hasher for Already {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix_bytes(self.0, bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
