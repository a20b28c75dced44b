//! One adversarial shape: how it is made at any size, and how it is read to its end.

/// A head, then as many units as fit, then a tail.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) head: &'static [u8],
    pub(crate) unit: &'static [u8],
    pub(crate) tail: &'static [u8],
    /// Reads it to its end with the limits raised, and says how much it found: units, or octets.
    pub(crate) read: fn(&[u8]) -> usize,
}

impl Shape {
    /// The shape with about that many octets, never more.
    pub(crate) fn octets(&self, size: usize) -> Vec<u8> {
        let room = size - self.head.len() - self.tail.len();
        let mut octets = self.head.to_vec();
        for _ in 0..room / self.unit.len() {
            octets.extend_from_slice(self.unit);
        }
        octets.extend_from_slice(self.tail);
        octets
    }
}

/// A row of a table of shapes: name, head, unit, tail, reader.
pub(crate) const fn shape(
    name: &'static str,
    [head, unit, tail]: [&'static str; 3],
    read: fn(&[u8]) -> usize,
) -> Shape {
    Shape { name, head: head.as_bytes(), unit: unit.as_bytes(), tail: tail.as_bytes(), read }
}
